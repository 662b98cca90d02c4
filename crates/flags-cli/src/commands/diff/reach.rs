//! Who gets another answer: both versions asked for every context of a sample.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt,
    path::Path,
};

use flags::{Decision, FlagSet, FlagView, Timestamp};
use serde_json::{Map, Value as Json, json};

use crate::{context, failure::Failure, input, wire::JsonValue};

/// How far a change reaches in a sample.
pub(super) struct Reach {
    /// How many contexts the sample has.
    pub(super) contexts: usize,
    /// The flags with another answer for somebody, in the order of the new version, then those that are gone.
    pub(super) flags: Vec<FlagReach>,
}

/// How far it reaches for one flag.
pub(super) struct FlagReach {
    pub(super) key: String,
    /// From what to what, the most frequent first.
    pub(super) transitions: Vec<Transition>,
}

/// What a number of contexts got, and what they get.
pub(super) struct Transition {
    pub(super) from: Served,
    pub(super) to: Served,
    pub(super) contexts: usize,
}

/// What a context gets of a flag.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Served {
    /// There is no such flag.
    NoFlag,
    /// The caller's default.
    Default,
    /// A variant, with its value as JSON.
    Variant { name: String, value: String },
}

impl Served {
    fn of(decision: &Decision<'_>) -> Self {
        match (decision.flag(), decision.variant(), decision.value()) {
            (None, ..) => Self::NoFlag,
            (_, Some(name), Some(value)) => {
                let value = serde_json::to_string(&JsonValue(value)).unwrap_or_default();
                Self::Variant { name: name.to_owned(), value }
            }
            _ => Self::Default,
        }
    }

    fn to_json(&self) -> Json {
        match self {
            Self::NoFlag => json!({ "flag": false, "variant": null, "value": null }),
            Self::Default => json!({ "flag": true, "variant": null, "value": null }),
            Self::Variant { name, value } => {
                let value: Json = serde_json::from_str(value).unwrap_or_default();
                json!({ "flag": true, "variant": name, "value": value })
            }
        }
    }
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFlag => f.write_str("no flag"),
            Self::Default => f.write_str("caller's default"),
            Self::Variant { name, value } if matches!(value.as_str(), "true" | "false") => write!(f, "{name}"),
            Self::Variant { name, value } => write!(f, "{name} = {value}"),
        }
    }
}

impl Reach {
    /// Asks both sets, the old one first, for every context of the sample.
    pub(super) fn measure([old, new]: [FlagSet; 2], sample: &Path, at: Timestamp) -> Result<Self, Failure> {
        // Flags whose fingerprints are equal decide alike, so only the others are asked.
        let changed: BTreeSet<&str> = new.changes_since(&old).iter().map(|change| change.key).collect();
        let keys: Vec<&str> = (new.flags().map(FlagView::key))
            .chain(old.flags().map(FlagView::key).filter(|key| new.find(key).is_none()))
            .filter(|key| changed.contains(key))
            .collect();
        let mut contexts = 0;
        let mut seen: HashMap<&str, BTreeMap<(Served, Served), usize>> = HashMap::new();
        input::each_line(sample, |line, text| {
            let fields: Map<String, Json> = serde_json::from_slice(text).map_err(|error| {
                Failure::Usage(format!(
                    "{}:{line}: expected a context as a JSON object: {}",
                    sample.display(),
                    input::json_error(&error)
                ))
            })?;
            let context = context::from_json(&fields);
            contexts += 1;
            for key in &keys {
                let [from, to] = [&old, &new].map(|set| Served::of(&set.evaluate(key, &context, &at)));
                if from != to {
                    *seen.entry(key).or_default().entry((from, to)).or_default() += 1;
                }
            }
            Ok(())
        })?;
        let flags = keys.iter().filter_map(|key| Some((key, seen.remove(key)?))).map(|(key, transitions)| {
            let transitions = transitions.into_iter().map(|((from, to), contexts)| Transition { from, to, contexts });
            let mut transitions: Vec<Transition> = transitions.collect();
            transitions.sort_by_key(|transition| std::cmp::Reverse(transition.contexts));
            FlagReach { key: (*key).to_owned(), transitions }
        });
        let flags = flags.collect();
        Ok(Self { contexts, flags })
    }

    pub(super) fn to_json(&self) -> Json {
        let transition = |transition: &Transition| {
            json!({
                "from": transition.from.to_json(),
                "to": transition.to.to_json(),
                "contexts": transition.contexts,
            })
        };
        let flag = |flag: &FlagReach| {
            json!({
                "flag": flag.key,
                "contexts": flag.transitions.iter().map(|transition| transition.contexts).sum::<usize>(),
                "transitions": flag.transitions.iter().map(transition).collect::<Vec<_>>(),
            })
        };
        json!({ "contexts": self.contexts, "flags": self.flags.iter().map(flag).collect::<Vec<_>>() })
    }
}

/// A part of a whole in percent with one decimal.
pub(super) fn share(part: usize, whole: usize) -> String {
    // Rounded to the nearest thousandth, in integers.
    let thousandths = (part * 2_000 + whole) / (2 * whole.max(1));
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares() {
        for (part, whole, text) in
            [(1, 3, "33.3 %"), (2, 3, "66.7 %"), (1, 1, "100.0 %"), (1, 2_000, "0.1 %"), (0, 0, "0.0 %")]
        {
            assert_eq!(share(part, whole), text, "{part} of {whole}");
        }
    }
}
