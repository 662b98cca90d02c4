//! docs/reference/cli.md: what the program says of itself, command by command.

use std::{fmt::Write, path::Path, process::Command};

use crate::{failure::Failure, process, workspace::Workspace};

/// The help of the program and of each of its commands, as one page.
pub(super) fn reference(workspace: &Workspace) -> Result<String, Failure> {
    // The features of the whole workspace, so that the build shares its parts with that of the tests.
    process::run(workspace.cargo().args(["build", "--quiet", "--workspace", "--all-features", "--bin=flags"]))?;
    let program = workspace.target.join("debug").join(format!("flags{}", std::env::consts::EXE_SUFFIX));
    let mut page = String::from(
        "# The program\n\nWhat `flags --help` and the help of each command say. Written by `cargo xtask codegen`.\n",
    );
    describe(&program, &mut Vec::new(), &mut page)?;
    Ok(page)
}

/// Appends the help of the command called by `words`, then that of each command below it.
fn describe(program: &Path, words: &mut Vec<String>, page: &mut String) -> Result<(), Failure> {
    let mut command = Command::new(program);
    // Nothing of the terminal or of the environment of whoever runs this may show.
    command.args(&*words).arg("--help").env_clear().env("NO_COLOR", "1");
    let help = process::output(&mut command)?;
    let title: Vec<&str> = ["flags"].into_iter().chain(words.iter().map(String::as_str)).collect();
    write!(page, "\n## {}\n\n```text\n", title.join(" ")).expect("writing to a string cannot fail");
    for line in help.trim_end().lines() {
        page.push_str(line.trim_end());
        page.push('\n');
    }
    page.push_str("```\n");
    for name in commands(&help) {
        words.push(name);
        describe(program, words, page)?;
        words.pop();
    }
    Ok(())
}

/// The names below the heading `Commands:`, but for the command that prints help.
fn commands(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty())
        // A name stands in the third column; what is indented further goes on with the description above it.
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_in_the_help() {
        let help = "Feature flags.\n\nUsage: flags <COMMAND>\n\nCommands:\n  check  Is everything all right?\n  \
                    eval   What does this\n         context get?\n  help   Print this message\n\nOptions:\n  -h, --help\n";
        assert_eq!(commands(help), ["check", "eval"]);
        assert_eq!(commands("Usage: flags check FILE\n\nOptions:\n  -h, --help\n"), [""; 0]);
    }
}
