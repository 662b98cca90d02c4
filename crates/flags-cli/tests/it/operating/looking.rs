//! The commands that look: controls, and what flags come to under them.

use serde_json::json;

use super::Office;
use crate::support::without_times;

/// An office where much has happened.
fn busy() -> Office {
    let office = Office::open();
    office.done(&["kill", "shop", "--reason", "payments fail"]);
    office.done(&["kill", "guarded", "--as", "bob"]);
    office.done(&["override", "checkout", "express", "--unit", "user-42", "--until", "2126-01-01T00:00:00Z"]);
    office.done(&["override", "cart", "--percentage", "25", "--as", "rollout@shop", "--reason", "step 2 of 4"]);
    office.done(&["override", "checkout", "fancy", "--anyway"]);
    office.done(&["kill", "later", "--anyway"]);
    office.done(&["propose", "revive", "guarded"]);
    office
}

#[test]
fn all_controls_and_those_of_one_flag() {
    insta::assert_snapshot!(busy().session(&[&["controls"], &["controls", "checkout"], &["controls", "payments"]]));
}

#[test]
fn controls_as_json() {
    let office = busy();
    let told = office.done(&["controls", "--format", "json"]).json();
    assert_eq!((&told["unconfirmed"], &told["orphaned"], &told["proposals"]), (&json!(1), &json!(2), &json!(1)));
    let of_one = office.done(&["controls", "cart", "--format", "json"]);
    insta::assert_snapshot!(without_times(&of_one.to_string()));
    let no_definitions = office.command(&["controls", "--format", "json"]).env_remove("FLAGS_FILE").output().unwrap();
    let told: serde_json::Value = serde_json::from_slice(&no_definitions.stdout).unwrap();
    assert_eq!(told["orphaned"], json!(null), "nobody knows");
}

#[test]
fn there_may_be_none() {
    insta::assert_snapshot!(Office::open().session(&[&["controls"], &["proposals"], &["audit", "list"]]));
}

// D1, D9
#[test]
fn what_flags_come_to_under_controls() {
    let office = busy();
    insta::assert_snapshot!(office.session(&[
        &["eval", "flags.toml", "checkout"],
        &["explain", "flags.toml", "cart"],
        &["list", "flags.toml"],
        &["show", "flags.toml", "checkout"],
    ]));
    office.done(&["revive", "shop"]);
    let served =
        |unit: &str| office.done(&["eval", "flags.toml", "checkout", "--set", unit, "--format", "json"]).json();
    assert_eq!(served("user_id=user-42")["variant"], "express");
    assert_eq!(served("user_id=user-43")["variant"], "classic", "a variant that is not there does nothing");
    let batch = office.0.path("questions.jsonl");
    std::fs::write(batch, r#"{"flag":"checkout","context":{"user_id":"user-42"}}"#).unwrap();
    let ran = office.done(&["eval", "flags.toml", "--batch", "questions.jsonl"]);
    assert_eq!(ran.json_lines()[0]["cause"], "override", "{ran}");
}

#[test]
fn without_a_state_folder_nothing_is_laid_over_flags() {
    let office = busy();
    let plain = office.0.run(&["eval", "flags.toml", "checkout", "--format", "json"]).json();
    assert_eq!(plain["cause"], "fallthrough");
    let named = office.0.run(&["explain", "flags.toml", "checkout", "--state-dir", "state", "--format", "json"]).json();
    assert_eq!((&named["cause"], &named["controls"][0]["author"]), (&json!("kill"), &json!("ada")));
}
