//! The rules and their alerts: what is observed goes in, what has to be told comes out.

use std::time::Duration;

use flags_core::Timestamp;

use super::{
    AlertCondition, AlertRule, AlertState, AlertSubject, EvaluationTimes, Event, Measurements, Notification,
    Resolution,
    event::Meaning,
    instance::Verdict,
    watched::{Now, Watched},
    words::Finding,
};

/// How many alerts of one rule are kept track of at a time; what comes beyond is left out and [counted](Alerts::left_out).
pub const MAX_ALERTS_PER_RULE: usize = 1_000;

/// The rules and how their alerts stand.
///
/// ```
/// use flags_core::Timestamp;
/// use flags_metrics::alerts::{AlertCondition, AlertRule, Alerts, Event};
///
/// let mut alerts = Alerts::new([AlertRule::new("refused", AlertCondition::ReloadFailed).notify("ops")]);
/// let failed = Event::ReloadFailed { detail: "unknown key `enabeld`".into() };
/// let told = alerts.record(&failed, Timestamp::from_millis(0));
/// assert!(told[0].is_firing());
/// let told = alerts.record(&Event::ReloadSucceeded, Timestamp::from_millis(60_000));
/// assert_eq!(&*told[0].summary, "the definitions are accepted again");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Alerts {
    watched: Vec<Watched>,
    /// The time that has passed: the sum of the clock's steps forward.
    passed: Duration,
    clock: Option<Timestamp>,
    left_out: u64,
}

impl Alerts {
    /// Rules whose alerts are all inactive. Of two rules with the same key, the first counts.
    pub fn new(rules: impl IntoIterator<Item = AlertRule>) -> Self {
        let mut alerts = Self::default();
        for rule in rules {
            if alerts.watched.iter().all(|watched| watched.rule.key != rule.key) {
                alerts.watched.push(Watched::new(rule));
            }
        }
        alerts
    }

    /// Looks at what was measured; to be called every few seconds.
    pub fn tick(&mut self, measurements: &dyn Measurements, now: Timestamp) -> Vec<Notification> {
        let now = self.advance(now);
        // Of use to several rules, and not free.
        let mut times: Option<Option<EvaluationTimes>> = None;
        let mut told = vec![];
        for watched in &mut self.watched {
            if let AlertCondition::EvaluationLatency { .. } = watched.rule.condition {
                let times = times.get_or_insert_with(|| measurements.evaluation_times());
                watched.look_at_latency(times.as_ref(), now, &mut told);
            } else if let AlertCondition::FlagErrorRate { window, .. } = watched.rule.condition {
                let outcomes = measurements.outcomes(window);
                self.left_out += watched.look_at_outcomes(outcomes, measurements, now, &mut told);
            } else {
                watched.look_at_occurrences(measurements, now, &mut told);
            }
        }
        told
    }

    /// Takes note of something that happened.
    pub fn record(&mut self, event: &Event, now: Timestamp) -> Vec<Notification> {
        let now = self.advance(now);
        let mut told = vec![];
        for watched in self.watched.iter_mut().filter(|watched| event.concerns(&watched.rule.condition)) {
            let subject = event.subject();
            match event.meaning() {
                Meaning::ComesUp(detail) => {
                    if !watched.has_room_for(&subject) {
                        self.left_out += 1;
                        continue;
                    }
                    let finding = Finding::Happened { detail: &detail };
                    watched.step(&subject, Verdict::Holds, &finding, now, &mut told);
                    if let Some(alert) = watched.alerts.get_mut(&subject) {
                        alert.happened = Some(now.passed);
                        alert.causes.insert(event.cause());
                    }
                }
                Meaning::GoesAway => {
                    if let Some(alert) = watched.alerts.get_mut(&subject) {
                        alert.causes.remove(&event.cause());
                        if !alert.causes.is_empty() {
                            continue;
                        }
                        alert.happened = None;
                        watched.step(&subject, Verdict::Clear(Resolution::Undone), &Finding::Nothing, now, &mut told);
                    }
                }
            }
        }
        told
    }

    /// Goes on with other rules. A rule that stays as it is keeps its alerts; those of one that is gone or says something
    /// else are over.
    pub fn replace_rules(&mut self, rules: impl IntoIterator<Item = AlertRule>, now: Timestamp) -> Vec<Notification> {
        let now = self.advance(now);
        let mut before = std::mem::replace(&mut self.watched, Self::new(rules).watched);
        for watched in &mut self.watched {
            if let Some(at) = before.iter().position(|earlier| earlier.rule == watched.rule) {
                *watched = before.swap_remove(at);
            }
        }
        let mut told = vec![];
        for mut gone in before {
            let subjects: Vec<AlertSubject> = gone.alerts.keys().cloned().collect();
            for subject in subjects {
                gone.step(&subject, Verdict::Clear(Resolution::RuleRemoved), &Finding::Nothing, now, &mut told);
            }
        }
        told
    }

    /// How every alert stands: in the order of the rules, then of what they are about. A rule none of whose alerts is under
    /// way is there once, inactive.
    #[must_use]
    pub fn states(&self) -> Vec<AlertState> {
        self.watched.iter().flat_map(Watched::states).collect()
    }

    /// The rules, in their order.
    pub fn rules(&self) -> impl Iterator<Item = &AlertRule> {
        self.watched.iter().map(|watched| &watched.rule)
    }

    /// How often an alert was left out because its rule had [`MAX_ALERTS_PER_RULE`] under way.
    #[must_use]
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    fn advance(&mut self, clock: Timestamp) -> Now {
        let step = self.clock.map_or(0, |before| clock.as_micros().saturating_sub(before.as_micros()));
        self.clock = Some(clock);
        // A step back is no time at all.
        self.passed = self.passed.saturating_add(Duration::from_micros(u64::try_from(step).unwrap_or(0)));
        Now { passed: self.passed, clock }
    }
}
