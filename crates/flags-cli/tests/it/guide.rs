//! The sessions and definitions in README.md and in the guides: a page that is wrong fails.
//!
//! What a session types is run, and prints what the page says. A definition whose first line is the name of a file is that
//! file to the sessions below it; any other is a whole set of definitions and has to pass a check.

use std::path::Path;

use crate::support::{Folder, program, without_revisions};

const GUIDE: &str = include_str!("../../../../docs/guide/command-line.md");

/// The pages, and how many commands and definitions each has at least.
const PAGES: &[(&str, &str, usize)] = &[
    ("README.md", include_str!("../../../../README.md"), 3),
    ("command-line.md", GUIDE, 20),
    ("getting-started.md", include_str!("../../../../docs/guide/getting-started.md"), 4),
    ("definitions.md", include_str!("../../../../docs/guide/definitions.md"), 15),
    ("targeting-and-rollout.md", include_str!("../../../../docs/guide/targeting-and-rollout.md"), 12),
    ("rollouts.md", include_str!("../../../../docs/guide/rollouts.md"), 3),
    ("binding.md", include_str!("../../../../docs/guide/binding.md"), 1),
    ("alerts.md", include_str!("../../../../docs/guide/alerts.md"), 1),
    ("breakers.md", include_str!("../../../../docs/guide/breakers.md"), 2),
    ("experiments.md", include_str!("../../../../docs/guide/experiments.md"), 1),
    ("operating.md", include_str!("../../../../docs/guide/operating.md"), 15),
    ("operating-rollouts.md", include_str!("../../../../docs/guide/operating-rollouts.md"), 10),
    ("migrations.md", include_str!("../../../../docs/guide/migrations.md"), 5),
    ("simulating-rollouts.md", include_str!("../../../../docs/guide/simulating-rollouts.md"), 4),
    ("bucketing.md", include_str!("../../../../docs/reference/bucketing.md"), 3),
];

/// What a page asks for.
#[derive(Debug)]
enum Step {
    /// A command, with what it should print.
    Command { command: String, expected: String },
    /// A file to write.
    File { name: String, text: String },
    /// Definitions that have to pass a check.
    Definitions(String),
}

/// The steps of a page, in order.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = vec![];
    for (language, block) in blocks(page) {
        match language {
            "toml" => steps.push(definitions(block)),
            "console" => commands(&block, &mut steps),
            _ => {}
        }
    }
    steps
}

/// The fenced blocks of a page, each with its language.
fn blocks(page: &str) -> Vec<(&str, String)> {
    let (mut blocks, mut open): (Vec<(&str, String)>, _) = (vec![], false);
    for line in page.lines() {
        match (open, line.strip_prefix("```")) {
            (false, Some(language)) => blocks.push((language, String::new())),
            (true, None) => blocks.last_mut().expect("because one is open").1.extend([line, "\n"]),
            _ => {}
        }
        open ^= line.starts_with("```");
    }
    blocks
}

/// What a session types, and what it should see.
fn commands(session: &str, steps: &mut Vec<Step>) {
    for line in session.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step::Command { command: command.to_owned(), expected: String::new() }),
            (None, Some(Step::Command { expected, .. })) => expected.extend([line, "\n"]),
            (None, last) => unreachable!("a session starts with a command: {line}, after {last:?}"),
        }
    }
}

fn definitions(text: String) -> Step {
    let name = text.lines().next().and_then(|first| first.strip_prefix("# ")).filter(|name| name.ends_with(".toml"));
    match name {
        Some(name) => Step::File { name: name.to_owned(), text },
        None => Step::Definitions(text),
    }
}

/// Whether a text is as expected, where `…` stands for anything.
fn is_as(expected: &str, found: &str) -> bool {
    let mut parts = expected.split('…');
    let Some(mut rest) = parts.next().and_then(|first| found.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(unix)]
#[test]
fn what_the_pages_say_is_true() {
    let bin = Path::new(env!("CARGO_BIN_EXE_flags")).parent().unwrap();
    let path = std::env::join_paths(
        [bin.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var("PATH").unwrap())),
    );
    let path = path.unwrap();
    for &(page, text, least) in PAGES {
        let folder = Folder::with(&[]);
        let steps = steps(text);
        assert!(steps.len() >= least, "{page}: {}", steps.len());
        for step in steps {
            match step {
                Step::File { name, text } => std::fs::write(folder.path(&name), text).unwrap(),
                Step::Definitions(text) => {
                    let ran = folder.run_with(&["check", "-"], &text);
                    assert_eq!(ran.status, 0, "{page}:\n{text}\n{}", ran.stderr);
                }
                Step::Command { command, expected } => {
                    // The environment of the program itself, and a shell in its place.
                    let mut shell = std::process::Command::new("sh");
                    shell.args(["-c", &format!("{command} 2>&1")]).current_dir(folder.path("")).env("PATH", &path);
                    for (name, _) in program(bin).get_envs() {
                        shell.env_remove(name);
                    }
                    let output = shell.output().unwrap();
                    let found = String::from_utf8(output.stdout).unwrap();
                    assert!(
                        is_as(&without_revisions(&expected), &without_revisions(&found)),
                        "{page}: $ {command}\n{found}\n--- but the page says:\n{expected}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_command_is_in_the_guide() {
    let help = Folder::with(&[]).run(&["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    for name in listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        assert!(GUIDE.contains(&format!("flags {name}")), "`flags {name}`");
    }
}

#[test]
fn anything_stands_for_anything() {
    for (expected, found, same) in [
        ("a\n", "a\n", true),
        ("a…c", "abc", true),
        ("a…c", "ac", true),
        ("a…", "abc", true),
        ("…b…", "abc", true),
        ("a", "ab", false),
        ("a…d", "abc", false),
        ("…x…", "abc", false),
    ] {
        assert_eq!(is_as(expected, found), same, "{expected} {found}");
    }
}
