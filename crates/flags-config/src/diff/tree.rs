//! The pieces a definition is compared by, and the comparison.
//!
//! A definition is taken apart into nodes, each under the path it has in the file. Comparing two definitions is then comparing
//! nodes of the same path, so a field that is taken apart is a field whose changes are found.

use std::collections::{HashMap, HashSet};

use super::{Change, Effect};

/// One piece of a definition.
pub(super) enum Node {
    /// A field with one value.
    Leaf {
        path: String,
        /// The value as it is written; `None` where nothing is.
        text: Option<String>,
        /// What the value amounts to: a default written out is a change of text, not of meaning.
        meaning: String,
        effect: Effect,
    },
    /// An entry that may be there or not, such as a variant.
    Group { path: String, text: String, effect: Effect, fields: Vec<Node> },
    /// A list whose order decides nothing, such as tags or conditions.
    Set { path: String, entries: Vec<String>, effect: Effect },
}

impl Node {
    /// A field whose meaning is its text.
    pub(super) fn leaf(path: impl Into<String>, text: Option<String>, effect: Effect) -> Self {
        let meaning = text.clone().unwrap_or_default();
        Self::Leaf { path: path.into(), text, meaning, effect }
    }

    /// A field that means something even where it is not written.
    pub(super) fn meaning(path: impl Into<String>, text: Option<String>, meaning: String, effect: Effect) -> Self {
        Self::Leaf { path: path.into(), text, meaning, effect }
    }

    /// A list without an order.
    pub(super) fn set(path: impl Into<String>, entries: impl IntoIterator<Item = String>, effect: Effect) -> Self {
        Self::Set { path: path.into(), entries: entries.into_iter().collect(), effect }
    }

    fn path(&self) -> &str {
        match self {
            Self::Leaf { path, .. } | Self::Group { path, .. } | Self::Set { path, .. } => path,
        }
    }

    /// The whole piece, where it is only on one side.
    fn whole(self) -> (String, Option<String>, Effect) {
        match self {
            Self::Leaf { path, text, effect, .. } => (path, text, effect),
            Self::Group { path, text, effect, .. } => (path, Some(text), effect),
            Self::Set { path, entries, effect } => (path, Some(entries.join(", ")), effect),
        }
    }
}

/// Appends what differs between two lists of nodes: first in the new order, then what is gone in the old order.
pub(super) fn compare(old: Vec<Node>, new: Vec<Node>, changes: &mut Vec<Change>) {
    let mut old: Vec<Option<Node>> = old.into_iter().map(Some).collect();
    let mut places: HashMap<String, usize> = HashMap::with_capacity(old.len());
    for (at, node) in old.iter().enumerate() {
        if let Some(node) = node {
            places.entry(node.path().to_owned()).or_insert(at);
        }
    }
    for node in new {
        match places.remove(node.path()).and_then(|at| old[at].take()) {
            Some(before) => compare_one(before, node, changes),
            None => {
                let (path, after, effect) = node.whole();
                changes.push(Change { path, before: None, after, effect });
            }
        }
    }
    for node in old.into_iter().flatten() {
        let (path, before, effect) = node.whole();
        changes.push(Change { path, before, after: None, effect });
    }
}

fn compare_one(old: Node, new: Node, changes: &mut Vec<Change>) {
    match (old, new) {
        (Node::Leaf { text: before, meaning: meant, .. }, Node::Leaf { path, text: after, meaning, effect }) => {
            if before != after {
                let effect = if meant == meaning { Effect::Describes } else { effect };
                changes.push(Change { path, before, after, effect });
            }
        }
        (Node::Group { fields: old, .. }, Node::Group { fields: new, .. }) => compare(old, new, changes),
        (Node::Set { entries: old, .. }, Node::Set { path, entries: new, effect }) => {
            compare_sets(&path, old, new, effect, changes);
        }
        (old, new) => {
            let (_, before, _) = old.whole();
            let (path, after, effect) = new.whole();
            changes.push(Change { path, before, after, effect });
        }
    }
}

fn compare_sets(path: &str, old: Vec<String>, new: Vec<String>, effect: Effect, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    let (removed, added) = (missing_from(&old, &new), missing_from(&new, &old));
    let change = |before, after, effect| Change { path: path.to_owned(), before, after, effect };
    match (removed.as_slice(), added.as_slice()) {
        // The same entries in another order, or one of them written more than once.
        ([], []) => {
            let list = |entries: Vec<String>| Some(format!("[{}]", entries.join(", ")));
            changes.push(change(list(old), list(new), Effect::Describes));
        }
        ([before], [after]) => changes.push(change(Some(before.clone()), Some(after.clone()), effect)),
        _ => {
            changes.extend(added.into_iter().map(|entry| change(None, Some(entry), effect)));
            changes.extend(removed.into_iter().map(|entry| change(Some(entry), None, effect)));
        }
    }
}

fn missing_from(entries: &[String], other: &[String]) -> Vec<String> {
    let other: HashSet<&str> = other.iter().map(String::as_str).collect();
    let mut seen = HashSet::new();
    entries.iter().filter(|entry| !other.contains(entry.as_str()) && seen.insert(entry.as_str())).cloned().collect()
}
