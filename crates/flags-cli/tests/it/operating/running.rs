//! Operators against a server that runs: what is killed by command is off there, and stays so whatever happens.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value as Json, json};

use super::{FLAGS, Office};
use crate::serving::Serving;

fn serve(office: &Office) -> Serving {
    Serving::start(&office.0, &["--state-dir", "state"])
}

fn cause(serving: &Serving, flag: &str) -> Json {
    let request = format!("POST /ofrep/v1/evaluate/flags/{flag}");
    let (status, body) = serving.ask(&request, r#"{"context":{"targetingKey":"user-42"}}"#);
    assert_eq!(status, "HTTP/1.1 200 OK", "{body}");
    serde_json::from_str::<Json>(&body).unwrap()["metadata"]["cause"].clone()
}

fn readiness(serving: &Serving) -> Json {
    serde_json::from_str(&serving.ask("GET /readyz", "").1).unwrap()
}

// D1: a kill by command is seen by a running server, and outlives its death, a reload and a broken file.
#[test]
fn a_kill_is_served_and_lasts() {
    let office = Office::open();
    let mut serving = serve(&office);
    let mut events = serving.events();
    assert_eq!(cause(&serving, "checkout"), "fallthrough");
    let ran = office.done(&["kill", "shop", "--reason", "payments fail"]);
    assert!(!ran.stderr.contains("no program has used it"), "{ran}");
    events.next().unwrap();
    assert_eq!(cause(&serving, "checkout"), "kill", "with what is below it");

    // SIGKILL: there is no time to save anything.
    serving.child.kill().unwrap();
    serving.child.wait().unwrap();
    let serving = serve(&office);
    assert_eq!(cause(&serving, "checkout"), "kill", "after kill -9 and a restart");
    assert_eq!(readiness(&serving)["controls"]["in_force"], 1);

    let mut events = serving.events();
    let reloaded =
        FLAGS.replace("[features.shop]\nenabled = true", "[features.shop]\nenabled = true\ndescription = \"on\"");
    std::fs::write(office.0.path("flags.toml"), reloaded).unwrap();
    events.next().unwrap();
    assert_eq!(cause(&serving, "shop"), "kill", "after a reload that says enabled = true");

    // The file is broken now for the server and for the command; the command knows flags by what the server recorded.
    std::fs::write(office.0.path("flags.toml"), "[features.shop\n").unwrap();
    assert_eq!(cause(&serving, "shop"), "kill");
    let ran = office.done(&["kill", "cart"]);
    assert!(ran.stderr.contains("flags are looked up in the definitions recorded at"), "{ran}");
    events.next().unwrap();
    assert_eq!([cause(&serving, "shop"), cause(&serving, "cart")], ["kill", "kill"], "with the file broken");
    assert_eq!(office.run(&["kill", "crat"]).status, 1, "names are checked all the same");

    office.done(&["revive", "shop"]);
    events.next().unwrap();
    assert_eq!(cause(&serving, "shop"), "fallthrough");
    office.done(&["audit", "verify"]);
}

// D2, D3, D4
#[test]
fn the_log_says_who_and_why_and_readiness_what_waits() {
    let office = Office::open();
    office.done(&["override", "cart", "off"]);
    let arguments = ["--state-dir", "state", "--log-format", "json"];
    let mut serving = Serving::start_logging(&office.0, &arguments, "info", Stdio::piped());
    let mut log = BufReader::new(serving.child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut told = |words: &str| log.find(|line| line.contains(words)).unwrap();
    told("in force from before: flag cart: override to off by ada");

    let mut events = serving.events();
    office.done(&["kill", "guarded", "--reason", "payments fail"]);
    let line: Json = serde_json::from_str(&told("flag guarded: kill")).unwrap();
    assert_eq!(line["message"], "flag guarded: kill by ada: payments fail (not confirmed)");
    assert_eq!(line["origin"], "cli");
    events.next().unwrap();
    office.done(&["propose", "revive", "guarded"]);
    office.done(&["kill", "later", "--anyway"]);
    told("flag later: kill by ada");
    let controls = &readiness(&serving)["controls"];
    let waits = ["unconfirmed", "orphaned", "proposals"].map(|name| controls[name].clone());
    assert_eq!((waits, &controls["error"]), ([json!(1), json!(1), json!(1)], &json!(null)));

    office.done(&["approve", "3", "--as", "bob"]);
    events.next().unwrap();
    assert_eq!(cause(&serving, "guarded"), "fallthrough");
    let (_, metrics) = serving.ask("GET /metrics", "");
    assert!(metrics.contains("flags_controls_in_force{action=\"kill\"} 1"), "{metrics}");
}

#[test]
fn a_server_does_not_start_without_controls_that_may_hold_a_kill() {
    let office = Office::open();
    office.done(&["kill", "shop"]);
    std::fs::write(office.0.path("state/controls.json"), "{").unwrap();
    std::fs::remove_dir_all(office.0.path("state/audit")).unwrap();
    let ran = office.run(&["serve", "flags.toml", "--listen", "127.0.0.1:0"]);
    assert_eq!(ran.status, 3, "{ran}");
    assert!(ran.stderr.contains("they may hold a kill"), "{ran}");
    assert!(ran.stderr.contains("help: flags recover"), "{ran}");
    assert_eq!(office.run(&["recover"]).status, 1);
    office.done(&["recover", "--accept-loss"]);
    assert_eq!(cause(&Serving::start(&office.0, &["--state-dir", "state"]), "shop"), "fallthrough");
}
