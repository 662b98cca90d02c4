//! The check of a whole log, line by line: whether every entry is there, unchanged, and in its place.
//!
//! Pure: it is fed lines and knows nothing of files. The first entry that cannot be relied on ends what is verified; what
//! comes after is looked at only to tell a missing entry from a displaced one.

use super::{
    Broken, Damage, EntryHash, EntryProblem, Expectation, HISTORY_LOST, Head, SEGMENT_OPENED, TORN_TAIL_DROPPED,
    Verification,
    bookkeeping::Opening,
    entry::Frame,
    lines::{Line, Text},
};

/// Checks a log that it is fed piece by piece.
#[derive(Debug)]
pub(super) struct Check {
    expectation: Option<Expectation>,
    segment: Box<str>,
    number: u32,
    line: u64,
    /// What the next entry follows on; `None` before the first, if older ones need not be there.
    last: Option<Head>,
    /// Whether older entries than the first may be elsewhere.
    is_cut: bool,
    /// The missing entries that made the first finding, as long as they may turn up further on.
    sought: Option<u64>,
    verification: Verification,
}

impl Check {
    pub(super) fn new(expectation: Option<Expectation>) -> Self {
        Self {
            expectation,
            segment: "".into(),
            number: 0,
            line: 0,
            last: None,
            is_cut: false,
            sought: None,
            verification: Verification::default(),
        }
    }

    /// A segment begins. The oldest there is may be any; the others follow on each other.
    pub(super) fn begin(&mut self, number: u32, name: &str) {
        let before = std::mem::replace(&mut self.number, number);
        self.segment = name.into();
        self.line = 0;
        if before == 0 {
            self.is_cut = number != 1;
        } else if number != before + 1 {
            self.found(Damage::SegmentsMissing { first: before + 1, last: number - 1 });
        }
        self.verification.segments += 1;
    }

    /// A log in memory begins, which may have forgotten its oldest entries.
    pub(super) fn begin_in_memory(&mut self, is_cut: bool) {
        self.segment = "memory".into();
        self.is_cut = is_cut;
    }

    /// The next line of the segment.
    pub(super) fn line(&mut self, line: &Line) {
        self.line += 1;
        let frame = match &line.text {
            Text::Whole(text) => Frame::parse(text).map(|frame| (frame, text)),
            Text::Unended(text) => return self.found(Damage::Unended { bytes: text.len() }),
            Text::TooLong => Err(EntryProblem::TooLong),
        };
        match frame {
            Ok((frame, text)) if self.verification.broken.is_none() => self.entry(&frame, text),
            Ok((frame, _)) => self.displaced(&frame),
            Err(problem) => self.found(Damage::NotAnEntry { problem }),
        }
    }

    /// The log ends.
    pub(super) fn end(mut self) -> Verification {
        self.line += 1;
        let found = self.verification.head.map_or(0, |head| head.sequence);
        if let Some(expected) = self.expectation.map(Expectation::head)
            && found < expected.sequence
        {
            self.found(Damage::Truncated { expected });
        }
        self.verification
    }

    fn entry(&mut self, frame: &Frame, text: &[u8]) {
        if !frame.is_as_hashed {
            return self.found(Damage::Edited);
        }
        // That a segment was renamed says more than that the numbers in it do not fit.
        let damage = match self.unopened(frame, text) {
            Some(damage @ Damage::OtherSegment { .. }) => Some(damage),
            damage => self.misplaced(frame).or(damage).or_else(|| self.unexpected(frame)),
        };
        if let Some(damage) = damage {
            return self.found(damage);
        }
        self.last = Some(frame.head());
        self.verification.first.get_or_insert(frame.sequence);
        self.verification.head = Some(frame.head());
        self.verification.entries += 1;
        if matches!(&*frame.action, TORN_TAIL_DROPPED | HISTORY_LOST) {
            self.verification.incidents.push(frame.sequence);
        }
    }

    /// What is wrong with the place of an entry that is itself unharmed.
    fn misplaced(&mut self, frame: &Frame) -> Option<Damage> {
        let expected = match self.last {
            None if self.is_cut => return None,
            None => Head { sequence: 0, hash: EntryHash::NONE },
            Some(last) => last,
        };
        let next = expected.sequence + 1;
        match frame.sequence {
            sequence if sequence > next => {
                self.sought = Some(next);
                Some(Damage::Deleted { first: next, last: sequence - 1 })
            }
            sequence if sequence < next => Some(Damage::Inserted { sequence }),
            _ if frame.previous != expected.hash => Some(Damage::Unlinked),
            _ => None,
        }
    }

    /// What is wrong with the opening of a segment, or with one where none belongs.
    fn unopened(&self, frame: &Frame, text: &[u8]) -> Option<Damage> {
        let opening = (&*frame.action == SEGMENT_OPENED).then(|| Opening::parse(text)).flatten();
        let is_due = self.line == 1 && self.number > 1;
        match opening {
            Some(opening) if is_due && opening.segment == self.number => None,
            Some(opening) if is_due => Some(Damage::OtherSegment { says: opening.segment }),
            None if is_due => Some(Damage::NoOpening),
            Some(_) if self.number > 0 => Some(Damage::MisplacedOpening),
            _ => None,
        }
    }

    /// What is wrong with an entry by what is known from elsewhere.
    fn unexpected(&self, frame: &Frame) -> Option<Damage> {
        let expectation = self.expectation?;
        let expected = expectation.head();
        let next = expected.sequence.saturating_add(1);
        let is_other = frame.sequence == expected.sequence && frame.hash != expected.hash
            || frame.sequence == next && frame.previous != expected.hash;
        if is_other {
            return Some(Damage::Replaced { expected });
        }
        let is_beyond = matches!(expectation, Expectation::EndsAt(_)) && frame.sequence > expected.sequence;
        is_beyond.then_some(Damage::BeyondEnd { expected })
    }

    /// Notes the first finding, and no other.
    fn found(&mut self, damage: Damage) {
        let broken = Broken {
            sequence: self.last.map(|last| last.sequence + 1).or((!self.is_cut).then_some(1)),
            segment: self.segment.clone(),
            line: self.line,
            damage,
        };
        self.verification.broken.get_or_insert(broken);
    }

    /// Whether an entry after the first finding is the one that was missed there.
    fn displaced(&mut self, frame: &Frame) {
        if self.sought == Some(frame.sequence)
            && frame.is_as_hashed
            && let Some(broken) = &mut self.verification.broken
            && let Damage::Deleted { first, .. } = broken.damage
        {
            broken.damage = Damage::Reordered { sequence: first, segment: self.segment.clone(), line: self.line };
            self.sought = None;
        }
    }
}
