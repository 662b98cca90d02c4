//! crates/flags-core/src/fold/table.rs: Unicode simple case folding as runs of neighbours.
//!
//! The crate that holds the data links the standard library, so it cannot be a dependency of the core; the 1 484 pairs
//! come to some 200 runs, which are searched as fast.

use std::fmt::Write;

use crate::{failure::Failure, workspace::Workspace};

/// Characters that fold by the same distance: each of them, or every second one.
struct Run {
    first: u32,
    last: u32,
    step: u32,
    distance: i32,
}

/// The table as a Rust file.
pub(super) fn table(_: &Workspace) -> Result<String, Failure> {
    let (major, minor, patch) = unicode_case_mapping::UNICODE_VERSION;
    let mut text = format!(
        "//! Unicode {major}.{minor}.{patch} simple case folding beyond ASCII. Written by `cargo xtask codegen`.\n\n\
         use super::Run;\n\n\
         /// In order, and no two of them overlap.\n\
         pub(super) static RUNS: &[Run] = &[\n"
    );
    for Run { first, last, step, distance } in runs() {
        writeln!(text, "    Run {{ first: {first:#x}, last: {last:#x}, step: {step}, distance: {distance} }},")
            .expect("writing to a string cannot fail");
    }
    Ok(text + "];\n")
}

fn runs() -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for character in '\u{80}'..=char::MAX {
        let Some(folded) = unicode_case_mapping::case_folded(character) else { continue };
        let code = u32::from(character);
        let distance = folded.get().wrapping_sub(code).cast_signed();
        match runs.last_mut() {
            Some(run) if run.distance == distance && run.goes_on_at(code) => {
                run.step = code - run.last;
                run.last = code;
            }
            _ => runs.push(Run { first: code, last: code, step: 1, distance }),
        }
    }
    runs
}

impl Run {
    fn goes_on_at(&self, code: u32) -> bool {
        let step = code - self.last;
        if self.first == self.last { step <= 2 } else { step == self.step }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_are_in_order_and_hold_every_pair() {
        let runs = runs();
        assert!(runs.is_sorted_by(|a, b| a.last < b.first));
        let pairs: u32 = runs.iter().map(|run| (run.last - run.first) / run.step + 1).sum();
        let folding = ('\u{80}'..=char::MAX).filter(|c| unicode_case_mapping::case_folded(*c).is_some()).count();
        assert_eq!(usize::try_from(pairs).unwrap(), folding);
    }
}
