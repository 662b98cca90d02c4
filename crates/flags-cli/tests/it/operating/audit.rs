//! The audit log by command: read, searched, verified, and a touch found.

use serde_json::json;

use super::Office;
use crate::support::without_times;

/// An office with a history.
fn history() -> Office {
    let office = Office::open();
    office.done(&["kill", "shop", "--reason", "payments fail"]);
    office.done(&["override", "checkout", "express", "--until", "2126-01-01T00:00:00Z", "--reason", "the launch"]);
    office.done(&["override", "checkout", "classic", "--as", "bob"]);
    office.done(&["revive", "shop", "--as", "bob"]);
    office.done(&["propose", "override", "guarded", "--percentage", "5"]);
    office.done(&["approve", "5", "--as", "bob"]);
    office
}

// D3
#[test]
fn the_newest_come_first_and_one_is_shown_with_what_is_different() {
    insta::assert_snapshot!(history().session(&[
        &["audit", "list"],
        &["audit", "show", "3"],
        &["audit", "show", "1"],
        &["audit", "show", "6"],
        &["audit", "show", "60"],
    ]));
}

// D3
#[test]
fn entries_are_found_by_flag_person_action_origin_and_time() {
    let office = history();
    let found = |filter: &[&str]| -> Vec<u64> {
        let ran = office.done(&[&["audit", "list", "--format", "json"], filter].concat());
        ran.json_lines().iter().map(|entry| entry["sequence"].as_u64().unwrap()).collect()
    };
    assert_eq!(found(&[]), [6, 5, 4, 3, 2, 1]);
    assert_eq!(found(&["--flag", "checkout"]), [3, 2]);
    assert_eq!(found(&["--actor", "BOB"]), [6, 4, 3]);
    assert_eq!(found(&["--action", "override", "--actor", "ada"]), [2]);
    assert_eq!(found(&["--origin", "cli", "--limit", "2"]), [6, 5]);
    assert_eq!(found(&["--origin", "file"]), [0; 0]);
    assert_eq!(found(&["--from", "2126-01-01T00:00:00Z"]), [0; 0]);
    assert_eq!(found(&["--to", "2126-01-01T00:00:00Z"]).len(), 6);
    let entry = &office.done(&["audit", "list", "--limit", "1", "--format", "json"]).json_lines()[0];
    assert_eq!((&entry["actor"], &entry["reason"], &entry["revision"]), (&json!("bob"), &json!(null), &json!(6)));
}

// D3
#[test]
fn a_log_that_nobody_touched_is_all_right_and_its_head_can_be_kept() {
    let office = history();
    insta::assert_snapshot!(office.session(&[&["audit", "verify"]]));
    let told = office.done(&["audit", "verify", "--format", "json"]).json();
    assert_eq!((&told["ok"], &told["entries"], &told["broken"]), (&json!(true), &json!(6), &json!(null)));
    let head = format!("{}:{}", told["head"]["sequence"], told["head"]["hash"].as_str().unwrap());
    office.done(&["override", "cart", "off"]);
    office.done(&["audit", "verify", "--expect-head", &head]);

    // All of it written anew, by somebody who may write the whole folder: the head that was kept elsewhere finds it out.
    for name in ["audit", "controls.json"] {
        let path = office.0.path("state").join(name);
        if path.is_dir() { std::fs::remove_dir_all(path).unwrap() } else { std::fs::remove_file(path).unwrap() }
    }
    (0..7).for_each(|number| drop(office.done(&["override", "cart", "--percentage", &number.to_string()])));
    office.done(&["audit", "verify"]);
    let ran = office.run(&["audit", "verify", "--expect-head", &head]);
    assert_eq!(ran.status, 1, "{ran}");
    assert!(ran.stdout.contains("BROKEN: entry 6 (audit-000001.jsonl, line 6): replaced"), "{ran}");
}

// D3: any byte of the log.
#[test]
fn a_touched_byte_is_found_and_its_entry_named() {
    let office = history();
    let path = office.0.path("state/audit/audit-000001.jsonl");
    let text = std::fs::read(&path).unwrap();
    let of_third = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).nth(1).unwrap() + 1;
    for at in [of_third, of_third + 20, of_third + 300] {
        let mut touched = text.clone();
        touched[at] ^= 1;
        std::fs::write(&path, &touched).unwrap();
        let ran = office.run(&["audit", "verify", "--format", "json"]);
        assert_eq!((ran.status, &ran.json()["broken"]["sequence"]), (1, &json!(3)), "byte {at}: {ran}");
    }
    std::fs::write(&path, String::from_utf8(text.clone()).unwrap().replace("\"bob\"", "\"eve\"")).unwrap();
    insta::assert_snapshot!(office.session(&[&["audit", "verify"], &["audit", "list"], &["audit", "show", "3"]]));
    std::fs::write(&path, &text).unwrap();
    office.done(&["audit", "verify"]);
}

#[test]
fn controls_that_are_not_what_the_log_says_are_found() {
    let office = history();
    let file = office.0.path("state/controls.json");
    let good = std::fs::read_to_string(&file).unwrap();
    for (bad, words) in [
        (good.replace("classic", "express"), "its content does not match its checksum"),
        (String::new(), "the file is empty"),
    ] {
        std::fs::write(&file, bad).unwrap();
        let ran = office.run(&["audit", "verify"]);
        assert_eq!(ran.status, 1, "{ran}");
        assert!(ran.stdout.contains(words), "{ran}");
    }
    // Verifying changes nothing; the next command makes it good.
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "");
    let ran = office.done(&["controls"]);
    assert!(ran.stderr.contains("the controls were rebuilt from the audit log"), "{ran}");
    office.done(&["audit", "verify"]);
    std::fs::remove_file(&file).unwrap();
    insta::assert_snapshot!(without_times(&office.run(&["audit", "verify"]).to_string()));
}
