//! What differs between two versions of the definitions, in words for people.

mod affected;
mod display;
mod experiment;
mod flag;
mod json;
mod notation;
pub(crate) mod references;
mod rules;
mod sections;
mod segment;
mod tree;
mod written;

use std::collections::HashMap;

use flags_core::{DEFAULT_BUCKET_BY, Definitions};

pub(crate) use self::notation::key_toml;
pub use self::{
    affected::Affected,
    notation::{condition_toml, rule_toml, value_toml},
    sections::plan_toml,
};

/// Everything that differs between two versions of the definitions, or of the documents they stand in.
///
/// It prints one line per change; [`to_json`](Self::to_json) is the same for programs.
///
/// ```
/// use flags_config::Difference;
/// use flags_core::{Definitions, FlagDefinition, Percentage};
///
/// let version = |percent| Definitions {
///     flags: vec![FlagDefinition::new("checkout").rollout(Percentage::new(percent).unwrap())],
///     ..Definitions::default()
/// };
/// let difference = Difference::between(&version(20.0), &version(50.0));
/// assert_eq!(difference.to_string(), "checkout: rollout_percentage 20 -> 50\n");
/// assert!(difference.affects_decisions());
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Difference {
    /// Changes of what flags, segments and experiments share, such as `settings.bucket_by`.
    pub settings: Vec<Change>,
    /// The flags that were added, removed or changed: those there are now in their order, then those that are gone.
    pub flags: Vec<EntryDifference>,
    /// The segments that were added, removed or changed, in the same order.
    pub segments: Vec<EntryDifference>,
    /// The experiments that were added, removed or changed, in the same order.
    pub experiments: Vec<EntryDifference>,
    /// The layers, likewise.
    pub layers: Vec<EntryDifference>,
    /// The holdouts, likewise.
    pub holdouts: Vec<EntryDifference>,
    /// The signals, likewise; empty where only definitions are compared, as are the following.
    pub signals: Vec<EntryDifference>,
    /// The migrations, likewise.
    pub migrations: Vec<EntryDifference>,
    /// The alerts, likewise.
    pub alerts: Vec<EntryDifference>,
    /// The channels, likewise.
    pub channels: Vec<EntryDifference>,
    /// The flags whose decisions may differ because of what they name, in the order of the definitions. A flag that is in
    /// [`flags`](Self::flags) with a change of decisions is not repeated here.
    pub affected: Vec<Affected>,
}

/// What became of one flag, segment, experiment or another entry.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct EntryDifference {
    /// What it is.
    pub kind: EntryKind,
    /// Its key.
    pub key: Box<str>,
    /// Whether it is new, gone, or another.
    pub status: Status,
    /// What changed, in the order of the format's documentation; empty unless the status is [`Status::Changed`].
    pub changes: Vec<Change>,
}

/// What a key is the key of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum EntryKind {
    /// A flag.
    Flag,
    /// A segment.
    Segment,
    /// An experiment.
    Experiment,
    /// A layer.
    Layer,
    /// A holdout.
    Holdout,
    /// A health signal from outside the process.
    Signal,
    /// A migration.
    Migration,
    /// An alert.
    Alert,
    /// A channel that alerts go to.
    Channel,
    /// A setting that flags, segments and experiments share.
    Setting,
}

/// What happened to a flag, a segment or another entry as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// It is only in the new version.
    Added,
    /// It is only in the old version.
    Removed,
    /// It is in both, and differs.
    Changed,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// Where, from the flag or segment on, in the words of the file: `rules[1] "north america".rollout_percentage`. Positions
    /// count from 0 and are those of the new version, or of the old one for what is gone.
    pub path: String,
    /// What was written, in the notation of the file; `None` where nothing was.
    pub before: Option<String>,
    /// What is written now; `None` where nothing is.
    pub after: Option<String>,
    /// What the change can do.
    pub effect: Effect,
}

/// What a change can do, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Nothing to decisions: a description, an owner, a date, a default written out.
    Describes,
    /// It can change decisions.
    Decides,
    /// It makes units draw anew, so that they move between on and off, and between variants, without any share changing.
    Reshuffles,
}

impl Change {
    /// Whether the change can change a decision.
    #[must_use]
    pub fn affects_decisions(&self) -> bool {
        self.effect >= Effect::Decides
    }

    /// Whether the change makes units draw anew.
    #[must_use]
    pub fn reshuffles(&self) -> bool {
        self.effect == Effect::Reshuffles
    }
}

impl EntryDifference {
    /// Whether a decision can change: always if it was added or removed, else by one of its changes. By an alert or a
    /// channel, never.
    #[must_use]
    pub fn affects_decisions(&self) -> bool {
        let tells = matches!(self.kind, EntryKind::Alert | EntryKind::Channel);
        !tells && (self.status != Status::Changed || self.changes.iter().any(Change::affects_decisions))
    }

    /// Whether one of its changes makes units draw anew.
    #[must_use]
    pub fn reshuffles(&self) -> bool {
        self.changes.iter().any(Change::reshuffles)
    }
}

impl Difference {
    /// What changed from `old` to `new`; see [`between_documents`](Self::between_documents) for all that stands in their files.
    #[must_use]
    pub fn between(old: &Definitions, new: &Definitions) -> Self {
        let (old_default, new_default) = (default_bucket_by(old), default_bucket_by(new));
        let mut settings = Vec::new();
        let node = |definitions: &Definitions| {
            let builtin: Vec<Box<str>> = DEFAULT_BUCKET_BY.map(Box::from).into();
            let events = definitions.events.iter().map(|event| notation::string_toml(event));
            vec![
                flag::bucket_by_node(&definitions.bucket_by, &builtin),
                tree::Node::set("events", events, Effect::Describes),
            ]
        };
        tree::compare(node(old), node(new), &mut settings);
        for change in &mut settings {
            change.path = format!("settings.{}", change.path);
        }
        // A change of the default is not a change of every flag that goes by it; those flags are among the affected.
        let flags = compare_entries(
            EntryKind::Flag,
            old.flags.iter().map(|flag| (&*flag.key, flag)),
            new.flags.iter().map(|flag| (&*flag.key, flag)),
            |old, new| flag::compare_flags((old, &old_default), (new, &new_default)),
        );
        let segments = compare_entries(
            EntryKind::Segment,
            old.segments.iter().map(|segment| (&*segment.key, segment)),
            new.segments.iter().map(|segment| (&*segment.key, segment)),
            |old, new| segment::compare_segments((old, &old_default), (new, &new_default)),
        );
        let (before, after) = (experiment::in_context(old, &old_default), experiment::in_context(new, &new_default));
        let experiments = compare_entries(
            EntryKind::Experiment,
            before.iter().map(|(key, experiment)| (*key, experiment)),
            after.iter().map(|(key, experiment)| (*key, experiment)),
            experiment::compare_experiments,
        );
        let layers = compare_entries(
            EntryKind::Layer,
            old.layers.iter().map(|layer| (&*layer.key, layer)),
            new.layers.iter().map(|layer| (&*layer.key, layer)),
            experiment::compare_layers,
        );
        let holdouts = compare_entries(
            EntryKind::Holdout,
            old.holdouts.iter().map(|holdout| (&*holdout.key, holdout)),
            new.holdouts.iter().map(|holdout| (&*holdout.key, holdout)),
            experiment::compare_holdouts,
        );
        let changed: Vec<(EntryKind, Box<str>)> = [&flags, &segments, &experiments, &layers, &holdouts]
            .into_iter()
            .flatten()
            .filter(|entry| entry.affects_decisions())
            .map(|entry| (entry.kind, entry.key.clone()))
            .chain((old_default != new_default).then(|| (EntryKind::Setting, affected::BUCKET_BY.into())))
            .collect();
        let affected = affected::affected(old, new, &changed);
        Self { settings, flags, segments, experiments, layers, holdouts, affected, ..Self::default() }
    }

    /// Everything that was added, removed or changed: flags, then segments, experiments, layers, holdouts, signals,
    /// migrations, alerts and channels.
    pub fn entries(&self) -> impl Iterator<Item = &EntryDifference> {
        let definitions = [&self.flags, &self.segments, &self.experiments, &self.layers, &self.holdouts];
        let others = [&self.signals, &self.migrations, &self.alerts, &self.channels];
        definitions.into_iter().chain(others).flatten()
    }

    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty() && self.entries().next().is_none()
    }

    /// Whether a decision can change.
    #[must_use]
    pub fn affects_decisions(&self) -> bool {
        self.settings.iter().any(Change::affects_decisions) || self.entries().any(EntryDifference::affects_decisions)
    }

    /// Whether a change makes units draw anew.
    #[must_use]
    pub fn reshuffles(&self) -> bool {
        self.settings.iter().any(Change::reshuffles) || self.entries().any(EntryDifference::reshuffles)
    }

    /// What became of the flag called `key`; `None` if it is as it was.
    #[must_use]
    pub fn flag(&self, key: &str) -> Option<&EntryDifference> {
        self.flags.iter().find(|entry| &*entry.key == key)
    }

    /// What became of the segment called `key`; `None` if it is as it was.
    #[must_use]
    pub fn segment(&self, key: &str) -> Option<&EntryDifference> {
        self.segments.iter().find(|entry| &*entry.key == key)
    }

    /// What became of the experiment called `key`; `None` if it is as it was.
    #[must_use]
    pub fn experiment(&self, key: &str) -> Option<&EntryDifference> {
        self.experiments.iter().find(|entry| &*entry.key == key)
    }
}

fn default_bucket_by(definitions: &Definitions) -> Vec<Box<str>> {
    if definitions.bucket_by.is_empty() {
        DEFAULT_BUCKET_BY.map(Box::from).into()
    } else {
        definitions.bucket_by.clone()
    }
}

fn compare_entries<'d, T: 'd>(
    kind: EntryKind,
    old: impl Iterator<Item = (&'d str, &'d T)>,
    new: impl Iterator<Item = (&'d str, &'d T)>,
    compare: impl Fn(&T, &T) -> Vec<Change>,
) -> Vec<EntryDifference> {
    let old: Vec<(&str, &T)> = old.collect();
    let mut remaining: HashMap<&str, &T> = old.iter().copied().collect();
    let mut entries = Vec::new();
    let entry = |key: &str, status, changes| EntryDifference { kind, key: key.into(), status, changes };
    for (key, after) in new {
        match remaining.remove(key) {
            None => entries.push(entry(key, Status::Added, vec![])),
            Some(before) => {
                let changes = compare(before, after);
                if !changes.is_empty() {
                    entries.push(entry(key, Status::Changed, changes));
                }
            }
        }
    }
    let gone = old.iter().filter(|(key, _)| remaining.contains_key(key));
    entries.extend(gone.map(|(key, _)| entry(key, Status::Removed, vec![])));
    entries
}
