//! The samples of the format and the shipped files (B1).

use flags_config::{Limits, Source, Sources, load, load_and_lint};
use flags_core::Timestamp;

use crate::support::{folder, read};

/// The samples of the format's description, put together as one file, load without a word.
#[test]
fn the_samples_of_the_format_load() {
    let text: String =
        folder("crates/flags-testkit/data/format").iter().map(|file| format!("{}\n", file.text())).collect();
    // `format` and `[settings]` come first in a file.
    let settings = read("crates/flags-testkit/data/format/settings.toml");
    let text = format!("{settings}\n{}", text.replace(&settings, ""));
    let loaded = load(&Source::new("format.toml", text).into());
    assert!(loaded.document.is_some(), "{}", loaded.report);
    assert_eq!(loaded.report.to_string(), "");
    let document = loaded.document.unwrap();
    let plan = document.rollout("checkout", "production").unwrap();
    assert_eq!(plan.stages().iter().map(|stage| stage.percentage.to_string()).collect::<Vec<_>>(), ["1", "25", "100"]);
    assert_eq!(plan.guardrails().len(), 1);
    assert_eq!(document.breaker("checkout", "production").unwrap().rate, 0.05);
    assert_eq!(&*document.signals[0].key, "checkout_5xx");
    assert_eq!(document.migration("v2").unwrap().migration.phases().len(), 2);
}

/// The folder `config` loads without a word, and the lints have nothing to say about it either.
#[test]
fn the_shipped_folder_loads_without_a_word() {
    let sources = Sources::new(folder("config"));
    let loaded = load_and_lint(&sources, &Limits::default(), Timestamp::parse("2026-11-20T12:00:00Z").unwrap());
    assert_eq!(loaded.report.to_string(), "");
    let document = loaded.document.unwrap();
    assert_eq!(document.definitions.flags.len(), 5 + 6 + 14);
    assert_eq!(document.settings.environment.as_deref(), Some("development"));
}

/// Each shipped file loads by itself, too.
#[test]
fn every_shipped_file_loads_by_itself() {
    for file in folder("config") {
        let loaded = load(&file.into());
        assert!(loaded.document.is_some() && loaded.report.diagnostics().is_empty(), "{}", loaded.report);
    }
}

/// The sample of rollouts says what its comments say.
#[test]
fn the_shipped_rollouts_are_as_described() {
    let loaded = load(&Source::new("rollouts.toml", read("config/rollouts.toml")).into());
    let document = loaded.document.unwrap();
    let shares = |flag: &str, environment: &str| {
        let plan = document.rollout(flag, environment).unwrap();
        plan.stages().iter().map(|stage| stage.percentage.to_string()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(shares("new_pricing", "production"), "1 10 50 100");
    assert_eq!(shares("new_pricing", "development"), "100");
    assert_eq!(shares("image_proxy", "production"), "2 4 8 16 32 64");
    let plan = document.rollout("new_pricing", "production").unwrap();
    let metrics: Vec<String> = plan
        .guardrails()
        .iter()
        .map(|guardrail| format!("{} {:?} counted: {}", guardrail.metric, guardrail.max, guardrail.metric.is_counted()))
        .collect();
    assert_eq!(
        metrics,
        [
            "error_rate Some(0.05) counted: true",
            "latency_p95 Some(0.25) counted: true",
            "pricing_5xx Some(0.05) counted: true",
            "abandoned_carts Some(0.35) counted: false",
        ]
    );
    // Friday at 16:30 by the clock of the plan, and the same on Monday.
    let at = |text| Timestamp::parse(text).unwrap();
    assert!(plan.is_frozen(at("2026-11-20T15:30:00Z")) && !plan.is_frozen(at("2026-11-23T15:30:00Z")));
    // Where an environment has no breaker of its own, the flag's counts.
    assert_eq!(document.breaker("new_pricing", "development"), document.breaker("new_pricing", "production"));
    let keys: Vec<&str> = document.signals.iter().map(|signal| &*signal.key).collect();
    assert_eq!(keys, ["pricing_5xx", "abandoned_carts", "image_proxy_down", "replication_lag_seconds"]);
    let migration = &document.migration("order_store").unwrap().migration;
    assert!(migration.rolls_back_on_failure() && migration.phases()[1].rollback_flag.is_some());
}

/// What the first file of a new user says.
#[test]
fn the_shipped_features_are_those_of_the_description() {
    let loaded = load(&Source::new("features.toml", read("config/features.toml")).into());
    let definitions = loaded.document.unwrap().definitions;
    let flags: Vec<(&str, &str)> = definitions.flags.iter().map(|flag| (&*flag.key, flag.state.name())).collect();
    assert_eq!(
        flags,
        [
            ("actor_system", "disabled"),
            ("improved_sync", "disabled"),
            ("lighthouse_v5", "disabled"),
            ("governance_integration", "disabled"),
            ("parallel_validation", "enabled"),
        ]
    );
}
