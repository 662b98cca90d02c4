//! The sessions in `docs/guide/command-line.md`, run as they stand: a guide that is wrong fails.

use std::path::Path;

use crate::support::{Folder, program, without_revisions};

const GUIDE: &str = include_str!("../../../../docs/guide/command-line.md");

/// What is typed in the guide's sessions, each with what should be printed.
fn steps() -> Vec<(String, String)> {
    let mut steps: Vec<(String, String)> = vec![];
    let mut in_session = false;
    for line in GUIDE.lines() {
        match (in_session, line.strip_prefix("$ ")) {
            (false, _) => in_session = line == "```console",
            (true, _) if line == "```" => in_session = false,
            (true, Some(command)) => steps.push((command.to_owned(), String::new())),
            (true, None) => {
                let (_, expected) = steps.last_mut().expect("because a session starts with a command");
                expected.push_str(line);
                expected.push('\n');
            }
        }
    }
    steps
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
fn the_sessions_of_the_guide_are_true() {
    let folder = Folder::with(&[]);
    let steps = steps();
    assert!(steps.len() >= 20, "{}", steps.len());
    let bin = Path::new(env!("CARGO_BIN_EXE_flags")).parent().unwrap();
    let path = std::env::join_paths(
        [bin.to_owned()].into_iter().chain(std::env::split_paths(&std::env::var("PATH").unwrap())),
    );
    let path = path.unwrap();
    for (command, expected) in steps {
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
            "$ {command}\n{found}\n--- but the guide says:\n{expected}"
        );
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
