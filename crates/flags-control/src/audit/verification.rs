//! What a check of the log came to, and what it says to an operator.

use std::fmt;

use super::{EntryProblem, Head};

/// What is known of a log from elsewhere, such as a head that was written down.
///
/// A chain shows by itself what was changed, removed or put in between, but not what is missing at its end, nor what was
/// added there by somebody who knows how entries are made. For that, keep a head where the log is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// It holds this entry, and may go on.
    Reaches(Head),
    /// It ends with this entry.
    EndsAt(Head),
}

impl Expectation {
    /// The entry that is expected.
    #[must_use]
    pub fn head(self) -> Head {
        match self {
            Self::Reaches(head) | Self::EndsAt(head) => head,
        }
    }
}

/// What a check of a log came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verification {
    /// How many entries were found to be unharmed, up to the first that is not.
    pub entries: u64,
    /// How many segments there are; none for a log in memory.
    pub segments: u64,
    /// The number of the first entry there is; `None` where there is none.
    pub first: Option<u64>,
    /// The last entry that was found to be unharmed.
    pub head: Option<Head>,
    /// The entries in which the log tells of its own mishaps: torn tails that were set aside, entries that are gone.
    pub incidents: Vec<u64>,
    /// The first place that is not as it was written; `None` if all is.
    pub broken: Option<Broken>,
}

impl Verification {
    /// Whether everything that is there is as it was written, and everything that was expected is there.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.broken.is_none()
    }

    /// The number of the first entry there is, if older ones are elsewhere: nothing is said of those.
    #[must_use]
    pub fn verified_from(&self) -> Option<u64> {
        self.first.filter(|first| *first > 1)
    }
}

/// The first place of a log that is not as it was written. Everything before it is; nothing is said of what comes after.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Broken {
    /// The number of the first entry that cannot be relied on; `None` where it is not known with which the log began.
    pub sequence: Option<u64>,
    /// The segment: its name in the folder, or `memory`.
    pub segment: Box<str>,
    /// The line in the segment, from 1; 0 if it is about the segment as a whole.
    pub line: u64,
    /// What is wrong.
    pub damage: Damage,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sequence {
            Some(sequence) => write!(f, "entry {sequence}")?,
            None => f.write_str("the first entry")?,
        }
        match self.line {
            0 => write!(f, " ({}): {}", self.segment, self.damage),
            line => write!(f, " ({}, line {line}): {}", self.segment, self.damage),
        }
    }
}

/// In which way a log is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Damage {
    /// The content does not match its hash.
    Edited,
    /// The line is no entry.
    NotAnEntry {
        /// What is wrong with it.
        problem: EntryProblem,
    },
    /// The entry matches its hash and does not follow on the one before.
    Unlinked,
    /// Entries are missing here, and are nowhere after.
    Deleted {
        /// The first of them.
        first: u64,
        /// The last of them.
        last: u64,
    },
    /// An entry stands here that belongs before, or is there twice.
    Inserted {
        /// Its number.
        sequence: u64,
    },
    /// The entry that belongs here stands further on.
    Reordered {
        /// Its number.
        sequence: u64,
        /// The segment it stands in.
        segment: Box<str>,
        /// The line there, from 1.
        line: u64,
    },
    /// The last line has no end.
    Unended {
        /// The number of its bytes.
        bytes: usize,
    },
    /// The log ends before an entry that it is known to have held.
    Truncated {
        /// That entry.
        expected: Head,
    },
    /// An entry is another one than is known from elsewhere.
    Replaced {
        /// The entry that belongs there.
        expected: Head,
    },
    /// The log goes on after the entry that is known to be its last.
    BeyondEnd {
        /// The last entry.
        expected: Head,
    },
    /// Segments are missing between two that are there.
    SegmentsMissing {
        /// The number of the first of them.
        first: u32,
        /// The number of the last of them.
        last: u32,
    },
    /// The segment was written as another one: its file was renamed.
    OtherSegment {
        /// The number it was written as.
        says: u32,
    },
    /// The segment does not begin with the entry that connects it to the one before.
    NoOpening,
    /// An entry that belongs at the beginning of a segment stands somewhere else.
    MisplacedOpening,
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Edited => f.write_str("edited: its content does not match its hash"),
            Self::NotAnEntry { problem } => write!(f, "damaged: {problem}"),
            Self::Unlinked => f.write_str(
                "replaced: it does not follow on the entry before it; one of the two is not the one that was written",
            ),
            Self::Deleted { first, last } if first == last => write!(f, "deleted: entry {first} is missing"),
            Self::Deleted { first, last } => write!(f, "deleted: the entries {first} to {last} are missing"),
            Self::Inserted { sequence } => {
                write!(f, "inserted: an entry numbered {sequence} stands here, though that number was before")
            }
            Self::Reordered { sequence, segment, line } => {
                write!(f, "reordered: entry {sequence} stands in {segment}, line {line}")
            }
            Self::Unended { bytes } => write!(
                f,
                "torn: the last line, of {bytes} bytes, has no end; it is being written at this moment, or whoever wrote it \
                 was interrupted, in which case the next change sets it aside"
            ),
            Self::Truncated { expected } => write!(
                f,
                "truncated: the log ends before it, and is known to have held entry {} with the hash {}",
                expected.sequence, expected.hash
            ),
            Self::Replaced { expected } => write!(
                f,
                "replaced: entry {} is known to have the hash {}, and the log has another",
                expected.sequence, expected.hash
            ),
            Self::BeyondEnd { expected } => {
                write!(f, "appended: the log goes on after entry {}, which is known to be its last", expected.sequence)
            }
            Self::SegmentsMissing { first, last } if first == last => {
                write!(f, "deleted: segment {first}, which belongs before it, is missing")
            }
            Self::SegmentsMissing { first, last } => {
                write!(f, "deleted: the segments {first} to {last}, which belong before it, are missing")
            }
            Self::OtherSegment { says } => write!(f, "renamed: the segment was written as number {says}"),
            Self::NoOpening => {
                f.write_str("the segment does not begin with the entry that connects it to the one before")
            }
            Self::MisplacedOpening => f.write_str("inserted: the entry opens a segment, and stands where none begins"),
        }
    }
}
