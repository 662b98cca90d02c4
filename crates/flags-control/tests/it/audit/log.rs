//! D3: entries are added for good, once, in order; they can be asked for; segments follow on each other.

use std::fs;

use flags_control::{
    Actor, Origin,
    audit::{AuditError, AuditLog, Draft, EntryHash, Filter, MAX_LINE_BYTES, SEGMENT_OPENED, Verification},
};
use flags_core::Timestamp;
use serde_json::{Value, json};

use super::support::{Place, all, at, change, checkpoint, fill, note, numbers};

fn both(test: impl Fn(&AuditLog)) {
    test(&AuditLog::in_memory());
    test(&Place::new().open());
}

// D3
#[test]
fn an_entry_holds_who_when_why_before_and_after() {
    both(|log| {
        let draft = Draft {
            at: Timestamp::from_micros(1_790_000_000_000_001),
            origin: Origin::Breaker,
            before: Some(json!({ "b": 1, "a": [1.5, null] })),
            ..change(7)
        };
        let added = log.append(std::slice::from_ref(&draft), &checkpoint(0)).unwrap();
        assert_eq!(all(log), added);
        let [entry] = &*added else { panic!("{added:?}") };
        assert_eq!((entry.sequence, entry.previous), (1, EntryHash::NONE));
        assert_eq!((entry.at, &entry.actor, entry.origin), (draft.at, &draft.actor, draft.origin));
        assert_eq!((&entry.action, &entry.target, &entry.reason), (&draft.action, &draft.target, &draft.reason));
        assert_eq!((&entry.before, &entry.after, entry.revision), (&draft.before, &draft.after, Some(7)));
        let next = log.append(&[note(1)], &checkpoint(0)).unwrap();
        assert_eq!((next[0].sequence, next[0].previous), (2, entry.hash));
        assert_eq!(log.head().unwrap(), Some(next[0].head()));
    });
}

#[test]
fn the_line_is_as_documented() {
    let place = Place::new();
    place.open().append(&[change(1), note(2)], &checkpoint(0)).unwrap();
    insta::assert_snapshot!(fs::read_to_string(place.segment(1)).unwrap());
}

#[test]
fn what_rfc_3339_cannot_say_is_moved_to_what_it_can() {
    both(|log| {
        let drafts = [i64::MIN, i64::MAX].map(|micros| Draft { at: Timestamp::from_micros(micros), ..note(0) });
        let added = log.append(&drafts, &checkpoint(0)).unwrap();
        assert_eq!(all(log), added);
        let years: Vec<_> = added.iter().map(|entry| entry.at.to_string()).collect();
        assert_eq!(years, ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"]);
    });
}

#[test]
fn a_revision_is_recorded_once() {
    both(|log| {
        let of_5 = [change(5), Draft { action: "clear".into(), ..change(5) }, change(5)];
        // What is left by a crash: the first of three.
        log.append(&of_5[..1], &checkpoint(0)).unwrap();
        log.append(&[note(1)], &checkpoint(0)).unwrap();
        assert_eq!(log.last_revision().unwrap(), Some(5));
        let added = log.append(&of_5, &checkpoint(0)).unwrap();
        assert_eq!(added.iter().map(|entry| &*entry.action).collect::<Vec<_>>(), ["clear", "kill"]);
        assert_eq!(log.append(&of_5, &checkpoint(0)).unwrap(), []);
        assert_eq!(log.append(&[change(4)], &checkpoint(0)).unwrap(), []);
        // What has no revision cannot be known again.
        assert_eq!(log.append(&[change(5), note(1), change(6)], &checkpoint(0)).unwrap().len(), 2);
        assert_eq!(log.last_revision().unwrap(), Some(6));
        assert_eq!(log.append(&[], &checkpoint(0)).unwrap(), []);
    });
}

#[test]
fn another_process_knows_what_is_recorded() {
    let place = Place::with_segments(1_000);
    let (one, other) = (place.open(), place.open());
    for revision in 1..=40 {
        let writer = if revision % 3 == 0 { &one } else { &other };
        assert_eq!(writer.append(&[change(revision), change(revision)], &checkpoint(revision)).unwrap().len(), 2);
        // Each of the two, whoever wrote it, and one that has just been started.
        for log in [&one, &other, &place.open()] {
            assert_eq!(log.append(&[change(revision), change(revision)], &checkpoint(revision)).unwrap(), []);
        }
    }
    assert!(place.segment(10).exists());
    assert_eq!(all(&one).iter().filter(|entry| entry.revision.is_some()).count(), 80);
    assert!(one.verify(None).unwrap().is_intact());
}

#[test]
fn what_was_recorded_before_is_known_after_a_new_segment() {
    let place = Place::with_segments(1);
    place.open().append(&[change(1)], &checkpoint(1)).unwrap();
    for number in 0..3 {
        place.open().append(&[note(number)], &checkpoint(1)).unwrap();
    }
    assert_eq!(place.open().last_revision().unwrap(), Some(1));
    assert_eq!(place.open().append(&[change(1)], &checkpoint(1)).unwrap(), []);
    assert_eq!(place.open().append(&[change(1), change(1)], &checkpoint(1)).unwrap().len(), 1);
}

#[test]
fn segments_follow_on_each_other_and_stay() {
    let place = Place::with_segments(2_000);
    let log = place.open();
    fill(&log, 1..=40);
    let entries = all(&log);
    let sequences: Vec<_> = entries.iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=entries.len() as u64).collect::<Vec<_>>());
    assert!(entries.windows(2).all(|pair| pair[1].previous == pair[0].hash));
    let openings: Vec<_> = entries.iter().filter(|entry| &*entry.action == SEGMENT_OPENED).collect();
    let files = place.files("audit-");
    assert_eq!(openings.len() + 1, files.len());
    assert!(openings.len() > 3);
    for (number, opening) in (2..).zip(openings) {
        let after = opening.after.as_ref().unwrap();
        assert_eq!(after["segment"], number);
        // The change that was about to be added is the one the checkpoint was taken with.
        let next = entries.iter().find(|entry| entry.sequence == opening.sequence + 1).unwrap();
        assert_eq!(after["checkpoint"]["revision"].as_u64(), next.revision);
        assert_eq!(after["recorded"]["revision"].as_u64(), next.revision.map(|revision| revision - 1));
    }
    // No segment but the last is below the size, and none has more than one append above it.
    assert!(files[..files.len() - 1].iter().all(|(_, bytes)| (2_000..2_700).contains(&bytes.len())));
    let verification = log.verify(None).unwrap();
    assert_eq!((verification.entries, verification.segments), (entries.len() as u64, files.len() as u64));
}

#[test]
fn a_log_goes_on_when_its_oldest_segments_are_elsewhere() {
    let place = Place::with_segments(2_000);
    fill(&place.open(), 1..=40);
    let whole = all(&place.open());
    for number in [1, 2] {
        fs::remove_file(place.segment(number)).unwrap();
    }
    let log = place.open();
    let left = all(&log);
    let verification = log.verify(None).unwrap();
    assert!(verification.is_intact());
    assert_eq!(verification.verified_from(), Some(left[0].sequence));
    assert!(left[0].sequence > 10 && whole.ends_with(&left));
    fill(&log, 40..=41);
    assert_eq!(all(&log).last().unwrap().sequence, whole.len() as u64 + 1);
    assert_eq!(log.show(1).unwrap(), None);
    assert!(!log.replay().unwrap().changes.is_empty());
}

#[test]
fn an_entry_that_is_too_long_is_refused_and_nothing_else_happens() {
    both(|log| {
        fill(log, 1..=1);
        let long = Draft { reason: Some("x".repeat(MAX_LINE_BYTES).into()), ..change(2) };
        let error = log.append(&[change(2), long], &checkpoint(0)).unwrap_err();
        assert!(matches!(error, AuditError::TooLong { bytes } if bytes > MAX_LINE_BYTES), "{error}");
        fill(log, 2..=2);
        assert_eq!(all(log).len(), 2);
    });
    // A checkpoint that is too long is left out, and a replay goes back further.
    let place = Place::with_segments(1);
    fill(&place.open(), 1..=1);
    place.open().append(&[change(2)], &|| json!("x".repeat(MAX_LINE_BYTES))).unwrap();
    let replay = place.open().replay().unwrap();
    assert_eq!((replay.checkpoint, replay.changes.len()), (None, 2));
    fs::remove_file(place.segment(1)).unwrap();
    assert!(matches!(place.open().replay(), Err(AuditError::NoCheckpoint { .. })));
}

#[test]
fn entries_are_found_by_what_they_are() {
    let ada = Actor::new("ADA").unwrap();
    let drafts: Vec<_> = (1..=60)
        .map(|number| Draft {
            actor: Actor::new(["ada", "bob"][usize::from(number % 4 == 0)]).unwrap(),
            action: ["kill", "override"][usize::from(number % 5 == 0)].into(),
            origin: [Origin::Cli, Origin::Api][usize::from(number > 30)],
            ..change(number)
        })
        .collect();
    let place = Place::with_segments(3_000);
    for log in [AuditLog::in_memory(), place.open()] {
        for draft in &drafts {
            log.append(std::slice::from_ref(draft), &|| Value::Null).unwrap();
        }
        let entries = all(&log);
        let filters = [
            Filter::default(),
            Filter::default().from(at(20)),
            Filter::default().to(at(20)),
            Filter::default().from(at(20)).to(at(21)),
            Filter::default().actor(ada.clone()),
            Filter::default().target("flag-2").action("override"),
            Filter::default().origin(Origin::Api).actor(Actor::new("bob").unwrap()),
            Filter::default().target("nobody"),
        ];
        for filter in filters {
            let expected: Vec<_> =
                entries.iter().filter(|entry| naive(&filter, entry)).map(|entry| entry.sequence).collect();
            assert_eq!(numbers(&log, filter.clone()), expected, "{filter:?}");
            let newest: Vec<_> = expected.iter().rev().copied().collect();
            assert_eq!(numbers(&log, filter.clone().newest_first()), newest, "{filter:?}");
            assert_eq!(numbers(&log, filter.clone().limit(3)), expected[..expected.len().min(3)]);
            assert_eq!(numbers(&log, filter.newest_first().limit(3)), newest[..newest.len().min(3)]);
        }
        for entry in &entries {
            assert_eq!(log.show(entry.sequence).unwrap().as_ref(), Some(entry));
        }
        assert_eq!((log.show(0).unwrap(), log.show(1_000).unwrap()), (None, None));
        let history: Vec<_> = log.history("flag-1").unwrap().map(|entry| entry.unwrap().revision.unwrap()).collect();
        assert_eq!(history, (1..=60).filter(|revision| revision % 3 == 1).collect::<Vec<_>>());
    }
}

fn naive(filter: &Filter, entry: &flags_control::audit::Entry) -> bool {
    let in_time = |at| filter.from.is_none_or(|from| at >= from) && filter.to.is_none_or(|to| at < to);
    let optional = |wanted: &Option<Box<str>>, has: Option<&str>| wanted.is_none() || wanted.as_deref() == has;
    in_time(entry.at)
        && optional(&filter.target, entry.target.as_deref())
        && optional(&filter.action, Some(&entry.action))
        && filter.actor.as_ref().is_none_or(|actor| actor.name().eq_ignore_ascii_case(entry.actor.name()))
        && filter.origin.is_none_or(|origin| origin.name() == entry.origin.name())
}

#[test]
fn a_replay_needs_the_newest_checkpoint_and_what_follows() {
    let place = Place::with_segments(2_000);
    let log = place.open();
    assert_eq!(log.replay().unwrap().changes, []);
    for revision in 1..=25 {
        fill(&log, revision..=revision);
        log.append(&[note(1)], &checkpoint(revision)).unwrap();
        let replay = log.replay().unwrap();
        let from = replay.checkpoint.map_or(0, |checkpoint| checkpoint["revision"].as_u64().unwrap());
        let changes: Vec<_> = replay.changes.iter().map(|entry| entry.revision.unwrap()).collect();
        let until_now: Vec<_> = (from + 1..=revision).collect();
        assert!(changes.ends_with(&until_now) && changes.len() <= until_now.len() + 1, "{from} {changes:?}");
    }
    let mut bytes = fs::read(place.segment(1)).unwrap();
    bytes[30] ^= 1;
    fs::write(place.segment(1), bytes).unwrap();
    assert!(log.replay().is_ok(), "what is before the checkpoint is not needed");
    let last = place.files("audit-").len();
    let path = place.segment(u32::try_from(last).unwrap());
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("ada", "eve", 1)).unwrap();
    assert!(matches!(log.replay(), Err(AuditError::Broken { .. })));
}

#[test]
fn there_is_nothing_in_a_log_that_was_never_written() {
    let place = Place::new();
    let log = place.open();
    assert_eq!(log.verify(None).unwrap(), Verification::default());
    assert_eq!((log.head().unwrap(), log.last_revision().unwrap(), all(&log)), (None, None, vec![]));
    assert_eq!(log.recover(at(0), None).unwrap(), flags_control::audit::Recovery::default());
    assert!(!place.path("audit").exists(), "asking writes nothing");
}

#[test]
fn readers_need_no_lock() {
    let place = Place::with_segments(3_000);
    let log = place.open();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| fill(&log, 1..=300));
        let mut seen = 0;
        while !writer.is_finished() {
            let reader = place.open();
            let oldest_first = numbers(&reader, Filter::default());
            let mut newest_first = numbers(&reader, Filter::default().newest_first());
            newest_first.reverse();
            for numbers in [oldest_first, newest_first] {
                // Every entry once, in order, and none that was there before is gone.
                assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
                assert!(numbers.len() >= seen);
                seen = numbers.len();
            }
            assert!(reader.show(seen as u64).unwrap().is_some() || seen == 0);
        }
    });
    assert!(place.segment(20).exists());
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    fill(&place.open(), 1..=1);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&place.path("audit")), mode(&place.segment(1))), (0o700, 0o600));
}

#[test]
fn a_log_in_memory_forgets_its_oldest_entries_and_still_verifies() {
    let log = AuditLog::in_memory();
    let drafts: Vec<_> = (1..=10_007).map(change).collect();
    for some in drafts.chunks(100) {
        log.append(some, &checkpoint(0)).unwrap();
    }
    let verification = log.verify(None).unwrap();
    assert!(verification.is_intact());
    assert_eq!((verification.entries, verification.verified_from()), (10_000, Some(8)));
    assert!(matches!(log.replay(), Err(AuditError::NoCheckpoint { .. })));
}
