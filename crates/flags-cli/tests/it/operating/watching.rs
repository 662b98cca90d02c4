//! `watch` with a state folder: what operators do is told like any other change.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value as Json, json};

use super::Office;

#[test]
fn a_kill_is_told_with_what_it_changes() {
    let office = Office::open();
    let arguments = ["watch", "flags.toml", "--format", "json", "--flag", "checkout", "--for-changes", "1"];
    let mut watching = office.command(&arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    let mut next = || -> Json { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["answers"][0]["on"], true);
    office.done(&["kill", "shop"]);
    let told = next();
    assert_eq!(
        (&told["event"], &told["changes"]),
        (&json!("change"), &json!([{ "flag": "checkout", "kind": "changed" }]))
    );
    assert_eq!((&told["answers"][0]["on"], &told["answers"][0]["reason"]), (&json!(false), &json!("DISABLED")));
    assert_eq!(watching.wait().unwrap().code(), Some(0));
}
