//! What changed in an experiment, a layer or a holdout.

use std::{collections::HashMap, rc::Rc};

use flags_core::{
    Definitions, ExperimentDefinition, FlagDefinition, Percentage, Timestamp,
    definition::{
        AnalysisDefinition, ArmDefinition, HeldOutFrom, HoldoutDefinition, LayerDefinition, MetricDefinition,
    },
};

use super::{
    Change, Effect,
    flag::{bucket_by_node, percentage_node},
    notation::{condition_toml, key_toml, string_toml, value_toml, variant_toml},
    tree::{Node, compare},
};

/// An experiment with what it takes from the rest of its definitions.
pub(super) struct InContext<'d> {
    pub(super) experiment: &'d ExperimentDefinition,
    /// Where its range in its layer begins, in thousandths of a percent.
    from: u64,
    /// The attributes a unit is taken from where it names none.
    default_bucket_by: &'d [Box<str>],
    /// The flags by key: a variant is written in the way of its flag.
    flags: Rc<HashMap<&'d str, &'d FlagDefinition>>,
}

/// Every experiment of the definitions, by key. Those of a layer own its buckets one after the other.
pub(super) fn in_context<'d>(
    definitions: &'d Definitions,
    default_bucket_by: &'d [Box<str>],
) -> Vec<(&'d str, InContext<'d>)> {
    let flags: Rc<HashMap<_, _>> = Rc::new(definitions.flags.iter().map(|flag| (&*flag.key, flag)).collect());
    let mut taken: HashMap<&str, u64> = HashMap::new();
    let place = |experiment: &'d ExperimentDefinition| {
        let taken = experiment.layer.as_deref().map(|layer| taken.entry(layer).or_default());
        let share = u64::from(experiment.traffic.unwrap_or(Percentage::HUNDRED).thousandths());
        let from = taken.map_or(0, |taken| std::mem::replace(taken, *taken + share));
        (&*experiment.key, InContext { experiment, from, default_bucket_by, flags: Rc::clone(&flags) })
    };
    definitions.experiments.iter().map(place).collect()
}

/// The changes from one form of an experiment to another.
pub(super) fn compare_experiments(old: &InContext<'_>, new: &InContext<'_>) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(nodes(old), nodes(new), &mut changes);
    compare_arm_order(old.experiment, new.experiment, &mut changes);
    changes
}

/// The changes from one form of a layer to another.
pub(super) fn compare_layers(old: &LayerDefinition, new: &LayerDefinition) -> Vec<Change> {
    let nodes = |layer: &LayerDefinition| {
        let LayerDefinition { key, description, salt } = layer;
        vec![
            Node::leaf("description", description.as_deref().map(string_toml), Effect::Describes),
            salt_node(salt.as_deref(), key),
        ]
    };
    let mut changes = Vec::new();
    compare(nodes(old), nodes(new), &mut changes);
    changes
}

/// The changes from one form of a holdout to another.
pub(super) fn compare_holdouts(old: &HoldoutDefinition, new: &HoldoutDefinition) -> Vec<Change> {
    let nodes = |holdout: &HoldoutDefinition| {
        let HoldoutDefinition { key, description, percentage, experiments, salt } = holdout;
        let all = (*experiments == HeldOutFrom::All).then(|| "true".to_owned());
        vec![
            Node::leaf("percentage", Some(percentage.to_string()), Effect::Decides),
            Node::leaf("all", all, Effect::Decides),
            Node::set("experiments", holdout.named().iter().map(|key| string_toml(key)), Effect::Decides),
            Node::leaf("description", description.as_deref().map(string_toml), Effect::Describes),
            salt_node(salt.as_deref(), key),
        ]
    };
    let mut changes = Vec::new();
    compare(nodes(old), nodes(new), &mut changes);
    changes
}

fn nodes(in_context: &InContext<'_>) -> Vec<Node> {
    use Effect::{Decides, Describes, Reshuffles};

    let InContext { experiment, from, default_bucket_by, flags } = in_context;
    // Taken apart without `..`, so that a field added to the core cannot be forgotten here.
    let ExperimentDefinition {
        key,
        hypothesis,
        description,
        owner,
        status,
        start,
        end,
        layer,
        traffic,
        bucket_by,
        salt,
        audience,
        arms,
        metrics,
        analysis,
        winner,
    } = experiment;
    let text = |text: &Option<Box<str>>| text.as_deref().map(string_toml);
    let instant = |at: &Option<Timestamp>| at.map(|at| at.to_string());
    let mut nodes = vec![
        Node::leaf("hypothesis", text(hypothesis), Describes),
        Node::leaf("description", text(description), Describes),
        Node::leaf("owner", text(owner), Describes),
        Node::leaf("status", Some(string_toml(status.name())), Decides),
        Node::leaf("start", instant(start), Decides),
        Node::leaf("end", instant(end), Decides),
        Node::leaf("layer", text(layer), Reshuffles),
        percentage_node("traffic", *traffic),
        bucket_by_node(bucket_by, default_bucket_by),
        salt_node(salt.as_deref(), key),
        Node::set("audience", audience.iter().map(condition_toml), Decides),
    ];
    if layer.is_some() {
        // Whoever stands before it in the layer has become wider or narrower, and all of its units are others.
        nodes.push(Node::leaf("layer (from)", Some(percent(*from)), Reshuffles));
    }
    nodes.extend(arms.iter().map(|arm| arm_node(arm, flags)));
    nodes.extend(metrics.iter().map(metric_node));
    nodes.extend(analysis_nodes(analysis));
    nodes.push(Node::leaf("analysis.winner", text(winner), Decides));
    nodes
}

fn arm_node(arm: &ArmDefinition, flags: &HashMap<&str, &FlagDefinition>) -> Node {
    let ArmDefinition { name, description, control, weight, overrides, payload } = arm;
    let path = format!("arms {}", string_toml(name));
    let at = |field: &str| format!("{path}.{field}");
    let mut fields = vec![
        Node::leaf(at("description"), description.as_deref().map(string_toml), Effect::Describes),
        Node::leaf(at("control"), control.then(|| "true".to_owned()), Effect::Describes),
        Node::leaf(at("weight"), Some(weight.to_string()), Effect::Decides),
    ];
    fields.extend(overrides.iter().map(|(flag, variant)| {
        let path = format!("{path}.overrides.{}", key_toml(flag));
        let variant = flags.get(&**flag).map_or_else(|| string_toml(variant), |flag| variant_toml(flag, variant));
        Node::leaf(path, Some(variant), Effect::Decides)
    }));
    fields.extend(payload.iter().map(|(name, value)| {
        let path = format!("{path}.payload.{}", key_toml(name));
        Node::leaf(path, Some(value_toml(value)), Effect::Decides)
    }));
    Node::Group { path, text: format!("weight {weight}"), effect: Effect::Decides, fields }
}

fn metric_node(metric: &MetricDefinition) -> Node {
    let MetricDefinition {
        name,
        kind,
        event,
        numerator,
        denominator,
        role,
        goal,
        window,
        minimum_detectable_effect,
        baseline,
        deviation,
        margin,
        winsorize,
    } = metric;
    let path = format!("metrics {}", string_toml(name));
    let field = |name: &str, text: Option<String>| Node::leaf(format!("{path}.{name}"), text, Effect::Describes);
    let text = |text: &Option<Box<str>>| text.as_deref().map(string_toml);
    let number = |number: &Option<f64>| number.map(|number| number.to_string());
    let fields = vec![
        field("kind", Some(string_toml(kind.name()))),
        field("event", text(event)),
        field("numerator", text(numerator)),
        field("denominator", text(denominator)),
        field("role", Some(string_toml(role.name()))),
        field("goal", Some(string_toml(goal.name()))),
        field("window", window.map(|window| format!("\"{}s\"", window.as_secs_f64()))),
        field("minimum_detectable_effect", number(minimum_detectable_effect)),
        field("baseline", number(baseline)),
        field("deviation", number(deviation)),
        field("margin", number(margin)),
        field("winsorize", number(winsorize)),
    ];
    let text = format!("{} {}, to {}", role.name(), kind.name(), goal.name());
    Node::Group { path, text, effect: Effect::Describes, fields }
}

fn analysis_nodes(analysis: &AnalysisDefinition) -> [Node; 6] {
    let AnalysisDefinition { confidence, power, method, correction, decide, daily_units } = analysis;
    let leaf = |name: &str, text: Option<String>| Node::leaf(format!("analysis.{name}"), text, Effect::Describes);
    let field = |name: &str, text: String| leaf(name, Some(text));
    [
        field("confidence", confidence.to_string()),
        field("power", power.to_string()),
        field("method", string_toml(method.name())),
        field("correction", string_toml(correction.name())),
        field("decide", string_toml(decide.name())),
        leaf("daily_units", daily_units.map(|units| units.to_string())),
    ]
}

/// The order of the arms is the order of their ranges in the draw.
fn compare_arm_order(old: &ExperimentDefinition, new: &ExperimentDefinition, changes: &mut Vec<Change>) {
    let common = |experiment: &ExperimentDefinition, other: &ExperimentDefinition| {
        let names = experiment.arms.iter().map(|arm| &arm.name);
        let kept = names.filter(|name| other.arms.iter().any(|arm| arm.name == **name));
        kept.map(|name| string_toml(name)).collect::<Vec<_>>().join(", ")
    };
    let (before, after) = (common(old, new), common(new, old));
    if before != after {
        let (before, after, effect) = (Some(before), Some(after), Effect::Reshuffles);
        changes.push(Change { path: "arms (order)".to_owned(), before, after, effect });
    }
}

fn salt_node(salt: Option<&str>, key: &str) -> Node {
    Node::meaning("salt", salt.map(string_toml), salt.unwrap_or(key).to_owned(), Effect::Reshuffles)
}

/// Thousandths of a percent as percent; more than all, where a layer is asked for more than it has.
fn percent(thousandths: u64) -> String {
    let share = u32::try_from(thousandths).ok().and_then(Percentage::from_thousandths);
    share.map_or_else(|| "beyond 100".to_owned(), |share| share.to_string())
}
