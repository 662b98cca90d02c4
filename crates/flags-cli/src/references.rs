//! What flags, segments and experiments name: each other, and the application's predicates.

use std::collections::BTreeSet;

use flags::{Condition, Definitions, FlagDefinition};

/// Something that a definition names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Named {
    /// A flag: a parent, a prerequisite, or one that a condition asks for.
    Flag(Box<str>),
    /// A segment.
    Segment(Box<str>),
    /// An experiment that serves variants of a flag.
    Experiment(Box<str>),
    /// A predicate of the application's.
    Predicate(Box<str>),
}

impl Named {
    /// What sort of thing it is.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Segment(_) => "segment",
            Self::Experiment(_) => "experiment",
            Self::Predicate(_) => "predicate",
        }
    }

    /// What it is called.
    pub(crate) fn key(&self) -> &str {
        match self {
            Self::Flag(key) | Self::Segment(key) | Self::Experiment(key) | Self::Predicate(key) => key,
        }
    }
}

/// What a flag names itself, in any environment, and the experiments on it.
pub(crate) fn of_flag(definitions: &Definitions, flag: &FlagDefinition) -> BTreeSet<Named> {
    let on_it = definitions.experiments.iter().filter(|experiment| experiment.flags().contains(&&*flag.key));
    let mut named: BTreeSet<Named> = on_it.map(|experiment| Named::Experiment(experiment.key.clone())).collect();
    for form in std::iter::once(flag).chain(flag.environments.iter().map(|(_, form)| form)) {
        named.extend(form.parent.iter().cloned().map(Named::Flag));
        named.extend(form.requires.iter().map(|required| Named::Flag(required.flag.clone())));
        named.extend(form.targets.segments.iter().cloned().map(Named::Segment));
        let rules = form.rules.iter().flat_map(|rule| &rule.when);
        form.conditions.iter().chain(rules).for_each(|condition| of_condition(condition, &mut named));
    }
    named
}

/// What a segment names itself.
fn of_segment(definitions: &Definitions, key: &str) -> BTreeSet<Named> {
    let mut named = BTreeSet::new();
    let segment = definitions.segment(key);
    segment.iter().flat_map(|segment| &segment.when).for_each(|condition| of_condition(condition, &mut named));
    named
}

/// What the audience of an experiment names.
fn of_experiment(definitions: &Definitions, key: &str) -> BTreeSet<Named> {
    let mut named = BTreeSet::new();
    let experiment = definitions.experiment(key);
    let audience = experiment.iter().flat_map(|experiment| &experiment.audience);
    audience.for_each(|condition| of_condition(condition, &mut named));
    named
}

fn of_condition(condition: &Condition, named: &mut BTreeSet<Named>) {
    match condition {
        Condition::Segment(key) => _ = named.insert(Named::Segment(key.clone())),
        Condition::Predicate(name) => _ = named.insert(Named::Predicate(name.clone())),
        Condition::Flag { flag, .. } => _ = named.insert(Named::Flag(flag.clone())),
        Condition::All(inner) | Condition::Any(inner) => inner.iter().for_each(|inner| of_condition(inner, named)),
        Condition::Not(inner) => of_condition(inner, named),
        _ => {}
    }
}

/// The flags, segments and experiments that name `wanted` themselves, in the order of the definitions.
pub(crate) fn users_of(definitions: &Definitions, wanted: &Named) -> Vec<Named> {
    let flags = definitions.flags.iter().filter(|flag| of_flag(definitions, flag).contains(wanted));
    let segments = definitions.segments.iter().filter(|segment| of_segment(definitions, &segment.key).contains(wanted));
    let asks = |key: &str| of_experiment(definitions, key).contains(wanted);
    let experiments = definitions.experiments.iter().filter(|experiment| asks(&experiment.key));
    flags
        .map(|flag| Named::Flag(flag.key.clone()))
        .chain(segments.map(|segment| Named::Segment(segment.key.clone())))
        .chain(experiments.map(|experiment| Named::Experiment(experiment.key.clone())))
        .collect()
}

/// The predicates that a flag's decisions depend on, through whatever it names, in the order of their names.
pub(crate) fn predicates_of(definitions: &Definitions, flag: &str) -> Vec<Box<str>> {
    let all = all_of(definitions, flag).into_iter();
    all.filter_map(|named| if let Named::Predicate(name) = named { Some(name) } else { None }).collect()
}

/// The flag itself and everything that its decisions depend on: all that it names, the experiments on it, and what those
/// name.
pub(crate) fn all_of(definitions: &Definitions, flag: &str) -> BTreeSet<Named> {
    let mut known = BTreeSet::from([Named::Flag(flag.into())]);
    let mut open: Vec<Named> = known.iter().cloned().collect();
    while let Some(next) = open.pop() {
        let named = match &next {
            Named::Flag(key) => definitions.flag(key).map(|flag| of_flag(definitions, flag)).unwrap_or_default(),
            Named::Segment(key) => of_segment(definitions, key),
            Named::Experiment(key) => of_experiment(definitions, key),
            Named::Predicate(_) => continue,
        };
        open.extend(named.into_iter().filter(|named| known.insert(named.clone())));
    }
    known
}

#[cfg(test)]
mod tests {
    use flags::SegmentDefinition;

    use super::*;

    #[test]
    fn predicates_are_found_behind_segments_and_flags() {
        let definitions = Definitions {
            flags: vec![
                FlagDefinition::new("a").requires("b"),
                FlagDefinition::new("b").condition(Condition::segment("s")),
                FlagDefinition::new("c"),
            ],
            segments: vec![SegmentDefinition::new("s").when(Condition::predicate("even"))],
            ..Definitions::default()
        };
        assert_eq!(predicates_of(&definitions, "a"), ["even".into()]);
        assert!(predicates_of(&definitions, "c").is_empty());
        let all = ["a", "b"].map(|key| Named::Flag(key.into())).into_iter();
        let all = all.chain([Named::Segment("s".into()), Named::Predicate("even".into())]);
        assert_eq!(all_of(&definitions, "a"), all.collect());
        assert_eq!(users_of(&definitions, &Named::Flag("b".into())), [Named::Flag("a".into())]);
        assert_eq!(users_of(&definitions, &Named::Segment("s".into())), [Named::Flag("b".into())]);
    }
}
