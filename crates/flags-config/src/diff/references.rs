//! Which flags and segments a flag, a segment or the audience of an experiment names, and where.

use flags_core::{Condition, ExperimentDefinition, FlagDefinition, PathPart, SegmentDefinition};

/// A name of a flag or a segment that stands in a definition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Reference<'d> {
    /// The parent of a flag.
    Parent(&'d str),
    /// A flag that is required, and the variant it has to serve.
    Prerequisite { flag: &'d str, variant: Option<&'d str> },
    /// A flag in a condition, and the variant it has to serve.
    Condition { flag: &'d str, variant: Option<&'d str> },
    /// A segment in a condition or among the targets.
    Segment(&'d str),
}

impl<'d> Reference<'d> {
    /// The flag that is named, if it is a flag.
    pub(crate) fn flag(self) -> Option<&'d str> {
        match self {
            Self::Parent(flag) | Self::Prerequisite { flag, .. } | Self::Condition { flag, .. } => Some(flag),
            Self::Segment(_) => None,
        }
    }
}

/// Visits what one form of a flag names, with the path from the form on. Its environments are forms of their own.
pub(crate) fn visit_flag<'d>(flag: &'d FlagDefinition, visit: &mut dyn FnMut(&[PathPart], Reference<'d>)) {
    if let Some(parent) = &flag.parent {
        visit(&["parent".into()], Reference::Parent(parent));
    }
    for (at, required) in flag.requires.iter().enumerate() {
        let reference = Reference::Prerequisite { flag: &required.flag, variant: required.variant.as_deref() };
        visit(&["requires".into(), at.into()], reference);
    }
    visit_list(&mut vec!["conditions".into()], &flag.conditions, visit);
    for (at, segment) in flag.targets.segments.iter().enumerate() {
        visit(&["targets".into(), "segments".into(), at.into()], Reference::Segment(segment));
    }
    for (at, rule) in flag.rules.iter().enumerate() {
        visit_list(&mut vec!["rules".into(), at.into(), "when".into()], &rule.when, visit);
    }
}

/// Visits what a segment names, with the path from the segment on.
pub(crate) fn visit_segment<'d>(segment: &'d SegmentDefinition, visit: &mut dyn FnMut(&[PathPart], Reference<'d>)) {
    visit_list(&mut vec!["when".into()], &segment.when, visit);
}

/// Visits what the audience of an experiment names, with the path from the experiment on. What its arms override is not
/// among it: the flags depend on the experiment, not it on them.
pub(crate) fn visit_experiment<'d>(
    experiment: &'d ExperimentDefinition,
    visit: &mut dyn FnMut(&[PathPart], Reference<'d>),
) {
    visit_list(&mut vec!["audience".into()], &experiment.audience, visit);
}

fn visit_list<'d>(
    path: &mut Vec<PathPart>,
    conditions: &'d [Condition],
    visit: &mut dyn FnMut(&[PathPart], Reference<'d>),
) {
    for (at, condition) in conditions.iter().enumerate() {
        path.push(at.into());
        visit_condition(path, condition, visit);
        path.pop();
    }
}

fn visit_condition<'d>(
    path: &mut Vec<PathPart>,
    condition: &'d Condition,
    visit: &mut dyn FnMut(&[PathPart], Reference<'d>),
) {
    let mut within = |name: &str, inner: &mut dyn FnMut(&mut Vec<PathPart>)| {
        path.push(name.into());
        inner(path);
        path.pop();
    };
    match condition {
        Condition::Segment(key) => within("segment", &mut |path| visit(path, Reference::Segment(key))),
        Condition::Flag { flag, variant } => {
            let reference = Reference::Condition { flag, variant: variant.as_deref() };
            within("flag", &mut |path| visit(path, reference));
        }
        Condition::All(inner) => within("all", &mut |path| visit_list(path, inner, visit)),
        Condition::Any(inner) => within("any", &mut |path| visit_list(path, inner, visit)),
        Condition::Not(inner) => within("not", &mut |path| visit_condition(path, inner, visit)),
        _ => {}
    }
}
