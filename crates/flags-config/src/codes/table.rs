//! The table of codes: errors from FLG001, lints from FLG100.
//!
//! Each area has a file of its own; in it, each code has its title, its explanation, a bad and a good example. FLG190 said
//! of a section that it was not active yet, and is not given to anything else.

mod alerts;
mod conditions;
mod experiments;
mod files;
mod flags;
mod references;
mod rollouts;
mod values;

use super::{Code, CodeEntry};
use crate::Severity;

/// Every code but those of the lints, by area.
pub(super) static AREAS: [&[CodeEntry]; 8] = [
    files::FILES,
    values::VALUES,
    flags::FLAGS,
    conditions::CONDITIONS,
    references::REFERENCES,
    alerts::ALERTS,
    experiments::EXPERIMENTS,
    rollouts::ROLLOUTS,
];

/// The code called `id`; a name without an entry does not compile.
pub(super) const fn entry(id: &str) -> Code {
    let mut area = 0;
    while area < AREAS.len() {
        let mut at = 0;
        while at < AREAS[area].len() {
            if equal(AREAS[area][at].id.as_bytes(), id.as_bytes()) {
                return Code(&AREAS[area][at]);
            }
            at += 1;
        }
        area += 1;
    }
    #[expect(clippy::panic, reason = "evaluated while compiling only: every call stands in a constant")]
    {
        panic!("no such code")
    }
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut at = 0;
    while at < a.len() {
        if a[at] != b[at] {
            return false;
        }
        at += 1;
    }
    true
}

const fn code(id: &'static str, name: &'static str, severity: Severity, text: [&'static str; 4]) -> CodeEntry {
    let [title, explanation, bad, good] = text;
    CodeEntry { id, name, severity, title, explanation, bad, good }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_names_are_unique() {
        let entries: Vec<&CodeEntry> = AREAS.into_iter().flatten().collect();
        for (at, entry) in entries.iter().enumerate() {
            let earlier = &entries[..at];
            assert!(earlier.iter().all(|earlier| earlier.name != entry.name && earlier.id != entry.id), "{}", entry.id);
            assert!(entry.id.len() == 6 && entry.id.starts_with("FLG") && *entry.id < *"FLG100", "{}", entry.id);
        }
        assert!(AREAS.iter().all(|area| area.is_sorted_by_key(|entry| entry.id)));
    }
}
