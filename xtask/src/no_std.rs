//! `cargo xtask no-std`: the proof that flags-core runs without the standard library.
//!
//! crates/flags-core/no-std-proof is a program with a panic handler and an allocator of its own. If anything it depends
//! on links the standard library, the two panic handlers collide and the build stops (E0152), so building it is a
//! proof that needs no extra toolchain. It is run as well: it evaluates flags inside a heap of fixed size and tells by
//! its exit code which expectation failed.

use std::process::Command;

use crate::{failure::Failure, process, workspace::Workspace};

const PROOF: &str = "crates/flags-core/no-std-proof";

/// A target without a standard library. It is built where `rustup target add` has brought it.
const MICROCONTROLLER: &str = "thumbv7em-none-eabihf";

/// Builds and runs the proof, without and with the `matches` operator, and builds for a microcontroller where that
/// target is installed.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    for features in ["", "regex"] {
        process::run(workspace.cargo_outside("run", PROOF).args(["--quiet", "--features", features]))?;
        println!("    the proof ran with features [{features}]");
    }
    if has_target(MICROCONTROLLER) {
        process::run(workspace.cargo().args([
            "build",
            "--quiet",
            "--package=flags-core",
            "--no-default-features",
            "--target",
            MICROCONTROLLER,
        ]))?;
        println!("    flags-core was built for {MICROCONTROLLER}");
    } else {
        println!("    not built for a microcontroller (`rustup target add {MICROCONTROLLER}` brings the target)");
    }
    Ok(())
}

fn has_target(target: &str) -> bool {
    Command::new("rustup")
        .args(["target", "list", "--installed"])
        .output()
        .is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().any(|line| line == target))
}
