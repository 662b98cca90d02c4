//! Experiments judged by what a client has recorded, and what it does about it (F7, F9).

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use flags::{
    Builder, Context, ExperimentDefinition, FlagDefinition, Flags, JudgeError, Recording, Timestamp,
    ab::{analysis::DecisionKind, store::MemoryStore},
    control::Origin,
    core::definition::{
        AnalysisDefinition, AnalysisMethod, ArmDefinition, DecisionMode, ExperimentStatus, MetricDefinition,
    },
};
use flags_testkit::ManualClock;

const LONG: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);

fn experiment(method: AnalysisMethod, decide: DecisionMode) -> ExperimentDefinition {
    ExperimentDefinition::new("colour")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("grey"))
        .arm(ArmDefinition::new("red").overrides("red_button", "on"))
        .metric(MetricDefinition::conversion("sales", "purchase"))
        .analysis(AnalysisDefinition { method, decide, ..AnalysisDefinition::default() })
}

fn builder(experiment: ExperimentDefinition, clock: &ManualClock, recording: Recording) -> Builder {
    let red_button = FlagDefinition::new("red_button").enabled(true).serve("off");
    Flags::builder().flag(red_button).experiment(experiment).clock(clock.clone()).recording(recording)
}

/// As patient as can be: no time is too long to be waited for.
fn recording() -> Recording {
    let patient = Recording::new().judge_budget(Duration::MAX).flush_interval(Duration::MAX);
    patient.store(MemoryStore::new()).judge_every(None).retention(None)
}

fn client(method: AnalysisMethod, decide: DecisionMode) -> (Flags, ManualClock) {
    let clock = ManualClock::new(Timestamp::from_millis(1_795_000_000_000));
    let flags = builder(experiment(method, decide), &clock, recording()).build().unwrap();
    (flags, clock)
}

/// Users come, every 20th of whom buys, and every 8th of those with a red button; then a day passes.
fn shop(flags: &Flags, clock: &ManualClock, users: u32) {
    for number in 0..users {
        let context = Context::new(format!("user-{number}"));
        let one_in = if flags.is_enabled("red_button", &context) { 8 } else { 20 };
        if number % one_in == 0 {
            flags.track("purchase", &context, 19.9);
        }
    }
    clock.advance(DAY);
}

// F9
#[test]
fn a_winner_is_declared_where_the_definition_says_so_with_the_evidence() {
    let (flags, clock) = client(AnalysisMethod::Sequential, DecisionMode::Apply);
    assert!(flags.experiment_analysis("colour").is_none());
    shop(&flags, &clock, 8_000);
    let analysis = flags.judge_experiment("colour").unwrap();
    assert_eq!(analysis.decision.kind, DecisionKind::RecommendWinner, "{analysis}");
    assert_eq!(flags.experiment_analysis("colour").as_ref(), Some(&analysis));

    let assigned = flags.assign("colour", &Context::new("somebody new"));
    assert_eq!((assigned.is_decided(), assigned.arm()), (true, Some("red")));
    let controls = flags.experiment("colour").unwrap().controls;
    let [winner] = &controls[..] else { panic!("one control: {controls:?}") };
    assert_eq!((winner.author.name(), winner.origin), ("experiment-analysis", Origin::Experiment));
    let reason = winner.reason.as_deref().unwrap();
    for part in ["analysis at 2026-11-19", "red is better", "sales of red, lift +", "p = 0.0"] {
        assert!(reason.contains(part), "no `{part}` in: {reason}");
    }
}

// F9
#[test]
fn what_is_only_to_be_recommended_changes_nothing() {
    for decide in [DecisionMode::Recommend, DecisionMode::Off] {
        let (flags, clock) = client(AnalysisMethod::Sequential, decide);
        shop(&flags, &clock, 8_000);
        let analysis = flags.judge_experiment("colour").unwrap();
        assert_eq!(analysis.decision.arm.as_deref(), Some("red"));
        assert!(flags.control().state().controls().next().is_none());
        assert_eq!(flags.control().state().proposals().len(), 0);
    }
}

// F9
#[test]
fn a_protected_flag_takes_a_second_person_who_is_asked_once() {
    let clock = ManualClock::new(Timestamp::from_millis(1_795_000_000_000));
    let flag = FlagDefinition { protected: true, ..FlagDefinition::new("red_button").enabled(true).serve("off") };
    let flags = Flags::builder()
        .flag(flag)
        .experiment(experiment(AnalysisMethod::Sequential, DecisionMode::Apply))
        .clock(clock.clone())
        .recording(recording())
        .build()
        .unwrap();
    shop(&flags, &clock, 8_000);
    flags.judge_experiment("colour").unwrap();
    flags.judge_experiment("colour").unwrap();
    let state = flags.control().state();
    assert!(state.controls().next().is_none());
    let proposals: Vec<String> = state.proposals().map(ToString::to_string).collect();
    assert_eq!(proposals.len(), 1, "{proposals:?}");
    let id = state.proposals().next().unwrap().id;
    flags.control().by("ada").unwrap().approve(id).unwrap();
    assert!(flags.assign("colour", &Context::new("somebody new")).is_decided());
}

// F7
#[test]
fn a_fixed_horizon_is_judged_at_its_end_and_not_before() {
    let clock = ManualClock::new(Timestamp::from_millis(1_795_000_000_000));
    let end = Timestamp::from_millis(1_795_000_000_000).saturating_add(14 * DAY);
    let definition = experiment(AnalysisMethod::Fixed, DecisionMode::Apply).end(end);
    let flags = builder(definition, &clock, recording()).build().unwrap();
    shop(&flags, &clock, 8_000);
    clock.advance(7 * DAY);
    let before = flags.judge_experiment("colour").unwrap();
    assert_eq!(before.decision.kind, DecisionKind::KeepRunning, "{before}");
    clock.set(end);
    let after = flags.judge_experiment("colour").unwrap();
    assert_eq!(after.decision.kind, DecisionKind::RecommendWinner, "{after}");
    assert!(flags.assign("colour", &Context::new("somebody new")).is_decided());
}

#[test]
fn the_thread_judges_by_itself() {
    let clock = ManualClock::new(Timestamp::from_millis(1_795_000_000_000));
    let definition = experiment(AnalysisMethod::Sequential, DecisionMode::Apply);
    let recording = recording().judge_every(Duration::from_millis(5));
    let flags = builder(definition, &clock, recording).build().unwrap();
    let (sender, changes) = mpsc::channel();
    let _subscription = flags.on_change(move |change| drop(sender.send(change.clone())));
    shop(&flags, &clock, 8_000);
    changes.recv_timeout(LONG).expect("the winner is declared");
    assert_eq!(flags.assign("colour", &Context::new("somebody new")).arm(), Some("red"));
    assert!(flags.experiment_analysis("colour").is_some());
}

#[test]
fn why_an_experiment_is_not_judged() {
    let (flags, clock) = client(AnalysisMethod::Sequential, DecisionMode::Apply);
    assert_eq!(flags.judge_experiment("color").unwrap_err().to_string(), "there is no experiment `color`");
    let quiet = Flags::builder().experiment(experiment(AnalysisMethod::Fixed, DecisionMode::Off));
    let quiet = quiet.flag(FlagDefinition::new("red_button")).build().unwrap();
    assert!(matches!(quiet.judge_experiment("colour"), Err(JudgeError::NotRecording)));

    let definition = experiment(AnalysisMethod::Sequential, DecisionMode::Apply);
    let store = Arc::new(MemoryStore::new());
    let first = builder(definition.clone(), &clock, recording().store(Arc::clone(&store))).build().unwrap();
    shop(&first, &clock, 10);
    drop(first);
    let hurried = recording().store(store).judge_budget(Duration::ZERO);
    let hurried = builder(definition, &clock, hurried).build().unwrap();
    assert!(matches!(hurried.judge_experiment("colour"), Err(JudgeError::TookTooLong { .. })));
    assert!(hurried.experiment_analysis("colour").is_none());
}

// D6
#[cfg(feature = "alerts")]
#[test]
fn a_verdict_alerts_once_and_until_somebody_acts_on_it() {
    use flags::metrics::alerts::AlertPhase;

    let text = r#"
        [features.red_button]
        enabled = true
        serve = "off"
        [experiments.colour]
        status = "running"
        arms = [{ name = "grey", control = true }, { name = "red", overrides = { red_button = "on" } }]
        metrics = [{ name = "sales", kind = "conversion", event = "purchase" }]
        analysis = { method = "sequential" }
        [alerts.verdict]
        when = { experiment_significant = true }
    "#;
    let clock = ManualClock::new(Timestamp::from_millis(1_795_000_000_000));
    let recording = recording().judge_every(Duration::from_millis(5));
    let flags = Flags::builder().toml(text).clock(clock.clone()).recording(recording).build().unwrap();
    shop(&flags, &clock, 8_000);
    flags.judge_experiment("colour").unwrap();
    let state = || flags.alerts().states().remove(0);
    let phase = || state().phase;
    assert_eq!(phase(), AlertPhase::Firing);
    let summary = state().summary.unwrap();
    assert!(summary.contains("declare red the winner"), "{summary}");
    flags.judge_experiment("colour").unwrap();
    assert_eq!(flags.alerts().channels()[0].sent, 1, "told once");

    flags.control().by("ada").unwrap().because("it is better").declare_winner("colour", "red").unwrap();
    let begun = std::time::Instant::now();
    while phase() != AlertPhase::Resolved {
        assert!(begun.elapsed() < LONG, "the thread says that somebody has acted");
        std::thread::yield_now();
    }
}
