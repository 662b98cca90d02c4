//! Protected flags: what one person may do, what takes two, and that every refusal names the command that would do it.

use super::Office;
use crate::support::{Ran, without_times};

fn help(ran: &Ran) -> String {
    let help = ran.stderr.lines().find_map(|line| line.strip_prefix("help: flags ")).unwrap_or_else(|| panic!("{ran}"));
    help.to_owned()
}

// D4
#[test]
fn a_protected_flag_takes_a_proposal_and_somebody_else() {
    insta::assert_snapshot!(Office::open().session(&[
        &["override", "guarded", "off", "--reason", "it's late"],
        &["propose", "override", "guarded", "off", "--reason", "it's late"],
        &["approve", "1"],
        &["proposals"],
        &["approve", "1", "--as", " ADA "],
        &["approve", "1", "--as", "bob"],
        &["approve", "1", "--as", "bob"],
        &["controls"],
        &["clear", "guarded", "--as", "bob"],
    ]));
}

// D4
#[test]
fn a_kill_of_a_protected_flag_is_at_once_and_waits_to_be_confirmed() {
    insta::assert_snapshot!(Office::open().session(&[
        &["kill", "guarded", "--reason", "payments fail"],
        &["controls"],
        &["confirm", "guarded"],
        &["confirm", "guarded", "--as", "bob"],
        &["confirm", "guarded", "--as", "bob"],
        &["revive", "guarded"],
        &["controls", "guarded"],
    ]));
}

#[test]
fn what_is_suggested_can_be_typed_as_it_is() {
    let office = Office::open();
    let refused =
        office.run(&["override", "guarded", "off", "--as", "ada", "--state-dir", "state", "--reason", "it's $late"]);
    let suggested = help(&refused);
    assert_eq!(suggested, r"propose override guarded off --state-dir state --as ada --reason 'it'\''s $late'");
    let bin = std::path::Path::new(env!("CARGO_BIN_EXE_flags"));
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &format!("{} {suggested}", bin.display())]).current_dir(office.0.path(""));
    assert!(shell.env("FLAGS_FILE", "flags.toml").output().unwrap().status.success());
    let [proposal] =
        &office.done(&["proposals", "--format", "json"]).json()["proposals"].as_array().unwrap().clone()[..]
    else {
        panic!("one proposal");
    };
    assert_eq!((&proposal["reason"], &proposal["variant"]), (&"it's $late".into(), &"off".into()));
    let own = office.run(&["approve", "1", "--as", "ada"]);
    assert!(own.stderr.contains("\nhelp: by somebody else: flags approve 1 --as NAME\n"), "{own}");
}

#[test]
fn proposals_are_rejected_and_withdrawn() {
    let office = Office::open();
    office.done(&["propose", "kill", "guarded"]);
    office.done(&["propose", "override", "guarded", "--percentage", "5"]);
    office.done(&["propose", "clear", "cart", "--unit", "user-42", "--anyway", "--format", "json"]);
    insta::assert_snapshot!(office.session(&[
        &["proposals"],
        &["reject", "1", "--as", "bob", "--reason", "not on a Friday"],
        &["reject", "2"],
        &["reject", "2"],
        &["audit", "list"],
    ]));
}

#[test]
fn what_has_changed_meanwhile_is_not_approved() {
    let office = Office::open();
    office.done(&["propose", "override", "cart", "off"]);
    office.done(&["override", "cart", "on", "--as", "grace"]);
    let ran = office.run(&["approve", "1", "--as", "bob"]);
    assert_eq!(ran.status, 1);
    insta::assert_snapshot!(without_times(&ran.to_string()));
}

// Who acts does not choose the file that says a flag is not protected.
#[test]
fn a_flag_is_protected_if_any_definitions_known_here_say_so() {
    let office = Office::open();
    let refused = |arguments: &[&str]| office.run(arguments).status == 1;
    assert!(refused(&["override", "payments", "off"]), "in which environment programs run is not known");
    assert!(refused(&["override", "payments", "off", "--environment", "production"]));
    assert!(refused(&["override", "payments", "off", "--environment", "development"]), "who acts does not choose it");

    std::fs::write(office.0.path("state/definitions.json"), recorded(super::FLAGS)).unwrap();
    std::fs::write(office.0.path("mine.toml"), super::FLAGS.replace("protected = true", "protected = false")).unwrap();
    assert!(refused(&["override", "guarded", "off", "--file", "mine.toml"]));
}

/// What a program that serves these definitions leaves in the state folder.
pub(super) fn recorded(text: &str) -> String {
    let files = serde_json::json!([{ "name": "flags.toml", "text": text }]);
    serde_json::json!({ "format": 1, "recorded_at": "2026-11-20T09:00:00Z", "files": files }).to_string()
}
