//! What a phase comes to that is being watched: it passes, fails, or is held.

use std::{collections::BTreeSet, time::Duration};

use super::{PhaseDefinition, Stand, transition::Turn};
use crate::{
    machine::{Observation, Verdict},
    plan::{GuardrailDefinition, OnBreach, OnMissing, Plan},
};

/// How long a phase that is due may be held by its health before somebody hears of it, or, where a guardrail says so, before
/// missing data take it back.
const GRACE: Duration = Duration::from_secs(15 * 60);

/// What the guardrails of a phase come to.
enum Health {
    /// All is well.
    Well,
    /// It has failed, and is to be taken back.
    Failed(String),
    /// It has failed, and a person is to decide.
    Stopped(String),
    /// It is not known to be well; `gives_up` if missing data take it back after the grace.
    Unknown { text: String, gives_up: bool },
}

impl Turn<'_> {
    pub(super) fn watch(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>, seen: &Observation) {
        let health = self.health(seen);
        if let Health::Failed(why) = &health {
            self.fail(phase, why);
            return;
        }
        if !on.contains(&phase.flag) {
            self.hold(format!("flag `{}` has been switched off by somebody else", phase.flag), true);
            return;
        }
        if let Some(flag) = phase.requires.iter().find(|flag| !on.contains(*flag)) {
            self.fail(phase, &format!("flag `{flag}`, which it requires, is off"));
            return;
        }
        match health {
            Health::Failed(_) => {}
            Health::Stopped(why) => self.hold(format!("phase `{}`: {why}", phase.name), true),
            Health::Well if self.is_due(phase) => self.pass(phase),
            Health::Well => self.next.held = None,
            Health::Unknown { text, gives_up } if self.is_due(phase) => self.held(phase, &text, gives_up),
            Health::Unknown { .. } => {}
        }
    }

    /// A phase that is paused is still taken back when it fails.
    pub(super) fn protect(&mut self, phase: &PhaseDefinition, on: &BTreeSet<Box<str>>, seen: &Observation) {
        if on.contains(&phase.flag)
            && !self.is_changed()
            && let Health::Failed(why) = self.health(seen)
        {
            self.fail(phase, &why);
        }
    }

    /// The phase is due, and its health does not let it go on.
    fn held(&mut self, phase: &PhaseDefinition, text: &str, gives_up: bool) {
        let since = *self.next.held.get_or_insert(self.now);
        if self.now.saturating_since(since) < GRACE {
            return;
        }
        if gives_up && self.migration.rolls_back_on_failure() {
            self.fail(phase, text);
        } else if !self.next.told {
            self.next.told = true;
            self.tell(format!("phase `{}` is due and held: {text}", phase.name), true);
        }
    }

    fn health(&mut self, seen: &Observation) -> Health {
        let plan = self.migration.health(self.next.phase);
        let guardrails = plan.map(Plan::guardrails).unwrap_or_default();
        let is_present = seen.epoch == self.next.epoch;
        if let Some(why) = seen.catastrophe.as_ref().filter(|_| is_present) {
            return Health::Failed(why.to_string());
        }
        let mut unknown: Option<(Verdict, Health)> = None;
        let mut stopped = None;
        for (index, guardrail) in guardrails.iter().enumerate() {
            let verdict = if is_present { seen.verdict(index) } else { Verdict::NoData };
            let text =
                seen.judgements.get(index).filter(|_| is_present).map_or("nothing is known yet", |told| &told.text);
            let text = format!("{}: {text}", guardrail.metric);
            match (verdict, guardrail.on_breach) {
                (Verdict::Pass, _) => {}
                (Verdict::Fail, OnBreach::Rollback) => return Health::Failed(text),
                (Verdict::Fail, OnBreach::Pause) => stopped = Some(text),
                (Verdict::Fail, OnBreach::Notify) => self.notify(index, &text),
                (verdict, _) if verdict.is_missing() && guardrail.on_missing == OnMissing::Ignore => {}
                (verdict, _) => {
                    if unknown.as_ref().is_none_or(|(before, _)| before.and(verdict) != *before) {
                        unknown = Some((verdict, Health::Unknown { text, gives_up: gives_up(guardrail, verdict) }));
                    }
                }
            }
        }
        match (stopped, unknown) {
            // One that is paused already stays so.
            (Some(text), _) if self.next.stand == Stand::Watching => Health::Stopped(text),
            (_, Some((_, unknown))) => unknown,
            _ => Health::Well,
        }
    }

    /// Tells, once in an epoch, of a guardrail that only tells.
    fn notify(&mut self, guardrail: usize, text: &str) {
        let bit = 1_u64 << guardrail.min(63);
        if self.next.breached & bit == 0 {
            self.next.breached |= bit;
            let because = std::mem::take(&mut self.next.because);
            let by = self.next.by.clone();
            self.tell(text, true);
            // It stays where it is, for the reason that is there.
            (self.next.because, self.next.by) = (because, by);
        }
    }
}

fn gives_up(guardrail: &GuardrailDefinition, verdict: Verdict) -> bool {
    verdict.is_missing() && guardrail.on_missing == OnMissing::Rollback
}
