//! What is gathered about the phase a migration is in.

use std::{collections::BTreeSet, sync::Arc};

use flags_core::{Percentage, Timestamp};

use super::MigrationPort;
use crate::{
    guardrail::{Arms, Batch, Counts, Evidence, Reading},
    machine::Observation,
    migration::{Migration, Stand, State},
    plan::{GuardMetric, Plan},
};

/// What is gathered under one epoch of a migration.
#[derive(Clone, Debug)]
pub(super) struct Gathering {
    epoch: u64,
    /// The fingerprint of the definition whose guardrails judge it.
    definition: u64,
    since: Timestamp,
    runs: Counts,
    evidence: Evidence,
}

impl Gathering {
    fn new(port: &dyn MigrationPort, plan: &Plan, flag: &str, state: &State, definition: u64, now: Timestamp) -> Self {
        let evidence = Evidence::new(plan, Percentage::HUNDRED, state.epoch, now);
        Self { epoch: state.epoch, definition, since: now, runs: port.runs(flag), evidence }
    }

    /// Takes in what has happened since the last look.
    fn gather(&mut self, port: &dyn MigrationPort, key: &str, flag: &str, plan: &Plan, now: Timestamp) {
        let present = port.runs(flag);
        // A smaller number is that of another life of the program's metrics.
        let began_anew = present.runs < self.runs.runs || present.bad < self.runs.bad;
        let before = if began_anew { Counts::default() } else { self.runs };
        self.runs = present;
        let new = Counts { runs: present.runs - before.runs, bad: present.bad - before.bad };
        let runs = Arms { control: Counts::default(), treatment: new };
        let readings = plan.guardrails().iter().map(|guardrail| match &guardrail.metric {
            GuardMetric::ErrorRate => Reading::Counts(runs),
            GuardMetric::Signal(name) => port.signal(key, name, self.since),
            _ => Reading::Nothing,
        });
        let batch = Batch { runs, units: Arms::default(), readings: readings.collect() };
        self.evidence.record(plan, &batch, now);
    }
}

/// What is known of the flags and of the health of the phase; why not, if the controls cannot be read.
pub(super) fn look(
    port: &dyn MigrationPort,
    key: &str,
    migration: &Arc<Migration>,
    state: &State,
    gathering: &mut Option<Gathering>,
    now: Timestamp,
) -> Result<(BTreeSet<Box<str>>, Observation), Box<str>> {
    let mut on = BTreeSet::new();
    for flag in migration.flags() {
        match port.is_on(flag) {
            Ok(true) => _ = on.insert(flag.into()),
            Ok(false) => {}
            Err(error) => return Err(format!("nobody knows whether flag `{flag}` is on: {error}").into()),
        }
    }
    let is_watched = matches!(state.stand, Stand::Watching | Stand::Paused | Stand::Settling);
    let definition = migration.fingerprint();
    let (Some(plan), Some(phase), true) =
        (migration.health(state.phase), migration.phases().get(state.phase), is_watched && state.epoch > 0)
    else {
        *gathering = None;
        return Ok((on, Observation::nothing(state.epoch)));
    };
    let kept = gathering.take().filter(|kept| (kept.epoch, kept.definition) == (state.epoch, definition));
    let mut kept = kept.unwrap_or_else(|| Gathering::new(port, plan, &phase.flag, state, definition, now));
    kept.gather(port, key, &phase.flag, plan, now);
    let observation = kept.evidence.observe(plan, &[], now);
    *gathering = Some(kept);
    Ok((on, observation))
}
