//! The lines of a segment, from its beginning or from its end, in bounded memory.

use std::{
    fs::File,
    io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom},
};

use super::MAX_LINE_BYTES;

/// How much is read at once.
const BLOCK: usize = 64 << 10;

/// A line and its place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// The number of bytes before it.
    pub(super) offset: u64,
    pub(super) text: Text,
}

/// What stands between two line feeds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// A line, without its line feed.
    Whole(Vec<u8>),
    /// The last line, which has no line feed.
    Unended(Vec<u8>),
    /// More bytes than an entry may have.
    TooLong,
}

/// The lines from the beginning.
#[derive(Debug)]
pub(super) struct Forward {
    reader: BufReader<File>,
    offset: u64,
}

impl Forward {
    pub(super) fn new(file: File) -> Self {
        Self { reader: BufReader::with_capacity(BLOCK, file), offset: 0 }
    }

    /// The lines after that many bytes.
    pub(super) fn at(mut file: File, offset: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        Ok(Self { offset, ..Self::new(file) })
    }

    /// The next line; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        let most = MAX_LINE_BYTES as u64 + 1;
        let read = self.reader.by_ref().take(most).read_until(b'\n', &mut line)? as u64;
        let offset = self.offset;
        self.offset += read;
        let text = match line.pop() {
            None => return Ok(None),
            Some(b'\n') => Text::Whole(line),
            Some(last) if read < most => {
                line.push(last);
                Text::Unended(line)
            }
            Some(_) => {
                self.offset += self.skip_line()?;
                Text::TooLong
            }
        };
        Ok(Some(Line { offset, text }))
    }

    /// Passes over the rest of a line; returns its length.
    fn skip_line(&mut self) -> io::Result<u64> {
        let mut skipped = 0;
        loop {
            let block = self.reader.fill_buf()?;
            let end = block.iter().position(|byte| *byte == b'\n');
            let length = end.map_or(block.len(), |end| end + 1);
            self.reader.consume(length);
            skipped += length as u64;
            if end.is_some() || length == 0 {
                return Ok(skipped);
            }
        }
    }
}

/// The lines from the end.
#[derive(Debug)]
pub(super) struct Backward {
    file: File,
    /// What was read and not handed out yet: the bytes from `start`.
    bytes: Vec<u8>,
    start: u64,
    /// How much to read next: doubled while one line goes on, so that a long one is not moved about too often.
    block: usize,
}

impl Backward {
    /// The lines of the first `length` bytes.
    pub(super) fn new(file: File, length: u64) -> Self {
        Self { file, bytes: Vec::new(), start: length, block: BLOCK }
    }

    /// The line before those that were handed out; `None` at the beginning.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        while self.bytes.is_empty() {
            if !self.read_before()? {
                return Ok(None);
            }
        }
        let is_ended = self.bytes.last() == Some(&b'\n');
        let mut is_too_long = false;
        let mut searched = usize::from(is_ended);
        loop {
            let unsearched = self.bytes.len() - searched;
            if let Some(at) = self.bytes[..unsearched].iter().rposition(|byte| *byte == b'\n') {
                let line = self.bytes.split_off(at + 1);
                return Ok(Some(self.line(self.start + at as u64 + 1, line, is_ended, is_too_long)));
            }
            if self.bytes.len() > MAX_LINE_BYTES + 1 {
                is_too_long = true;
                self.bytes.clear();
            }
            searched = self.bytes.len();
            if !self.read_before()? {
                let line = std::mem::take(&mut self.bytes);
                return Ok(Some(self.line(0, line, is_ended, is_too_long)));
            }
        }
    }

    fn line(&mut self, offset: u64, mut line: Vec<u8>, is_ended: bool, is_too_long: bool) -> Line {
        self.block = BLOCK;
        let is_too_long = is_too_long || line.len() > MAX_LINE_BYTES + usize::from(is_ended);
        let text = match (is_too_long, is_ended) {
            (true, _) => Text::TooLong,
            (false, true) => {
                line.pop();
                Text::Whole(line)
            }
            (false, false) => Text::Unended(line),
        };
        Line { offset, text }
    }

    /// Reads a block before what there is; says whether there was one.
    fn read_before(&mut self) -> io::Result<bool> {
        let length = self.start.min(self.block as u64);
        if length == 0 {
            return Ok(false);
        }
        self.start -= length;
        self.file.seek(SeekFrom::Start(self.start))?;
        let mut block = Vec::with_capacity(self.bytes.len() + self.block);
        let read = self.file.by_ref().take(length).read_to_end(&mut block)? as u64;
        // A torn end may be cut off while it is read. What is before it stays.
        if read < length && !self.bytes.is_empty() {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the file became shorter while it was read"));
        }
        block.append(&mut self.bytes);
        self.bytes = block;
        self.block = self.block.saturating_mul(2).min(MAX_LINE_BYTES);
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    fn forward(bytes: &[u8]) -> Vec<Line> {
        let mut lines = Forward::new(file(bytes));
        std::iter::from_fn(|| lines.next().unwrap()).collect()
    }

    fn backward(bytes: &[u8]) -> Vec<Line> {
        let mut lines = Backward::new(file(bytes), bytes.len() as u64);
        let mut lines: Vec<_> = std::iter::from_fn(|| lines.next().unwrap()).collect();
        lines.reverse();
        lines
    }

    #[test]
    fn both_ways_see_the_same_lines() {
        let long = "x".repeat(3 * BLOCK);
        for text in
            ["", "\n", "\n\n", "a", "a\n", "a\nb", "a\n\nb\n", &format!("{long}\na\n{long}"), &format!("a\n{long}\n")]
        {
            let lines = forward(text.as_bytes());
            assert_eq!(lines, backward(text.as_bytes()), "{text:.20}");
            let whole: usize = lines
                .iter()
                .map(|line| match &line.text {
                    Text::Whole(line) => line.len() + 1,
                    Text::Unended(line) => line.len(),
                    Text::TooLong => panic!("{text:.20}"),
                })
                .sum();
            assert_eq!(whole, text.len(), "every byte is in a line");
        }
    }

    #[test]
    fn an_end_that_is_cut_off_meanwhile_is_not_missed() {
        for said in [4, 5, 9, 9 + BLOCK as u64, 9 + 3 * BLOCK as u64] {
            let mut lines = Backward::new(file(b"a\nb\n"), said);
            let lines: Vec<_> = std::iter::from_fn(|| lines.next().unwrap()).map(|line| line.text).collect();
            assert_eq!(lines, [Text::Whole(b"b".to_vec()), Text::Whole(b"a".to_vec())], "{said}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_takes_no_memory_and_hides_no_other() {
        for (extra, is_too_long) in [(0, false), (1, true), (5 * BLOCK, true)] {
            let long = "x".repeat(MAX_LINE_BYTES + extra);
            let text = format!("a\n{long}\nb\n");
            let lines = forward(text.as_bytes());
            assert_eq!(lines, backward(text.as_bytes()));
            assert_eq!(lines.len(), 3);
            assert_eq!(lines[1].text == Text::TooLong, is_too_long, "{extra}");
            assert_eq!(lines[2], Line { offset: long.len() as u64 + 3, text: Text::Whole(b"b".to_vec()) });
        }
    }
}
