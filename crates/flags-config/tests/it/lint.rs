//! B7: the lints over whole files. What each of them finds in detail is tested beside it.

use flags_config::{Finding, LintCode, Linter, Source, lint, load};
use flags_core::{Definitions, PathPart, Timestamp};

/// The day the files are read on.
fn now() -> Timestamp {
    Timestamp::parse("2026-11-20T12:00:00Z").unwrap()
}

#[track_caller]
fn definitions(text: &str) -> Definitions {
    let loaded = load(&Source::new("example.toml", text).into());
    let report = loaded.report.render_human(false);
    Definitions::clone(&loaded.document.unwrap_or_else(|| panic!("{report}")).definitions)
}

// B7
#[test]
fn the_shipped_files_are_clean() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../config");
    for file in ["features.toml", "shop.toml"] {
        let text = std::fs::read_to_string(format!("{folder}/{file}")).unwrap();
        let found = lint(&definitions(&text), now());
        assert_eq!(found, [], "{file}");
    }
}

/// Where a finding is, as a path of the file.
fn place(finding: &Finding) -> String {
    finding.path.iter().fold(String::new(), |path, part| match part {
        PathPart::Key(key) if path.is_empty() => key.to_string(),
        PathPart::Key(key) => format!("{path}.{key}"),
        PathPart::Index(index) => format!("{path}[{index}]"),
    })
}

// B7
#[test]
fn a_file_full_of_problems() {
    let definitions = definitions(
        r#"
[segments.staff]
members = ["user-1"]
exclude = ["user-1"]

[segments.unused]
members = ["user-1"]

[features.old]
enabled = true
expires = 2026-01-31
tags = ["deprecated"]

[features.killed]
state = "emergency_off"

[features.child]
enabled = true
parent = "killed"
requires = ["old"]

[features.checkout]
state = "canary"
rollout_percentage = 10
conditions = [{ attribute = "age", at_least = 18 }, { attribute = "age", less_than = 10 }]

[[features.checkout.rules]]
name = "everybody"

[[features.checkout.rules]]
name = "staff"
when = [{ segment = "staff" }, { percentage = 100 }]

[features.checkout.environments.development]
conditions = []
rules = [{ when = [{ attribute = "version", version = ">=3, <2" }] }]
"#,
    );
    let linter = Linter::new(&definitions, now());
    let lines: Vec<String> = linter
        .findings()
        .iter()
        .map(|finding| format!("{} {}: {}", finding.code.name(), place(finding), finding.message))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    deprecated-flag features.old: `old` is deprecated and still on
    expired features.old.expires: `old` expired on 2026-01-31
    kill-left-on features.killed.state: `killed` is in `emergency_off`, and everything below it with it
    parent-never-on features.child.parent: `child` can never be on: its parent `killed` is in `emergency_off`
    deprecated-reference features.child.requires[0]: `child` requires `old`, which is deprecated
    unreachable-rule features.checkout.rules[1]: rule `staff` is never reached: rule `everybody` takes everybody it could match
    contradictory-conditions features.checkout.conditions[1]: `{ attribute = "age", at_least = 18 }` and `{ attribute = "age", less_than = 10 }` never hold together
    always-true-condition features.checkout.rules[1].when[1]: `percentage = 100` admits every unit
    large-canary features.checkout.rollout_percentage: `checkout` is a canary for 10 %, more than 5 %
    contradictory-conditions features.checkout.environments.development.rules[0].when[0]: `{ attribute = "version", version = ">=3, <2" }` never holds: no version meets `>=3, <2`
    excluded-member segments.staff.members[0]: `user-1` is a member of segment `staff` and excluded from it
    unused-segment segments.unused: nothing refers to segment `unused`
    "#);
    assert!(linter.findings().iter().all(|finding| finding.help.is_some() || finding.message.contains("never holds:")));
    // What an experiment uses is in use.
    let told = Linter::new(&definitions, now()).uses_segment("unused").findings();
    assert!(told.iter().all(|finding| finding.code != LintCode::UnusedSegment));
}

/// What the lints say of rollout plans, circuit breakers, signals and migrations, with the place they say it of.
#[test]
fn rollouts_full_of_problems() {
    let text = r#"
[features.on_already]
enabled = true

[features.on_already.rollout]
strategy = "linear"
deadline = "10m"
guardrails = [
  { metric = "error_rate", max_increase = 0.1 },
  { metric = "error_rate", max_increase = 0.2 },
]

[features.partly]
enabled = true
rollout_percentage = 20
schedule = [
  { at = 2026-11-01T00:00:00Z, rollout_percentage = 30 },
  { at = 2026-12-01T00:00:00Z, rollout_percentage = 50 },
]
rollout = { strategy = "canary", start = 30, guardrails = [{ metric = "queue", max = 5, window = "1s", on_breach = "notify" }] }

[features.off_but_for_staging]
enabled = false
rollout = { strategy = "canary", guardrails = [{ rule = "books" }] }

[features.off_but_for_staging.environments.staging]
enabled = true
rollout_percentage = 0

[features.off]
enabled = false
rollout = { strategy = "canary", guardrails = [{ rule = "books" }] }

[features.off.environments.staging]
enabled = true
rollout_percentage = 0
rollout = { strategy = "canary", guardrails = [{ rule = "books" }] }

[features.taken]
state = "canary"
rollout_percentage = 0
rules = [{ name = "all", when = [] }]
rollout = { strategy = "stepped", auto_advance = false }
error_threshold = { rate = 1 }

[features.waits]
enabled = true
parent = "phase"
requires = ["partly_off"]

[features.partly_off]
enabled = true
rollout_percentage = 0
rollout = { strategy = "canary", guardrails = [{ metric = "queue", max = 5 }] }

[features.phase]
enabled = false
error_threshold = { rate = 0.5, window = 5 }

[features.phase_on]
enabled = true

[signals.queue]
http = "http://127.0.0.1:8080/queue"

[signals.silent]
source = "application"

[migrations.one]
phases = [{ name = "a", flag = "phase" }, { name = "b", flag = "phase_on" }]

[migrations.two]
phases = [{ name = "a", flag = "phase", rollback_flag = "partly_off" }]
"#;
    let loaded = load(&Source::new("example.toml", text).into());
    let document = loaded.document.unwrap_or_else(|| panic!("{}", loaded.report));
    let linter = Linter::new(&document.definitions, now()).document(&document);
    let findings = linter.findings();
    let lines: Vec<String> = findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.code.name(), place(finding), finding.message))
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
    assert!(findings.iter().all(|finding| finding.help.is_some()));
}
