//! Alerts over time, with a clock that is moved by hand (D6).

use std::{
    collections::{BTreeMap, HashMap},
    fmt::Write as _,
    time::Duration,
};

use flags_core::Timestamp;
use flags_metrics::alerts::{
    AlertCondition, AlertPhase, AlertRule, AlertSubject, Alerts, EvaluationTimes, Event, FlagOutcomes,
    MAX_ALERTS_PER_RULE, Measurements, Notification, NotificationStatus, Resolution,
};
use proptest::prelude::*;

const MINUTE: u64 = 60;

/// What is measured, as a test sets it.
#[derive(Default)]
struct Measured {
    /// Evaluations since the start: up to 1 µs, up to 1 ms, up to 10 ms, above.
    times: Option<[u64; 4]>,
    /// Outcomes and errors of the window, by flag.
    outcomes: BTreeMap<&'static str, (u64, u64)>,
    deleted: Vec<&'static str>,
}

impl Measurements for Measured {
    fn evaluation_times(&self) -> Option<EvaluationTimes> {
        let counts = self.times?.to_vec();
        Some(EvaluationTimes { bounds: [1_000, 1_000_000, 10_000_000].into(), counts })
    }

    fn outcomes(&self, _: Duration) -> Vec<FlagOutcomes> {
        let outcomes = |(flag, (count, errors)): (&&str, &(u64, u64))| FlagOutcomes {
            flag: (*flag).into(),
            count: *count,
            errors: *errors,
        };
        self.outcomes.iter().map(outcomes).collect()
    }

    fn has_flag(&self, key: &str) -> bool {
        !self.deleted.contains(&key)
    }
}

/// Alerts on a clock that shows seconds, and what they told so far.
struct Run {
    alerts: Alerts,
    now: u64,
    measured: Measured,
    told: String,
}

impl Run {
    fn new(rules: impl IntoIterator<Item = AlertRule>) -> Self {
        Self { alerts: Alerts::new(rules), now: 0, measured: Measured::default(), told: String::new() }
    }

    fn clock(&self) -> Timestamp {
        Timestamp::from_millis(i64::try_from(self.now).expect("tests stay within a day or two") * 1_000)
    }

    fn at(&mut self, now: u64) -> &mut Self {
        self.now = now;
        self
    }

    fn tick(&mut self) -> &mut Self {
        let told = self.alerts.tick(&self.measured, self.clock());
        self.tell(&told)
    }

    /// Ticks every five seconds until then.
    fn until(&mut self, then: u64) -> &mut Self {
        while self.now < then {
            self.now += 5;
            self.tick();
        }
        self
    }

    fn event(&mut self, event: &Event) -> &mut Self {
        let told = self.alerts.record(event, self.clock());
        self.tell(&told)
    }

    fn tell(&mut self, told: &[Notification]) -> &mut Self {
        for told in told {
            let why = match told.status {
                NotificationStatus::Resolved(resolution) => format!(" ({})", resolution.name()),
                _ => String::new(),
            };
            let more = if told.untold == 0 { String::new() } else { format!(" [{} more untold]", told.untold) };
            let (now, rule, status) = (self.now, &told.rule, told.status.name());
            writeln!(self.told, "{now:>4}s {rule} {status}{why}: {}{more}", told.summary).expect("a string takes it");
        }
        self
    }

    fn phases(&self) -> Vec<(AlertSubject, AlertPhase)> {
        self.alerts.states().into_iter().map(|state| (state.subject, state.phase)).collect()
    }
}

fn latency() -> AlertRule {
    let condition = AlertCondition::EvaluationLatency {
        percentile: 0.99,
        above: Duration::from_millis(1),
        window: Duration::from_secs(5 * MINUTE),
        min_samples: 20,
    };
    AlertRule::new("slow", condition)
}

fn error_rate(flag: Option<&str>) -> AlertRule {
    let condition = AlertCondition::FlagErrorRate {
        above: 0.05,
        flag: flag.map(Into::into),
        window: Duration::from_secs(5 * MINUTE),
        min_samples: 10,
    };
    AlertRule::new("errors", condition)
}

fn failed(detail: &str) -> Event {
    Event::ReloadFailed { detail: detail.into() }
}

fn rolled_back(flag: &str) -> Event {
    Event::RolledBack { flag: flag.into(), detail: "error rate 8 % above 5 %".into() }
}

// D6: evaluation latency percentile
#[test]
fn evaluation_latency_fires_on_recent_evaluations_and_resolves() {
    let mut run = Run::new([latency()]);
    // A million fast evaluations long ago would hide a hundred slow ones, if they counted.
    run.measured.times = Some([1_000_000, 0, 0, 0]);
    run.tick();
    run.measured.times = Some([1_000_000, 0, 19, 0]);
    run.until(30);
    assert_eq!(run.told, "", "19 are too few to judge");
    run.measured.times = Some([1_000_000, 0, 100, 0]);
    // Nothing more is evaluated: the slow ones leave the window, and there are no data from then on.
    run.until(330);
    assert_eq!(run.phases(), [(AlertSubject::Program, AlertPhase::Firing)]);
    assert!(!run.alerts.states()[0].without_data);
    run.until(600);
    assert!(run.alerts.states()[0].without_data);
    // Fast ones again.
    run.measured.times = Some([1_000_500, 0, 100, 0]);
    run.until(700);
    run.measured.times = Some([1_000_500, 0, 100, 80]);
    run.until(1_000);
    insta::assert_snapshot!(run.told);
}

// D6: flag error rate
#[test]
fn the_error_rate_of_each_flag_is_an_alert_of_its_own() {
    let mut run = Run::new([error_rate(None)]);
    run.measured.outcomes = [("calm", (1_000, 50)), ("new", (9, 9)), ("a", (50, 6)), ("b", (10, 10))].into();
    run.until(30);
    run.measured.outcomes.insert("a", (80, 4));
    run.until(60);
    run.measured.deleted = vec!["b"];
    run.until(90);
    insta::assert_snapshot!(run.told);
    let mut only = Run::new([error_rate(Some("a"))]);
    only.measured.outcomes = [("a", (50, 6)), ("b", (10, 10))].into();
    only.until(30);
    assert_eq!(only.phases(), [(AlertSubject::Flag("a".into()), AlertPhase::Firing)]);
}

// D6: rollback triggered
#[test]
fn a_rollback_fires_once_and_resolves_when_it_stays_quiet_or_goes_on() {
    let mut run = Run::new([AlertRule::new("rolled_back", AlertCondition::Rollback)]);
    run.at(10).event(&rolled_back("checkout")).event(&rolled_back("checkout"));
    run.until(300).event(&rolled_back("checkout")).event(&rolled_back("search"));
    run.until(400).event(&Event::RolloutResumed { flag: "search".into() });
    run.until(1_000);
    insta::assert_snapshot!(run.told);
}

// D6, E8: what waits for a person goes on until it is over, and a breaker is another matter than a rollout
#[test]
fn a_rollout_that_needs_attention_fires_until_it_needs_none() {
    let mut run = Run::new([
        AlertRule::new("attention", AlertCondition::RolloutAttention),
        AlertRule::new("waits_for_long", AlertCondition::RolloutAttention).hold(Duration::from_secs(15 * MINUTE)),
    ]);
    let detail = "error_rate: no data for 15 min".into();
    run.at(10).event(&Event::RolloutPaused { flag: "checkout".into(), detail });
    run.event(&Event::BreakerOpened { flag: "checkout".into(), detail: "31 of 60 runs failed".into() });
    run.event(&Event::ApprovalNeeded { flag: "search".into(), detail: "25 % has passed".into() });
    run.until(60).event(&Event::RolloutResumed { flag: "checkout".into() });
    run.event(&Event::RolloutResumed { flag: "search".into() });
    // The breaker is still open, for longer than a cooldown.
    run.until(1_000).event(&Event::BreakerClosed { flag: "checkout".into() });
    run.until(1_700);
    run.event(&Event::ChangeUnconfirmed { flag: "a".into(), detail: "25 % has been asked for".into() });
    run.event(&Event::RollbackUnconfirmed { flag: "b".into(), detail: "it has been asked for 3 times".into() });
    let detail = "31 of 60 (51.7 %) with the flag, 1 of 60 (1.67 %) without".into();
    run.event(&Event::GuardrailFailed { flag: "c".into(), guardrail: "error_rate".into(), detail });
    run.until(1_760).event(&Event::RolloutOver { flag: "b".into() });
    run.event(&Event::RolloutOver { flag: "c".into() });
    run.measured.deleted = vec!["a"];
    run.until(1_800);
    insta::assert_snapshot!(run.told);
}

#[test]
fn going_on_says_nothing_of_a_breaker_and_nothing_where_nothing_was_told() {
    let mut run = Run::new([AlertRule::new("attention", AlertCondition::RolloutAttention)]);
    run.at(10).event(&Event::RolloutOver { flag: "checkout".into() });
    run.event(&Event::BreakerClosed { flag: "checkout".into() });
    run.event(&Event::BreakerOpened { flag: "checkout".into(), detail: "".into() });
    run.until(60).event(&Event::RolloutOver { flag: "checkout".into() });
    assert_eq!(run.phases(), [(AlertSubject::Flag("checkout".into()), AlertPhase::Firing)]);
}

// D6: experiment significance
#[test]
fn a_verdict_fires_and_resolves_when_somebody_acts_on_it() {
    let mut run = Run::new([AlertRule::new("verdict", AlertCondition::ExperimentSignificant)]);
    let detail = "treatment is better by 4.1 % (p = 0.003)".into();
    run.at(10).event(&Event::ExperimentSignificant { experiment: "button".into(), detail });
    let detail = "control is better".into();
    run.event(&Event::ExperimentSignificant { experiment: "price".into(), detail });
    run.until(60).event(&Event::ExperimentConcluded { experiment: "button".into() });
    run.until(700);
    insta::assert_snapshot!(run.told);
}

// D6: unexpected change
#[test]
fn an_unexpected_change_fires_even_if_the_flag_is_gone() {
    let mut run = Run::new([AlertRule::new("changed", AlertCondition::UnexpectedChange)]);
    run.measured.deleted = vec!["payments"];
    let detail = "it is protected, and was removed from the file".into();
    run.at(10).event(&Event::UnexpectedChange { flag: "payments".into(), detail });
    run.event(&Event::UnexpectedChange { flag: "shop".into(), detail: "".into() });
    run.until(60).event(&Event::ChangeConfirmed { flag: "shop".into() });
    run.until(700);
    insta::assert_snapshot!(run.told);
}

// D6
#[test]
fn a_refused_reload_fires_until_the_files_are_accepted() {
    let mut run = Run::new([
        AlertRule::new("refused", AlertCondition::ReloadFailed),
        AlertRule::new("refused_for_long", AlertCondition::ReloadFailed).hold(Duration::from_secs(MINUTE)),
    ]);
    run.at(10).event(&failed("unknown key `enabeld`")).event(&failed("unknown key `enabeld`, and another"));
    run.until(65).event(&Event::ReloadSucceeded);
    run.until(700).event(&failed("syntax")).until(800).event(&Event::ReloadSucceeded).until(810);
    insta::assert_snapshot!(run.told);
}

// D6: cooldown and de-duplication
#[test]
fn what_flaps_is_told_once_in_a_cooldown() {
    let mut run = Run::new([AlertRule::new("refused", AlertCondition::ReloadFailed)]);
    for second in (10..=1_500).step_by(10) {
        // Fails at 10, 30, 50 … and is mended ten seconds later.
        run.at(second).tick();
        run.event(&if second % 20 == 10 { failed("syntax") } else { Event::ReloadSucceeded });
    }
    insta::assert_snapshot!(run.told);
}

#[test]
fn a_clock_that_is_set_back_delays_nothing_and_ends_nothing_early() {
    let mut run = Run::new([AlertRule::new("rolled_back", AlertCondition::Rollback)]);
    run.at(100_000).tick().event(&rolled_back("checkout"));
    // Set back by a day's worth; ten minutes later it is over all the same.
    run.at(10).tick();
    run.until(600);
    assert_eq!(run.told.lines().count(), 1, "{}", run.told);
    run.until(610);
    insta::assert_snapshot!(run.told);
}

#[test]
fn an_alert_that_resolves_on_a_clock_set_back_does_not_end_before_it_began() {
    let mut run = Run::new([AlertRule::new("refused", AlertCondition::ReloadFailed)]);
    run.at(1_000).event(&failed("syntax"));
    let told = run.alerts.record(&Event::ReloadSucceeded, Timestamp::from_millis(0));
    assert_eq!(told[0].starts_at, Timestamp::from_millis(1_000_000));
    assert_eq!(told[0].ends_at, Some(told[0].starts_at));
}

#[test]
fn missing_data_never_fire_and_are_named_when_they_resolve() {
    let mut run = Run::new([error_rate(None).hold(Duration::from_secs(MINUTE))]);
    run.until(600);
    run.measured.outcomes = [("a", (50, 6))].into();
    run.until(640);
    // A gap: the minute starts anew.
    run.measured.outcomes.clear();
    run.until(645);
    run.measured.outcomes = [("a", (50, 6))].into();
    run.until(705);
    assert_eq!(run.told, "");
    run.until(710);
    run.measured.outcomes.clear();
    run.until(2_000);
    insta::assert_snapshot!(run.told);
    assert_eq!(run.phases(), [(AlertSubject::Program, AlertPhase::Inactive)]);
}

#[test]
fn other_rules_end_the_alerts_of_those_that_are_gone() {
    let refused = || AlertRule::new("refused", AlertCondition::ReloadFailed);
    let mut run = Run::new([refused(), AlertRule::new("rolled_back", AlertCondition::Rollback)]);
    run.at(10).event(&failed("syntax")).event(&rolled_back("checkout"));
    run.at(20);
    let changed = AlertRule::new("rolled_back", AlertCondition::Rollback).cooldown(Duration::from_secs(1));
    let told = run.alerts.replace_rules([changed, refused()], run.clock());
    run.tell(&told);
    run.until(30).event(&Event::ReloadSucceeded);
    insta::assert_snapshot!(run.told);
}

#[test]
fn how_they_stand_is_listed_rule_by_rule() {
    let mut run = Run::new([latency(), error_rate(Some("a")), AlertRule::new("refused", AlertCondition::ReloadFailed)]);
    run.at(10).event(&failed("syntax"));
    let shown: Vec<String> = (run.alerts.states().iter())
        .map(|state| format!("{} {} {:?} {}", state.rule, state.subject, state.since, state.phase.name()))
        .collect();
    assert_eq!(
        shown,
        [
            "slow the program None inactive",
            "errors flag `a` None inactive",
            "refused the program Some(Timestamp(10000000)) firing",
        ]
    );
}

#[test]
fn alerts_of_a_rule_are_bounded_and_the_rest_is_counted() {
    let mut run = Run::new([AlertRule::new("changed", AlertCondition::UnexpectedChange)]);
    for flag in 0..MAX_ALERTS_PER_RULE + 7 {
        run.event(&Event::UnexpectedChange { flag: format!("flag-{flag}").into(), detail: "".into() });
    }
    assert_eq!(run.alerts.states().len(), MAX_ALERTS_PER_RULE);
    assert_eq!(run.alerts.left_out(), 7);
    // One that is under way is not left out.
    run.event(&Event::UnexpectedChange { flag: "flag-0".into(), detail: "".into() });
    assert_eq!(run.alerts.left_out(), 7);
    run.until(700);
    assert_eq!(run.alerts.states().len(), 1, "{:?}", run.phases());
}

#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    SetBack(u64),
    Outcomes(Option<(u64, u64)>),
    Slow(u64, u64),
    Event(Event),
    Tick,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..400_u64).prop_map(Step::Wait),
        1 => (0..10_000_u64).prop_map(Step::SetBack),
        3 => prop::option::of((0..30_u64).prop_flat_map(|count| (Just(count), 0..=count))).prop_map(Step::Outcomes),
        3 => (0..60_u64, 0..60_u64).prop_map(|(fast, slow)| Step::Slow(fast, slow)),
        1 => Just(Step::Event(rolled_back("a"))),
        1 => Just(Step::Event(Event::RolloutResumed { flag: "a".into() })),
        1 => Just(Step::Event(failed("x"))),
        1 => Just(Step::Event(Event::ReloadSucceeded)),
        6 => Just(Step::Tick),
    ]
}

proptest! {
    /// D6: whatever happens, alerts of one rule on one subject take turns in firing and resolving, and fire once in a cooldown.
    #[test]
    fn firing_and_resolving_take_turns(
        cooldown in 0..1_000_u64,
        hold in 0..100_u64,
        steps in prop::collection::vec(step(), 0..150),
    ) {
        let (cooldown, hold) = (Duration::from_secs(cooldown), Duration::from_secs(hold));
        let rules = [
            latency(),
            error_rate(None),
            AlertRule::new("rolled_back", AlertCondition::Rollback),
            AlertRule::new("refused", AlertCondition::ReloadFailed),
        ];
        let mut alerts = Alerts::new(rules.map(|rule| rule.cooldown(cooldown).hold(hold)));
        let mut measured = Measured { times: Some([0; 4]), ..Measured::default() };
        let (mut clock, mut passed) = (1_000_000_i64, Duration::ZERO);
        let mut fired: HashMap<(Box<str>, AlertSubject), (bool, Duration)> = HashMap::new();
        for step in steps {
            let now = Timestamp::from_millis(clock * 1_000);
            let told = match step {
                Step::Wait(seconds) => {
                    clock += i64::try_from(seconds).unwrap();
                    passed += Duration::from_secs(seconds);
                    // The wait is seen by whoever looks at its end, before the clock is set back.
                    alerts.tick(&measured, Timestamp::from_millis(clock * 1_000))
                }
                Step::SetBack(seconds) => {
                    clock -= i64::try_from(seconds).unwrap();
                    alerts.tick(&measured, Timestamp::from_millis(clock * 1_000))
                }
                Step::Outcomes(outcomes) => {
                    measured.outcomes = outcomes.map(|outcomes| ("a", outcomes)).into_iter().collect();
                    vec![]
                }
                Step::Slow(fast, slow) => {
                    if let Some([a, b, ..]) = &mut measured.times {
                        *a += fast;
                        *b += slow;
                    }
                    vec![]
                }
                Step::Event(event) => alerts.record(&event, now),
                Step::Tick => alerts.tick(&measured, now),
            };
            for told in told {
                let key = (told.rule.clone(), told.subject.clone());
                match told.status {
                    NotificationStatus::Firing => {
                        if let Some((firing, at)) = fired.insert(key, (true, passed)) {
                            prop_assert!(!firing, "{told:?}");
                            prop_assert!(passed - at >= cooldown, "{told:?}");
                        }
                    }
                    NotificationStatus::Resolved(resolution) => {
                        prop_assert!(fired.get(&key).is_some_and(|(firing, _)| *firing), "{told:?}");
                        prop_assert!(told.ends_at.is_some_and(|end| end >= told.starts_at));
                        prop_assert!(resolution != Resolution::RuleRemoved);
                        fired.entry(key).and_modify(|(firing, _)| *firing = false);
                    }
                    _ => prop_assert!(false, "{told:?}"),
                }
            }
        }
        // What is listed agrees with what was told.
        for state in alerts.states() {
            let told = fired.get(&(state.rule.clone(), state.subject.clone())).is_some_and(|(firing, _)| *firing);
            prop_assert_eq!(state.phase == AlertPhase::Firing, told);
        }
    }
}
