//! What changed in a flag's rules: which are the same rule, which moved, and what differs inside.

use std::collections::HashMap;

use flags_core::{FlagDefinition, RuleDefinition};

use super::{
    Change, Effect,
    flag::{percentage_node, serve_nodes},
    notation::{condition_toml, rule_toml, string_toml},
    tree::{Node, compare},
};

/// Appends the changes of the rules. Rules are matched by name; those without one first by what they say, then by order.
pub(super) fn compare_rules(old: &FlagDefinition, new: &FlagDefinition, changes: &mut Vec<Change>) {
    let pairs = matches(&old.rules, &new.rules);
    let mut moved = vec![true; pairs.len()];
    for kept in longest_increasing(&pairs) {
        moved[kept] = false;
    }
    let mut pair_of_new: HashMap<usize, usize> = HashMap::new();
    for (pair, (_, at)) in pairs.iter().enumerate() {
        pair_of_new.insert(*at, pair);
    }
    for (at, rule) in new.rules.iter().enumerate() {
        let path = path_of(at, rule);
        match pair_of_new.get(&at) {
            Some(&pair) => {
                let (was_at, _) = pairs[pair];
                if moved[pair] {
                    changes.push(Change {
                        path: format!("{path}.position"),
                        before: Some(was_at.to_string()),
                        after: Some(at.to_string()),
                        effect: Effect::Decides,
                    });
                }
                compare(nodes(&path, old, &old.rules[was_at]), nodes(&path, new, rule), changes);
            }
            None => {
                changes.push(Change { path, before: None, after: Some(rule_toml(new, rule)), effect: Effect::Decides });
            }
        }
    }
    let mut kept = vec![false; old.rules.len()];
    for (was_at, _) in &pairs {
        kept[*was_at] = true;
    }
    for (at, rule) in old.rules.iter().enumerate().filter(|(at, _)| !kept[*at]) {
        changes.push(Change {
            path: path_of(at, rule),
            before: Some(rule_toml(old, rule)),
            after: None,
            effect: Effect::Decides,
        });
    }
}

fn path_of(at: usize, rule: &RuleDefinition) -> String {
    match &rule.name {
        Some(name) => format!("rules[{at}] {}", string_toml(name)),
        None => format!("rules[{at}]"),
    }
}

fn nodes(path: &str, flag: &FlagDefinition, rule: &RuleDefinition) -> Vec<Node> {
    let RuleDefinition { name, when, rollout_percentage, serve } = rule;
    let mut nodes = vec![
        Node::leaf(format!("{path}.name"), name.as_deref().map(string_toml), Effect::Describes),
        Node::set(format!("{path}.when"), when.iter().map(condition_toml), Effect::Decides),
        percentage_node(format!("{path}.rollout_percentage"), *rollout_percentage),
    ];
    nodes.extend(serve_nodes(&format!("{path}."), flag, serve.as_ref()));
    nodes
}

/// Pairs of positions (old, new) that are the same rule, in the new order.
fn matches(old: &[RuleDefinition], new: &[RuleDefinition]) -> Vec<(usize, usize)> {
    let mut free_old: Vec<bool> = vec![true; old.len()];
    let mut partner: Vec<Option<usize>> = vec![None; new.len()];

    let mut by_name: HashMap<&str, usize> = HashMap::new();
    for (at, name) in old.iter().enumerate().filter_map(|(at, rule)| Some((at, rule.name.as_deref()?))) {
        by_name.entry(name).or_insert(at);
    }
    for (at, rule) in new.iter().enumerate() {
        if let Some(was_at) = rule.name.as_deref().and_then(|name| by_name.remove(name)) {
            partner[at] = Some(was_at);
            free_old[was_at] = false;
        }
    }
    // Alike but for the name: so that a rule that gets a name, or a new one, is still the same rule.
    for by_content in [true, false] {
        for (at, rule) in new.iter().enumerate() {
            if partner[at].is_some() {
                continue;
            }
            let found = (0..old.len()).find(|&was_at| {
                let other = &old[was_at];
                let alike = if by_content {
                    (&other.when, other.rollout_percentage, &other.serve)
                        == (&rule.when, rule.rollout_percentage, &rule.serve)
                } else {
                    other.name.is_none() && rule.name.is_none()
                };
                free_old[was_at] && alike
            });
            if let Some(was_at) = found {
                partner[at] = Some(was_at);
                free_old[was_at] = false;
            }
        }
    }
    partner.into_iter().enumerate().filter_map(|(at, was_at)| Some((was_at?, at))).collect()
}

/// Which pairs keep their order among themselves: the indices of a longest run of rising old positions. The others moved.
fn longest_increasing(pairs: &[(usize, usize)]) -> Vec<usize> {
    // `ends[n]` is the pair that ends the run of length n + 1 with the smallest end so far.
    let mut ends: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; pairs.len()];
    for (pair, (was_at, _)) in pairs.iter().enumerate() {
        let length = ends.partition_point(|&end| pairs[end].0 < *was_at);
        previous[pair] = length.checked_sub(1).map(|shorter| ends[shorter]);
        if length == ends.len() {
            ends.push(pair);
        } else {
            ends[length] = pair;
        }
    }
    let mut run = Vec::new();
    let mut next = ends.last().copied();
    while let Some(pair) = next {
        run.push(pair);
        next = previous[pair];
    }
    run.reverse();
    run
}
