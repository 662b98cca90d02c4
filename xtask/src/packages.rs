//! Programs that tests need and that come in packages: installed by name where that can be done unasked.

use std::process::Command;

use crate::process;

/// A program and the Debian package it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
}

/// A program in the package of its name.
pub(crate) const fn program(name: &'static str) -> Program {
    Program { name, package: name }
}

/// Installs the programs that are missing, and returns the names of those that still are. A person's machine is left alone:
/// only root, as in a container, is served.
pub(crate) fn install(programs: &[Program]) -> Vec<&'static str> {
    let missing = || programs.iter().copied().filter(|program| !process::installed(program.name)).collect::<Vec<_>>();
    let wanted = missing();
    if !wanted.is_empty() && is_root() && process::installed("apt-get") {
        let patience = ["-o", "Acquire::http::Timeout=20", "-o", "Acquire::Retries=1"];
        let apt = |arguments: &[&str]| {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive").args(patience).args(arguments);
            process::succeeds(&mut command)
        };
        let mut packages: Vec<&str> = wanted.iter().map(|program| program.package).collect();
        packages.dedup();
        // Whether either worked is seen by what is there afterwards.
        apt(&["update"]);
        apt(&[&["install", "--yes", "--no-install-recommends"], &packages[..]].concat());
    }
    missing().into_iter().map(|program| program.name).collect()
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}
