//! What docs/reference/audit-log.md says: its example is a log, and its program checks one.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use super::support::{Place, all, fill};

const PAGE: &str = include_str!("../../../../../docs/reference/audit-log.md");

/// The blocks of a language, in order.
fn blocks(language: &str) -> Vec<&'static str> {
    let opening = format!("```{language}\n");
    PAGE.split(&*opening).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

// D3
#[test]
fn the_example_is_a_log() {
    let place = Place::new();
    fs::create_dir(place.path("audit")).unwrap();
    fs::write(place.segment(1), blocks("jsonl")[0]).unwrap();
    let log = place.open();
    assert!(log.verify(None).unwrap().is_intact());
    let seen: Vec<_> = all(&log).into_iter().map(|entry| (entry.action, entry.actor.name().to_owned())).collect();
    assert_eq!(seen, [("kill".into(), "ada".into()), ("revive".into(), "bob".into())]);
}

// D3
#[test]
fn the_program_of_the_page_checks_a_log() {
    let place = Place::with_segments(900);
    fill(&place.open(), 1..=12);
    let program = place.path("check.py");
    fs::write(&program, blocks("python")[0]).unwrap();
    let segments: Vec<PathBuf> = place.files("audit-").iter().map(|(name, _)| place.path("audit").join(name)).collect();
    assert!(segments.len() > 3);
    let Some(output) = python(&program, &segments) else {
        // Not `eprintln!`, which nobody sees of a test that passes.
        std::io::stderr()
            .write_all(b"SKIPPED: python3 is not installed, so the program of a page is not run\n")
            .unwrap();
        return;
    };
    let head = place.open().head().unwrap().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), format!("{head}\n"));

    // The archive by itself, and what was left.
    assert!(python(&program, &segments[..2]).unwrap().status.success());
    assert!(python(&program, &segments[2..]).unwrap().status.success());
    for without in [1, 2] {
        let mut missing = segments.clone();
        missing.remove(without);
        assert!(!python(&program, &missing).unwrap().status.success(), "without {without}");
    }
    let path = &segments[1];
    let bytes = fs::read(path).unwrap();
    for at in (0..bytes.len()).step_by(61).chain([bytes.len() - 1]) {
        let mut tampered = bytes.clone();
        tampered[at] ^= 1;
        fs::write(path, tampered).unwrap();
        let output = python(&program, &segments).unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("audit-000002.jsonl, line "), "{at}: {said}");
    }
}

/// Runs the program; `None` if there is nothing to run it with.
fn python(program: &Path, segments: &[PathBuf]) -> Option<Output> {
    Command::new("python3").arg(program).args(segments).output().ok()
}
