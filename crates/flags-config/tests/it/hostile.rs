//! Whatever the bytes, loading neither panics nor takes long (B2, B4).

use flags_config::{Limits, Source, load, load_within};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::support::{codes, folder, found_within, read};

/// Everything a report can be asked for.
fn use_up(source: Source) {
    let loaded = load(&source.into());
    assert_eq!(loaded.document.is_some(), loaded.report.is_ok());
    let json = loaded.report.to_json();
    assert_eq!(json["ok"], loaded.report.is_ok());
    let _ = loaded.report.render_human(false);
    for diagnostic in loaded.report.diagnostics() {
        let text = loaded.report.sources()[diagnostic.source].text();
        assert!(text.get(diagnostic.span.clone()).is_some(), "{diagnostic:?}");
        for related in &diagnostic.related {
            assert!(loaded.report.sources()[related.source].text().get(related.span.clone()).is_some(), "{related:?}");
        }
    }
}

/// Pieces of TOML that nest, join and break.
fn pieces() -> impl Strategy<Value = String> {
    const WORDS: &[&str] = &[
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ",",
        ".",
        "\n",
        "\r\n",
        "\"",
        "'",
        "\"\"\"",
        "#",
        " ",
        "\u{feff}",
        "\\",
        "é",
        "🙂",
        "features",
        "x",
        "y",
        "enabled",
        "true",
        "rules",
        "when",
        "attribute",
        "in",
        "variants",
        "value",
        "weight",
        "1",
        "-1.5",
        "inf",
        "2026-12-01",
        "T09:00:00Z",
        "environments",
        "segments",
        "all",
        "not",
        "serve",
        "split",
        "on",
        "settings",
        "\n[features.x]\nenabled = true\n",
        "\n[[features.x.rules]]\n",
        "conditions = [{ ",
        " }]\n",
        "experiments",
        "format",
    ];
    proptest::collection::vec(proptest::sample::select(WORDS), 0..80).prop_map(|pieces| pieces.concat())
}

/// A real file with a stretch of it replaced.
fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let mut originals: Vec<String> = folder("config").iter().map(|file| file.text().to_owned()).collect();
    originals.extend(folder("crates/flags-testkit/data/broken").iter().map(|file| file.text().to_owned()));
    (proptest::sample::select(originals), any::<proptest::sample::Index>(), 0..20_usize, any::<Vec<u8>>(), pieces())
        .prop_map(|(original, at, length, bytes, text)| {
            let mut changed = original.into_bytes();
            let start = at.index(changed.len());
            let end = (start + length).min(changed.len());
            let insert = if bytes.len() % 2 == 0 { text.into_bytes() } else { bytes };
            changed.splice(start..end, insert);
            changed
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, rng_seed: RngSeed::Fixed(20_261_120), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes(bytes in any::<Vec<u8>>()) {
        use_up(Source::from_bytes("flags.toml", &bytes));
    }

    #[test]
    fn random_pieces(text in pieces()) {
        use_up(Source::new("flags.toml", text));
    }

    #[test]
    fn mutated_files(bytes in mutated()) {
        use_up(Source::from_bytes("flags.toml", &bytes));
    }
}

/// What random texts broke once.
#[test]
fn found_by_chance() {
    use_up(Source::new("flags.toml", "conditions = [{ conditions = [{ \n\u{feff}]="));
}

/// Nesting far beyond the limit, on a small stack: it is refused before the parser sees it.
#[test]
fn deep_nesting_needs_no_stack() {
    let deep = |open: &str, close: &str| format!("a = {}1{}", open.repeat(200_000), close.repeat(200_000));
    let texts = [
        deep("[", "]"),
        deep("{ a = ", " }"),
        deep("[{ a = ", " }]"),
        "[".repeat(400_000),
        format!("a = {}", "[".repeat(400_000)),
        format!("a = {}", "{ a = ".repeat(200_000)),
        format!("[{}a]", "a.".repeat(200_000)),
        format!("{}a = 1", "a.".repeat(200_000)),
        format!("a = {{ {}a = 1 }}", "a.".repeat(200_000)),
    ];
    let small = std::thread::Builder::new().stack_size(256 << 10);
    let thread = small.spawn(move || {
        for text in texts {
            let report = load(&Source::new("flags.toml", text).into()).report;
            assert!(!report.is_ok());
        }
    });
    thread.unwrap().join().unwrap();
}

/// What the limit allows works on a small stack: conditions as deep as an evaluation follows.
#[test]
fn the_deepest_conditions_load() {
    let nested = format!("{}{{ segment = \"s\" }}{}", "{ all = [".repeat(31), "] }".repeat(31));
    let text = format!(
        "[segments.s]\nmembers = [\"a\"]\n[[features.x.rules]]\nwhen = [{nested}]\n[features.x]\nenabled = true\n"
    );
    let loaded = load(&Source::new("flags.toml", text).into());
    assert!(loaded.document.is_some(), "{}", loaded.report);
    let deeper = format!(
        "[features.x]\nenabled = true\nconditions = [{}{{ environment = \"e\" }}{}]",
        "{ not = ".repeat(32),
        " }".repeat(32)
    );
    assert_eq!(codes(&load(&Source::new("flags.toml", deeper).into()).report), ["FLG054"]);
}

#[test]
fn sizes_are_bounded() {
    let limits = Limits::default();
    let large = "x".repeat(limits.bytes + 1);
    assert_eq!(codes(&found_within(&large, &limits)), ["FLG003"]);
    let two = Limits { flags: 2, ..limits };
    let text = "[features.a]\nenabled = true\n[features.b]\nenabled = true\n[features.c]\nenabled = true\n";
    let report = found_within(text, &two);
    assert_eq!(codes(&report), ["FLG005"]);
    assert_eq!(report.positions(&report.diagnostics()[0]).0.line, 5, "the first one too many is shown");
}

/// The size is that of all files together, and the report names the one that goes beyond.
#[test]
fn the_size_is_that_of_all_files() {
    let limits = Limits { bytes: 40, ..Limits::default() };
    let text = "[settings]\naudit_evaluations = true\n";
    let sources = [Source::new("a.toml", text), Source::new("b.toml", "[features.x]\nenabled = true\n")];
    let report = load_within(&sources.into_iter().collect(), &limits).report;
    assert_eq!(codes(&report), ["FLG003"]);
    assert_eq!(report.diagnostics()[0].source, 1);
}

/// Tables in which looking up takes longer the more entries they have are bounded.
#[test]
fn entries_are_bounded() {
    let entries = |count: usize| (0..count).map(|number| format!("k{number} = 1")).collect::<Vec<_>>().join(", ");
    for (field, allowed) in [("metadata", 1_000), ("variants", 1_000), ("metadata.deep", 1_000)] {
        let text = |count| format!("[features.x]\nenabled = true\n{field} = {{ {} }}\n", entries(count));
        let fine = load(&Source::new("flags.toml", text(allowed)).into());
        assert!(fine.document.is_some(), "{}", fine.report);
        assert_eq!(codes(&load(&Source::new("flags.toml", text(allowed + 1)).into()).report), ["FLG023"]);
    }
}

/// A file in which everything is wrong costs about as much as one in which nothing is: no time is measured, but anything
/// quadratic would take minutes here.
#[test]
fn everything_may_be_wrong() {
    let each = |make: fn(usize) -> String| (0..50_000).map(make).collect::<String>();
    for text in [
        each(|number| format!("[features.f{number}]\nenabled = true\nparent = 'nobody{number}'\n")),
        each(|number| format!("[features.f{number}]\nenabled = = true\n")),
        each(|number| format!("[features.f{number}\nenabled = true\n")),
        each(|number| format!("[features.f{number}]\nenabled = [\n")),
        each(|_| "[features.f]\nenabled = true\n".to_owned()),
        format!(
            "[features.x]\nenabled = true\nconditions = [{}]",
            each(|number| format!("{{ segment = 's{number}' }}, "))
        ),
    ] {
        let report = load(&Source::new("flags.toml", text).into()).report;
        assert_eq!(report.diagnostics().len(), 1_001);
        assert!(report.render_human(false).contains("more problems are not shown"));
    }
}

/// A file that is no definition file at all gets a report of bounded length.
#[test]
fn the_number_of_problems_is_bounded() {
    let text: String = (0..5_000).map(|number| format!("[features.f{number}]\nenbled = true\n")).collect();
    let report = found_within(&text, &Limits::default());
    assert_eq!(report.diagnostics().len(), 1_001);
    let last = report.diagnostics().last().unwrap();
    assert_eq!(last.code.id(), "FLG009");
    assert_eq!(last.message, "4000 more problems are not shown");
}

/// Cut anywhere, as by a write that is under way, the shipped file is refused or is a file of fewer flags, and never panics.
#[test]
fn torn_writes() {
    let whole = read("config/features.toml");
    for end in 0..whole.len() {
        let loaded = load(&Source::new("features.toml", &whole[..end]).into());
        if let Some(document) = loaded.document {
            assert!(document.definitions.flags.len() <= 5);
        }
    }
}
