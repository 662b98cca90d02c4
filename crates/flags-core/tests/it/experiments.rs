//! Experiments: who gets which arm, when, why not, and what operators can do about it. // F1, F2

use flags_core::{
    ArmView, Cause, Clock, CompileOptions, Condition, Context, Definitions, ErrorCode, ExperimentAction,
    ExperimentDefinition, ExperimentView, FlagDefinition, FlagSet, Overlay, Percentage, Reason, RuleDefinition,
    Timestamp,
    definition::{ArmDefinition, ExperimentStatus, HoldoutDefinition},
};

pub(crate) fn percent(percent: f64) -> Percentage {
    Percentage::new(percent).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

pub(crate) fn compiled(definitions: &Definitions) -> FlagSet {
    let checked = definitions.clone().check().unwrap_or_else(|errors| panic!("{errors}"));
    FlagSet::compile(&checked, &CompileOptions::new("production"))
}

/// A flag of three colours that serves blue, and is rolled out to nobody: what a unit gets otherwise is plain to see.
pub(crate) fn button() -> FlagDefinition {
    FlagDefinition::new("button")
        .variant("blue", "blue")
        .variant("red", "red")
        .variant("green", "green")
        .off("blue")
        .serve("green")
}

/// A running experiment on the button for everybody.
pub(crate) fn experiment() -> ExperimentDefinition {
    ExperimentDefinition::new("colour")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("control").overrides("button", "blue").payload("copy", "Buy"))
        .arm(ArmDefinition::new("treatment").overrides("button", "red").payload("copy", "Buy now"))
}

pub(crate) fn with(experiment: ExperimentDefinition) -> Definitions {
    Definitions { flags: vec![button()], experiments: vec![experiment], ..Definitions::default() }
}

pub(crate) fn ask<'s>(set: &'s FlagSet, unit: &str) -> (&'s str, Cause) {
    let decision = set.evaluate("button", &Context::new(unit), &Timestamp::default());
    (decision.variant().unwrap(), decision.cause())
}

/// Without a day on which it starts or ends, nobody has to know what day it is.
struct NoClock;

impl Clock for NoClock {
    fn now(&self) -> Timestamp {
        panic!("the clock was read")
    }
}

#[test]
fn flags_serve_what_the_arm_says_and_the_decision_names_it() {
    let set = compiled(&with(experiment()));
    let mut seen = [0, 0];
    for unit in 0..1_000 {
        let context = Context::new(format!("user-{unit}"));
        let decision = set.evaluate("button", &context, &NoClock);
        let assignment = set.assign("colour", &context, &NoClock);
        let arm = assignment.arm().unwrap();
        assert_eq!((decision.reason(), decision.cause(), decision.is_on()), (Reason::Split, Cause::Experiment, true));
        assert_eq!(decision.experiment(), Some(("colour", arm.name())));
        assert_eq!(decision.detail().unwrap().to_string(), format!("experiment `colour` arm `{}`", arm.name()));
        assert_eq!(decision.assignment().unwrap().arm(), Some(arm));
        let (variant, copy) = [("blue", "Buy"), ("red", "Buy now")][arm.index()];
        assert_eq!(decision.variant(), Some(variant));
        assert_eq!(assignment.payload().unwrap().get("copy"), Some(&copy.into()));
        assert!(assignment.is_enrolled() && !assignment.is_decided() && assignment.why_not().is_none());
        seen[arm.index()] += 1;
    }
    assert!(seen.iter().all(|count| *count > 400), "{seen:?}");
}

#[test]
fn only_a_running_one_enrols() {
    for (status, why) in [
        (ExperimentStatus::Draft, "the experiment is a draft"),
        (ExperimentStatus::Paused, "the experiment is paused"),
        (ExperimentStatus::Stopped, "the experiment is stopped"),
    ] {
        let set = compiled(&with(experiment().status(status)));
        assert_eq!(ask(&set, "user-1"), ("green", Cause::Fallthrough), "{status}");
        let assignment = set.assign("colour", &Context::new("user-1"), &NoClock);
        assert!(assignment.arm().is_none() && !assignment.is_enrolled());
        assert_eq!(assignment.why_not().unwrap().to_string(), why);
    }
    let unknown =
        compiled(&with(experiment())).assign("size", &Context::new("user-1"), &NoClock).why_not().unwrap().name();
    assert_eq!(unknown, "unknown");
}

#[test]
fn it_enrols_from_its_start_on_and_before_its_end() {
    let (start, end) = (at("2026-11-25T00:00:00Z"), at("2026-12-20T00:00:00Z"));
    let set = compiled(&with(experiment().start(start).end(end)));
    let why = |text: &str| {
        let now = at(text);
        let decision = set.evaluate("button", &Context::new("user-1"), &now);
        let assignment = set.assign("colour", &Context::new("user-1"), &now);
        assert_eq!(decision.cause() == Cause::Experiment, assignment.is_enrolled());
        assignment.why_not().map(|why| why.to_string())
    };
    assert_eq!(why("2026-11-24T23:59:59.999999Z").as_deref(), Some("the experiment starts at 2026-11-25T00:00:00Z"));
    assert_eq!(why("2026-11-25T00:00:00Z"), None);
    assert_eq!(why("2026-12-19T23:59:59.999999Z"), None);
    assert_eq!(why("2026-12-20T00:00:00Z").as_deref(), Some("the experiment ended at 2026-12-20T00:00:00Z"));
}

/// A context without a unit is no subject of an experiment: it goes on as if there were none, and nothing breaks for it.
#[test]
fn without_a_unit_nobody_is_enrolled_and_nothing_fails() {
    for traffic in [0.0, 40.0, 100.0] {
        let set = compiled(&with(experiment().traffic(percent(traffic))));
        let decision = set.evaluate("button", &Context::anonymous(), &NoClock);
        assert_eq!((decision.variant(), decision.cause()), (Some("green"), Cause::Fallthrough));
        assert_eq!((decision.reason(), decision.error()), (Reason::Static, None));
        assert_eq!(set.assign("colour", &Context::anonymous(), &NoClock).why_not().unwrap().name(), "no_unit");
    }
    // A unit of its own: what identifies a user does not identify a node.
    let set = compiled(&with(experiment().bucket_by("node_id")));
    assert_eq!(ask(&set, "user-1"), ("green", Cause::Fallthrough));
    let node = Context::new("user-1").set("node_id", 7);
    assert_eq!(set.evaluate("button", &node, &NoClock).cause(), Cause::Experiment);
    let id = set.find_experiment("colour").unwrap();
    assert_eq!(set.with_experiment_unit(id, &node, str::to_owned).as_deref(), Some("7"));
    assert_eq!(set.with_experiment_unit(id, &Context::new("user-1"), str::to_owned), None);
}

#[test]
fn only_the_audience_takes_part() {
    let dutch = experiment()
        .audience(Condition::attribute("country").is_in(["NL"]))
        .audience(Condition::attribute("age").at_least(18));
    let set = compiled(&with(dutch));
    let eligible = Context::new("user-1").set("country", "NL").set("age", 18);
    assert_eq!(set.evaluate("button", &eligible, &NoClock).cause(), Cause::Experiment);
    let minor = Context::new("user-1").set("country", "NL").set("age", 17);
    assert_eq!(set.evaluate("button", &minor, &NoClock).cause(), Cause::Fallthrough);
    let why = set.assign("colour", &minor, &NoClock).why_not().unwrap().to_string();
    assert_eq!(
        why,
        "the context is not in the audience: condition 2, { attribute = \"age\", at_least = 18 }, does not hold"
    );
}

/// The steps above the experiments decide first; those below are not reached by whoever is enrolled.
#[test]
fn it_stands_between_targets_and_rules() {
    let below =
        button().rule(RuleDefinition::new().serve("green")).rollout(Percentage::ZERO).override_unit("user-1", "green");
    let definitions = Definitions { flags: vec![below], ..with(experiment()) };
    let set = compiled(&definitions);
    assert_eq!(ask(&set, "user-1"), ("green", Cause::UnitOverride));
    assert_eq!(ask(&set, "user-2").1, Cause::Experiment);
    let off = Definitions { flags: vec![button().enabled(false)], ..with(experiment()) };
    assert_eq!(ask(&compiled(&off), "user-2"), ("blue", Cause::State));
    // The experiment itself is asked all the same: what it says is not what the flag serves.
    assert!(compiled(&off).assign("colour", &Context::new("user-2"), &NoClock).is_enrolled());
}

/// An arm that says nothing of a flag leaves it as it is, and its units are enrolled no less: both arms are to be counted.
#[test]
fn an_arm_may_leave_the_flag_as_it_is() {
    let silent = ExperimentDefinition::new("colour")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("control"))
        .arm(ArmDefinition::new("treatment").overrides("button", "red"));
    let set = compiled(&with(silent));
    let mut seen = [0, 0];
    for unit in 0..200 {
        let context = Context::new(format!("user-{unit}"));
        let decision = set.evaluate("button", &context, &NoClock);
        let arms: Vec<&str> =
            set.enrolments(decision.outcome(), &context, &NoClock).map(|got| got.arm().unwrap().name()).collect();
        match decision.cause() {
            Cause::Experiment => assert_eq!((decision.variant(), &arms[..]), (Some("red"), &["treatment"][..])),
            cause => {
                assert_eq!((cause, decision.variant()), (Cause::Fallthrough, Some("green")));
                assert_eq!(arms, ["control"]);
            }
        }
        seen[usize::from(arms == ["treatment"])] += 1;
    }
    assert!(seen.iter().all(|count| *count > 60), "{seen:?}");
}

/// What was never asked enrols nobody: steps above the experiments end the evaluation before them.
#[test]
fn an_outcome_above_the_step_enrols_nobody() {
    let definitions = Definitions { flags: vec![button().override_unit("user-1", "green")], ..with(experiment()) };
    let set = compiled(&definitions);
    for (unit, enrolled) in [("user-1", 0), ("user-2", 1)] {
        let context = Context::new(unit);
        let outcome = set.evaluate("button", &context, &NoClock).outcome();
        assert_eq!(set.enrolments(outcome, &context, &NoClock).count(), enrolled, "{unit}");
    }
    let unknown = set.evaluate("size", &Context::new("user-1"), &NoClock).outcome();
    assert_eq!(set.enrolments(unknown, &Context::new("user-1"), &NoClock).count(), 0);
    // Of a flag that fails for want of its own unit after the experiment enrolled another, the enrolment counts.
    let by_node = button().bucket_by("node_id").split([("blue", 1), ("red", 1)]);
    let silent = experiment().arm(ArmDefinition::new("silent").weight(1_000_000)).bucket_by("user_id");
    let set = compiled(&Definitions { flags: vec![by_node], ..with(silent) });
    let context = Context::new("user-1");
    let decision = set.evaluate("button", &context, &NoClock);
    assert_eq!(decision.error(), Some(ErrorCode::TargetingKeyMissing));
    let arms = set.enrolments(decision.outcome(), &context, &NoClock).map(|got| got.arm().unwrap().name());
    assert_eq!(arms.collect::<Vec<_>>(), ["silent"]);
}

/// A person ends it: the whole audience gets the arm, whoever drew what and whatever day it is.
#[test]
fn a_winner_is_served_to_the_whole_audience() {
    let (start, end) = (at("2026-11-25T00:00:00Z"), at("2026-12-20T00:00:00Z"));
    for status in [ExperimentStatus::Running, ExperimentStatus::Paused, ExperimentStatus::Stopped] {
        let decided = experiment()
            .status(status)
            .start(start)
            .end(end)
            .traffic(percent(1.0))
            .audience(Condition::attribute("country").equals("NL"))
            .winner("treatment");
        let set = compiled(&with(decided));
        for context in [Context::new("user-1"), Context::new("user-2"), Context::anonymous()] {
            let decision = set.evaluate("button", &context.clone().set("country", "NL"), &NoClock);
            assert_eq!((decision.variant(), decision.cause()), (Some("red"), Cause::Experiment));
            // Nothing was drawn, and nobody is exposed to anything any more.
            assert_eq!(decision.reason(), Reason::TargetingMatch);
            let assignment = decision.assignment().unwrap();
            assert!(assignment.is_decided() && !assignment.is_enrolled());
            let context = context.set("country", "NL");
            assert_eq!(set.enrolments(decision.outcome(), &context, &NoClock).count(), 0);
        }
        assert_eq!(ask(&set, "user-1"), ("green", Cause::Fallthrough), "outside of the audience");
        assert_eq!(set.experiment("colour").unwrap().winner().map(ArmView::name), Some("treatment"));
    }
}

/// Whoever is held out is in none of the experiments that are covered, and stays out of the arm that wins.
#[test]
fn holdouts() {
    let held = |unit: &str, share: f64| {
        let draw = flags_core::BucketKey::new("q4", flags_core::Purpose::Holdout).hash(unit);
        draw.is_admitted(percent(share))
    };
    let other = ExperimentDefinition::new("other")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("a"))
        .arm(ArmDefinition::new("b"));
    for winner in [None, Some("treatment")] {
        let mut first = experiment();
        first.winner = winner.map(Into::into);
        let base = Definitions { experiments: vec![first, other.clone()], ..with(experiment()) };
        let all = Definitions { holdouts: vec![HoldoutDefinition::new("q4", percent(20.0))], ..base.clone() };
        let some = Definitions {
            holdouts: vec![HoldoutDefinition::new("q4", percent(20.0)).from_experiments(["colour"])],
            ..base
        };
        let (all, some) = (compiled(&all), compiled(&some));
        let mut out = 0;
        for unit in 0..500 {
            let unit = format!("user-{unit}");
            let context = Context::new(unit.as_str());
            let is_held = held(&unit, 20.0);
            out += u32::from(is_held);
            for (set, covers_other) in [(&all, true), (&some, false)] {
                let got = set.assign("colour", &context, &NoClock);
                assert_eq!(got.arm().is_none(), is_held, "{unit}");
                assert_eq!(ask(set, &unit).1 == Cause::Experiment, !is_held, "{unit}");
                let got = set.assign("other", &context, &NoClock);
                assert_eq!(got.arm().is_none(), is_held && covers_other, "{unit}");
            }
            if is_held {
                let why = all.assign("colour", &context, &NoClock).why_not().unwrap().to_string();
                assert_eq!(why, "holdout `q4` keeps the unit out");
            }
        }
        assert!((70..130).contains(&out), "{out}");
    }
}

/// Experiments that enrol come before those that are decided; of the decided, the one declared at run time comes first.
#[test]
fn an_experiment_goes_on_beside_one_that_is_decided() {
    let past = experiment().status(ExperimentStatus::Stopped).winner("treatment");
    let past = ExperimentDefinition { key: "past".into(), ..past };
    let present = ExperimentDefinition::new("present")
        .status(ExperimentStatus::Running)
        .traffic(percent(50.0))
        .arm(ArmDefinition::control("green").overrides("button", "green"))
        .arm(ArmDefinition::new("blue").overrides("button", "blue"));
    let set = compiled(&Definitions { experiments: vec![past, present], ..with(experiment()) });
    let mut counts = [0, 0];
    for unit in 0..200 {
        let context = Context::new(format!("user-{unit}"));
        let decision = set.evaluate("button", &context, &NoClock);
        let (name, _) = decision.experiment().unwrap();
        assert_eq!(name == "present", set.assign("present", &context, &NoClock).is_enrolled());
        assert_eq!(name == "past", decision.variant() == Some("red"));
        counts[usize::from(name == "present")] += 1;
    }
    assert!(counts.iter().all(|count| *count > 60), "{counts:?}");
    let flag = set.flag("button").unwrap();
    assert_eq!(flag.experiments().map(ExperimentView::key).collect::<Vec<_>>(), ["present", "past"]);

    let overlay = Overlay::new().with_experiment("present", ExperimentAction::Winner { arm: "blue".into() });
    let decided = set.with_overlay(&overlay);
    for unit in 0..50 {
        assert_eq!(ask(&decided, &format!("user-{unit}")), ("blue", Cause::Experiment));
    }
}

#[test]
fn operators_start_pause_stop_extend_and_decide() {
    let (start, end) = (at("2026-11-25T00:00:00Z"), at("2026-12-20T00:00:00Z"));
    let written = experiment().status(ExperimentStatus::Draft).start(start).end(end);
    let set = compiled(&with(written));
    let why = |overlay: &Overlay, now: &str| {
        let set = set.with_overlay(overlay);
        let context = Context::new("user-1");
        let assignment = set.assign("colour", &context, &at(now));
        let decision = set.evaluate("button", &context, &at(now));
        assert_eq!(decision.cause() == Cause::Experiment, assignment.arm().is_some(), "one code path");
        assignment.why_not().map(|why| why.name())
    };
    let (before, within, after) = ("2026-11-20T00:00:00Z", "2026-12-01T00:00:00Z", "2026-12-24T00:00:00Z");
    let start = |overlay: Overlay| overlay.with_experiment("colour", ExperimentAction::Start);
    let extended = ExperimentAction::Extend { end: at("2026-12-31T00:00:00Z") };

    assert_eq!(why(&Overlay::new(), within), Some("not_running"));
    let started = start(Overlay::new());
    assert_eq!(why(&started, before), None, "started by hand, it does not wait for the written start");
    assert_eq!(why(&started, within), None);
    assert_eq!(why(&started, after), Some("ended"), "the end stands");
    assert_eq!(why(&started.clone().with_experiment("colour", extended.clone()), after), None);
    // Shortened, too: it is the new end, whichever way.
    let shortened = ExperimentAction::Extend { end: at(within) };
    assert_eq!(why(&started.clone().with_experiment("colour", shortened), within), Some("ended"));
    for action in [ExperimentAction::Pause, ExperimentAction::Stop] {
        let held = started.clone().with_experiment("colour", action.clone());
        assert_eq!(why(&held, within), Some("not_running"), "the last of one kind counts");
        assert_eq!(why(&start(held), within), None);
    }
    let winner = |arm: &str| Overlay::new().with_experiment("colour", ExperimentAction::Winner { arm: arm.into() });
    for now in [before, within, after] {
        assert_eq!(why(&winner("control"), now), None);
    }
    let decided = set.with_overlay(&winner("control"));
    assert_eq!(ask(&decided, "user-1"), ("blue", Cause::Experiment));
    assert_eq!(decided.experiment("colour").unwrap().winner().map(ArmView::name), Some("control"));

    // What names nothing waits.
    let waiting = winner("extra").with_experiment("size", ExperimentAction::Start);
    assert_eq!(why(&waiting, within), Some("not_running"));
    let orphans: Vec<&str> = set.orphaned_experiment_controls(&waiting).map(|control| &*control.experiment).collect();
    assert_eq!(orphans, ["colour", "size"]);
    assert_eq!(set.orphaned_experiment_controls(&winner("control")).count(), 0);
    // Taking the controls away takes back what they did.
    let back = decided.with_overlay(&Overlay::new());
    assert_eq!((ask(&back, "user-1"), back.digest()), (("green", Cause::Fallthrough), set.digest()));
}
