//! What the log records about itself: segments that were begun, tails that were dropped, entries that are gone.

use std::path::Path;

use flags_core::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Draft, EntryHash, Head, chain::Carried, chain::Recorded};
use crate::{Actor, Origin};

/// The action of the first entry of every segment but the first: it carries over what is needed of those before.
pub const SEGMENT_OPENED: &str = "segment_opened";

/// The action of the entry that says that a half-written end of the log was set aside.
pub const TORN_TAIL_DROPPED: &str = "torn_tail_dropped";

/// The action of the entry that says that the log does not hold an entry that it is known to have held.
pub const HISTORY_LOST: &str = "history_lost";

/// A half-written end of a log that was set aside.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TornTail {
    /// The number of bytes.
    pub bytes: u64,
    /// Their hash.
    pub sha256: EntryHash,
    /// The file beside the segments that they were moved to.
    pub kept_as: Box<str>,
}

impl TornTail {
    pub(super) fn new(bytes: u64, sha256: EntryHash, kept_as: Box<str>) -> Self {
        Self { bytes, sha256, kept_as }
    }

    pub(super) fn draft(&self, at: Timestamp) -> Draft {
        draft(
            at,
            TORN_TAIL_DROPPED,
            "the end of the log was not written to its end; the bytes were set aside",
            json!({ "bytes": self.bytes, "sha256": self.sha256, "kept_as": self.kept_as }),
        )
    }
}

/// The first entry of a segment after the first.
pub(super) fn segment_opened(at: Timestamp, segment: u32, recorded: Option<Recorded>, checkpoint: &Value) -> Draft {
    draft(
        at,
        SEGMENT_OPENED,
        "the segment before had reached its size",
        json!({ "segment": segment, "recorded": recorded, "checkpoint": checkpoint }),
    )
}

/// The entry that an expected one is not there.
pub(super) fn history_lost(at: Timestamp, expected: &Head, found: Option<Head>) -> Draft {
    let draft = draft(at, HISTORY_LOST, "the log does not hold an entry that was recorded", json!(found));
    Draft { before: Some(json!(expected)), ..draft }
}

fn draft(at: Timestamp, action: &str, reason: &str, after: Value) -> Draft {
    Draft {
        at,
        actor: Actor::new("flags").expect("because it is a short word"),
        origin: Origin::System,
        action: action.into(),
        target: None,
        reason: Some(reason.into()),
        before: None,
        after: Some(after),
        revision: None,
    }
}

/// What the first entry of a segment says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(super) struct Opening {
    pub(super) segment: u32,
    #[serde(flatten)]
    pub(super) carried: Carried,
    #[serde(default)]
    pub(super) checkpoint: Value,
}

impl Opening {
    /// Reads it from the line of an entry whose action is [`SEGMENT_OPENED`].
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Line {
            after: Opening,
        }
        serde_json::from_slice::<Line>(line).ok().map(|line| line.after)
    }
}

/// The name of the file that a torn tail is moved to: where it was, and the beginning of its hash, so that two torn tails
/// at one place do not overwrite each other.
pub(super) fn aside(segment: u32, offset: u64, sha256: EntryHash) -> String {
    format!("torn-{segment:06}-{offset:012}-{:.16}.bin", sha256.to_string())
}

/// What a torn tail is called until the log has an entry about it.
pub(super) const PENDING: &str = "pending";

/// Whether a file is a torn tail that the log may have no entry about yet.
pub(super) fn is_pending(path: &Path) -> bool {
    let is_torn = path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with("torn-"));
    is_torn && path.extension().is_some_and(|extension| extension == PENDING)
}
