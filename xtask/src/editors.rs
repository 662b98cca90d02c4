//! The editors whose ways of saving the watcher's tests try.

use crate::{
    packages::{self, Program, program},
    report::Outcome,
};

const EDITORS: [Program; 3] = [program("vim"), program("nano"), program("sed")];

/// Installs the editors that are missing, where that can be done unasked. Without an editor its tests say that they were
/// skipped.
pub(crate) fn install() -> Outcome {
    let missing = packages::install(&EDITORS);
    if missing.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Skipped(format!("not installed, and so not tried: {}", missing.join(", ")))
    }
}
