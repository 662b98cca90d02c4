//! A rule and its alerts: from what is observed to a step of each alert it concerns.

use std::{
    collections::{BTreeMap, BTreeSet},
    mem::discriminant,
    time::Duration,
};

use flags_core::Timestamp;

use super::{
    AlertCondition, AlertPhase, AlertRule, AlertState, AlertSubject, EvaluationTimes, FlagOutcomes,
    MAX_ALERTS_PER_RULE, Measurements, Notification, NotificationStatus, Resolution,
    event::Cause,
    instance::{Instance, Phase, Transition, Verdict, Waits},
    measurements::Quantile,
    recent::Recent,
    words::{self, Finding},
};

/// A rule and its alerts.
#[derive(Clone, Debug)]
pub(super) struct Watched {
    pub(super) rule: AlertRule,
    pub(super) alerts: BTreeMap<AlertSubject, Tracked>,
    /// For a bound on evaluation times: those of the window.
    recent: Option<Recent>,
}

/// An alert that is not inactive.
#[derive(Clone, Debug)]
pub(super) struct Tracked {
    instance: Instance,
    /// When it came where it stands, by the clock.
    since: Timestamp,
    /// When it last fired, by the clock.
    starts_at: Timestamp,
    summary: Box<str>,
    value: Option<f64>,
    /// When what it is about last happened, by the time passed; `None` if that was undone.
    pub(super) happened: Option<Duration>,
    /// What it holds for.
    pub(super) causes: BTreeSet<Cause>,
}

/// One instant, in both ways of telling the time.
#[derive(Clone, Copy)]
pub(super) struct Now {
    pub(super) passed: Duration,
    pub(super) clock: Timestamp,
}

impl Watched {
    pub(super) fn new(rule: AlertRule) -> Self {
        let recent = match rule.condition {
            AlertCondition::EvaluationLatency { window, .. } => Some(Recent::new(window)),
            _ => None,
        };
        Self { rule, alerts: BTreeMap::new(), recent }
    }

    pub(super) fn look_at_latency(&mut self, times: Option<&EvaluationTimes>, now: Now, told: &mut Vec<Notification>) {
        let AlertCondition::EvaluationLatency { percentile, above, min_samples, .. } = self.rule.condition else {
            return;
        };
        let Some(recent) = &mut self.recent else { return };
        if times.is_none() {
            recent.clear();
        }
        let counted = times.and_then(|times| recent.add(now.passed, times));
        let counted = counted.filter(|counted| counted.total() >= min_samples.max(1));
        let found = counted.and_then(|counted| Some((counted.quantile(percentile)?, counted.total())));
        let Some((quantile, samples)) = found else {
            return self.step_if_tracked(&AlertSubject::Program, Verdict::Unknown, &Finding::Nothing, now, told);
        };
        #[expect(clippy::cast_precision_loss, reason = "a bound on a latency is far below 2^53 ns, 104 days")]
        let bound = above.as_nanos() as f64;
        let (holds, nanos) = match quantile {
            Quantile::At(nanos) => (nanos > bound, nanos),
            // Above the highest bound of the histogram, and so above every bound up to it.
            Quantile::Beyond(nanos) => (nanos >= bound, nanos),
        };
        let finding = Finding::Latency { nanos, beyond: matches!(quantile, Quantile::Beyond(_)), samples };
        self.step_if_tracked_or_holds(&AlertSubject::Program, holds, &finding, now, told);
    }

    /// Returns how many alerts there was no room for.
    pub(super) fn look_at_outcomes(
        &mut self,
        outcomes: Vec<FlagOutcomes>,
        measurements: &dyn Measurements,
        now: Now,
        told: &mut Vec<Notification>,
    ) -> u64 {
        let AlertCondition::FlagErrorRate { above, ref flag, min_samples, .. } = self.rule.condition else { return 0 };
        let only = flag.clone();
        let enough = |outcomes: &FlagOutcomes| outcomes.count >= min_samples.max(1);
        let by_flag: BTreeMap<Box<str>, FlagOutcomes> = (outcomes.into_iter())
            .filter(|outcomes| enough(outcomes) && only.as_deref().is_none_or(|only| *outcomes.flag == *only))
            .map(|outcomes| (outcomes.flag.clone(), outcomes))
            .collect();
        // Those that are under way and have no data, or no flag any more.
        let tracked: Vec<AlertSubject> = self.alerts.keys().cloned().collect();
        for subject in tracked {
            let Some(key) = subject.flag() else { continue };
            if !measurements.has_flag(key) {
                self.step(&subject, Verdict::Clear(Resolution::FlagRemoved), &Finding::Nothing, now, told);
            } else if !by_flag.contains_key(key) {
                self.step(&subject, Verdict::Unknown, &Finding::Nothing, now, told);
            }
        }
        let mut left_out = 0;
        for (key, FlagOutcomes { count, errors, .. }) in by_flag {
            if !measurements.has_flag(&key) {
                continue;
            }
            let subject = AlertSubject::Flag(key);
            #[expect(clippy::cast_precision_loss, reason = "counts of a window are far below 2^53")]
            let share = errors as f64 / count as f64;
            let holds = share > above;
            if holds && !self.has_room_for(&subject) {
                left_out += 1;
                continue;
            }
            self.step_if_tracked_or_holds(&subject, holds, &Finding::Rate { count, errors, share }, now, told);
        }
        left_out
    }

    pub(super) fn look_at_occurrences(
        &mut self,
        measurements: &dyn Measurements,
        now: Now,
        told: &mut Vec<Notification>,
    ) {
        let looks: Vec<(AlertSubject, Verdict)> = (self.alerts.iter())
            .map(|(subject, alert)| {
                let of_rollout =
                    matches!(self.rule.condition, AlertCondition::Rollback | AlertCondition::RolloutAttention);
                // That a flag is gone may itself be the unexpected change.
                let gone = of_rollout && subject.flag().is_some_and(|key| !measurements.has_flag(key));
                let verdict = match alert.happened {
                    _ if gone => Verdict::Clear(Resolution::FlagRemoved),
                    None => Verdict::Clear(Resolution::Undone),
                    Some(_) if !self.rule.condition.is_occurrence() => Verdict::Holds,
                    Some(at) if now.passed.saturating_sub(at) < self.rule.cooldown => Verdict::Holds,
                    Some(_) => Verdict::Clear(Resolution::Quiet),
                };
                (subject.clone(), verdict)
            })
            .collect();
        for (subject, verdict) in looks {
            self.step(&subject, verdict, &Finding::Nothing, now, told);
        }
    }

    pub(super) fn has_room_for(&self, subject: &AlertSubject) -> bool {
        self.alerts.len() < MAX_ALERTS_PER_RULE || self.alerts.contains_key(subject)
    }

    fn step_if_tracked_or_holds(
        &mut self,
        subject: &AlertSubject,
        holds: bool,
        finding: &Finding<'_>,
        now: Now,
        told: &mut Vec<Notification>,
    ) {
        if holds {
            self.step(subject, Verdict::Holds, finding, now, told);
        } else {
            self.step_if_tracked(subject, Verdict::Clear(Resolution::Recovered), finding, now, told);
        }
    }

    fn step_if_tracked(
        &mut self,
        subject: &AlertSubject,
        verdict: Verdict,
        finding: &Finding<'_>,
        now: Now,
        told: &mut Vec<Notification>,
    ) {
        if self.alerts.contains_key(subject) {
            self.step(subject, verdict, finding, now, told);
        }
    }

    /// Takes one alert a step further.
    pub(super) fn step(
        &mut self,
        subject: &AlertSubject,
        verdict: Verdict,
        finding: &Finding<'_>,
        now: Now,
        told: &mut Vec<Notification>,
    ) {
        let rule = &self.rule;
        let waits = Waits { hold: rule.effective_hold(), cooldown: rule.cooldown };
        let alert = self.alerts.entry(subject.clone()).or_insert_with(|| Tracked::new(now));
        let (next, transition) = alert.instance.step(verdict, waits, now.passed);
        if discriminant(&next.phase) != discriminant(&alert.instance.phase) {
            alert.since = now.clock;
        }
        let untold = alert.instance.untold;
        alert.instance = next;
        if verdict == Verdict::Holds && !matches!(finding, Finding::Nothing) {
            alert.summary = words::holding(rule, subject, finding).into();
        }
        if let Some(value) = finding.value() {
            alert.value = Some(value);
        }
        let status = match transition {
            Some(Transition::Fired) => {
                alert.starts_at = now.clock;
                Some(NotificationStatus::Firing)
            }
            Some(Transition::Resolved(resolution)) => {
                alert.summary = words::resolved(rule, subject, resolution, finding, &alert.summary).into();
                Some(NotificationStatus::Resolved(resolution))
            }
            None => None,
        };
        told.extend(status.map(|status| alert.notification(rule, subject, status, untold, now)));
        if alert.instance.is_idle() {
            self.alerts.remove(subject);
        }
    }

    pub(super) fn states(&self) -> Vec<AlertState> {
        if self.alerts.is_empty() {
            return vec![AlertState {
                rule: self.rule.key.clone(),
                condition: self.rule.condition.name(),
                severity: self.rule.severity,
                subject: match &self.rule.condition {
                    AlertCondition::FlagErrorRate { flag: Some(flag), .. } => AlertSubject::Flag(flag.clone()),
                    _ => AlertSubject::Program,
                },
                phase: AlertPhase::Inactive,
                since: None,
                summary: None,
                without_data: false,
            }];
        }
        let state = |(subject, alert): (&AlertSubject, &Tracked)| AlertState {
            rule: self.rule.key.clone(),
            condition: self.rule.condition.name(),
            severity: self.rule.severity,
            subject: subject.clone(),
            phase: match alert.instance.phase {
                Phase::Inactive => AlertPhase::Inactive,
                Phase::Pending { .. } => AlertPhase::Pending,
                Phase::Firing { .. } => AlertPhase::Firing,
                Phase::Resolved => AlertPhase::Resolved,
            },
            since: Some(alert.since),
            summary: Some(alert.summary.clone()),
            without_data: matches!(alert.instance.phase, Phase::Firing { silent_since: Some(_) }),
        };
        self.alerts.iter().map(state).collect()
    }
}

impl Tracked {
    fn new(now: Now) -> Self {
        Self {
            instance: Instance::NEW,
            since: now.clock,
            starts_at: now.clock,
            summary: "".into(),
            value: None,
            happened: None,
            causes: BTreeSet::new(),
        }
    }

    fn notification(
        &self,
        rule: &AlertRule,
        subject: &AlertSubject,
        status: NotificationStatus,
        untold: u64,
        now: Now,
    ) -> Notification {
        Notification {
            rule: rule.key.clone(),
            subject: subject.clone(),
            status,
            severity: rule.severity,
            condition: rule.condition.name(),
            summary: self.summary.clone(),
            description: rule.description.clone(),
            value: self.value,
            bound: match rule.condition {
                AlertCondition::EvaluationLatency { above, .. } => Some(above.as_secs_f64()),
                AlertCondition::FlagErrorRate { above, .. } => Some(above),
                _ => None,
            },
            starts_at: self.starts_at,
            ends_at: matches!(status, NotificationStatus::Resolved(_)).then(|| now.clock.max(self.starts_at)),
            untold: if status == NotificationStatus::Firing { untold } else { 0 },
            notify: rule.notify.clone(),
        }
    }
}
