//! Kill, revive, override and clear: what they do, what they say, and what they refuse.

use serde_json::json;

use super::Office;
use crate::support::without_times;

// D1
#[test]
fn a_kill_says_what_it_takes_along_and_how_to_undo_it() {
    insta::assert_snapshot!(Office::open().session(&[
        &["kill", "shop", "--reason", "payments fail since 03:10"],
        &["kill", "shop"],
        &["revive", "checkout"],
        &["override", "checkout", "express"],
        &["revive", "shop"],
        &["revive", "shop"],
    ]));
}

// D2
#[test]
fn overrides_for_all_for_one_and_by_percentage() {
    let office = Office::open();
    insta::assert_snapshot!(office.session(&[
        &["override", "checkout", "express", "--for", "2h", "--reason", "the launch"],
        &["override", "checkout", "classic", "--unit", "user-42"],
        &["override", "checkout", "--percentage", "12.5", "--until", "2126-01-01T00:00:00Z"],
        &["override", "cart", "off"],
        &["override", "cart", "off"],
        &["clear", "checkout", "--unit", "user-42"],
        &["clear", "checkout", "--kind", "percentage"],
        &["clear", "checkout"],
        &["clear", "checkout"],
    ]));
    let [left] = &office.controls()[..] else { panic!("the one of cart") };
    assert_eq!((&left["flag"], &left["action"], &left["variant"]), (&json!("cart"), &json!("override"), &json!("off")));
}

#[test]
fn an_override_ends_when_it_was_said_to() {
    let office = Office::open();
    let ran = office.run(&["override", "cart", "off", "--until", "2020-01-01T00:00:00Z"]);
    assert_eq!(ran.status, 1, "{ran}");
    assert!(ran.stderr.contains("is not after"), "{ran}");
    let until = "2126-01-01T00:00:00Z";
    office.done(&["override", "cart", "off", "--until", until]);
    assert_eq!(office.controls()[0]["expires_at"], until);
    let serves = |at: &str| office.done(&["eval", "flags.toml", "cart", "--at", at, "--format", "json"]).json();
    assert_eq!(serves("2125-12-31T23:59:59Z")["cause"], "override");
    assert_eq!(serves(until)["cause"], "fallthrough");
}

#[test]
fn what_is_misspelt_is_refused_and_says_what_was_meant() {
    let office = Office::open();
    insta::assert_snapshot!(office.session(&[
        &["kill", "chekout"],
        &["kill", "pricing"],
        &["override", "checkout", "expres"],
        &["override", "checkout", "fancy", "--unit", "user-42"],
        &["clear", "shopp"],
        &["revive", "pricing"],
    ]));
    assert!(office.controls().is_empty());
    let ran = office.done(&["kill", "pricing", "--anyway"]);
    assert!(ran.stdout.starts_with("killed pricing"), "{ran}");
    office.done(&["override", "checkout", "fancy", "--anyway"]);
    assert!(office.controls().iter().all(|control| control["orphaned"] == true));
    office.done(&["revive", "pricing"]);
}

#[test]
fn a_change_as_json() {
    let office = Office::open();
    office.done(&["override", "checkout", "express", "--unit", "user-42", "--reason", "a test"]);
    let ran = office.done(&["kill", "shop", "--format", "json"]);
    insta::assert_snapshot!(without_times(&ran.to_string()));
    let again = office.done(&["kill", "shop", "--format", "json"]).json();
    assert_eq!(
        (&again["outcome"], &again["revision"], &again["controls"]),
        (&json!("unchanged"), &json!(null), &json!([]))
    );
}

// A typing error in the state folder would kill nothing, so it is not made.
#[test]
fn a_state_folder_is_not_made_by_mistake() {
    let office = Office::open();
    let ran = office.run(&["kill", "shop", "--state-dir", "stat"]);
    assert_eq!(ran.status, 3, "{ran}");
    assert!(ran.stderr.contains("there is no state folder stat;"), "{ran}");
    assert!(!office.0.path("stat").exists());
    let first = office.done(&["kill", "shop"]);
    assert!(first.stderr.contains("no program has used it yet"), "{first}");
    assert_eq!(office.done(&["kill", "cart"]).stderr, "");
}

#[test]
fn who_it_was_is_the_option_then_the_environment_then_the_login() {
    let office = Office::open();
    office.done(&["override", "cart", "off", "--as", " Grace "]);
    office.done(&["override", "shop", "off"]);
    let mut as_login = office.command(&["override", "checkout", "classic"]);
    assert!(as_login.env_remove("FLAGS_ACTOR").output().unwrap().status.success());
    let authors: Vec<String> =
        office.controls().iter().map(|control| control["author"].as_str().unwrap().to_owned()).collect();
    assert_eq!((authors[0].as_str(), authors[2].as_str()), ("Grace", "ada"), "by flag: cart, checkout, shop");
    assert!(!authors[1].is_empty() && authors[1] != "ada", "{authors:?}");
}
