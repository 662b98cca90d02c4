//! What is refused about experiments, layers and holdouts, and where it is said to be. // F1

use flags_core::{
    Condition, Definitions, ExperimentDefinition, FlagDefinition, SegmentDefinition,
    definition::{
        AnalysisDefinition, ArmDefinition, ExperimentStatus, HoldoutDefinition, LayerDefinition, MetricDefinition,
        MetricKind,
    },
};

use crate::experiments::{at, percent};

fn experiment(key: &str) -> ExperimentDefinition {
    ExperimentDefinition::new(key)
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("a").overrides("button", "on"))
        .arm(ArmDefinition::new("b").overrides("button", "off"))
}

fn with(experiments: Vec<ExperimentDefinition>) -> Definitions {
    Definitions {
        flags: vec![
            FlagDefinition::new("button"),
            FlagDefinition::new("banner").condition(Condition::flag_on("button")),
        ],
        layers: vec![LayerDefinition::new("page")],
        experiments,
        ..Definitions::default()
    }
}

/// What is wrong, a line each.
fn wrong(definitions: Definitions) -> Vec<String> {
    match definitions.check() {
        Ok(_) => vec![],
        Err(errors) => errors.0.iter().map(ToString::to_string).collect(),
    }
}

#[track_caller]
fn refuses(experiment: ExperimentDefinition, expected: &[&str]) {
    assert_eq!(wrong(with(vec![experiment])), expected);
}

#[test]
fn a_sound_one_passes() {
    let metric = MetricDefinition::conversion("sales", "purchase").minimum_detectable_effect(0.02);
    let guardrail = MetricDefinition::new("latency", MetricKind::Duration, "loaded").guardrail(0.05).winsorize(0.99);
    let custom = MetricDefinition { kind: MetricKind::Custom, event: None, ..metric.clone() };
    let sound = experiment("e")
        .start(at("2026-11-25T00:00:00Z"))
        .end(at("2026-12-20T00:00:00Z"))
        .layer("page")
        .metric(metric)
        .metric(guardrail)
        .metric(MetricDefinition { name: "own".into(), ..custom })
        .metric(MetricDefinition::ratio("per_visit", "purchase", "visit"))
        .winner("b");
    refuses(sound, &[]);
}

#[test]
fn arms() {
    let one = ExperimentDefinition::new("e").arm(ArmDefinition::control("a"));
    refuses(one, &["experiments.e.arms: an experiment compares at least two arms"]);
    let no_control = ExperimentDefinition::new("e").arm(ArmDefinition::new("a")).arm(ArmDefinition::new("b"));
    refuses(no_control, &["experiments.e.arms: one arm has to be the control that the others are compared with"]);
    let two = experiment("e").arm(ArmDefinition::control("c"));
    refuses(two, &["experiments.e.arms[2].control: arm `a` is the control already"]);
    let twins = experiment("e").arm(ArmDefinition::new("b"));
    refuses(twins, &["experiments.e.arms[2].name: another arm is called `b`, too"]);
    let mut weightless = experiment("e");
    weightless.arms.iter_mut().for_each(|arm| arm.weight = 0);
    refuses(weightless, &["experiments.e.arms: every weight of this split is 0, so nothing could be served"]);
    let heavy = experiment("e").arm(ArmDefinition::new("c").weight(u32::MAX));
    refuses(heavy, &["experiments.e.arms: the weights of a split may sum to 2147483647 at most"]);
}

#[test]
fn overrides_name_flags_and_their_variants() {
    let unknown = experiment("e").arm(ArmDefinition::new("c").overrides("buton", "on"));
    refuses(unknown, &["experiments.e.arms[2].overrides.buton: there is no flag `buton`"]);
    let variant = experiment("e").arm(ArmDefinition::new("c").overrides("button", "red"));
    refuses(variant, &["experiments.e.arms[2].overrides.button: flag `button` has no variant `red`"]);
    // A variant of one environment is one; elsewhere the arm leaves the flag as it is.
    let colours = |flag: FlagDefinition| flag.variant("blue", "blue").variant("red", "red").serve("blue").off("blue");
    let base = FlagDefinition::new("colour").variant("blue", "blue");
    let flag = base.environment("staging", |flag| colours(FlagDefinition { variants: vec![], ..flag }));
    let on_it = ExperimentDefinition::new("e")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("a").overrides("colour", "red"))
        .arm(ArmDefinition::new("b").overrides("colour", "red"));
    let definitions = Definitions { flags: vec![flag], experiments: vec![on_it], ..Definitions::default() };
    let checked = definitions.check().unwrap();
    for (environment, variant) in [("staging", "red"), ("production", "blue")] {
        let set = flags_core::FlagSet::compile(&checked, &flags_core::CompileOptions::new(environment));
        let context = flags_core::Context::new("user-1");
        let decision = set.evaluate("colour", &context, &flags_core::Timestamp::default());
        assert_eq!(decision.variant(), Some(variant), "{environment}");
    }
}

#[test]
fn names_of_other_things() {
    refuses(experiment("e").layer("pag"), &["experiments.e.layer: there is no layer `pag`"]);
    refuses(experiment("e").winner("c"), &["experiments.e.analysis.winner: the experiment has no arm `c`"]);
    let draft = experiment("e").status(ExperimentStatus::Draft).winner("b");
    refuses(draft, &["experiments.e.analysis.winner: an experiment that is a draft has no winner"]);
    let audience = experiment("e").audience(Condition::segment("staf"));
    refuses(audience, &["experiments.e.audience[0].segment: there is no segment `staf`"]);
    let holdouts = vec![
        HoldoutDefinition::new("q4", percent(5.0)).from_experiments(["e", "f"]),
        HoldoutDefinition::new("none", percent(5.0)).from_experiments::<&str>([]),
    ];
    assert_eq!(
        wrong(Definitions { holdouts, ..with(vec![experiment("e")]) }),
        [
            "holdouts.q4.experiments[1]: there is no experiment `f`",
            "holdouts.none.experiments: this list needs at least one element"
        ]
    );
    let twice = with(vec![experiment("e"), experiment("e").status(ExperimentStatus::Stopped), experiment("an e")]);
    assert_eq!(
        wrong(twice)[..2],
        [
            "experiments.e: this key is defined twice",
            "experiments.an e: a key is 1 to 128 of `A-Z a-z 0-9 _ - .` and starts with a letter or digit"
        ]
    );
}

#[test]
fn dates() {
    for end in ["2026-11-25T00:00:00Z", "2026-11-24T00:00:00Z"] {
        let backwards = experiment("e").start(at("2026-11-25T00:00:00Z")).end(at(end));
        refuses(backwards, &["experiments.e.end: the experiment ends before it starts"]);
    }
}

#[test]
fn metrics() {
    let of = |metric: MetricDefinition| experiment("e").metric(metric);
    let sales = || MetricDefinition::conversion("sales", "purchase");
    refuses(of(sales()).metric(sales()), &["experiments.e.metrics[1].name: another metric is called `sales`, too"]);
    refuses(
        of(MetricDefinition { event: None, ..sales() }),
        &["experiments.e.metrics[0]: a metric of kind `conversion` needs `event`"],
    );
    refuses(
        of(MetricDefinition { kind: MetricKind::Ratio, ..sales() }),
        &[
            "experiments.e.metrics[0].event: a metric of kind `ratio` has no `event`",
            "experiments.e.metrics[0]: a metric of kind `ratio` needs `numerator`",
            "experiments.e.metrics[0]: a metric of kind `ratio` needs `denominator`",
        ],
    );
    refuses(
        of(MetricDefinition { denominator: Some("visit".into()), ..sales() }),
        &["experiments.e.metrics[0].denominator: a metric of kind `conversion` has no `denominator`"],
    );
    refuses(
        of(MetricDefinition { margin: None, ..sales().guardrail(0.05) }),
        &["experiments.e.metrics[0]: a guardrail needs a `margin`, the relative loss that is tolerated"],
    );
    refuses(
        of(MetricDefinition { margin: Some(0.05), ..sales() }),
        &["experiments.e.metrics[0].margin: only a guardrail has a `margin`"],
    );
    refuses(of(sales().guardrail(-0.1)), &["experiments.e.metrics[0].margin: expected a number not below 0"]);
    refuses(of(sales().guardrail(f64::NAN)), &["experiments.e.metrics[0].margin: expected a number not below 0"]);
    refuses(of(sales().guardrail(0.0)), &[]);
    refuses(
        of(sales().minimum_detectable_effect(0.0)),
        &["experiments.e.metrics[0].minimum_detectable_effect: expected a number above 0"],
    );
    for quantile in [0.0, 1.0] {
        refuses(
            of(sales().winsorize(quantile)),
            &["experiments.e.metrics[0].winsorize: expected a number between 0 and 1"],
        );
    }
    refuses(
        of(sales().window(core::time::Duration::ZERO)),
        &["experiments.e.metrics[0].window: expected a duration above 0"],
    );
    for share in [0.0, 1.0, f64::INFINITY] {
        let analysis = AnalysisDefinition { confidence: share, power: share, ..AnalysisDefinition::default() };
        refuses(
            experiment("e").analysis(analysis),
            &[
                "experiments.e.analysis.confidence: expected a number between 0 and 1",
                "experiments.e.analysis.power: expected a number between 0 and 1",
            ],
        );
    }
}

/// Events are known where the application says which it tracks, and only there.
#[test]
fn events() {
    let measured = experiment("e").metric(MetricDefinition::ratio("rate", "purchase", "vist"));
    let definitions = with(vec![measured]);
    assert_eq!(wrong(definitions.clone()), [""; 0]);
    let events = vec!["purchase".into(), "visit".into()];
    assert_eq!(
        wrong(Definitions { events, ..definitions }),
        ["experiments.e.metrics[0].denominator: the application tracks no event `vist`"]
    );
}

fn in_layer(key: &str, share: f64) -> ExperimentDefinition {
    experiment(key).layer("page").traffic(percent(share))
}

#[test]
fn a_layer_has_a_hundred_percent() {
    assert_eq!(wrong(with(vec![in_layer("e", 60.0), in_layer("f", 40.0)])), [""; 0]);
    assert_eq!(
        wrong(with(vec![in_layer("e", 60.0), in_layer("f", 40.001), in_layer("g", 40.0)])),
        ["experiments.f.traffic: layer `page` has only 40 % of its units left for this experiment"]
    );
    // Whoever is over keeps his range: giving it away would move the others.
    let over = in_layer("e", 60.0).status(ExperimentStatus::Stopped);
    assert_eq!(
        wrong(with(vec![over, experiment("f").layer("page")])),
        ["experiments.f.traffic: layer `page` has only 40 % of its units left for this experiment"]
    );
}

/// In one layer a unit is the same for all, or a context could be in two experiments by two of its attributes.
#[test]
fn a_layer_has_one_kind_of_unit() {
    let by = |attribute: &str| in_layer("f", 40.0).bucket_by(attribute);
    assert_eq!(
        wrong(with(vec![in_layer("e", 60.0), by("node_id")])),
        ["experiments.f.bucket_by: experiment `e` of layer `page` takes its units from other attributes"]
    );
    assert_eq!(wrong(with(vec![in_layer("e", 60.0).bucket_by("node_id"), by("node_id")])), [""; 0]);
    let by_default =
        Definitions { bucket_by: vec!["node_id".into()], ..with(vec![in_layer("e", 60.0), by("node_id")]) };
    assert_eq!(wrong(by_default), [""; 0]);
}

#[test]
fn two_experiments_on_one_flag_have_to_be_kept_apart() {
    let clash = [
        "experiments.f.arms[0].overrides.button: experiment `e` is on flag `button` at the same time, for the same units",
    ];
    let (e, f) = (|| experiment("e"), || experiment("f"));
    assert_eq!(wrong(with(vec![e(), f()])), clash);
    // By a layer,
    assert_eq!(wrong(with(vec![in_layer("e", 50.0), in_layer("f", 50.0)])), [""; 0]);
    assert_eq!(wrong(with(vec![in_layer("e", 50.0), f()])), clash);
    // by their dates,
    let (november, december) = (at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z"));
    assert_eq!(wrong(with(vec![e().end(december), f().start(december)])), [""; 0]);
    assert_eq!(wrong(with(vec![e().start(december), f().end(december)])), [""; 0]);
    assert_eq!(wrong(with(vec![e().end(december), f().start(november)])), clash);
    // or by not enrolling.
    for status in [ExperimentStatus::Draft, ExperimentStatus::Stopped] {
        assert_eq!(wrong(with(vec![e(), f().status(status)])), [""; 0]);
    }
    assert_eq!(wrong(with(vec![e(), f().status(ExperimentStatus::Paused)])), clash);
    assert_eq!(wrong(with(vec![e(), f().winner("a")])), [""; 0]);
    // Other flags are no matter.
    let banner = ExperimentDefinition::new("f")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("a").overrides("banner", "on"))
        .arm(ArmDefinition::new("b"));
    assert_eq!(wrong(with(vec![e(), banner])), [""; 0]);
}

/// The sweep finds an experiment in the way if and only if a comparison of every two does.
#[test]
fn overlaps_are_those_of_every_pair() {
    let mut choices = flags_testkit::generate::Choices::seeded(11);
    let instant = |day: usize| flags_core::Timestamp::from_millis(i64::try_from(day).unwrap() * 86_400_000);
    let mut clashing = 0;
    for round in 0..2_000 {
        let count = 2 + choices.below(5);
        let all: Vec<ExperimentDefinition> = (0..count)
            .map(|at| {
                let mut experiment = experiment(&format!("e{at}")).traffic(percent(10.0));
                let start = choices.below(9);
                experiment.start = choices.chance(80).then(|| instant(start));
                experiment.end = choices.chance(80).then(|| instant(start + 1 + choices.below(4)));
                experiment.layer = choices.pick(&[None, Some("page"), Some("shop")]).map(Into::into);
                experiment
            })
            .collect();
        let overlap = |a: &ExperimentDefinition, b: &ExperimentDefinition| {
            let before = |a: &ExperimentDefinition, b: &ExperimentDefinition| matches!((a.end, b.start), (Some(end), Some(start)) if end <= start);
            let layered = a.layer.is_some() && a.layer == b.layer;
            !layered && !before(a, b) && !before(b, a)
        };
        let expected = (0..count).any(|a| (0..a).any(|b| overlap(&all[a], &all[b])));
        let layers = vec![LayerDefinition::new("page"), LayerDefinition::new("shop")];
        let found = wrong(Definitions { layers, ..with(all.clone()) });
        for line in &found {
            let (later, earlier) = (line[12..14].to_owned(), &line[line.find('`').unwrap() + 1..][..2]);
            let by_key = |key: &str| all.iter().find(|experiment| *experiment.key == *key).unwrap();
            assert!(overlap(by_key(&later), by_key(earlier)), "round {round}: {line}\n{all:#?}");
        }
        assert_eq!(!found.is_empty(), expected, "round {round}: {found:?}\n{all:#?}");
        clashing += usize::from(expected);
    }
    assert!((200..1_900).contains(&clashing), "{clashing}");
}

/// A flag depends on the experiments on it, and these on whatever their audience asks for.
#[test]
fn an_audience_may_not_ask_for_the_flag_itself() {
    let by_segment = Definitions {
        segments: vec![SegmentDefinition::new("fans").when(Condition::flag_on("banner"))],
        ..with(vec![experiment("e").audience(Condition::segment("fans"))])
    };
    assert_eq!(
        wrong(by_segment),
        [
            "features.button: these refer to each other in a circle: flag `button` -> experiment `e` -> segment `fans` -> \
          flag `banner` -> flag `button`"
        ]
    );
}
