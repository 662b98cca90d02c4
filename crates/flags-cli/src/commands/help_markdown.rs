//! `flags help-markdown`: the page of the reference on the program, made from the help of its commands.

use std::fmt::Write as _;
use std::io::Write as _;

use clap::{Args, Command, CommandFactory as _};

use crate::{
    arguments::Arguments,
    failure::Failure,
    output::{Output, Status},
};

/// Print the help of all commands as Markdown.
#[derive(Args, Debug)]
#[command(hide = true)]
pub(crate) struct HelpMarkdown {}

impl HelpMarkdown {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        write!(output, "{}", page())?;
        Ok(Status::Fine)
    }
}

fn page() -> String {
    let mut program = Arguments::command();
    program.build();
    let mut page = String::from(
        "# The program `flags`\n\nWhat `flags help` prints, on one page. It is generated from the program: \
         `flags help-markdown`.\n",
    );
    section(&mut page, program.clone(), "flags");
    for command in program.get_subcommands().filter(|command| !command.is_hide_set() && command.get_name() != "help") {
        section(&mut page, command.clone(), &format!("flags {}", command.get_name()));
    }
    page
}

fn section(page: &mut String, command: Command, name: &str) {
    // A fixed width, so that the page does not depend on whose terminal made it.
    let help = command.term_width(100).render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {name}\n\n```text\n{}\n```\n", lines.join("\n").trim());
}
