//! What the tests of loading share.

use std::{fs, path::PathBuf};

use flags_config::{Diagnostic, Document, Limits, Loaded, Report, Severity, Source, Sources, load, load_within};

/// A file of the repository, by its path from the root.
pub(crate) fn path(relative: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(relative)
}

/// The text of a file of the repository.
pub(crate) fn read(relative: &str) -> String {
    fs::read_to_string(path(relative)).unwrap_or_else(|error| panic!("{relative}: {error}"))
}

/// The `*.toml` files of a folder of the repository, shown by their names.
pub(crate) fn folder(relative: &str) -> Vec<Source> {
    let mut files: Vec<PathBuf> = fs::read_dir(path(relative))
        .unwrap_or_else(|error| panic!("{relative}: {error}"))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{relative} has no files");
    let name = |path: &PathBuf| path.file_name().unwrap().to_str().unwrap().to_owned();
    files.iter().map(|path| Source::from_bytes(name(path), &fs::read(path).unwrap())).collect()
}

/// Loads one text.
pub(crate) fn load_text(text: &str) -> Loaded {
    load(&Source::new("flags.toml", text).into())
}

/// Loads a text that has nothing wrong with it.
#[track_caller]
pub(crate) fn document(text: &str) -> Document {
    let loaded = load_text(text);
    let report = &loaded.report;
    loaded.document.clone().unwrap_or_else(|| panic!("{report}"))
}

/// Loads a text within limits and returns what was found.
pub(crate) fn found_within(text: &str, limits: &Limits) -> Report {
    load_within(&Source::new("flags.toml", text).into(), limits).report
}

/// The codes of a report in their order.
pub(crate) fn codes(report: &Report) -> Vec<&'static str> {
    report.diagnostics().iter().map(|diagnostic| diagnostic.code.id()).collect()
}

/// The only error of a text.
#[track_caller]
pub(crate) fn only_error(text: &str) -> (Diagnostic, Report) {
    let loaded = load_text(text);
    let report = loaded.report;
    let errors: Vec<&Diagnostic> =
        report.diagnostics().iter().filter(|found| found.severity == Severity::Error).collect();
    assert_eq!(errors.len(), 1, "{report}");
    assert!(loaded.document.is_none());
    (errors[0].clone(), report)
}

/// Several texts as the files of a folder.
pub(crate) fn files(texts: &[(&str, &str)]) -> Sources {
    texts.iter().map(|(name, text)| Source::new(*name, *text)).collect()
}

/// Compares a generated file with what is committed; with `UPDATE_GENERATED=1` in the environment, writes it instead.
#[track_caller]
pub(crate) fn assert_fresh(relative: &str, generated: &str) {
    if std::env::var_os("UPDATE_GENERATED").is_some_and(|value| value == "1") {
        fs::write(path(relative), generated).unwrap();
    }
    let committed = fs::read_to_string(path(relative)).unwrap_or_default();
    assert!(committed == generated, "{relative} is stale: run the tests with UPDATE_GENERATED=1 and commit the result");
}
