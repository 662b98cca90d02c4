//! The editors whose ways of saving the watcher's tests try: installed by package name where that can be done unasked.

use std::process::Command;

use crate::{process, report::Outcome};

/// The programs, each in the package of its name.
const EDITORS: [&str; 3] = ["vim", "nano", "sed"];

/// Installs the editors that are missing. A person's machine is left alone: only root, as in a container, is served.
/// Without an editor its tests say that they were skipped.
pub(crate) fn install() -> Outcome {
    let missing = || EDITORS.into_iter().filter(|program| !process::installed(program)).collect::<Vec<_>>();
    if missing().is_empty() {
        return Outcome::Passed;
    }
    if is_root() && process::installed("apt-get") {
        let patience = ["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1"];
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive").args(patience).args(arguments);
            process::succeeds(&mut command)
        };
        // Whether either worked is seen by what is there afterwards.
        apt(&["update"]);
        apt(&[&["install", "--yes", "--no-install-recommends"], &missing()[..]].concat());
    }
    let missing = missing();
    if missing.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Skipped(format!("not installed, and so not tried: {}", missing.join(", ")))
    }
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
