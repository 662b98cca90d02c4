//! What holds for every command: help, exit statuses, colours, closed pipes.

use std::process::Stdio;

use crate::support::{Folder, shop};

#[test]
fn help_lists_the_commands() {
    let ran = Folder::with(&[]).run(&["help"]);
    assert_eq!(ran.status, 0);
    insta::assert_snapshot!(ran);
}

#[test]
fn every_command_has_examples() {
    let folder = Folder::with(&[]);
    let help = folder.run(&["--help"]).stdout;
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names: Vec<&str> =
        listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help").collect();
    assert!(names.len() >= 12, "{names:?}");
    for name in names {
        let ran = folder.run(&[name, "--help"]);
        assert_eq!(ran.status, 0, "{ran}");
        assert!(ran.stdout.contains("Example"), "{ran}");
        assert!(ran.stdout.contains(&format!("  flags {name}")), "{ran}");
    }
}

#[test]
fn wrong_usage_is_status_2() {
    let folder = shop();
    for arguments in [
        &[][..],
        &["chek", "flags.toml"],
        &["check"],
        &["eval", "flags.toml"],
        &["eval", "flags.toml", "shop", "--at", "tomorrow"],
        &["eval", "flags.toml", "shop", "--type", "text"],
        &["eval", "flags.toml", "shop", "--context", "[1]"],
        &["eval", "flags.toml", "shop", "--context", "{"],
        &["eval", "flags.toml", "shop", "--set", "country"],
        &["eval", "flags.toml", "shop", "--type", "boolean", "--default", "perhaps"],
        &["eval", "-", "shop", "--context", "-"],
        &["eval", "-", "--batch", "-"],
        &["list", "flags.toml", "--state", "on"],
        &["explain", "flags.toml"],
        &["set", "flags.toml", "shop"],
        &["set", "flags.toml", "shop", "enabled"],
        &["set", "-", "shop", "enabled", "true"],
        &["diff", "-", "-"],
        &["watch", "-"],
        &["kill", "shop"],
        &["kill", "two words", "--state-dir", "."],
        &["kill", "shop", "--state-dir", ".", "--as", " "],
        &["override", "checkout", "--state-dir", "."],
        &["override", "checkout", "express", "--percentage", "5", "--state-dir", "."],
        &["override", "checkout", "--percentage", "500", "--state-dir", "."],
        &["override", "checkout", "--percentage", "5", "--unit", "ada", "--state-dir", "."],
        &["override", "checkout", "express", "--for", "soon", "--state-dir", "."],
        &["override", "checkout", "express", "--for", "2h", "--until", "2030-01-01T00:00:00Z", "--state-dir", "."],
        &["clear", "checkout", "--kind", "kill", "--state-dir", "."],
        &["clear", "checkout", "--kind", "override", "--unit", "ada", "--state-dir", "."],
        &["propose", "--state-dir", "."],
        &["approve", "seven", "--state-dir", "."],
        &["controls"],
        &["audit", "list", "--state-dir", ".", "--origin", "post"],
        &["audit", "verify", "--state-dir", ".", "--expect-head", "7"],
        &["bucket", "--salt", "a", "--purpose", "rollout"],
        &["bucket", "--salt", "a", "--purpose", "raffle", "--unit", "u"],
        &["bucket", "--salt", "a", "--purpose", "arm", "--unit", "u", "--weights", "0,0"],
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {ran}");
        assert_eq!(ran.stdout, "", "{arguments:?}: {ran}");
        assert!(!ran.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_mistyped_command_is_recognised() {
    insta::assert_snapshot!(Folder::with(&[]).run(&["chek", "flags.toml"]));
}

#[test]
fn what_cannot_be_read_is_status_3() {
    let folder = Folder::with(&[("empty/note.txt", "")]);
    for arguments in [
        &["check", "none.toml"][..],
        &["list", "empty"],
        &["eval", "none.toml", "shop"],
        &["diff", "none.toml", "none.toml"],
        &["bucket", "--batch", "none.jsonl"],
        &["set", "none.toml", "shop", "enabled", "true"],
        &["watch", "none.toml"],
        &["kill", "shop", "--state-dir", "none"],
        &["controls", "--state-dir", "none"],
        &["audit", "verify", "--state-dir", "empty/note.txt"],
        &["init", "empty/note.txt/below"],
    ] {
        let ran = folder.run(arguments);
        assert_eq!(ran.status, 3, "{arguments:?}: {ran}");
        assert_eq!(ran.stdout, "", "{arguments:?}: {ran}");
        assert!(ran.stderr.starts_with("error: "), "{arguments:?}: {ran}");
    }
    insta::assert_snapshot!(folder.run(&["check", "none.toml"]));
}

#[test]
fn errors_as_json() {
    let folder = Folder::with(&[
        ("broken.toml", "[features.a]\nenabeld = true\n"),
        ("flags.toml", "[features.a]\nenabled = true\n"),
    ]);
    let error = |arguments: &[&str]| {
        let ran = folder.run(arguments);
        assert_eq!(ran.stdout, "", "{ran}");
        let error: serde_json::Value = serde_json::from_str(&ran.stderr).unwrap();
        (ran.status, error["error"].clone())
    };
    let (status, refused) = error(&["--format", "json", "list", "broken.toml"]);
    assert_eq!((status, &refused["kind"]), (1, &"refused".into()));
    assert_eq!(refused["diagnostics"][0]["line"], 2);
    let (status, missing) = error(&["--format", "json", "show", "flags.toml", "b"]);
    assert_eq!((status, &missing["kind"]), (1, &"not_found".into()));
    let (status, unreadable) = error(&["--format", "json", "show", "none.toml", "b"]);
    assert_eq!((status, &unreadable["kind"]), (3, &"io".into()));
    for wrong in [&["eval", "flags.toml", "--format", "json"][..], &["--format=json", "nonsense"]] {
        let (status, usage) = error(wrong);
        assert_eq!((status, &usage["kind"]), (2, &"usage".into()));
    }
}

#[test]
fn colour_only_where_it_is_wanted() {
    let folder = shop();
    let has_colour = |arguments: &[&str], variables: &[(&str, &str)]| {
        let output = folder.command(arguments).envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    for command in
        [&["list", "flags.toml"][..], &["show", "flags.toml", "checkout"], &["eval", "flags.toml", "checkout"]]
    {
        let with = |option: &'static str| [command, &["--color", option]].concat();
        assert!(!has_colour(command, &[]), "no terminal: {command:?}");
        assert!(has_colour(&with("always"), &[]), "asked for: {command:?}");
        assert!(!has_colour(&with("never"), &[("CLICOLOR_FORCE", "1")]), "asked not to: {command:?}");
        assert!(has_colour(command, &[("CLICOLOR_FORCE", "1")]), "forced: {command:?}");
        assert!(!has_colour(command, &[("NO_COLOR", "1")]), "NO_COLOR: {command:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_trouble() {
    let folder = shop();
    // Much more than a pipe holds, so that the program has to notice.
    let questions = "{\"flag\":\"checkout\"}\n".repeat(20_000);
    std::fs::write(folder.path("questions.jsonl"), questions).unwrap();
    let mut child = folder
        .command(&["eval", "flags.toml", "--batch", "questions.jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.lines().all(|line| line.starts_with("note: ")), "{stderr}");
}
