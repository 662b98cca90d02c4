//! Flags that did not change themselves but depend on something that did.

use std::collections::{HashMap, HashSet, VecDeque};

use flags_core::{Definitions, definition::HeldOutFrom};

use super::{
    EntryKind,
    references::{Reference, visit_experiment, visit_flag, visit_segment},
};

/// A flag whose decisions may differ because of something it names, directly or by way of others.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Affected {
    /// The flag's key.
    pub flag: Box<str>,
    /// The shortest way to what changed: what the flag names first, what changed last.
    pub through: Vec<(EntryKind, Box<str>)>,
}

/// The setting that says what a unit is taken from.
pub(super) const BUCKET_BY: &str = "bucket_by";

type Entry<'d> = (EntryKind, &'d str);

/// The flags that depend, in either version, on an entry of `changed` and are not among them; in the order of the definitions.
pub(super) fn affected(old: &Definitions, new: &Definitions, changed: &[(EntryKind, Box<str>)]) -> Vec<Affected> {
    let mut users: HashMap<Entry<'_>, Vec<Entry<'_>>> = HashMap::new();
    for definitions in [new, old] {
        collect_users(definitions, &mut users);
    }
    // Breadth first from what changed, so that the way found is a shortest one.
    let mut next_towards_change: HashMap<Entry<'_>, Entry<'_>> = HashMap::new();
    let mut reached: HashSet<Entry<'_>> = changed.iter().map(|(kind, key)| (*kind, &**key)).collect();
    let mut queue: VecDeque<Entry<'_>> = changed.iter().map(|(kind, key)| (*kind, &**key)).collect();
    while let Some(entry) = queue.pop_front() {
        for &user in users.get(&entry).into_iter().flatten() {
            if reached.insert(user) {
                next_towards_change.insert(user, entry);
                queue.push_back(user);
            }
        }
    }
    new.flags
        .iter()
        .filter_map(|flag| {
            let mut entry = *next_towards_change.get(&(EntryKind::Flag, &*flag.key))?;
            let mut through = vec![(entry.0, entry.1.into())];
            while let Some(&next) = next_towards_change.get(&entry) {
                through.push((next.0, next.1.into()));
                entry = next;
            }
            Some(Affected { flag: flag.key.clone(), through })
        })
        .collect()
}

fn collect_users<'d>(definitions: &'d Definitions, users: &mut HashMap<Entry<'d>, Vec<Entry<'d>>>) {
    let mut add = |user: Entry<'d>, used: Entry<'d>| users.entry(used).or_default().push(user);
    for flag in &definitions.flags {
        let forms = flag.environments.iter().map(|(_, form)| form);
        for form in std::iter::once(flag).chain(forms) {
            visit_flag(form, &mut |_, reference| add((EntryKind::Flag, &flag.key), used(reference)));
            if form.bucket_by.is_empty() {
                add((EntryKind::Flag, &flag.key), (EntryKind::Setting, BUCKET_BY));
            }
        }
    }
    for segment in &definitions.segments {
        visit_segment(segment, &mut |_, reference| add((EntryKind::Segment, &segment.key), used(reference)));
        if segment.bucket_by.is_empty() {
            add((EntryKind::Segment, &segment.key), (EntryKind::Setting, BUCKET_BY));
        }
    }
    for experiment in &definitions.experiments {
        let own = (EntryKind::Experiment, &*experiment.key);
        visit_experiment(experiment, &mut |_, reference| add(own, used(reference)));
        if experiment.bucket_by.is_empty() {
            add(own, (EntryKind::Setting, BUCKET_BY));
        }
        if let Some(layer) = &experiment.layer {
            add(own, (EntryKind::Layer, layer));
        }
        for flag in experiment.flags() {
            add((EntryKind::Flag, flag), own);
        }
    }
    for holdout in &definitions.holdouts {
        let all = definitions.experiments.iter().map(|experiment| &experiment.key);
        let covered: Vec<&Box<str>> =
            if holdout.experiments == HeldOutFrom::All { all.collect() } else { holdout.named().iter().collect() };
        for experiment in covered {
            add((EntryKind::Experiment, experiment), (EntryKind::Holdout, &holdout.key));
        }
    }
}

fn used(reference: Reference<'_>) -> Entry<'_> {
    match reference {
        Reference::Segment(key) => (EntryKind::Segment, key),
        Reference::Parent(flag) | Reference::Prerequisite { flag, .. } | Reference::Condition { flag, .. } => {
            (EntryKind::Flag, flag)
        }
    }
}
