//! Events as bytes: the block of a frame.
//!
//! ```text
//! block      base:i64, count of names, names; then events until the end
//! name       length, text
//! event      shared, length, text of the unit beyond what it shares with the one before; kind of unit;
//!            micros since base; what
//! what       name * 4 + 0: an exposure to the experiment of that name; arm, split, length, dimensions
//!            name * 4 + 1: an event of that name; value:f64
//!            name * 4 + 2: an event of that name with the value 1
//! dimensions (length, name, length, value) for each
//! ```
//!
//! All other numbers are of as many bytes as they need (LEB128). Names are counted from 0 in the order of the block, which so
//! can be read by itself. Dimensions are not among the names, since their values may be as many as there are units.

use super::{frame::Span, names::Names};
use crate::{EventKind, Name};
use flags_core::Timestamp;

/// Bytes that say what no event says, although their checksum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed(pub(super) &'static str);

/// An event while it is on its way between files; names are numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Raw<'a> {
    pub(super) unit_kind: u32,
    pub(super) unit: &'a str,
    pub(super) at: Timestamp,
    pub(super) what: What<'a>,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What<'a> {
    Exposure { experiment: u32, arm: u32, split: u32, dimensions: &'a [u8] },
    Tracked { event: u32, value: f64 },
}

/// Writes a block.
#[derive(Debug)]
pub(super) struct BlockWriter {
    base: i64,
    span: Span,
    /// The numbers of the names in this block, by those they have elsewhere; `u32::MAX` where it is not in the block yet.
    local: Vec<u32>,
    used: Vec<u32>,
    names: Vec<u8>,
    events: Vec<u8>,
    unit: String,
}

impl BlockWriter {
    /// Writes events of which none is much older than `base`.
    pub(super) fn new(base: Timestamp) -> Self {
        Self {
            base: base.as_micros(),
            span: Span::EMPTY,
            local: vec![],
            used: vec![],
            names: vec![],
            events: vec![],
            unit: String::new(),
        }
    }

    /// How long the block will be, or a little less.
    pub(super) fn bytes(&self) -> usize {
        self.names.len() + self.events.len()
    }

    pub(super) fn push(&mut self, event: &Raw<'_>, names: &Names) {
        self.span.add(event.at);
        let shared = shared_prefix(&self.unit, event.unit);
        let rest = &event.unit[shared..];
        put(&mut self.events, shared as u64);
        put_text(&mut self.events, rest.as_bytes());
        if !rest.is_empty() || shared < self.unit.len() {
            self.unit.truncate(shared);
            self.unit.push_str(rest);
        }
        let unit_kind = self.local(event.unit_kind, names);
        put(&mut self.events, unit_kind);
        // Two's complement, so that what is older than the base comes out right as well.
        put(&mut self.events, event.at.as_micros().wrapping_sub(self.base).cast_unsigned());
        match event.what {
            What::Exposure { experiment, arm, split, dimensions } => {
                let [experiment, arm, split] = [experiment, arm, split].map(|name| self.local(name, names));
                put(&mut self.events, experiment << 2);
                put(&mut self.events, arm);
                put(&mut self.events, split);
                put_text(&mut self.events, dimensions);
            }
            What::Tracked { event, value } => {
                let event = self.local(event, names);
                let counts_only = value.to_bits() == 1.0_f64.to_bits();
                put(&mut self.events, event << 2 | if counts_only { 2 } else { 1 });
                if !counts_only {
                    self.events.extend(value.to_le_bytes());
                }
            }
        }
    }

    /// Puts the block after what is in `out`, says what it holds, and begins the next.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) -> Span {
        out.extend(self.base.to_le_bytes());
        put(out, self.used.len() as u64);
        out.append(&mut self.names);
        out.append(&mut self.events);
        for name in self.used.drain(..) {
            self.local[name as usize] = u32::MAX;
        }
        self.unit.clear();
        std::mem::replace(&mut self.span, Span::EMPTY)
    }

    /// The number of the name in this block.
    fn local(&mut self, name: u32, names: &Names) -> u64 {
        let index = name as usize;
        if self.local.len() <= index {
            self.local.resize(index + 1, u32::MAX);
        }
        if self.local[index] == u32::MAX {
            put_text(&mut self.names, names.name(name).as_bytes());
            // There are no more than there are names altogether.
            self.local[index] = u32::try_from(self.used.len()).unwrap_or(u32::MAX);
            self.used.push(name);
        }
        u64::from(self.local[index])
    }
}

/// Reads a block, one event after the other.
#[derive(Debug, Default)]
pub(super) struct BlockReader {
    block: Vec<u8>,
    next: usize,
    base: i64,
    /// The numbers of the block's names.
    names: Vec<u32>,
    unit: String,
    unit_kind: u32,
    at: i64,
    what: Option<Read>,
}

/// What was read last. The range is that of the dimensions.
#[derive(Clone, Debug)]
enum Read {
    Exposure { experiment: u32, arm: u32, split: u32, dimensions: std::ops::Range<usize> },
    Tracked { event: u32, value: f64 },
}

impl BlockReader {
    /// The room for a block of that length, to be read into before [`begin`](Self::begin).
    pub(super) fn room(&mut self, length: usize) -> &mut Vec<u8> {
        self.what = None;
        self.block.resize(length, 0);
        &mut self.block
    }

    /// Begins to read the block that was put there.
    pub(super) fn begin(&mut self, names: &mut Names) -> Result<(), Malformed> {
        self.unit.clear();
        self.names.clear();
        self.what = None;
        let mut input = Input { bytes: &self.block, next: 0 };
        self.base = i64::from_le_bytes(input.array()?);
        for _ in 0..input.number()? {
            self.names.push(names.number_of(input.text()?));
        }
        self.next = input.next;
        Ok(())
    }

    /// Reads the next event, and says whether there was one.
    pub(super) fn advance(&mut self) -> Result<bool, Malformed> {
        if self.next == self.block.len() {
            self.what = None;
            return Ok(false);
        }
        let mut input = Input { bytes: &self.block, next: self.next };
        let shared = input.length()?;
        if !self.unit.is_char_boundary(shared) {
            return Err(Malformed("a unit that shares what is not there"));
        }
        let rest = input.text()?;
        self.unit.truncate(shared);
        self.unit.push_str(rest);
        self.unit_kind = input.name(&self.names)?;
        self.at = self.base.wrapping_add(input.number()?.cast_signed());
        let what = input.number()?;
        let name = self.names.get(usize::try_from(what >> 2).unwrap_or(usize::MAX)).copied().ok_or(NO_NAME)?;
        self.what = Some(match what & 3 {
            0 => {
                let (arm, split) = (input.name(&self.names)?, input.name(&self.names)?);
                let length = input.length()?;
                let start = input.next;
                input.take(length)?;
                Read::Exposure { experiment: name, arm, split, dimensions: start..input.next }
            }
            1 => Read::Tracked { event: name, value: f64::from_le_bytes(input.array()?) },
            2 => Read::Tracked { event: name, value: 1.0 },
            _ => return Err(Malformed("an event of no known kind")),
        });
        self.next = input.next;
        Ok(true)
    }

    /// The event that was read last, if there was one.
    pub(super) fn event(&self) -> Option<Raw<'_>> {
        let what = match self.what.as_ref()? {
            Read::Tracked { event, value } => What::Tracked { event: *event, value: *value },
            Read::Exposure { experiment, arm, split, dimensions } => What::Exposure {
                experiment: *experiment,
                arm: *arm,
                split: *split,
                dimensions: &self.block[dimensions.clone()],
            },
        };
        Some(Raw { unit_kind: self.unit_kind, unit: &self.unit, at: Timestamp::from_micros(self.at), what })
    }
}

/// Puts the dimensions of an exposure in their form, in place of what is in `out`.
pub(super) fn encode_dimensions(dimensions: &[(Name, Box<str>)], out: &mut Vec<u8>) {
    out.clear();
    for (name, value) in dimensions {
        put_text(out, name.as_bytes());
        put_text(out, value.as_bytes());
    }
}

/// The dimensions of an exposure from their form.
fn decode_dimensions(bytes: &[u8], names: &mut Names) -> Result<Vec<(Name, Box<str>)>, Malformed> {
    let mut input = Input { bytes, next: 0 };
    let mut dimensions = vec![];
    while input.next < bytes.len() {
        let name = names.number_of(input.text()?);
        dimensions.push((names.name(name).clone(), input.text()?.into()));
    }
    Ok(dimensions)
}

/// The event as it is given out.
pub(super) fn kind(what: &What<'_>, names: &mut Names) -> Result<EventKind, Malformed> {
    Ok(match *what {
        What::Tracked { event, value } => EventKind::Tracked { event: names.name(event).clone(), value },
        What::Exposure { experiment, arm, split, dimensions } => {
            let dimensions = decode_dimensions(dimensions, names)?.into();
            let [experiment, arm, split] = [experiment, arm, split].map(|name| names.name(name).clone());
            EventKind::Exposure(crate::Exposure { experiment, arm, split, dimensions })
        }
    })
}

const ENDS: Malformed = Malformed("a block that ends within an event");
const NO_NAME: Malformed = Malformed("an event with a name that the block does not have");

struct Input<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Malformed> {
        let rest = self.bytes.get(self.next..).unwrap_or_default();
        let taken = rest.get(..length).ok_or(ENDS)?;
        self.next += length;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        self.take(N)?.try_into().map_err(|_| ENDS)
    }

    fn number(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.next).ok_or(ENDS)?;
            self.next += 1;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Malformed("a number that does not end"))
    }

    fn length(&mut self) -> Result<usize, Malformed> {
        usize::try_from(self.number()?).map_err(|_| ENDS)
    }

    fn text(&mut self) -> Result<&'a str, Malformed> {
        let length = self.length()?;
        str::from_utf8(self.take(length)?).map_err(|_| Malformed("text that is none"))
    }

    fn name(&mut self, names: &[u32]) -> Result<u32, Malformed> {
        names.get(self.length()?).copied().ok_or(NO_NAME)
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while 0x80 <= number {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_text(out: &mut Vec<u8>, text: &[u8]) {
    put(out, text.len() as u64);
    out.extend(text);
}

/// How many bytes two texts share at their beginning, without cutting a character.
fn shared_prefix(a: &str, b: &str) -> usize {
    let shared = a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    b.floor_char_boundary(shared)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text() -> impl Strategy<Value = String> {
        proptest::collection::vec(prop_oneof![Just('a'), Just('b'), Just('é'), Just('\0'), Just('漢')], 0..5)
            .prop_map(|characters| characters.into_iter().collect())
    }

    fn what() -> impl Strategy<Value = (bool, u64, Vec<(String, String)>)> {
        (
            any::<bool>(),
            prop_oneof![Just(1.0_f64.to_bits()), any::<u64>()],
            proptest::collection::vec((text(), text()), 0..3),
        )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(events in proptest::collection::vec((text(), text(), any::<i64>(), what()), 0..20), base: i64) {
            let mut names = Names::default();
            let mut writer = BlockWriter::new(Timestamp::from_micros(base));
            let mut dimensions = vec![];
            let made: Vec<_> = events.iter().map(|(unit_kind, unit, at, (exposure, value, given))| {
                let given: Vec<_> = given.iter().map(|(name, value)| (name.as_str().into(), value.as_str().into())).collect();
                encode_dimensions(&given, &mut dimensions);
                let [unit_kind, name] = [unit_kind, unit].map(|name| names.number_of(name));
                (unit_kind, name, unit, Timestamp::from_micros(*at), *exposure, f64::from_bits(*value), dimensions.clone())
            }).collect();
            let raw = |index: usize| {
                let (unit_kind, name, unit, at, exposure, value, dimensions): &(_, _, _, _, _, _, Vec<u8>) = &made[index];
                let what = if *exposure {
                    What::Exposure { experiment: *name, arm: *unit_kind, split: *name, dimensions }
                } else {
                    What::Tracked { event: *name, value: *value }
                };
                Raw { unit_kind: *unit_kind, unit, at: *at, what }
            };
            for round in 0..2 {
                (0..made.len()).for_each(|index| writer.push(&raw(index), &names));
                let mut block = vec![];
                prop_assert_eq!(writer.finish(&mut block).events, made.len() as u64);
                let mut reader = BlockReader::default();
                *reader.room(0) = block;
                reader.begin(&mut names).unwrap();
                for index in 0..made.len() {
                    prop_assert!(reader.advance().unwrap());
                    // As text, so that what is not a number is equal to itself.
                    prop_assert_eq!(format!("{:?}", reader.event()), format!("{:?}", Some(raw(index))), "round {}", round);
                }
                prop_assert!(!reader.advance().unwrap());
                prop_assert_eq!(reader.event(), None);
            }
        }

        // What is read may be anything: the checksum is no proof against who means ill.
        #[test]
        fn no_bytes_make_it_panic(block: Vec<u8>) {
            let mut reader = BlockReader::default();
            *reader.room(0) = block;
            let mut names = Names::default();
            if reader.begin(&mut names).is_ok() {
                while let Ok(true) = reader.advance() {
                    prop_assert!(reader.event().is_some());
                }
            }
        }
    }
}
