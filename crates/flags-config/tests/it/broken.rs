//! Broken files and what a person is told about them (B2).

use flags_config::load;

use crate::support::folder;

/// Each file of `flags-testkit/data/broken` with the report it gets, as it is shown. Read the snapshots as their author would.
#[test]
fn reports_are_what_a_person_wants_to_read() {
    let files = folder("crates/flags-testkit/data/broken");
    assert!(files.len() >= 30, "{} files", files.len());
    for file in files {
        let name = file.name().trim_end_matches(".toml").to_owned();
        let loaded = load(&file.into());
        assert!(!loaded.report.diagnostics().is_empty(), "{name} is not broken");
        assert_eq!(loaded.document.is_some(), loaded.report.is_ok(), "{name}: all or nothing");
        insta::with_settings!({ snapshot_path => "snapshots/broken", prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, loaded.report.render_human(false));
        });
    }
}

/// Colour is added to the text and changes nothing else.
#[test]
fn colour_only_adds_escapes() {
    for file in folder("crates/flags-testkit/data/broken") {
        let report = load(&file.into()).report;
        let colored = report.render_human(true);
        assert!(colored.contains('\u{1b}'));
        let mut plain = String::new();
        let mut rest = &*colored;
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            plain.push_str(before);
            rest = after.split_once('m').expect("an escape sequence ends").1;
        }
        plain.push_str(rest);
        let lines = |text: &str| text.lines().map(str::trim_end).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(&plain), lines(&report.render_human(false)));
    }
}
