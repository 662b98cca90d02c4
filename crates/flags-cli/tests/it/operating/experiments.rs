//! Experiments as they are operated and looked at from the command line. // F1, F3, F9

use serde_json::json;

use super::Office;
use crate::support::{Ran, without_times};

const EXPERIMENTS: &str = r#"
[features.button]
enabled = true
variants = { blue = "b", red = "r" }
serve = "blue"

[features.banner]
enabled = true

[features.guarded]
enabled = true
protected = true

[layers.page]
[holdouts.everywhere]
percentage = 5
all = true

[experiments.colour]
hypothesis = "A bold button sells more"
description = "The button of the basket"
owner = "growth"
status = "running"
start = 2020-01-01T00:00:00Z
end = 2099-01-01T00:00:00Z
layer = "page"
traffic = 50
bucket_by = ["user_id"]
audience = [{ attribute = "country", in = ["NL", "DE"] }]

[[experiments.colour.arms]]
name = "plain"
control = true
weight = 2

[[experiments.colour.arms]]
name = "bold"
overrides = { button = "red" }
payload = { label = "Buy now" }
description = "Red, with another label"

[[experiments.colour.metrics]]
name = "orders"
kind = "conversion"
event = "ordered"
window = "7d"
minimum_detectable_effect = 0.02

[[experiments.colour.metrics]]
name = "errors"
role = "guardrail"
kind = "ratio"
numerator = "failed"
denominator = "seen"
goal = "decrease"
margin = 0.1

[experiments.shade]
arms = [{ name = "plain", control = true }, { name = "dark", overrides = { button = "red" } }]

[experiments.banner]
status = "running"
arms = [{ name = "with", control = true }, { name = "without", overrides = { banner = "off" } }]

[experiments.past]
status = "running"
end = 2020-02-01T00:00:00Z
arms = [{ name = "plain", control = true }, { name = "other", overrides = { banner = "off" } }]

[experiments.careful]
status = "running"
arms = [{ name = "with", control = true }, { name = "without", overrides = { guarded = "off" } }]
"#;

fn office() -> Office {
    // Of two on the banner, the one in the past has no future to be in the other's way.
    Office::with(&EXPERIMENTS.replace("[experiments.banner]\n", "[experiments.banner]\nstart = 2020-02-01T00:00:00Z\n"))
}

#[test]
fn an_experiment_is_paused_started_extended_and_decided() {
    insta::assert_snapshot!(office().session(&[
        &["experiment", "pause", "colour", "--reason", "errors in the basket"],
        &["experiment", "pause", "colour"],
        &["experiment", "start", "colour"],
        &["experiment", "pause", "colour", "--for", "2h"],
        &["experiment", "stop", "colour"],
        &["experiment", "extend", "colour", "--by", "7d"],
        &["experiment", "winner", "colour", "bold", "--reason", "3 % more orders"],
        &["experiment", "stop", "colour", "--as", "bob"],
        &["controls"],
        &["experiment", "list"],
        &["experiment", "clear", "colour", "--kind", "winner"],
        &["experiment", "clear", "colour"],
        &["experiment", "clear", "colour"],
        &["audit", "list", "--flag", "experiment colour"],
    ]));
}

#[test]
fn what_is_known_of_an_experiment() {
    let office = office();
    insta::assert_snapshot!(office.session(&[&["experiment", "show", "colour"], &["experiment", "list"]]));
    office.done(&["experiment", "winner", "colour", "bold"]);
    office.done(&["experiment", "pause", "banner", "--reason", "too loud"]);
    insta::assert_snapshot!(
        "what_is_known_under_controls",
        office.session(&[&["experiment", "show", "banner"], &["experiment", "show", "colour", "--format", "json"],])
    );
    let all = office.done(&["experiment", "list", "--format", "json"]).json();
    let phases: Vec<_> =
        all["experiments"].as_array().unwrap().iter().map(|one| one["phase"].as_str().unwrap()).collect();
    assert_eq!(phases, ["decided", "draft", "paused", "ended", "running"]);
}

// Two on one flag, of which the file would have been refused, and what would do nothing.
#[test]
fn what_is_in_the_way_is_told_with_the_command_that_helps() {
    let office = office();
    office.done(&["experiment", "winner", "banner", "with"]);
    insta::assert_snapshot!(office.session(&[
        &["experiment", "start", "shade"],
        &["experiment", "start", "past"],
        &["experiment", "start", "banner"],
        &["experiment", "winner", "shade", "dark"],
        &["experiment", "extend", "shade", "--by", "7d"],
        &["experiment", "extend", "colour", "--until", "2020-01-01T00:00:00Z"],
        &["experiment", "stop", "color"],
        &["experiment", "winner", "colour", "bald"],
        &["experiment", "show", "color"],
        &["experiment", "stop", "colour", "--for", "2h"],
        &["experiment", "start", "shade", "--anyway"],
        &["kill", "guarded"],
        &["experiment", "pause", "careful", "--anyway"],
    ]));
}

#[test]
fn an_end_is_put_off_by_as_much_as_is_said() {
    let office = office();
    let end = |ran: &Ran| ran.json()["controls"][0]["end"].clone();
    let by = |text: &str| office.done(&["experiment", "extend", "colour", "--by", text, "--format", "json"]);
    assert_eq!(end(&by("7d")), json!("2099-01-08T00:00:00Z"));
    assert_eq!(end(&by("1d")), json!("2099-01-09T00:00:00Z"), "from the end in force");
}

// D4
#[test]
fn an_experiment_on_a_protected_flag_takes_two_but_for_its_brakes() {
    insta::assert_snapshot!(office().session(&[
        &["experiment", "winner", "careful", "without"],
        &["propose", "experiment", "winner", "careful", "without", "--reason", "fewer errors"],
        &["proposals"],
        &["approve", "1", "--as", "bob"],
        &["propose", "experiment", "clear", "careful", "--kind", "winner"],
        &["approve", "3", "--as", "bob"],
        &["experiment", "pause", "careful", "--for", "2h"],
        &["experiment", "pause", "careful"],
        &["controls"],
        &["experiment", "confirm", "careful"],
        &["experiment", "confirm", "careful", "--as", "bob"],
        &["experiment", "start", "careful", "--as", "bob"],
    ]));
}

// Who wonders why a flag is what it is hears of the experiment's controls.
#[test]
fn a_decision_names_the_control_of_its_experiment() {
    let office = office();
    let asked = ["flags.toml", "button", "--set", "country=NL", "--set", "user_id=7"];
    let ask = |command: &'static str| [&[command], &asked[..]].concat();
    office.done(&["experiment", "winner", "colour", "bold", "--reason", "3 % more orders"]);
    office.done(&["experiment", "pause", "banner"]);
    insta::assert_snapshot!(office.session(&[&ask("eval"), &ask("explain")]));
}

// An emergency does not wait for definitions that can be read.
#[test]
fn it_is_stopped_whatever_the_definitions_are() {
    let office = office();
    std::fs::write(office.0.path("flags.toml"), "[features").unwrap();
    insta::assert_snapshot!(office.session(&[&["experiment", "stop", "colour"], &["experiment", "start", "colour"],]));
    let ran = office.run(&["experiment", "list"]);
    assert_eq!(ran.status, 1, "{ran}");
    std::fs::remove_file(office.0.path("flags.toml")).unwrap();
    let mut command = office.0.command(&["experiment", "list"]);
    command.env("FLAGS_STATE_DIR", "state");
    let nothing = Ran::of(command.output().unwrap());
    assert_eq!(nothing.status, 2, "{nothing}");
    assert!(nothing.stderr.contains("which definitions?"), "{}", without_times(&nothing.stderr));
}
