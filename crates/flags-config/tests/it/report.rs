//! Reports: positions, order, JSON, several files (B2).

use flags_config::{Limits, Severity, Source, load, load_and_lint};
use flags_core::Timestamp;
use serde_json::json;

use crate::support::{codes, files, load_text, only_error};

/// The shape programs rely on, to the letter.
#[test]
fn json_is_as_documented() {
    let loaded = load(&Source::new("config/a.toml", "[features.search]\nenabled = \"yes\"\n").into());
    assert_eq!(
        loaded.report.to_json(),
        json!({
            "ok": false,
            "diagnostics": [{
                "code": "FLG011",
                "severity": "error",
                "message": "`enabled` must be true or false, found a string",
                "file": "config/a.toml",
                "line": 2,
                "column": 11,
                "end_line": 2,
                "end_column": 16,
                "help": "write it without quotes",
            }],
        })
    );
    let fine = load_text("[features.search]\nenabled = true\n").report;
    assert_eq!(fine.to_json(), json!({ "ok": true, "diagnostics": [] }));
    assert_eq!(fine.to_string(), "");
    assert_eq!(fine.summary(), "no problems");
}

/// Columns count characters, whatever precedes: a byte order mark, Windows line ends, letters of several bytes, tabs.
#[test]
fn positions_are_those_of_an_editor() {
    for (text, line, column) in [
        ("[features.x]\nenabled = 1\n", 2, 11),
        ("\u{feff}[features.x]\r\nenabled = 1\r\n", 2, 11),
        ("\u{feff}features.x.enabled = 1\n", 1, 22),
        ("# ä\n[features.x]\n\tenabled = 1\n", 3, 12),
        ("features.x = { owner = \"äöü🙂\", enabled = 1 }\n", 1, 42),
        ("[features.x]\rowner = 1\nenabled = 1", 1, 14),
    ] {
        let loaded = load_text(text);
        let (start, end) = loaded.report.positions(&loaded.report.diagnostics()[0]);
        assert_eq!((start.line, start.column), (line, column), "{text:?}");
        assert!(end >= start);
    }
}

/// Files come in name order, and places in file order, whatever order things were found in.
#[test]
fn diagnostics_are_in_order_of_place() {
    let sources = files(&[
        ("b.toml", "[features.b]\nenabled = true\nparent = \"nobody\"\nrolout = 1\n"),
        ("a.toml", "[features.a]\nparent = \"nobody\"\nserve = \"none\"\nenabled = 1\n"),
    ]);
    let report = load(&sources).report;
    let places: Vec<(usize, usize)> =
        report.diagnostics().iter().map(|found| (found.source, report.positions(found).0.line)).collect();
    assert_eq!(places, [(0, 2), (0, 3), (0, 4), (1, 3), (1, 4)]);
    assert_eq!(report.sources()[0].name(), "a.toml");
}

/// The same thing is said once, also where an environment repeats what the flag says.
#[test]
fn nothing_is_said_twice() {
    let text = "[features.x]\nenabled = true\nserve = \"nope\"\nconditions = [{ attribute = \"a\" }]\n\
                [features.x.environments.one]\nrollout_percentage = 5\n[features.x.environments.two]\nowner = \"me\"\n";
    assert_eq!(codes(&load_text(text).report), ["FLG052", "FLG041"]);
}

/// A key defined in two files names both places.
#[test]
fn duplicates_across_files_name_both_places() {
    let sources = files(&[
        ("a.toml", "[settings]\ncache_ttl = \"1s\"\n[features.search]\nenabled = true\n[segments.s]\nmembers = []\n"),
        ("b.toml", "[features.search]\nenabled = false\n[settings]\ncache_ttl = \"2s\"\n[segments.s]\nmembers = []\n"),
    ]);
    let loaded = load(&sources);
    assert!(loaded.document.is_none());
    let found: Vec<(&str, usize, usize)> = (loaded.report.diagnostics().iter())
        .map(|found| (&*found.message, found.source, found.related[0].source))
        .collect();
    assert_eq!(
        found,
        [
            ("`features.search` is defined in two files", 1, 0),
            ("`[settings]` is defined in two files", 1, 0),
            ("`segments.s` is defined in two files", 1, 0),
        ]
    );
    insta::assert_snapshot!(loaded.report.render_human(false));
}

/// References may cross files; one that leads nowhere is shown in its own.
#[test]
fn references_cross_files() {
    let fine = files(&[
        ("a.toml", "[features.cart]\nenabled = true\nparent = \"shop\"\ntargets = { segments = [\"staff\"] }\n"),
        ("b.toml", "format = 1\n[features.shop]\nenabled = true\n[segments.staff]\nmembers = [\"user-1\"]\n"),
    ]);
    assert!(load(&fine).document.is_some());
    let broken = files(&[
        ("a.toml", "[features.cart]\nenabled = true\nparent = \"shop\"\n"),
        ("b.toml", "[features.shp]\nenabled = true\n"),
    ]);
    let report = load(&broken).report;
    assert_eq!(codes(&report), ["FLG050"]);
    assert_eq!(report.diagnostics()[0].help.as_deref(), Some("did you mean `shop`?").map(|_| "did you mean `shp`?"));
}

/// One file that cannot be read does not make the others look wrong.
#[test]
fn an_unreadable_file_is_the_only_problem() {
    let sources = [
        Source::new("a.toml", "[features.cart]\nenabled = true\nparent = \"shop\"\n"),
        Source::from_bytes("b.toml", b"[features.shop]\nenabled = true\nowner = \"\xff\"\n"),
    ];
    let loaded = load(&sources.into_iter().collect());
    assert!(loaded.document.is_none());
    assert_eq!(codes(&loaded.report), ["FLG007"]);
    let (start, _) = loaded.report.positions(&loaded.report.diagnostics()[0]);
    assert_eq!((start.line, start.column), (3, 10));
}

/// An empty file is refused, alone or in a folder: it is most likely one that is still being written. So is no file at all.
#[test]
fn nothing_is_an_error() {
    for text in ["", "\n\n", "# a comment\n", "\u{feff}", "format = 1\n"] {
        let (found, _) = only_error(text);
        assert_eq!(found.code.id(), "FLG006", "{text:?}");
    }
    let one_empty = files(&[("a.toml", "[features.x]\nenabled = true\n"), ("b.toml", "")]);
    let report = load(&one_empty).report;
    assert_eq!(codes(&report), ["FLG006"]);
    assert_eq!(report.diagnostics()[0].source, 1);
    let none = load(&files(&[]));
    assert!(none.document.is_none());
    assert_eq!(codes(&none.report), ["FLG006"]);
    assert!(none.report.render_human(false).contains("(no files)"));
    assert!(load_text("[settings]\n").document.is_some(), "settings alone are something");
}

/// Of a line that fills the screen many times over, the surroundings are shown.
#[test]
fn long_lines_are_shown_in_part() {
    let mut members: Vec<String> = (0..2_000).map(|number| format!("\"üser-{number}\"")).collect();
    members[1_000] = "7".to_owned();
    let report = load_text(&format!("[segments.s]\nmembers = [{}]\n", members.join(", "))).report;
    let rendered = report.render_human(false);
    assert!(rendered.lines().all(|line| line.len() < 400), "{rendered}");
    insta::assert_snapshot!(rendered);
}

/// Warnings and notices stand beside a document.
#[test]
fn warnings_do_not_refuse() {
    let text = "[features.x]\nenabled = true\nmetadata = { a = 1, }\nexpires = 2026-11-25\n";
    let now = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
    let loaded = load_and_lint(&Source::new("flags.toml", text).into(), &Limits::default(), now);
    assert!(loaded.document.is_some());
    assert!(loaded.report.is_ok());
    assert_eq!(loaded.report.count(Severity::Warning), 1);
    assert_eq!(loaded.report.summary(), "1 warning, 1 notice");
}

/// A suggestion, applied, mends what it is about.
#[test]
fn suggestions_mend() {
    for text in [
        "[features.x]\nenbled = true\n",
        "[features.x]\nenabled = \"true\"\n",
        "[features.x]\nenabled = true\nrollout_percentage = \"50%\"\n",
        "[features.x]\nenabled = true\ntags = \"a\"\n",
        "[features.x]\nenabled = true\nowner = team a\n",
        "[features.x]\nenabled = true\ntags = [\"a\"\nowner = \"b\"\n",
        "[features.x]\nenabled = true\nrollout_percentage = 12,5\n",
        "[features.x]\nenabled = true\ncreated_at = 2026-11-20T09:00:00\n",
        "[features.x]\nenabled = true\nupdated_at = '2026-11-20'\n",
        "[features.x]\nenabled = true\nexpires = 2027-03-31T00:00:00Z\n",
        "[features.x]\nstate = 'enable'\n",
        "[features.\"new search\"]\nenabled = true\n",
        "[features.x]\nenabled = true\nvariants = { a = 1, b = 2 }\nserve = 'aa'\n",
        "[features.x]\nenabled = true\nvariants = { first = 1, b = 2 }\nsplit = { frist = 1 }\n",
        "[features.x]\nenabled = true\nparent = \"yy\"\n[features.y]\nenabled = true\n",
        "[features.x]\nenabled = true\nconditions = [{ attribute = \"v\", version = \"2.4\" }]\n",
        "[features.x]\nenabled = true\nvariants = { a = 1, b = { valeu = 2, weight = 3 } }\n",
        "[settings]\ncache_ttl = 5\n",
        "[feature.x]\nenabled = true\n",
    ] {
        let (found, report) = only_error(text);
        let suggestion = found.suggestion.unwrap_or_else(|| panic!("{report}"));
        let mut mended = text.to_owned();
        mended.replace_range(suggestion.span, &suggestion.replacement);
        let loaded = load_text(&mended);
        assert!(loaded.document.is_some(), "{mended}\n{}", loaded.report);
    }
}

/// A folder of a thousand flags with twenty mistakes shows all twenty, and nothing else.
#[test]
fn twenty_mistakes_among_a_thousand_flags() {
    let mistakes = [
        "rolout_percentage = 5",
        "rollout_percentage = 101",
        "rollout_percentage = \"5\"",
        "parent = \"nobody\"",
        "requires = [\"nobody\"]",
        "serve = \"nope\"",
        "off = \"nope\"",
        "state = \"enabled\"",
        "expires = 2027-01-01T00:00:00Z",
        "created_at = 2027-01-01",
        "tags = \"a\"",
        "bucket_by = \"\"",
        "conditions = [{ attribute = \"a\" }]",
        "conditions = [{ segment = \"nobody\" }]",
        "conditions = [{ attribute = \"a\", matches = '(' }]",
        "targets = { ip_ranges = [\"nope\"] }",
        "overrides = { u = \"nope\" }",
        "variants = { a = \"a\", b = 1 }",
        "type = \"text\"",
        "owner = nobody",
    ];
    let mut texts = vec![String::new(); 10];
    for number in 0..1_000 {
        let text = &mut texts[number % 10];
        text.push_str(&format!("[features.flag_{number}]\nenabled = true\n"));
        if number % 50 == 7 {
            text.push_str(mistakes[number / 50]);
            text.push('\n');
        }
    }
    let sources =
        texts.into_iter().enumerate().map(|(number, text)| Source::new(format!("{number}.toml"), text)).collect();
    let report = load(&sources).report;
    assert_eq!(report.diagnostics().len(), 20, "{report}");
    let rendered = report.render_human(false);
    for mistake in mistakes {
        assert!(rendered.contains(mistake), "{mistake}");
    }
}
