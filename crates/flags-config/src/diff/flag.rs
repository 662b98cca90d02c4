//! What changed in one flag.

use flags_core::{
    Date, FlagDefinition, Percentage, ScheduleStep, Serve, State, Timestamp,
    definition::{Targets, VariantDefinition},
};

use super::{
    Change, Effect,
    notation::{
        condition_toml, key_toml, prerequisite_toml, string_toml, strings_toml, value_toml, variant_definition_toml,
        variant_toml,
    },
    rules::compare_rules,
    tree::{Node, compare},
};

/// The changes from one form of a flag to another, in the order of the format's documentation. `old_default` and
/// `new_default` are the attributes a unit is taken from where the flag names none.
pub(super) fn compare_flags(
    (old, old_default): (&FlagDefinition, &[Box<str>]),
    (new, new_default): (&FlagDefinition, &[Box<str>]),
) -> Vec<Change> {
    let mut changes = compare_forms((old, old_default), (new, new_default));
    let mut names: Vec<&str> = new.environments.iter().map(|(name, _)| &**name).collect();
    for (name, _) in &old.environments {
        if !names.contains(&&**name) {
            names.push(name);
        }
    }
    let mut inner = Vec::new();
    for name in names {
        let form = |flag: &'_ FlagDefinition| flag.environments.iter().any(|(known, _)| &**known == name);
        let (before, after) = (old.in_environment(name), new.in_environment(name));
        let path = format!("environments.{}", key_toml(name));
        match (form(old), form(new)) {
            (true, true) => {
                let own = compare_forms((before, old_default), (after, new_default));
                // A field that the environment leaves to the flag changes with it; saying so twice helps nobody.
                let own = own.into_iter().filter(|change| !changes.contains(change));
                inner.extend(own.map(|change| Change { path: format!("{path}.{}", change.path), ..change }));
            }
            (false, true) => {
                let own = compare_forms((new, new_default), (after, new_default));
                inner.push(Change { path, before: None, after: Some(summary(&own)), effect: strongest(&own) });
            }
            (true, false) => {
                let own = compare_forms((old, old_default), (before, old_default));
                inner.push(Change { path, before: Some(summary(&own)), after: None, effect: strongest(&own) });
            }
            (false, false) => {}
        }
    }
    changes.extend(inner);
    changes
}

/// What an environment makes different, in one line.
fn summary(own: &[Change]) -> String {
    let parts: Vec<String> = own.iter().map(ToString::to_string).collect();
    if parts.is_empty() { "as the flag itself".to_owned() } else { parts.join(", ") }
}

fn strongest(changes: &[Change]) -> Effect {
    changes.iter().map(|change| change.effect).max().unwrap_or(Effect::Describes)
}

/// The changes between two forms, their environments left aside.
fn compare_forms(
    (old, old_default): (&FlagDefinition, &[Box<str>]),
    (new, new_default): (&FlagDefinition, &[Box<str>]),
) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(nodes(old, old_default), nodes(new, new_default), &mut changes);
    for change in &mut changes {
        name_the_switch(change);
    }
    compare_variant_order(old, new, &mut changes);
    compare_rules(old, new, &mut changes);
    changes
}

/// On and off read as people write them, `enabled = true`; the other states keep their words.
fn name_the_switch(change: &mut Change) {
    let Some(field) = change.path.strip_suffix("state") else { return };
    let switch = |text: &Option<String>| match text.as_deref() {
        Some("\"enabled\"") => Some("true".to_owned()),
        Some("\"disabled\"") => Some("false".to_owned()),
        _ => None,
    };
    let (before, after) = (switch(&change.before), switch(&change.after));
    if (before.is_some() || change.before.is_none()) && (after.is_some() || change.after.is_none()) {
        *change = Change { path: format!("{field}enabled"), before, after, effect: change.effect };
    }
}

/// Every field of a flag but its key, its rules and its environments, as nodes.
fn nodes(flag: &FlagDefinition, default_bucket_by: &[Box<str>]) -> Vec<Node> {
    use Effect::{Decides, Describes, Reshuffles};

    // Taken apart without `..`, so that a field added to the core cannot be forgotten here.
    let FlagDefinition {
        key,
        value_type,
        description,
        owner,
        tags,
        metadata,
        expires,
        protected,
        created_at,
        updated_at,
        updated_by,
        parent,
        requires,
        state,
        variants,
        off,
        serve,
        rollout_percentage,
        schedule,
        overrides,
        conditions,
        targets,
        rules: _,
        bucket_by,
        salt,
        environments: _,
    } = flag;
    let quoted = |text: &Option<Box<str>>| text.as_deref().map(string_toml);
    let instant = |at: &Option<Timestamp>| at.as_ref().map(Timestamp::to_string);
    let mut nodes = vec![
        Node::leaf("type", Some(string_toml(value_type.name())), Decides),
        Node::leaf("description", quoted(description), Describes),
        Node::leaf("owner", quoted(owner), Describes),
        Node::set("tags", tags.iter().map(|tag| string_toml(tag)), Describes),
    ];
    nodes.extend(
        metadata.iter().map(|(name, value)| {
            Node::leaf(format!("metadata.{}", key_toml(name)), Some(value_toml(value)), Describes)
        }),
    );
    nodes.extend([
        Node::leaf("expires", expires.as_ref().map(Date::to_string), Describes),
        Node::meaning("protected", protected.then(|| "true".to_owned()), protected.to_string(), Describes),
        Node::leaf("created_at", instant(created_at), Describes),
        Node::leaf("updated_at", instant(updated_at), Describes),
        Node::leaf("updated_by", quoted(updated_by), Describes),
        Node::leaf("parent", quoted(parent), Decides),
        Node::set("requires", requires.iter().map(prerequisite_toml), Decides),
        Node::meaning("state", Some(string_toml(state.name())), meaning_of_state(*state).to_owned(), Decides),
    ]);
    nodes.extend(variants.iter().map(|variant| variant_node(flag, variant)));
    nodes.push(Node::leaf("off", off.as_deref().map(|name| variant_toml(flag, name)), Decides));
    nodes.extend(serve_nodes("", flag, serve.as_ref()));
    nodes.push(percentage_node("rollout_percentage", *rollout_percentage));
    nodes.extend(schedule_nodes(schedule));
    nodes.extend(overrides.iter().map(|(unit, variant)| {
        Node::leaf(format!("overrides.{}", key_toml(unit)), Some(variant_toml(flag, variant)), Decides)
    }));
    nodes.push(Node::set("conditions", conditions.iter().map(condition_toml), Decides));
    nodes.extend(target_nodes(targets));
    nodes.push(bucket_by_node(bucket_by, default_bucket_by));
    nodes.push(Node::meaning("salt", quoted(salt), salt.as_ref().unwrap_or(key).to_string(), Reshuffles));
    nodes
}

/// The attributes a unit is taken from: another one means another unit, and so another draw for everybody.
pub(super) fn bucket_by_node(bucket_by: &[Box<str>], default: &[Box<str>]) -> Node {
    let text = (!bucket_by.is_empty()).then(|| strings_toml(bucket_by));
    let meaning = if bucket_by.is_empty() { strings_toml(default) } else { strings_toml(bucket_by) };
    Node::meaning("bucket_by", text, meaning, Effect::Reshuffles)
}

/// Canary and rollout say how far a flag is, and decide nothing by themselves.
fn meaning_of_state(state: State) -> &'static str {
    match state {
        State::Canary | State::Rollout | State::Enabled => "on",
        other => other.name(),
    }
}

/// A percentage that is not written is all.
pub(super) fn percentage_node(path: impl Into<String>, percentage: Option<Percentage>) -> Node {
    let meaning = percentage.unwrap_or(Percentage::HUNDRED).to_string();
    Node::meaning(path, percentage.map(|share| share.to_string()), meaning, Effect::Decides)
}

/// `serve` and `split` under the path they have in a flag (`""`) or in a rule (`"rules[0]."`).
pub(super) fn serve_nodes(prefix: &str, flag: &FlagDefinition, serve: Option<&Serve>) -> Vec<Node> {
    let one = match serve {
        Some(Serve::Variant(name)) => Some(variant_toml(flag, name)),
        _ => None,
    };
    let mut nodes = vec![Node::leaf(format!("{prefix}serve"), one, Effect::Decides)];
    if let Some(Serve::Split(arms)) = serve {
        let path = format!("{prefix}split");
        let order = arms.iter().map(|(name, _)| &**name).collect::<Vec<_>>().join(", ");
        let mut fields = vec![Node::leaf(format!("{path} (order)"), Some(order), Effect::Reshuffles)];
        fields.extend(arms.iter().map(|(name, weight)| {
            Node::leaf(format!("{path}.{}", key_toml(name)), Some(weight.to_string()), Effect::Decides)
        }));
        let text: Vec<String> = arms.iter().map(|(name, weight)| format!("{} = {weight}", key_toml(name))).collect();
        nodes.push(Node::Group { path, text: format!("{{ {} }}", text.join(", ")), effect: Effect::Decides, fields });
    }
    nodes
}

fn variant_node(flag: &FlagDefinition, variant: &VariantDefinition) -> Node {
    let path = format!("variants.{}", key_toml(&variant.name));
    // With one variant served to all, and no split by weight, a weight decides nothing.
    let weight_effect = match flag.serve {
        None => Effect::Decides,
        Some(_) => Effect::Describes,
    };
    let fields = vec![
        Node::leaf(path.clone(), Some(value_toml(&variant.value)), Effect::Decides),
        Node::leaf(format!("{path}.weight"), Some(variant.weight.to_string()), weight_effect),
    ];
    Node::Group { path, text: variant_definition_toml(variant), effect: Effect::Decides, fields }
}

/// The order of the variants is the order of their ranges in the default split.
fn compare_variant_order(old: &FlagDefinition, new: &FlagDefinition, changes: &mut Vec<Change>) {
    let common = |flag: &FlagDefinition, other: &FlagDefinition| {
        let names = flag.variants.iter().map(|variant| &variant.name);
        let kept = names.filter(|name| other.variants.iter().any(|variant| variant.name == **name));
        kept.map(|name| key_toml(name)).collect::<Vec<_>>().join(", ")
    };
    let (before, after) = (common(old, new), common(new, old));
    if before != after {
        let drawn = old.serve.is_none() || new.serve.is_none();
        let effect = if drawn { Effect::Reshuffles } else { Effect::Describes };
        changes.push(Change { path: "variants (order)".to_owned(), before: Some(before), after: Some(after), effect });
    }
}

fn schedule_nodes(schedule: &[ScheduleStep]) -> Vec<Node> {
    schedule
        .iter()
        .enumerate()
        .map(|(index, step)| {
            // Steps are known by their instant; of several at one instant, by their order.
            let earlier = schedule[..index].iter().filter(|other| other.at == step.at).count();
            let number = if earlier == 0 { String::new() } else { format!(" #{}", earlier + 1) };
            let path = format!("schedule[{}{number}]", step.at);
            let mut text = vec![format!("at = {}", step.at)];
            let mut fields = Vec::new();
            match step.state {
                Some(State::Enabled) => text.push("enabled = true".to_owned()),
                Some(State::Disabled) => text.push("enabled = false".to_owned()),
                Some(state) => text.push(format!("state = {}", string_toml(state.name()))),
                None => {}
            }
            let state = step.state.map(|state| string_toml(state.name()));
            let meaning = step.state.map_or("", meaning_of_state).to_owned();
            fields.push(Node::meaning(format!("{path}.state"), state, meaning, Effect::Decides));
            let percentage = step.rollout_percentage.map(|share| share.to_string());
            text.extend(percentage.iter().map(|share| format!("rollout_percentage = {share}")));
            fields.push(Node::leaf(format!("{path}.rollout_percentage"), percentage, Effect::Decides));
            Node::Group { path, text: format!("{{ {} }}", text.join(", ")), effect: Effect::Decides, fields }
        })
        .collect()
}

fn target_nodes(targets: &Targets) -> impl Iterator<Item = Node> {
    let Targets { environments, users, node_ids, validator_keys, ip_ranges, segments } = targets;
    let quoted = |texts: &[Box<str>]| texts.iter().map(|text| string_toml(text)).collect::<Vec<_>>();
    [
        ("environments", quoted(environments)),
        ("users", quoted(users)),
        ("node_ids", quoted(node_ids)),
        ("validator_keys", quoted(validator_keys)),
        ("ip_ranges", ip_ranges.iter().map(|range| string_toml(&range.to_string())).collect()),
        ("segments", quoted(segments)),
    ]
    .into_iter()
    .map(|(name, entries)| Node::set(format!("targets.{name}"), entries, Effect::Decides))
}
