//! What a set tells of its experiments: views, changes, explanations, and who is in whose way. // F1, A16

use flags_core::{
    Attributes, ChangeKind, Condition, Context, Definitions, ExperimentAction, ExperimentDefinition, ExperimentView,
    FlagDefinition, FlagSet, FlagView, Overlay,
    definition::{ArmDefinition, ExperimentStatus, HoldoutDefinition, LayerDefinition},
};

use crate::experiments::{ask, at, button, compiled, experiment, percent, with};

/// A flag is as good as changed when an experiment on it is, and only then.
#[test]
fn changes() {
    let plain = FlagDefinition::new("plain");
    let base = Definitions { flags: vec![button(), plain], ..with(experiment()) };
    let old = compiled(&base);
    let changed = |definitions: &Definitions| {
        let new = compiled(definitions);
        let flags: Vec<String> = new.changes_since(&old).iter().map(|change| change.key.to_owned()).collect();
        let experiments: Vec<(String, ChangeKind)> =
            new.experiment_changes_since(&old).iter().map(|change| (change.key.to_owned(), change.kind)).collect();
        assert_eq!(new.digest() == old.digest(), flags.is_empty() && experiments.is_empty());
        (flags, experiments)
    };
    let colour = |kind| vec![("colour".to_owned(), kind)];
    let of = |experiment: ExperimentDefinition| Definitions { experiments: vec![experiment], ..base.clone() };
    assert_eq!(changed(&base), (vec![], vec![]));
    let decides = [
        experiment().traffic(percent(50.0)),
        experiment().status(ExperimentStatus::Paused),
        experiment().end(at("2026-12-20T00:00:00Z")),
        experiment().salt("other"),
        experiment().audience(Condition::attribute("beta").equals(true)),
        experiment().winner("control"),
        experiment().arm(ArmDefinition::new("extra").overrides("button", "green")),
    ];
    for experiment in decides {
        assert_eq!(changed(&of(experiment)), (vec!["button".to_owned()], colour(ChangeKind::Changed)));
    }
    // What describes or judges it changes no flag.
    let analysis = flags_core::definition::AnalysisDefinition { power: 0.9, ..Default::default() };
    for experiment in
        [experiment().hypothesis("red sells"), experiment().owner("growth"), experiment().analysis(analysis)]
    {
        assert_eq!(changed(&of(experiment)), (vec![], colour(ChangeKind::Changed)));
    }
    let held = Definitions { holdouts: vec![HoldoutDefinition::new("q4", percent(5.0))], ..base.clone() };
    assert_eq!(changed(&held), (vec!["button".to_owned()], colour(ChangeKind::Changed)));
    let gone = Definitions { experiments: vec![], ..base.clone() };
    assert_eq!(changed(&gone), (vec!["button".to_owned()], colour(ChangeKind::Removed)));
    assert_eq!(compiled(&base).experiment_changes_since(&compiled(&gone))[0].kind, ChangeKind::Added);
    // In a layer, whoever grows moves those after it.
    let layered = |traffic: f64| {
        let before = ExperimentDefinition { arms: vec![], ..experiment() };
        let before = ExperimentDefinition { key: "before".into(), ..before }
            .layer("page")
            .traffic(percent(traffic))
            .arm(ArmDefinition::control("a"))
            .arm(ArmDefinition::new("b"));
        let experiments = vec![before, experiment().layer("page").traffic(percent(50.0))];
        compiled(&Definitions { experiments, layers: vec![LayerDefinition::new("page")], ..base.clone() })
    };
    let (narrow, wide) = (layered(10.0), layered(20.0));
    let moved: Vec<&str> = wide.experiment_changes_since(&narrow).iter().map(|change| change.key).collect();
    assert_eq!(moved, ["before", "colour"]);
    // And a control is a change of the flags it is about.
    let overlay = Overlay::new().with_experiment("colour", ExperimentAction::Pause);
    let paused = old.with_overlay(&overlay);
    assert_eq!(paused.changes_since(&old).iter().map(|change| change.key).collect::<Vec<_>>(), ["button"]);
}

#[test]
fn what_a_set_knows_of_an_experiment() {
    let set = compiled(&with(experiment().hypothesis("red sells").arm(ArmDefinition::new("extra").weight(0))));
    let view = set.experiment("colour").unwrap();
    assert_eq!(view.definition().unwrap().hypothesis.as_deref(), Some("red sells"));
    assert_eq!((view.status(), view.start(), view.end()), (ExperimentStatus::Running, None, None));
    assert_eq!(view.flags().collect::<Vec<_>>(), ["button"]);
    let arms: Vec<_> = view.arms().map(|arm| (arm.name(), arm.weight(), arm.is_control(), arm.index())).collect();
    assert_eq!(arms, [("control", 1, true, 0), ("treatment", 1, false, 1), ("extra", 0, false, 2)]);
    assert_eq!(set.experiments().map(ExperimentView::key).collect::<Vec<_>>(), ["colour"]);
    assert!(set.view_experiment(view.id()).is_some());
    let flag: FlagView<'_> = set.flag("button").unwrap();
    assert_eq!(flag.experiments().count(), 1);
}

/// Everything that was looked at is told, in the order it was looked at.
#[test]
fn an_explanation_tells_the_whole_way_into_an_arm() {
    let layered = experiment()
        .layer("page")
        .traffic(percent(80.0))
        .start(at("2026-11-25T00:00:00Z"))
        .audience(Condition::attribute("country").is_in(["NL", "DE"]));
    let definitions = Definitions {
        layers: vec![LayerDefinition::new("page")],
        holdouts: vec![HoldoutDefinition::new("q4", percent(5.0))],
        ..with(layered)
    };
    let set = compiled(&definitions);
    let told = |context: &dyn Attributes, now: &str| {
        let explanation = set.explain("button", &context, &at(now)).to_string();
        let step = explanation.find("11 experiment").unwrap();
        let end = explanation.find("12 rule").unwrap();
        explanation[step..end].to_owned()
    };
    let context = Context::new("user-1").set("country", "NL");
    assert_eq!(
        told(&context, "2026-12-01T00:00:00Z"),
        r#"11 experiment    DECIDED: SPLIT, experiment `colour` arm `control`
     yes experiment `colour`  <- arm `control`
         yes { attribute = "country", in = ["NL", "DE"] }  <- "NL"
         yes not held out by `q4`: bucket from 5000 on of 100000  <- unit "user-1" in bucket 62919
         yes range in layer `page`: bucket from 0 on and below 80000 of 100000  <- unit "user-1" in bucket 62385
         arms by weights that sum to 2 -> `control`  <- unit "user-1" at position 0
"#
    );
    assert_eq!(
        told(&context, "2026-11-01T00:00:00Z"),
        "11 experiment    passed: no experiment decides\n     no  experiment `colour`  <- starts at 2026-11-25T00:00:00Z\n"
    );
    assert_eq!(
        told(&Context::anonymous().set("country", "DE"), "2026-12-01T00:00:00Z"),
        r#"11 experiment    passed: no experiment decides
     no  experiment `colour`  <- no unit to enrol
         yes { attribute = "country", in = ["NL", "DE"] }  <- "DE"
         no  a unit from targeting_key, user_id, node_id, session_id, request_id  <- the context has none of them
"#
    );
}

/// What a control could start beside another one, and the file could not.
#[test]
fn rivals() {
    let draft = |key: &str| {
        let draft = experiment().status(ExperimentStatus::Draft);
        ExperimentDefinition { key: key.into(), ..draft }
    };
    let experiments = vec![experiment(), draft("draft"), draft("layered").layer("page").traffic(percent(50.0))];
    let definitions = Definitions { layers: vec![LayerDefinition::new("page")], experiments, ..with(experiment()) };
    let set = compiled(&definitions);
    let rivals = |set: &FlagSet, key: &str| {
        set.experiment(key).unwrap().rivals().map(|rival| rival.key().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(rivals(&set, "colour"), [""; 0]);
    assert_eq!(rivals(&set, "draft"), ["colour"]);
    let started = set.with_overlay(&Overlay::new().with_experiment("draft", ExperimentAction::Start));
    assert_eq!(rivals(&started, "colour"), ["draft"]);
    assert_eq!(rivals(&started, "layered"), ["colour", "draft"]);
    assert_eq!(ask(&started, "user-1"), ask(&set, "user-1"), "the first in the definitions has the units of both");
}
