//! The runtimes the end-to-end scripts are written for, and how their packages are installed.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, process};

/// A runtime and where its scripts lie.
pub(crate) struct Runtime {
    /// The folder, from the root of the repository.
    pub(crate) folder: &'static str,
    /// How the names of the scripts end.
    pub(crate) suffix: &'static str,
    /// What has to be installed.
    pub(crate) programs: &'static [&'static str],
    /// What stands before the script on the command line.
    pub(crate) arguments: &'static [&'static str],
    /// Installs the packages into the folder and returns the interpreter.
    pub(crate) prepare: fn(&Path) -> Result<PathBuf, Failure>,
}

/// Node.js, with its own test runner; the packages are those of package.json.
pub(crate) const NODE: Runtime = Runtime {
    folder: "e2e/node",
    suffix: ".test.mjs",
    programs: &["node", "npm"],
    arguments: &["--test"],
    prepare: install_node_packages,
};

/// Python; the packages are those of requirements.txt, in an environment of their own.
pub(crate) const PYTHON: Runtime = Runtime {
    folder: "e2e/python",
    suffix: "_test.py",
    programs: &["python3"],
    arguments: &[],
    prepare: install_python_packages,
};

fn install_node_packages(folder: &Path) -> Result<PathBuf, Failure> {
    // With a lock file the very versions of it, without one the newest that package.json allows.
    let subcommand = if folder.join("package-lock.json").is_file() { "ci" } else { "install" };
    process::run(Command::new("npm").args([subcommand, "--no-audit", "--no-fund"]).current_dir(folder))?;
    Ok(PathBuf::from("node"))
}

fn install_python_packages(folder: &Path) -> Result<PathBuf, Failure> {
    let environment = folder.join(".venv");
    let interpreter = environment.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    if !interpreter.is_file() {
        process::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let mut install = Command::new(&interpreter);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]);
    process::run(install.arg(folder.join("requirements.txt")))?;
    Ok(interpreter)
}
