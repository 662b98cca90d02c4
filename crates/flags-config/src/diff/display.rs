//! Differences as lines of text, for people.

use std::fmt;

use super::{Affected, Change, Difference, EntryDifference, EntryKind, Status};

/// How many changes of one list are written out; the rest are counted.
const LISTED: usize = 10;

/// How many characters of a value are written out. JSON has it whole.
const SHOWN: usize = 160;

/// One line for each change, each ended by a line break; nothing at all where nothing differs.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for change in &self.settings {
            writeln!(f, "{change}")?;
        }
        for entry in self.entries() {
            fmt::Display::fmt(entry, f)?;
        }
        for run in self.affected.chunk_by(|a, b| a.through == b.through) {
            for affected in run.iter().take(LISTED) {
                writeln!(f, "{affected}")?;
            }
            if run.len() > LISTED {
                writeln!(f, "and {} more flags likewise", run.len() - LISTED)?;
            }
        }
        Ok(())
    }
}

/// One line for each change, each ended by a line break.
impl fmt::Display for EntryDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self.kind {
            EntryKind::Flag => self.key.to_string(),
            other => format!("{} {}", other.name(), self.key),
        };
        if self.status != Status::Changed {
            return writeln!(f, "{name}: {}", self.status.name());
        }
        for run in self.changes.chunk_by(|a, b| a.path == b.path) {
            for change in run.iter().take(LISTED) {
                writeln!(f, "{name}: {change}")?;
            }
            if run.len() > LISTED {
                writeln!(f, "{name}: {} and {} more", run[0].path, run.len() - LISTED)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => write!(f, " {} -> {}", Shown(before), Shown(after))?,
            (None, Some(after)) => write!(f, " added: {}", Shown(after))?,
            (Some(before), None) => write!(f, " removed: {}", Shown(before))?,
            (None, None) => {}
        }
        if self.reshuffles() { f.write_str(" (units draw anew)") } else { Ok(()) }
    }
}

impl fmt::Display for Affected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: affected through ", self.flag)?;
        for (at, (kind, key)) in self.through.iter().enumerate() {
            write!(f, "{}{} {key}", if at == 0 { "" } else { " -> " }, kind.name())?;
        }
        Ok(())
    }
}

/// A value, cut where it gets long.
struct Shown<'a>(&'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.char_indices().nth(SHOWN) {
            None => f.write_str(self.0),
            Some((end, _)) => write!(f, "{}…", &self.0[..end]),
        }
    }
}
