//! `flags breaker`. // E5, D4

use std::time::Duration;

use flags::{Context, Flags};

use super::Office;

const FLAGS: &str = r#"[features.search]
enabled = true
error_threshold = { rate = 0.2, window = 20, min_samples = 5, cooldown = "30s", permits = 3 }

[features.checkout]
enabled = true
protected = true
error_threshold = { rate = 0.05 }
environments.staging.error_threshold = { rate = 0.5, window = "1m" }

[features.plain]
enabled = true
"#;

/// A program in which every search fails, until its breaker is open.
fn a_program_opens_it(office: &Office) {
    let flags = Flags::builder().file(office.0.path("flags.toml")).watch(None).state_dir(office.0.path("state"));
    let flags = flags.build().unwrap();
    let search = || flags.try_run("search", &Context::new("user-42")).on(|| Err(())).off(|| Ok(()));
    assert!((0..20).any(|_| search().is_ok()));
    flags.breakers().look();
    assert!(!flags.is_enabled("search", &Context::new("user-42")));
}

#[test]
fn a_session_with_breakers() {
    let office = Office::with(FLAGS);
    let before = office.session(&[&["breaker", "list"]]);
    a_program_opens_it(&office);
    let after = office.session(&[
        &["breaker", "list"],
        &["explain", "flags.toml", "search"],
        &["breaker", "close", "search", "--for", "2h", "--reason", "the errors are known"],
        &["breaker", "list"],
        &["breaker", "open", "search", "--reason", "the index is rebuilt"],
        &["breaker", "release", "search"],
        &["breaker", "release", "search"],
        &["breaker", "list", "--environment", "staging"],
    ]);
    insta::assert_snapshot!(format!("{before}{after}"));
}

#[test]
fn what_is_refused_says_what_would_do() {
    let office = Office::with(FLAGS);
    insta::assert_snapshot!(office.session(&[
        &["breaker", "open", "plain"],
        &["breaker", "close", "serach"],
        &["breaker", "open", "checkout"],
        &["propose", "breaker", "open", "checkout", "--reason", "payments fail"],
        &["approve", "1", "--as", "bob"],
        &["breaker", "list"],
        &["breaker", "release", "checkout"],
    ]));
}

#[test]
fn breakers_as_json() {
    let office = Office::with(FLAGS);
    a_program_opens_it(&office);
    let listed = office.done(&["breaker", "list", "--format", "json"]).json();
    let breakers = listed["breakers"].as_array().unwrap();
    let [checkout, search] = &breakers[..] else { panic!("{listed}") };
    assert_eq!(
        (&checkout["flag"], &checkout["state"], &checkout["control"]),
        (&"checkout".into(), &"closed".into(), &().into())
    );
    assert_eq!((&search["state"], &search["control"]["origin"]), (&"open".into(), &"breaker".into()));
    assert_eq!(search["options"]["window_runs"], 20);
    assert_eq!(search["options"]["cooldown_seconds"], Duration::from_secs(30).as_secs_f64());
    let closed = office.done(&["breaker", "close", "search", "--format", "json"]).json();
    assert_eq!((&closed["outcome"], &closed["controls"][0]["breaker"]), (&"applied".into(), &"forced_closed".into()));
}

#[test]
fn a_breaker_that_nothing_defines_is_listed_while_it_is_held() {
    let office = Office::with("[features.plain]\nenabled = true\n");
    office.done(&["breaker", "open", "plain", "--anyway"]);
    insta::assert_snapshot!(office.session(&[
        &["breaker", "list"],
        &["breaker", "release", "plain"],
        &["breaker", "list"]
    ]));
}
