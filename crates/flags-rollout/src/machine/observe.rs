//! Time has passed: protect first, then see whether it can go on.

use std::time::Duration;

use super::{Action, Alert, Author, Hold, Observation, Pause, Status, Step, look::Look, transition::Turn};
use crate::plan::OnBreach;

/// How long a rollback that has not been read back waits before it is asked for again: this long after the first attempt,
/// twice as long after each further one, up to the longest.
const ROLLBACK_RETRY: Duration = Duration::from_secs(1);
const LONGEST_ROLLBACK_RETRY: Duration = Duration::from_secs(30);

/// At which attempt a rollback that is not in force is told, and told again at twice as many, four times as many, and so on.
const ATTEMPTS_BEFORE_ALERT: u32 = 3;

/// How long to wait after so many attempts.
fn retry_after(attempts: u32) -> Duration {
    let doubled = attempts.saturating_sub(1).min(5);
    ROLLBACK_RETRY.saturating_mul(1 << doubled).min(LONGEST_ROLLBACK_RETRY)
}

/// Whether somebody is told at that attempt.
fn is_told(attempts: u32) -> bool {
    attempts.is_multiple_of(ATTEMPTS_BEFORE_ALERT) && (attempts / ATTEMPTS_BEFORE_ALERT).is_power_of_two()
}

impl Turn<'_> {
    pub(super) fn observe(&mut self, observation: &Observation) {
        match self.next.status {
            Status::Planned | Status::RolledBack { .. } | Status::Complete => {}
            Status::RollingBack { to, attempts } => {
                if self.waited() >= retry_after(attempts) {
                    let attempts = attempts.saturating_add(1);
                    self.next.status = Status::RollingBack { to, attempts };
                    self.next.since = self.now;
                    self.actions.push(Action::Restore { to, dry_run: false });
                    if is_told(attempts) {
                        self.actions.push(Action::Alert(Alert::RollbackUnconfirmed { attempts }));
                    }
                }
            }
            Status::Running(_) if self.is_changed() => {
                let text = "the plan has changed since it was started: resume to follow the new one, or roll back";
                self.pause(Pause::DefinitionChanged, Author::Plan, text);
            }
            Status::Running(step) => {
                if !self.protect(observation) {
                    self.progress(step, observation);
                }
            }
            Status::Paused(reason) => {
                if !self.protect(observation) {
                    self.come_back(reason, observation);
                }
            }
        }
    }

    fn waited(&self) -> Duration {
        self.now.saturating_since(self.next.since)
    }

    /// Whether something was done to protect.
    fn protect(&mut self, observation: &Observation) -> bool {
        if observation.epoch != self.next.epoch {
            return false;
        }
        let look = Look::new(self.plan, observation);
        if let Some(text) = &observation.catastrophe {
            self.breach(OnBreach::Rollback, Pause::Storm, false, text);
            return true;
        }
        // A rollback is not kept waiting by a pause that stands before it.
        for wanted in [OnBreach::Rollback, OnBreach::Pause] {
            for (index, guardrail, judgement) in look.failing() {
                if guardrail.on_breach == wanted {
                    let text = format!("{}: {}", guardrail.metric, judgement.text);
                    if self.breach(wanted, Pause::Breach(index), judgement.relative, &text) {
                        return true;
                    }
                }
            }
        }
        if let Some(text) = &observation.mismatch {
            let on_mismatch = self.plan.definition().on_mismatch;
            if on_mismatch == OnBreach::Notify {
                self.tell_once(63, "sample ratio", text);
            } else if self.breach(on_mismatch, Pause::Mismatch, true, text) {
                return true;
            }
        }
        for (index, guardrail, judgement) in look.failing() {
            if guardrail.on_breach == OnBreach::Notify {
                self.tell_once(index.min(62), guardrail.metric.name(), &judgement.text);
            }
        }
        false
    }

    fn tell_once(&mut self, bit: usize, guardrail: &str, because: &str) {
        let bit = 1_u64 << bit;
        if self.next.told & bit == 0 {
            self.next.told |= bit;
            let alert = Alert::GuardrailFailed { guardrail: guardrail.into(), because: because.into() };
            self.actions.push(Action::Alert(alert));
        }
    }

    /// Acts on a breach; whether anything came of it. What is absolute does not roll back in a storm.
    fn breach(&mut self, on_breach: OnBreach, pause: Pause, relative: bool, text: &str) -> bool {
        let (on_breach, pause) = match on_breach {
            OnBreach::Rollback if self.next.storm && !relative => (OnBreach::Pause, Pause::Storm),
            other => (other, pause),
        };
        match on_breach {
            OnBreach::Rollback => self.roll_back(Author::Plan, text, true),
            OnBreach::Pause => match self.next.status {
                // What waits for a person, or for this already, goes on waiting.
                Status::Paused(reason) if reason == pause || !comes_back(reason) => return false,
                _ => self.pause(pause, Author::Plan, text),
            },
            OnBreach::Notify => return false,
        }
        true
    }

    /// Whether it can go on, and if not, whether it has waited for too long.
    fn progress(&mut self, step: Step, observation: &Observation) {
        let (definition, look) = (self.plan.definition(), Look::new(self.plan, observation));
        if let (Some(deadline), Some(started)) = (definition.deadline, self.next.started_at)
            && self.now.saturating_since(started) >= deadline
        {
            let text = "it has taken longer than its deadline allows: resume to give it as long again, or roll back";
            self.pause(Pause::Deadline, Author::Plan, text);
            return;
        }
        let (grace, settle_timeout) = (definition.grace, definition.settle_timeout);
        if observation.epoch == self.next.epoch {
            if let Some((hold, (_, guardrail, judgement))) = look.missing() {
                let metric = &guardrail.metric;
                if let Some(waited) = self.hold(hold, grace) {
                    let roll_back = look.missing_wants_rollback();
                    let what = if hold == Hold::NoData { "no data" } else { "no readable data" };
                    let detail = if judgement.is_empty() { String::new() } else { format!(" ({judgement})") };
                    let text = format!("{metric}: {what} for {}{detail}", shown(waited));
                    if roll_back {
                        self.roll_back(Author::Plan, text, true);
                    } else {
                        let pause = if hold == Hold::NoData { Pause::NoData } else { Pause::Unreadable };
                        self.pause(pause, Author::Plan, format!("{text}; it goes on when they are back"));
                    }
                    return;
                }
            } else if matches!(self.next.held, Some((Hold::NoData | Hold::Unreadable, _))) {
                self.next.held = None;
            }
        }
        if step == Step::Settling {
            if self.waited() >= settle_timeout
                && let Some(percentage) = self.next.asked
            {
                self.next.since = self.now;
                self.actions.push(Action::Set { percentage, dry_run: false });
                self.actions.push(Action::Alert(Alert::ChangeUnconfirmed { percentage }));
            }
            return;
        }
        if observation.epoch != self.next.epoch || look.missing().is_some() {
            return;
        }
        let stage = self.plan.stage(self.next.stage);
        if self.next.baked_at(self.now) < stage.hold || observation.samples < stage.min_samples {
            return;
        }
        if let Some((_, guardrail, judgement)) = look.unsettled() {
            let text = format!("{}: {}", guardrail.metric, judgement);
            if let Some(waited) = self.hold(Hold::Inconclusive, grace) {
                let text = format!("{text}; not settled for {}: promote, resume or roll back", shown(waited));
                self.pause(Pause::Inconclusive, Author::Plan, text);
            }
            return;
        }
        if matches!(self.next.held, Some((Hold::Inconclusive, _))) {
            self.next.held = None;
        }
        if self.plan.is_frozen(self.now) || self.next.storm {
            return;
        }
        if (stage.approval || !self.plan.definition().auto_advance) && !self.next.approved {
            if step != Step::AwaitingApproval {
                let from = self.next.phase();
                self.next.status = Status::Running(Step::AwaitingApproval);
                let alert = Alert::ApprovalNeeded { percentage: stage.percentage };
                self.record(from, Author::Plan, alert.to_string());
                self.actions.push(Action::Alert(alert));
            }
            return;
        }
        let (to, baked) = self.fold();
        let because = if self.plan.guardrails().is_empty() { "its time is over" } else { "all is well" };
        self.advance(to, baked, Author::Plan, because);
    }

    /// The stage to go to, past those whose time has come and gone, and how much of its own time is over. Stages that
    /// measure something, or wait for a person, are never passed over.
    fn fold(&self) -> (usize, Duration) {
        let mut to = self.next.stage + 1;
        let hold = self.plan.stage(self.next.stage).hold;
        let mut overdue = self.next.baked_at(self.now).saturating_sub(hold);
        if !self.plan.is_unmonitored(to) {
            return (to, Duration::ZERO);
        }
        while to < self.plan.last_stage() && !self.plan.stage(to).approval && self.plan.is_unmonitored(to + 1) {
            let Some(rest) = overdue.checked_sub(self.plan.stage(to).hold) else { break };
            overdue = rest;
            to += 1;
        }
        (to, overdue.min(self.plan.stage(to).hold))
    }

    /// Goes on by itself after a pause for want of data.
    fn come_back(&mut self, reason: Pause, observation: &Observation) {
        let is_back = observation.epoch == self.next.epoch && Look::new(self.plan, observation).missing().is_none();
        if comes_back(reason) && reason != Pause::Storm && is_back && !self.is_changed() {
            let from = self.next.phase();
            // The pause may have come before the percentage was read back.
            self.next.status = Status::Running(if self.is_dry() { Step::Baking } else { Step::Settling });
            self.next.since = self.now;
            self.record(from, Author::Plan, "resumed: data are back");
        }
    }

    /// Remembers since when it is held; how long, once that is too long.
    fn hold(&mut self, hold: Hold, grace: Duration) -> Option<Duration> {
        let is_missing = |hold| matches!(hold, Hold::NoData | Hold::Unreadable);
        let since = match self.next.held {
            // Data that are missing and data that cannot be read are one wait.
            Some((held, since)) if is_missing(held) == is_missing(hold) => since,
            _ => self.now,
        };
        self.next.held = Some((hold, since));
        let waited = self.now.saturating_since(since);
        (waited >= grace).then_some(waited)
    }
}

/// Whether a pause ends by itself.
fn comes_back(reason: Pause) -> bool {
    matches!(reason, Pause::NoData | Pause::Unreadable | Pause::Storm)
}

/// A time for people: `90 s`, `15 min`, `2 h`.
fn shown(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds < 120 => format!("{seconds} s"),
        seconds if seconds < 7_200 => format!("{} min", seconds / 60),
        seconds => format!("{} h", seconds / 3_600),
    }
}
