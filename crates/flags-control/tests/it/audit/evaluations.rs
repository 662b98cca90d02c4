//! D3: a sample of evaluations is written down without holding anybody up, in files that do not grow without bound.

use std::{collections::BTreeSet, fs, path::Path};

use flags_control::audit::{AuditError, Evaluated, EvaluationAudit, EvaluationOptions, UnitForm, hashed_unit};
use flags_core::{Cause, Reason};

use super::support::at;

fn evaluated(number: u64) -> Evaluated<'static> {
    Evaluated {
        at: at(i64::try_from(number).unwrap()),
        flag: "checkout",
        variant: Some("express"),
        reason: Reason::TargetingMatch,
        cause: Cause::Rule,
        unit: Some("user-42"),
        revision: number,
    }
}

fn all() -> EvaluationOptions {
    EvaluationOptions::default().one_in(1)
}

fn start(folder: &Path, options: EvaluationOptions) -> EvaluationAudit {
    EvaluationAudit::start(folder, options).unwrap()
}

/// The files of evaluations with their texts, in order.
fn files(folder: &Path) -> Vec<(String, String)> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(name, _)| name.ends_with(".jsonl"))
        .map(|(name, path)| (name, fs::read_to_string(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn lines(folder: &Path) -> Vec<serde_json::Value> {
    let texts = files(folder).into_iter().flat_map(|(_, text)| text.lines().map(str::to_owned).collect::<Vec<_>>());
    texts.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

#[test]
fn a_line_says_who_was_served_what_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let audit = start(folder.path(), all().units(UnitForm::Plain));
    audit.record(|| evaluated(1));
    audit.record(|| Evaluated {
        variant: None,
        unit: None,
        reason: Reason::Error,
        cause: Cause::Error,
        ..evaluated(2)
    });
    audit.flush();
    assert_eq!(audit.counts().written, 2);
    insta::assert_snapshot!(files(folder.path())[0].1);
    assert_eq!(hashed_unit(folder.path(), "user-42").unwrap(), None, "there is no salt where none is needed");
}

#[test]
fn a_unit_has_one_hash_in_a_folder_and_another_elsewhere() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [one.path(), one.path(), other.path()] {
        start(folder, all()).record(|| evaluated(1));
    }
    let hash = |folder: &Path, line: usize| lines(folder)[line]["unit_hash"].as_str().unwrap().to_owned();
    assert_eq!(hash(one.path(), 0), hash(one.path(), 1), "also after a restart");
    assert_ne!(hash(one.path(), 0), hash(other.path(), 0));
    assert_eq!(hashed_unit(one.path(), "user-42").unwrap(), Some(hash(one.path(), 0)));
    assert_ne!(hashed_unit(one.path(), "user-43").unwrap(), Some(hash(one.path(), 0)));
    assert!(!files(one.path())[0].1.contains("user-42"));

    fs::write(one.path().join("evaluations.salt"), "half a sal").unwrap();
    let error = EvaluationAudit::start(one.path(), all()).unwrap_err();
    assert!(matches!(&error, AuditError::Io { doing: "use", .. }), "{error}");
}

#[test]
fn several_that_begin_at_once_agree_on_the_salt() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = folder.path();
            scope.spawn(move || start(path, all()).record(|| evaluated(number)));
        }
    });
    let lines = lines(folder.path());
    let hashes: BTreeSet<_> = lines.iter().map(|line| line["unit_hash"].to_string()).collect();
    assert_eq!((lines.len(), hashes.len()), (8, 1));
}

#[test]
fn dropping_it_writes_what_is_queued() {
    let folder = tempfile::tempdir().unwrap();
    let audit = start(folder.path(), all().queue(5_000));
    (0..5_000).for_each(|number| audit.record(|| evaluated(number)));
    drop(audit);
    let revisions: Vec<_> = lines(folder.path()).iter().map(|line| line["revision"].as_u64().unwrap()).collect();
    assert_eq!(revisions, (0..5_000).collect::<Vec<_>>());
}

#[test]
fn all_files_together_stay_below_their_cap() {
    let folder = tempfile::tempdir().unwrap();
    let audit = start(folder.path(), all().segment_bytes(2_000).total_bytes(10_000));
    for number in 0..500 {
        audit.record(|| evaluated(number));
        // One line at a time, so that a batch is a line.
        audit.flush();
        let total: usize = files(folder.path()).iter().map(|(_, text)| text.len()).sum();
        assert!(total <= 10_300, "{number}: {total}");
    }
    let files = files(folder.path());
    assert!(files.len() >= 4 && *files[0].0 > *"evaluations-000020.jsonl", "{files:?}");
    let revisions: Vec<_> = lines(folder.path()).iter().map(|line| line["revision"].as_u64().unwrap()).collect();
    assert_eq!(revisions, (500 - revisions.len() as u64..500).collect::<Vec<_>>(), "the newest, without a gap");
}

#[test]
fn half_a_line_that_is_left_spoils_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("evaluations-000001.jsonl");
    fs::write(&path, "{\"at\":\"2026-").unwrap();
    drop({
        let audit = start(folder.path(), all());
        audit.record(|| evaluated(1));
        audit
    });
    let text = fs::read_to_string(&path).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (2, "{\"at\":\"2026-"));
    assert!(serde_json::from_str::<serde_json::Value>(lines[1]).is_ok());
}

#[test]
fn what_cannot_be_written_is_counted_and_told_once_it_can() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("audit");
    let audit = start(&folder, all());
    fs::remove_dir_all(&folder).unwrap();
    for number in 0..3 {
        audit.record(|| evaluated(number));
        audit.flush();
    }
    let counts = audit.counts();
    assert_eq!((counts.written, counts.dropped, counts.failed), (0, 0, 3));
    fs::create_dir(&folder).unwrap();
    audit.record(|| evaluated(4));
    audit.flush();
    audit.record(|| evaluated(5));
    drop(audit);
    let lines = lines(&folder);
    let seen: Vec<_> = lines.iter().map(|line| (line["revision"].as_u64(), line["dropped"].as_u64())).collect();
    assert_eq!(seen, [(Some(4), None), (None, Some(3)), (Some(5), None)]);
}
