//! Two experiments that would enrol the same units for the same flag at the same time.
//!
//! Only one of the two arms could be served, and neither outcome would say what it seems to. Experiments of one layer share no
//! unit, and experiments whose dates lie apart share no moment; all others are in each other's way.

use alloc::vec::Vec;

use foldhash::fast::FixedState;
use hashbrown::{HashMap, HashSet};

use crate::{Definitions, ExperimentDefinition, Timestamp, definition::ExperimentStatus};

/// Two experiments in each other's way.
pub(super) struct Clash<'d> {
    /// The flag both are on.
    pub(super) flag: &'d str,
    /// The one that stands later in the file.
    pub(super) experiment: &'d ExperimentDefinition,
    /// The place of its first arm that overrides the flag.
    pub(super) arm: usize,
    /// The one that stands earlier, and whose arm would be served.
    pub(super) other: &'d ExperimentDefinition,
}

/// An experiment on a flag while it may enrol.
struct Interval<'d> {
    start: i64,
    /// Not included.
    end: i64,
    /// The place in the file.
    at: usize,
    experiment: &'d ExperimentDefinition,
    /// The place of its first arm that overrides the flag.
    arm: usize,
}

impl Interval<'_> {
    /// Whether the two share no unit, because their layer says so.
    fn shares_layer_with(&self, other: &Self) -> bool {
        self.experiment.layer.is_some() && self.experiment.layer == other.experiment.layer
    }
}

/// For each experiment and each of its flags, one of the experiments in its way, in the order of the file.
///
/// A draft enrols nobody yet, and one that is stopped or decided no longer does.
pub(super) fn clashes(definitions: &Definitions) -> Vec<Clash<'_>> {
    let mut on: HashMap<&str, Vec<Interval<'_>>, FixedState> = HashMap::default();
    for (at, experiment) in definitions.experiments.iter().enumerate() {
        let may_enrol = matches!(experiment.status, ExperimentStatus::Running | ExperimentStatus::Paused);
        let start = experiment.start.map_or(i64::MIN, Timestamp::as_micros);
        let end = experiment.end.map_or(i64::MAX, Timestamp::as_micros);
        if may_enrol && experiment.winner.is_none() && start < end {
            let mut known: HashSet<&str, FixedState> = HashSet::default();
            for (arm, definition) in experiment.arms.iter().enumerate() {
                for (flag, _) in definition.overrides.iter().filter(|(flag, _)| known.insert(flag)) {
                    on.entry(flag).or_default().push(Interval { start, end, at, experiment, arm });
                }
            }
        }
    }
    let mut found: Vec<(usize, Clash<'_>)> = on.into_iter().flat_map(|(flag, all)| of_flag(flag, all)).collect();
    found.sort_by_key(|(at, clash)| (*at, clash.flag));
    found.into_iter().map(|(_, clash)| clash).collect()
}

/// A sweep over the intervals by their starts. Whoever starts before the latest end so far is in the way of whoever has it,
/// unless a layer keeps them apart; so the latest end outside of that one's layer is kept, too.
fn of_flag<'d>(flag: &'d str, mut all: Vec<Interval<'d>>) -> Vec<(usize, Clash<'d>)> {
    all.sort_by_key(|interval| (interval.start, interval.at));
    let mut clashes = Vec::new();
    let (mut latest, mut elsewhere): (Option<&Interval<'d>>, Option<&Interval<'d>>) = (None, None);
    for next in &all {
        let rival = [latest, elsewhere]
            .into_iter()
            .flatten()
            .find(|earlier| next.start < earlier.end && !next.shares_layer_with(earlier));
        if let Some(rival) = rival {
            let (first, second) = if rival.at < next.at { (rival, next) } else { (next, rival) };
            let clash = Clash { flag, experiment: second.experiment, arm: second.arm, other: first.experiment };
            clashes.push((second.at, clash));
        }
        match latest {
            Some(known) if known.end >= next.end => {
                let apart = !next.shares_layer_with(known);
                if apart && elsewhere.is_none_or(|known| known.end < next.end) {
                    elsewhere = Some(next);
                }
            }
            Some(known) => {
                if !next.shares_layer_with(known) {
                    elsewhere = Some(known);
                }
                latest = Some(next);
            }
            None => latest = Some(next),
        }
    }
    clashes
}
