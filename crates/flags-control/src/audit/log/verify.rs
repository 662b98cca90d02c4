//! Feeding a log to its check.

use std::{io, path::Path, sync::Arc};

use super::{
    super::{
        AuditError, Expectation, Verification,
        check::Check,
        lines::{Forward, Line, Text},
        segment::{self, Listing},
    },
    entries::open,
};

pub(super) fn memory(lines: &[Arc<str>], is_cut: bool, expectation: Option<Expectation>) -> Verification {
    let mut check = Check::new(expectation);
    check.begin_in_memory(is_cut);
    for line in lines {
        check.line(&Line { offset: 0, text: Text::Whole(line.as_bytes().to_vec()) });
    }
    check.end()
}

pub(super) fn folder(folder: &Path, expectation: Option<Expectation>) -> Result<Verification, AuditError> {
    let segments = Listing::read(folder)?.segments;
    let mut check = Check::new(expectation);
    feed(folder, &segments, &mut check, |_| {})?;
    Ok(check.end())
}

/// Shows the segments to the check, and each of its lines to somebody else as well.
pub(super) fn feed(
    folder: &Path,
    segments: &[u32],
    check: &mut Check,
    mut also: impl FnMut(&Line),
) -> Result<(), AuditError> {
    for &number in segments {
        let name = segment::name(number);
        let path = folder.join(&name);
        // One that was moved away since is missing, unless it was the oldest.
        let Some(file) = open(&path)? else { continue };
        check.begin(number, &name);
        let mut lines = Forward::new(file);
        while let Some(line) = lines.next().map_err(AuditError::io("read", &path))? {
            let line = ended(line, &path).map_err(AuditError::io("read", &path))?;
            check.line(&line);
            also(&line);
        }
    }
    Ok(())
}

/// A line without an end is looked at again as long as it grows: somebody is writing it.
fn ended(mut line: Line, path: &Path) -> io::Result<Line> {
    while let Text::Unended(text) = &line.text {
        let again = Forward::at(std::fs::File::open(path)?, line.offset)?.next()?;
        match again {
            Some(again) if !matches!(&again.text, Text::Unended(now) if now.len() <= text.len()) => line = again,
            _ => break,
        }
    }
    Ok(line)
}
