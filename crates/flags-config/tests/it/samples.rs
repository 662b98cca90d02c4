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
    assert_eq!(document.definitions.flags.len(), 5 + 14);
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
