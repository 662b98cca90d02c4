//! Experiments, layers and holdouts as they are read. // F1

use std::time::Duration;

use flags_config::{Difference, EntryKind};
use flags_core::{
    Condition, ExperimentDefinition, Percentage, Timestamp,
    definition::{
        AnalysisDefinition, AnalysisMethod, ArmDefinition, Correction, DecisionMode, ExperimentStatus, Goal,
        HoldoutDefinition, LayerDefinition, MetricDefinition, MetricKind,
    },
};

use crate::support::document;

/// F1: every field of an experiment, its layer and its holdouts.
#[test]
fn experiments() {
    let text = r#"
[settings]
events = ["purchase", "loaded", "visit"]
[features.button]
enabled = true
[features.theme]
enabled = true
variants = { dark = true, light = false }
[layers.page]
description = "d"
salt = "s"
[holdouts.q4]
percentage = 5
experiments = ["e"]
description = "d"
salt = "s"
[holdouts.everywhere]
percentage = 0.5
all = true
[experiments.e]
hypothesis = "h"
description = "d"
owner = "growth"
status = "stopped"
start = 2026-11-25T00:00:00Z
end = "2026-12-20T00:00:00+01:00"
layer = "page"
traffic = 40
bucket_by = ["user_id", "node_id"]
salt = "s"
audience = [{ attribute = "country", in = ["NL"] }]
arms = [
  { name = "a", control = true, description = "d", payload = { copy = "Buy" } },
  { name = "b", weight = 3, overrides = { button = true, theme = true } },
]
analysis = { confidence = 0.99, power = 0.9, method = "fixed", correction = "none", decide = "apply", winner = "b", daily_units = 5_000 }
[[experiments.e.metrics]]
name = "conversion"
kind = "conversion"
event = "purchase"
window = "7d"
minimum_detectable_effect = 0.02
[[experiments.e.metrics]]
name = "latency"
kind = "duration"
event = "loaded"
role = "guardrail"
goal = "decrease"
margin = 0.05
winsorize = 0.99
[[experiments.e.metrics]]
name = "rate"
kind = "ratio"
numerator = "purchase"
denominator = "visit"
[[experiments.e.metrics]]
name = "own"
kind = "custom"
"#;
    let percent = |number| Percentage::new(number).unwrap();
    let at = |text| Timestamp::parse(text).unwrap();
    let mut control = ArmDefinition::control("a").payload("copy", "Buy");
    control.description = Some("d".into());
    let expected = ExperimentDefinition::new("e")
        .hypothesis("h")
        .description("d")
        .owner("growth")
        .status(ExperimentStatus::Stopped)
        .start(at("2026-11-25T00:00:00Z"))
        .end(at("2026-12-19T23:00:00Z"))
        .layer("page")
        .traffic(percent(40.0))
        .bucket_by("user_id")
        .bucket_by("node_id")
        .salt("s")
        .audience(Condition::attribute("country").is_in(["NL"]))
        .arm(control)
        .arm(ArmDefinition::new("b").weight(3).overrides("button", "on").overrides("theme", "dark"))
        .analysis(AnalysisDefinition {
            confidence: 0.99,
            power: 0.9,
            method: AnalysisMethod::Fixed,
            correction: Correction::None,
            decide: DecisionMode::Apply,
            daily_units: Some(5_000),
        })
        .winner("b")
        .metric(
            MetricDefinition::conversion("conversion", "purchase")
                .window(Duration::from_secs(7 * 86_400))
                .minimum_detectable_effect(0.02),
        )
        .metric(
            MetricDefinition::new("latency", MetricKind::Duration, "loaded")
                .guardrail(0.05)
                .goal(Goal::Decrease)
                .winsorize(0.99),
        )
        .metric(MetricDefinition::ratio("rate", "purchase", "visit"))
        .metric(MetricDefinition { name: "own".into(), kind: MetricKind::Custom, ..MetricDefinition::default() });
    let read = document(text).definitions;
    assert_eq!(read.experiments, [expected]);
    assert_eq!(read.layers, [LayerDefinition::new("page").description("d").salt("s")]);
    assert_eq!(
        read.holdouts,
        [
            HoldoutDefinition::new("q4", percent(5.0)).from_experiments(["e"]).description("d").salt("s"),
            HoldoutDefinition::new("everywhere", percent(0.5)),
        ]
    );
    assert_eq!(read.events, ["purchase".into(), "loaded".into(), "visit".into()]);
}

/// What is not written is what the reference says.
#[test]
fn an_experiment_of_few_words() {
    let text = "[experiments.e]\narms = [{ name = \"a\", control = true }, { name = \"b\" }]\n";
    let expected = ExperimentDefinition::new("e").arm(ArmDefinition::control("a")).arm(ArmDefinition::new("b"));
    let read = document(text).definitions;
    assert_eq!(read.experiments, std::slice::from_ref(&expected));
    let analysis = &expected.analysis;
    assert_eq!((expected.status, expected.traffic), (ExperimentStatus::Draft, None));
    assert_eq!((analysis.confidence, analysis.power), (0.95, 0.8));
    assert_eq!((analysis.method, analysis.correction), (AnalysisMethod::Sequential, Correction::Holm));
    assert_eq!(analysis.decide, DecisionMode::Recommend);
}

/// What `flags diff` says of two versions of experiments.
#[test]
fn differences() {
    let before = document(
        r#"
[features.button]
enabled = true
[features.banner]
enabled = true
parent = "button"
[layers.page]
[holdouts.q4]
percentage = 5
all = true
[experiments.first]
layer = "page"
traffic = 20
arms = [{ name = "a", control = true }, { name = "b" }]
[experiments.second]
status = "running"
layer = "page"
traffic = 50
arms = [
  { name = "plain", control = true, payload = { copy = "Buy" } },
  { name = "bold", overrides = { button = true } },
]
metrics = [{ name = "sales", kind = "conversion", event = "purchase" }]
[experiments.gone]
arms = [{ name = "a", control = true }, { name = "b" }]
"#,
    );
    let after = document(
        r#"
[settings]
events = ["purchase"]
[features.button]
enabled = true
[features.banner]
enabled = true
parent = "button"
[layers.page]
salt = "page"
[holdouts.q4]
percentage = 10
experiments = ["second"]
[experiments.first]
layer = "page"
traffic = 30
arms = [{ name = "a", control = true }, { name = "b" }]
[experiments.second]
hypothesis = "bold sells"
status = "stopped"
layer = "page"
traffic = 50
arms = [
  { name = "bold", weight = 2, overrides = { button = false } },
  { name = "plain", control = true, payload = { copy = "Buy now" } },
  { name = "loud" },
]
metrics = [{ name = "sales", kind = "conversion", event = "purchase", window = "7d" }]
analysis = { confidence = 0.99, winner = "bold" }
[experiments.new]
arms = [{ name = "a", control = true }, { name = "b" }]
"#,
    );
    let difference = Difference::between(&before.definitions, &after.definitions);
    insta::assert_snapshot!(difference, @r#"
    settings.events added: "purchase"
    experiment first: traffic 20 -> 30
    experiment second: hypothesis added: "bold sells"
    experiment second: status "running" -> "stopped"
    experiment second: layer (from) 20 -> 30 (units draw anew)
    experiment second: arms "bold".weight 1 -> 2
    experiment second: arms "bold".overrides.button true -> false
    experiment second: arms "plain".payload.copy "Buy" -> "Buy now"
    experiment second: arms "loud" added: weight 1
    experiment second: metrics "sales".window added: "604800s"
    experiment second: analysis.confidence 0.95 -> 0.99
    experiment second: analysis.winner added: "bold"
    experiment second: arms (order) "plain", "bold" -> "bold", "plain" (units draw anew)
    experiment new: added
    experiment gone: removed
    layer page: salt added: "page"
    holdout q4: percentage 5 -> 10
    holdout q4: all removed: true
    holdout q4: experiments added: "second"
    button: affected through experiment second
    banner: affected through flag button -> experiment second
    "#);
    assert!(difference.affects_decisions() && difference.reshuffles());
    let second = difference.experiment("second").unwrap();
    assert!(second.reshuffles() && second.kind == EntryKind::Experiment);
    assert_eq!(difference.to_json()["holdouts"][0]["key"], "q4");
    assert!(Difference::between(&after.definitions, &after.definitions).is_empty());
}

/// What a metric asks and how an experiment is judged changes no decision.
#[test]
fn describing_is_not_deciding() {
    let text = |rest: &str| {
        format!("[experiments.e]\n{rest}arms = [{{ name = \"a\", control = true }}, {{ name = \"b\" }}]\n")
    };
    let before = document(&text(""));
    for rest in [
        "hypothesis = \"h\"\n",
        "traffic = 100\n",
        "salt = \"e\"\n",
        "metrics = [{ name = \"m\", kind = \"count\", event = \"e\" }]\n",
        "analysis = { method = \"fixed\" }\n",
    ] {
        let difference = Difference::between(&before.definitions, &document(&text(rest)).definitions);
        assert!(!difference.is_empty() && !difference.affects_decisions(), "{difference}");
    }
}
