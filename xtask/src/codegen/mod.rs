//! `cargo xtask codegen`: files of the repository that are made from its code.
//!
//! Each is one entry of a table, [`FROM_LIBRARIES`] or [`FROM_PROGRAMS`]: where it lies, and the function that makes its text. `--check` writes nothing
//! and names the files that are out of date.

mod case_folding;
mod crates;
mod program;

use std::fs;

use clap::Args;

use crate::{
    failure::Failure,
    observability::{dashboard, rules},
    workspace::Workspace,
};

/// What `cargo xtask codegen` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Write nothing; fail if a file is out of date.
    #[arg(long)]
    check: bool,
}

/// A file made from the code.
struct Generated {
    /// Where it lies, from the root of the repository.
    path: &'static str,
    /// Makes its text.
    text: fn(&Workspace) -> Result<String, Failure>,
}

/// Files made by the libraries this program is linked with.
const FROM_LIBRARIES: &[Generated] = &[
    Generated { path: "crates/README.md", text: crates::table },
    Generated { path: "crates/flags-core/src/fold/table.rs", text: case_folding::table },
    Generated { path: "config/flags.schema.json", text: |_| Ok(format!("{:#}\n", flags_config::schema())) },
    Generated { path: "config/grafana/flags.json", text: |_| Ok(dashboard::file()) },
    Generated { path: "config/prometheus/flags-rules.yml", text: |_| Ok(rules::file()) },
    Generated { path: "docs/reference/diagnostics.md", text: |_| Ok(flags_config::Code::reference()) },
    Generated { path: "docs/reference/format.md", text: |_| Ok(flags_config::reference()) },
    Generated { path: "docs/reference/statistics.md", text: |_| Ok(flags_ab::catalog::reference()) },
];

/// Files made by programs that have to be built first, which is more than a unit test should start.
const FROM_PROGRAMS: &[Generated] = &[Generated { path: "docs/reference/cli.md", text: program::reference }];

/// All of them.
fn generated() -> impl Iterator<Item = &'static Generated> {
    FROM_LIBRARIES.iter().chain(FROM_PROGRAMS)
}

/// Writes the files, or checks them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    if options.check {
        return check(workspace);
    }
    for file in generated() {
        let path = workspace.root.join(file.path);
        let text = (file.text)(workspace)?;
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            println!("{} is up to date", file.path);
        } else {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder).map_err(Failure::file(folder))?;
            }
            fs::write(&path, text).map_err(Failure::file(&path))?;
            println!("{} is written", file.path);
        }
    }
    Ok(())
}

/// Fails with the names of the files that are out of date.
pub(crate) fn check(workspace: &Workspace) -> Result<(), Failure> {
    Failure::unless_empty(out_of_date(workspace, generated())?)
}

fn out_of_date(workspace: &Workspace, files: impl Iterator<Item = &'static Generated>) -> Result<Vec<String>, Failure> {
    let mut problems = Vec::new();
    for file in files {
        let text = (file.text)(workspace)?;
        let old = fs::read_to_string(workspace.root.join(file.path)).unwrap_or_default();
        if let Some(line) = first_difference(&old, &text) {
            problems.push(format!("{}:{line}: out of date; `cargo xtask codegen` writes it", file.path));
        }
    }
    Ok(problems)
}

/// The first line, counted from 1, that differs.
fn first_difference(old: &str, new: &str) -> Option<usize> {
    if old == new {
        return None;
    }
    let same = old.lines().zip(new.lines()).take_while(|(old, new)| old == new).count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_files_are_up_to_date() {
        assert_eq!(out_of_date(&Workspace::load().unwrap(), FROM_LIBRARIES.iter()).unwrap(), [""; 0]);
    }

    #[test]
    fn the_first_line_that_differs_is_told() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
    }
}
