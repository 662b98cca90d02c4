//! Rollouts and migrations as they are operated from the command line. // E2, E4, D4, D10

use super::Office;
use crate::support::without_times;

const PLANS: &str = r#"
[features.checkout]
enabled = true
rollout_percentage = 0

[features.checkout.rollout]
strategy = "custom"
stages = [{ percentage = 10, hold = "1h" }, { percentage = 50, hold = "1h", approval = true }, { percentage = 100, hold = "1h" }]

[[features.checkout.rollout.guardrails]]
metric = "error_rate"
max = 0.05
max_increase = 0.2

[features.guarded]
enabled = true
rollout_percentage = 0
protected = true
rollout = { strategy = "canary", duration = "2h" }

[features.plain]
enabled = true

[features.ready]
enabled = true
[features.write_both]
enabled = false
[features.read_new]
enabled = false
[features.read_old]
enabled = false

[migrations.store]
description = "Orders move to the new store"
phases = [
  { name = "write both", flag = "write_both", requires = ["ready"], hold = "1h", guardrails = [{ metric = "error_rate", max = 0.01 }] },
  { name = "read new", flag = "read_new", requires = ["write_both"], hold = "1h", rollback_flag = "read_old" },
]

[migrations.careful]
phases = [{ name = "all", flag = "guarded_too" }]

[features.guarded_too]
enabled = false
protected = true
"#;

fn office() -> Office {
    Office::with(PLANS)
}

/// A session without what differs from run to run: instants, process ids, and how long something has been watched.
fn settled(session: &str) -> String {
    let mut settled = String::new();
    for line in without_times(session).lines() {
        let mut line = line.to_owned();
        if let Some((before, after)) = line.split_once("watched: ")
            && let Some((_, rest)) = after.split_once(" of ")
        {
            line = format!("{before}watched: 0s of {rest}");
        }
        if let Some((before, after)) = line.split_once("process ") {
            line = format!("{before}process 123{}", after.trim_start_matches(|digit: char| digit.is_ascii_digit()));
        }
        settled.push_str(&line);
        settled.push('\n');
    }
    settled
}

impl Office {
    fn settled(&self, commands: &[&[&str]]) -> String {
        settled(&self.session(commands))
    }
}

#[test]
fn a_rollout_is_started_paused_promoted_and_taken_back() {
    let office = office();
    insta::assert_snapshot!(office.settled(&[
        &["rollout", "list"],
        &["rollout", "start", "checkout", "--reason", "the launch"],
        &["rollout", "status", "checkout"],
        &["eval", "flags.toml", "checkout", "--set", "targeting_key=user-9"],
        &["rollout", "pause", "checkout", "--reason", "lunch"],
        &["rollout", "status", "checkout"],
        &["rollout", "resume", "checkout", "--as", "bob"],
        &["rollout", "promote", "checkout", "--reason", "it is well"],
        &["rollout", "approve", "checkout"],
        &["rollout", "list", "--active"],
        &["rollout", "rollback", "checkout", "--reason", "complaints"],
        &["rollout", "status", "checkout"],
        &["controls"],
        &["rollout", "rearm", "checkout"],
        &["rollout", "history", "checkout"],
        &["rollout", "history", "checkout", "--limit", "2"],
    ]));
}

// E7
#[test]
fn a_damaged_journal_is_named_and_the_list_fails() {
    let office = office();
    office.done(&["rollout", "start", "checkout"]);
    let journal = "state/rollouts/flag-checkout.jsonl";
    let text = office.0.text(journal);
    std::fs::write(office.0.path(journal), format!("no line of a journal, and no torn one either\n{text}")).unwrap();
    let list = office.run(&["rollout", "list"]);
    assert_eq!(list.status, 1, "{list}");
    for told in ["damaged checkout: ", "flag-checkout.jsonl, line 1", "flags kill checkout"] {
        assert!(list.stdout.contains(told), "{told}\n{list}");
    }
    let json: serde_json::Value =
        serde_json::from_str(&office.run(&["rollout", "list", "--format", "json"]).stdout).unwrap();
    assert_eq!(json["damaged"][0]["flag"], "checkout");
}

#[test]
fn what_makes_no_sense_is_refused_with_the_command_that_does() {
    let office = office();
    insta::assert_snapshot!(office.settled(&[
        &["rollout", "pause", "checkout"],
        &["rollout", "status", "chekout"],
        &["rollout", "start", "chekout"],
        &["rollout", "start", "plain"],
        &["rollout", "status", "plain"],
        &["rollout", "history", "checkout"],
        &["rollout", "rearm", "checkout"],
        &["rollout", "start", "checkout"],
        &["rollout", "start", "checkout"],
        &["rollout", "resume", "checkout"],
        &["rollout", "approve", "checkout"],
        &["rollout", "rollback", "checkout"],
        &["rollout", "pause", "checkout"],
        &["migration", "pause", "store"],
        &["migration", "status", "stor"],
        &["migration", "start", "shop"],
    ]));
}

// D4
#[test]
fn protected_flags_take_two_people() {
    let office = office();
    insta::assert_snapshot!(office.settled(&[
        &["rollout", "start", "guarded", "--reason", "the launch"],
        &["rollout", "list"],
        &["rollout", "status", "guarded"],
        &["rollout", "start", "guarded"],
        &["rollout", "start", "guarded", "--as", "bob"],
        &["rollout", "rollback", "guarded"],
        &["rollout", "history", "guarded"],
        &["migration", "start", "careful"],
        &["migration", "status", "careful"],
        &["migration", "start", "careful"],
        &["migration", "start", "careful", "--as", "bob"],
    ]));
}

#[test]
fn a_migration_is_started_paused_and_taken_back() {
    let office = office();
    insta::assert_snapshot!(office.settled(&[
        &["migration", "list"],
        &["migration", "start", "store", "--reason", "the copy is done"],
        &["migration", "status", "store"],
        &["migration", "pause", "store"],
        &["migration", "resume", "store", "--as", "bob"],
        &["migration", "rollback", "store", "--reason", "orders are missing"],
        &["migration", "list"],
        &["migration", "history", "store"],
    ]));
}

#[test]
fn everything_is_there_as_json() {
    let office = office();
    let json = |arguments: &[&str]| office.done(&[arguments, &["--format", "json"]].concat()).json();
    let started = json(&["rollout", "start", "checkout"]);
    assert_eq!((&started["outcome"], &started["command"]), (&"done".into(), &"start".into()));
    assert_eq!(started["driven_by"], serde_json::Value::Null);
    let rollout = json(&["rollout", "status", "checkout"]);
    for (name, value) in [
        ("flag", serde_json::json!("checkout")),
        ("phase", "gradual".into()),
        ("status", "running".into()),
        ("percentage", 10.0.into()),
        ("stage", 1.into()),
        ("by", "ada".into()),
    ] {
        assert_eq!(rollout[name], value, "{name}");
    }
    assert_eq!(
        rollout["stages"][1],
        serde_json::json!({
            "percentage": 50.0, "hold_seconds": 3600, "min_samples": 500, "approval": true,
        })
    );
    assert_eq!(rollout["guardrails"][0]["metric"], "error_rate");
    let listed = json(&["rollout", "list"]);
    assert_eq!(listed["rollouts"].as_array().unwrap().len(), 2);
    let history = office.done(&["rollout", "history", "checkout", "--format", "json"]).json_lines();
    assert_eq!((&history[0]["by"], &history[0]["to"]), (&"ada".into(), &"gradual".into()));
    let migration = json(&["migration", "start", "store"]);
    assert_eq!(migration["migration"]["stand"], "waiting");
    assert_eq!(json(&["migration", "list"])["migrations"].as_array().unwrap().len(), 2);
    assert_eq!(json(&["migration", "status", "store"])["phases"][1]["flag"], "read_new");
    let told = office.done(&["migration", "history", "store", "--format", "json"]).json_lines();
    assert_eq!((&told[0]["text"], &told[0]["urgent"]), (&"started".into(), &false.into()));
    let denied = office.run(&["rollout", "start", "checkout", "--format", "json"]);
    assert_eq!(denied.status, 1);
    assert!(denied.stderr.contains("\"kind\":\"denied\""), "{denied}");
}

// What was started can be taken back whatever has become of the files.
#[test]
fn a_rollback_does_not_wait_for_definitions() {
    let office = office();
    office.done(&["rollout", "start", "checkout"]);
    std::fs::write(office.0.path("flags.toml"), "[features").unwrap();
    let ran = office.run(&["rollout", "rollback", "checkout"]);
    assert_eq!(ran.status, 1, "no program has recorded definitions, so nothing is known: {ran}");
    std::fs::write(office.0.path("flags.toml"), "[features.checkout]\nenabled = true\nrollout_percentage = 0\n")
        .unwrap();
    let ran = office.done(&["rollout", "rollback", "checkout"]);
    assert!(ran.stdout.starts_with("rolled back checkout"), "its plan is gone, and it is taken back: {ran}");
    assert!(office.controls().is_empty());
}

#[test]
fn without_a_state_folder_or_definitions_it_says_what_it_needs() {
    let office = office();
    let plain = office.0.run(&["rollout", "list", "--file", "flags.toml"]);
    assert_eq!(plain.status, 2, "{plain}");
    assert!(plain.stderr.contains("which state folder?"), "{plain}");
    let nothing = office.0.run(&["rollout", "list", "--state-dir", "state"]);
    assert_eq!(nothing.status, 2, "{nothing}");
    assert!(nothing.stderr.contains("which definitions?"), "{nothing}");
}

#[cfg(feature = "serve")]
mod running {
    use std::process::Stdio;

    use super::*;
    use crate::{serving::Serving, support::Ran};

    const QUICK: &str = r#"
[features.search]
enabled = true
rollout_percentage = 0
rollout = { strategy = "custom", stages = [{ percentage = 25, hold = "1s" }, { percentage = 100, hold = "1s" }] }

[features.bad]
enabled = true
rollout_percentage = 0
[features.bad.rollout]
strategy = "canary"
duration = "10m"
[[features.bad.rollout.guardrails]]
metric = "health"
max = 0
window = "1s"

[signals.health]
http = "http://127.0.0.1:9/healthz"
unreachable = "unhealthy"
interval = "100ms"
timeout = "1s"

[features.first]
enabled = false
[features.second]
enabled = false

[migrations.move]
phases = [{ name = "one", flag = "first" }, { name = "two", flag = "second", requires = ["first"], hold = "1s" }]
"#;

    fn serving(office: &Office) -> Serving {
        Serving::start(&office.0, &["--state-dir", "state", "--drive-rollouts"])
    }

    fn value(serving: &Serving, flag: &str) -> String {
        let request = format!("POST /ofrep/v1/evaluate/flags/{flag}");
        serving.ask(&request, r#"{"context":{"targetingKey":"user-42"}}"#).1
    }

    // E3, E4: the whole way, through the program: started by one process, driven by another, watched by a third.
    #[test]
    fn a_server_drives_what_is_started_and_whoever_watches_sees_the_end() {
        let office = Office::with(QUICK);
        let serving = serving(&office);
        office.done(&["rollout", "start", "search"]);
        office.done(&["migration", "start", "move"]);
        let watched = office.done(&["rollout", "status", "search", "--watch"]);
        let lines: Vec<&str> = watched.stdout.lines().collect();
        assert!(lines.last().unwrap().contains("search complete, 100 %, 100 % done"), "{watched}");
        assert!(value(&serving, "search").contains("true"));
        let moved = office.done(&["migration", "status", "move", "--watch", "--format", "json"]);
        assert_eq!(moved.json_lines().last().unwrap()["stand"], "complete");
        assert!(value(&serving, "second").contains("true"));
        let listed = office.done(&["rollout", "list"]);
        assert!(listed.stdout.contains(&format!("driven by process {}", serving.child.id())), "{listed}");
        insta::assert_snapshot!(settled(
            &office.session(&[&["rollout", "history", "search"], &["migration", "history", "move"]])
        ));
    }

    // E6, E7: a health check that fails takes a rollout back, which is status 1 for whoever waits.
    #[test]
    fn what_is_not_well_is_taken_back_by_itself() {
        let office = Office::with(QUICK);
        let serving = serving(&office);
        office.done(&["rollout", "start", "bad"]);
        let watched = office.run(&["rollout", "status", "bad", "--watch"]);
        assert_eq!(watched.status, 1, "{watched}");
        assert!(watched.stdout.lines().last().unwrap().contains("bad rolled back"), "{watched}");
        let status = office.done(&["rollout", "status", "bad"]);
        assert!(status.stdout.contains("health"), "{status}");
        assert!(office.controls().is_empty(), "what was in force before is in force again");
        drop(serving);
        let alone = office.done(&["rollout", "list"]);
        assert!(alone.stdout.contains("driven by nobody: flags serve flags.toml --state-dir"), "{alone}");
    }

    #[test]
    fn it_says_at_the_start_what_it_drives_and_needs_a_state_folder() {
        let office = Office::with(QUICK);
        let refused = office.0.run(&["serve", "flags.toml", "--drive-rollouts"]);
        assert_eq!(refused.status, 2, "{refused}");
        assert!(refused.stderr.contains("--drive-rollouts needs --state-dir DIR"), "{refused}");
        let mut command = office.0.command(&[
            "serve",
            "flags.toml",
            "--listen",
            "127.0.0.1:0",
            "--state-dir",
            "state",
            "--drive-rollouts",
        ]);
        let mut child = command.env("RUST_LOG", "off").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = std::io::BufRead::lines(std::io::BufReader::new(child.stdout.take().unwrap()));
        let told: Vec<String> = lines.take(3).map(Result::unwrap).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(told[2], "driving: 2 rollouts (bad, search) and 1 migration (move)");
    }

    #[test]
    fn help_tells_of_every_command() {
        let office = Office::with(QUICK);
        let help = |words: &[&str]| office.0.run(&[words, &["--help"]].concat());
        let commands = |ran: &Ran| -> Vec<String> {
            let listed = ran.stdout.lines().skip_while(|line| *line != "Commands:").skip(1);
            let listed = listed.take_while(|line| !line.is_empty()).filter(|line| !line.starts_with("   "));
            listed.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
        };
        let rollout = commands(&help(&["rollout"]));
        for name in ["list", "status", "start", "pause", "resume", "promote", "approve", "rollback", "rearm", "history"]
        {
            assert!(rollout.iter().any(|known| known == name), "{name}: {rollout:?}");
            assert!(help(&["rollout", name]).stdout.contains("Examples:"), "{name}");
        }
        let migration = commands(&help(&["migration"]));
        for name in ["list", "status", "start", "pause", "resume", "rollback", "history"] {
            assert!(migration.iter().any(|known| known == name), "{name}: {migration:?}");
        }
    }
}
