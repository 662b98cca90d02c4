//! Where something is broken: definitions, the file of the controls, or all of it.

use super::{FLAGS, Office, two_people::recorded};
use crate::support::without_times;

// D1: a kill has to get through whatever became of the definitions.
#[test]
fn with_broken_definitions_those_recorded_count() {
    let office = Office::open();
    std::fs::write(office.0.path("flags.toml"), "[features.shop]\nenabeld = true\n").unwrap();
    insta::assert_snapshot!(
        "nothing_is_known",
        office.session(&[
            &["kill", "shopp"],
            &["override", "cart", "off"],
            &["propose", "override", "cart", "off"],
            &["revive", "shopp"],
        ])
    );
    std::fs::write(office.0.path("state/definitions.json"), recorded(FLAGS)).unwrap();
    insta::assert_snapshot!(
        "recorded_definitions",
        office.session(&[
            &["kill", "shopp"],
            &["kill", "shop"],
            &["override", "cart", "off"],
            &["override", "guarded", "off"],
        ])
    );
}

#[test]
fn without_a_file_the_recorded_definitions_are_all_that_is_needed() {
    let office = Office::open();
    std::fs::write(office.0.path("state/definitions.json"), recorded(FLAGS)).unwrap();
    let kill = |flag: &str| office.command(&["kill", flag]).env_remove("FLAGS_FILE").output().unwrap();
    let misspelt = String::from_utf8(kill("shpo").stderr).unwrap();
    assert!(
        misspelt.contains("in the definitions recorded at 2026-11-20T09:00:00Z; did you mean `shop`?"),
        "{misspelt}"
    );
    let killed = kill("shop");
    let stdout = String::from_utf8(killed.stdout).unwrap();
    assert!(stdout.contains("with it  checkout (below it)"), "{stdout}");
    std::fs::write(office.0.path("state/definitions.json"), "{").unwrap();
    assert_eq!(kill("cart").status.code(), Some(0));
}

// D1: an old copy of the files must not keep anybody from killing what runs.
#[test]
fn what_programs_have_can_be_killed_though_the_named_file_does_not_have_it() {
    let office = Office::open();
    std::fs::write(office.0.path("state/definitions.json"), recorded(FLAGS)).unwrap();
    std::fs::write(office.0.path("flags.toml"), "[features.shop]\nenabled = true\n").unwrap();
    office.done(&["kill", "cart"]);
    let misspelt = office.run(&["kill", "carts"]);
    assert_eq!(misspelt.status, 1, "{misspelt}");
}

// A16
#[test]
fn controls_that_are_lost_are_given_up_only_on_purpose() {
    let office = Office::open();
    office.done(&["kill", "shop"]);
    std::fs::write(office.0.path("state/controls.json"), "{").unwrap();
    let log = office.0.path("state/audit/audit-000001.jsonl");
    std::fs::write(&log, "nonsense\n").unwrap();
    insta::assert_snapshot!(office.session(&[
        &["kill", "cart"],
        &["eval", "flags.toml", "shop"],
        &["recover"],
        &["recover", "--accept-loss", "--reason", "disk failure"],
        &["recover"],
        &["audit", "list"],
    ]));
    let kept = std::fs::read_dir(office.0.path("state")).unwrap();
    let names: Vec<String> = kept.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|name| name.starts_with("controls.json.damaged-")), "{names:?}");
}

#[test]
fn a_damaged_file_of_controls_is_told_again_from_the_log() {
    let office = Office::open();
    office.done(&["kill", "shop"]);
    std::fs::write(office.0.path("state/controls.json"), "{").unwrap();
    let ran = office.done(&["recover"]);
    insta::assert_snapshot!(without_times(&ran.to_string()));
    assert_eq!(office.controls()[0]["action"], "kill");
}
