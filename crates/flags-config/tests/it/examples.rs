//! The examples of the codes: each bad one gets its diagnostic, and the mended one does not (B2).

use std::fmt::Write as _;

use flags_config::{Code, Limits, Loaded, Source, load_and_lint};
use flags_core::Timestamp;

/// Loads an example in the way its code is about: some causes are a matter of size, and one of encoding.
fn load_example(code: Code, text: &str) -> Loaded {
    let mut limits = Limits::default();
    let mut source = Source::new("flags.toml", text);
    let short = text.starts_with("# ");
    match code.id() {
        // The limits are lowered to just below the short examples.
        "FLG003" => limits.bytes = code.good_example().len(),
        "FLG005" => limits.flags = 1,
        "FLG009" => limits.diagnostics = 1,
        "FLG007" if short => {
            let latin1: Vec<u8> = text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect();
            source = Source::from_bytes("flags.toml", &latin1);
        }
        "FLG055" if short => source = Source::new("flags.toml", long_chain()),
        "FLG056" if short => source = Source::new("flags.toml", everything_requires_everything()),
        _ => {}
    }
    // The day the examples of the lints are read.
    load_and_lint(&source.into(), &limits, Timestamp::parse("2026-11-20T12:00:00Z").unwrap())
}

/// What "and so on" stands for in the example of FLG055.
fn long_chain() -> String {
    let mut text = String::from("[features.f0]\nenabled = true\n");
    for number in 1..700 {
        let _ = writeln!(text, "[features.f{number}]\nenabled = true\nparent = \"f{}\"", number - 1);
    }
    text
}

/// What "and so on" stands for in the example of FLG056.
fn everything_requires_everything() -> String {
    let mut text = String::new();
    for number in 0..24 {
        let before: Vec<String> = (0..number).map(|other| format!("\"f{other}\"")).collect();
        let _ = writeln!(text, "[features.f{number}]\nenabled = true\nrequires = [{}]", before.join(", "));
    }
    text
}

#[test]
fn bad_examples_get_their_diagnostic_and_good_ones_none() {
    for code in Code::all() {
        // A gigabyte of definitions is more than a test should take; the core's own tests cover it.
        if code.id() == "FLG057" {
            continue;
        }
        let bad = load_example(code, code.bad_example());
        assert!(bad.report.diagnostics().iter().any(|found| found.code == code), "{code}:\n{}", bad.report);
        assert!(
            bad.report.diagnostics().iter().all(|found| found.code == code || code.id() == "FLG009"),
            "{code} is not alone:\n{}",
            bad.report
        );
        let good = load_example(code, code.good_example());
        assert!(good.report.diagnostics().iter().all(|found| found.code != code), "{code}:\n{}", good.report);
        assert!(good.document.is_some(), "{code}:\n{}", good.report);
    }
}
