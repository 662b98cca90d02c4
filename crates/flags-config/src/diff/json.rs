//! Differences as JSON, for programs.

use serde_json::{Value, json};

use super::{Affected, Change, Difference, EntryDifference, EntryKind, Status};

impl Difference {
    /// The difference as JSON.
    ///
    /// ```json
    /// {
    ///   "affects_decisions": true,
    ///   "reshuffles": false,
    ///   "settings": [ <change> ],
    ///   "flags": [ {
    ///     "key": "checkout", "status": "changed", "affects_decisions": true, "reshuffles": false,
    ///     "changes": [ {
    ///       "path": "rollout_percentage", "before": "20", "after": "50",
    ///       "affects_decisions": true, "reshuffles": false
    ///     } ]
    ///   } ],
    ///   "segments": [ <as a flag> ],
    ///   "experiments": [ <as a flag> ], "layers": [ <as a flag> ], "holdouts": [ <as a flag> ],
    ///   "signals": [ <as a flag> ], "migrations": [ <as a flag> ], "alerts": [ <as a flag> ], "channels": [ <as a flag> ],
    ///   "affected": [ { "flag": "banner", "through": [ { "kind": "segment", "key": "staff" } ] } ]
    /// }
    /// ```
    ///
    /// `status` is `added`, `removed` or `changed`, and `changes` is empty unless it is `changed`. `before` and `after` are in
    /// the notation of the file, or `null`. A `kind` is `flag`, `segment`, `experiment`, `layer`, `holdout` or `setting`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({
            "affects_decisions": self.affects_decisions(),
            "reshuffles": self.reshuffles(),
            "settings": self.settings.iter().map(change).collect::<Vec<_>>(),
            "flags": self.flags.iter().map(entry).collect::<Vec<_>>(),
            "segments": self.segments.iter().map(entry).collect::<Vec<_>>(),
            "experiments": self.experiments.iter().map(entry).collect::<Vec<_>>(),
            "layers": self.layers.iter().map(entry).collect::<Vec<_>>(),
            "holdouts": self.holdouts.iter().map(entry).collect::<Vec<_>>(),
            "signals": self.signals.iter().map(entry).collect::<Vec<_>>(),
            "migrations": self.migrations.iter().map(entry).collect::<Vec<_>>(),
            "alerts": self.alerts.iter().map(entry).collect::<Vec<_>>(),
            "channels": self.channels.iter().map(entry).collect::<Vec<_>>(),
            "affected": self.affected.iter().map(affected).collect::<Vec<_>>(),
        })
    }
}

impl Status {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

impl EntryKind {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Flag => "flag",
            Self::Segment => "segment",
            Self::Experiment => "experiment",
            Self::Layer => "layer",
            Self::Holdout => "holdout",
            Self::Signal => "signal",
            Self::Migration => "migration",
            Self::Alert => "alert",
            Self::Channel => "channel",
            Self::Setting => "setting",
        }
    }
}

fn entry(entry: &EntryDifference) -> Value {
    json!({
        "key": entry.key,
        "status": entry.status.name(),
        "affects_decisions": entry.affects_decisions(),
        "reshuffles": entry.reshuffles(),
        "changes": entry.changes.iter().map(change).collect::<Vec<_>>(),
    })
}

fn change(change: &Change) -> Value {
    json!({
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "affects_decisions": change.affects_decisions(),
        "reshuffles": change.reshuffles(),
    })
}

fn affected(affected: &Affected) -> Value {
    let through = |(kind, key): &(EntryKind, Box<str>)| json!({ "kind": kind.name(), "key": key });
    json!({ "flag": affected.flag, "through": affected.through.iter().map(through).collect::<Vec<_>>() })
}
