//! What an interrupted writer leaves is set aside, recorded once, and never in the way.

use std::{fs, path::Path};

use flags_control::audit::{AuditError, EntryHash, Expectation, Filter, HISTORY_LOST, TORN_TAIL_DROPPED};

use super::support::{Place, all, at, change, checkpoint, fill, note, numbers};

fn sequences(place: &Place) -> Vec<u64> {
    numbers(&place.open(), Filter::default())
}

fn recorded(place: &Place) -> Vec<serde_json::Value> {
    let dropped = place.open().entries(Filter::default().action(TORN_TAIL_DROPPED)).unwrap();
    dropped.map(|entry| entry.unwrap().after.unwrap()).collect()
}

/// Puts these bytes at the end of a segment.
fn add(path: &Path, bytes: &[u8]) {
    let mut content = fs::read(path).unwrap_or_default();
    content.extend_from_slice(bytes);
    fs::write(path, content).unwrap();
}

// D3
#[test]
fn a_line_cut_anywhere_is_set_aside_and_recorded() {
    let whole = Place::new();
    fill(&whole.open(), 1..=3);
    let bytes = fs::read(whole.segment(1)).unwrap();
    let end_of_2 = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(1).unwrap().0 + 1;
    for length in end_of_2 + 1..bytes.len() {
        let place = Place::new();
        fs::create_dir(place.path("audit")).unwrap();
        fs::write(place.segment(1), &bytes[..length]).unwrap();
        let torn = &bytes[end_of_2..length];

        // Who only reads sees what is complete, and changes nothing.
        assert_eq!((sequences(&place), place.open().last_revision().unwrap()), (vec![1, 2], Some(2)));
        assert_eq!(fs::read(place.segment(1)).unwrap().len(), length);

        let log = place.open();
        let recovery = log.recover(at(9), None).unwrap();
        let [dropped] = &*recovery.dropped else { panic!("{recovery:?}") };
        assert_eq!((dropped.bytes, dropped.sha256), (torn.len() as u64, EntryHash::of(torn)));
        assert_eq!(fs::read(place.path("audit").join(&*dropped.kept_as)).unwrap(), torn);
        assert_eq!(recorded(&place), [serde_json::to_value(dropped).unwrap()]);
        assert_eq!(recovery.last_revision, Some(2));
        assert_eq!(log.recover(at(9), None).unwrap().dropped, []);
        fill(&log, 3..=4);
        assert!(log.verify(None).unwrap().is_intact());
        assert_eq!(log.verify(None).unwrap().incidents, [3]);
        assert_eq!(sequences(&place), [1, 2, 3, 4, 5]);
    }
}

// D3
#[test]
fn noise_at_the_end_is_set_aside_and_recorded() {
    let noises: [&[u8]; 7] = [
        b"\0",
        &[0; 5_000],
        b"\n",
        b"\n\n\n",
        b"{\"sequence\":3}\n",
        b"noise\nmore noise\n\xff\xfe",
        b"{\"sequence\":3,\"at\":\"2026-09-21T14:13:21.000000Z\",\"actor\":\"ada\"\0\0\0\0\0\0\n",
    ];
    for noise in noises {
        let place = Place::new();
        fill(&place.open(), 1..=2);
        add(&place.segment(1), noise);
        // Appending makes good what it finds by itself.
        fill(&place.open(), 3..=3);
        assert_eq!(sequences(&place), [1, 2, 3, 4]);
        let [record] = &*recorded(&place) else { panic!("{noise:?}") };
        assert_eq!(
            (record["bytes"].as_u64(), record["sha256"].as_str()),
            (Some(noise.len() as u64), Some(&*EntryHash::of(noise).to_string()))
        );
        assert!(place.open().verify(None).unwrap().is_intact());
    }
}

#[test]
fn a_segment_of_noise_alone_is_set_aside_too() {
    for noise in [&b""[..], b"\0\0\0", b"{\"sequence\""] {
        let place = Place::with_segments(800);
        fill(&place.open(), 1..=2);
        fs::write(place.segment(1), fs::read(place.segment(1)).unwrap()).unwrap();
        add(&place.segment(2), noise);
        assert_eq!(sequences(&place).len(), 2);
        fill(&place.open(), 3..=3);
        assert_eq!(recorded(&place).len(), usize::from(!noise.is_empty()));
        assert!(place.open().verify(None).unwrap().is_intact());
        assert_eq!(place.open().last_revision().unwrap(), Some(3));
    }
    // In the first segment there is nothing to go on from, and nothing that would be needed.
    let place = Place::new();
    fs::create_dir(place.path("audit")).unwrap();
    fs::write(place.segment(1), b"noise").unwrap();
    fill(&place.open(), 1..=1);
    assert_eq!((sequences(&place), recorded(&place).len()), (vec![1, 2], 1));
    // If older ones are elsewhere, there would be.
    let place = Place::new();
    fs::create_dir(place.path("audit")).unwrap();
    fs::write(place.segment(4), b"noise").unwrap();
    let error = place.open().append(&[change(1)], &checkpoint(1)).unwrap_err();
    assert!(matches!(error, AuditError::NothingToGoOnFrom { .. }), "{error}");
    assert_eq!(fs::read(place.segment(4)).unwrap(), b"noise");
}

#[test]
fn an_edited_last_entry_is_not_mistaken_for_a_torn_one_nor_believed() {
    let place = Place::new();
    fill(&place.open(), 1..=3);
    let text = fs::read_to_string(place.segment(1)).unwrap();
    let at = text.rfind("\"revision\":3").unwrap();
    fs::write(place.segment(1), format!("{}\"revision\":9{}", &text[..at], &text[at + 12..])).unwrap();
    // If it were believed, the next change would not be recorded.
    assert_eq!(place.open().append(&[change(4)], &checkpoint(4)).unwrap().len(), 1);
    assert!(place.files("torn-").is_empty());
    assert_eq!(place.open().verify(None).unwrap().broken.unwrap().sequence, Some(3));
}

// Mending is interrupted after each of its steps, and begun again.
#[test]
fn mending_may_be_interrupted_anywhere() {
    let torn = b"{\"sequence\":3,\"at";
    let mended = Place::new();
    fill(&mended.open(), 1..=2);
    let offset = fs::metadata(mended.segment(1)).unwrap().len();
    add(&mended.segment(1), torn);
    let kept = mended.open().recover(at(9), None).unwrap().dropped[0].kept_as.clone();
    let with_record = fs::read(mended.segment(1)).unwrap();
    let without = with_record[..usize::try_from(offset).unwrap()].to_vec();
    let with_tail = [&without[..], torn].concat();
    let pending = kept.replace(".bin", ".pending");
    let steps: [(&str, &[u8], &[u8]); 5] = [
        ("half of it copied", &with_tail, &torn[..5]),
        ("copied", &with_tail, torn),
        ("cut off", &without, torn),
        ("half of the record written", &with_record[..with_record.len() - 20], torn),
        ("recorded", &with_record, torn),
    ];
    for (step, segment, copy) in steps {
        let place = Place::new();
        fs::create_dir(place.path("audit")).unwrap();
        fs::write(place.segment(1), segment).unwrap();
        fs::write(place.path("audit").join(&pending), copy).unwrap();
        place.open().recover(at(9), None).unwrap();
        assert_eq!(fs::read(place.path("audit").join(&*kept)).unwrap(), torn, "{step}");
        let about_it = recorded(&place).iter().filter(|record| record["kept_as"] == *kept).count();
        assert_eq!(about_it, 1, "{step}");
        assert_eq!(recorded(&place).len(), 1 + usize::from(step.starts_with("half of the record")), "{step}");
        assert!(place.files("torn-").iter().all(|(name, _)| name.ends_with(".bin")), "{step}");
        assert!(place.open().verify(None).unwrap().is_intact(), "{step}");
    }
}

#[test]
fn a_torn_tail_is_noticed_by_who_has_the_log_open() {
    let place = Place::new();
    let (one, other) = (place.open(), place.open());
    fill(&one, 1..=1);
    fill(&other, 2..=2);
    add(&place.segment(1), b"torn");
    fill(&one, 3..=3);
    fill(&other, 4..=4);
    assert_eq!(recorded(&place).len(), 1);
    assert_eq!(sequences(&place), [1, 2, 3, 4, 5]);
    assert!(one.verify(None).unwrap().is_intact());
}

// D3: an end that was cut off between two lines cannot be told from the log, but from what its user knows.
#[test]
fn the_loss_of_entries_that_are_known_is_recorded_once() {
    let place = Place::with_segments(900);
    let log = place.open();
    fill(&log, 1..=9);
    let entries = all(&log);
    let head = log.head().unwrap().unwrap();
    for known in &entries {
        assert_eq!(place.open().recover(at(9), Some(&known.head())).unwrap().lost, None);
    }
    // Its oldest segment is archived, and what is known is as old.
    fs::remove_file(place.segment(1)).unwrap();
    assert_eq!(place.open().recover(at(9), Some(&entries[0].head())).unwrap().lost, None);
    assert_eq!(all(&log).last(), entries.last());

    let last = u32::try_from(place.files("audit-").len()).unwrap() + 1;
    let text = fs::read_to_string(place.segment(last)).unwrap();
    let shorter = &text[..text.trim_end().rfind('\n').unwrap() + 1];
    fs::write(place.segment(last), shorter).unwrap();
    let found = log.recover(at(9), Some(&head)).unwrap();
    assert_eq!((found.lost, found.last_revision), (Some(head), Some(8)));
    for log in [&log, &place.open()] {
        assert_eq!(log.recover(at(9), Some(&head)).unwrap().lost, None, "recorded already");
    }
    let lost: Vec<_> = log.entries(Filter::default().action(HISTORY_LOST)).unwrap().map(Result::unwrap).collect();
    assert_eq!(lost.len(), 1);
    assert_eq!(lost[0].before, Some(serde_json::to_value(head).unwrap()));
    assert_eq!(lost[0].after.as_ref().unwrap()["sequence"], head.sequence - 1);
    fill(&log, 9..=12);
    let verification = log.verify(None).unwrap();
    assert!(verification.is_intact());
    assert_eq!(verification.incidents, [lost[0].sequence]);
    assert!(!log.verify(Some(Expectation::Reaches(head))).unwrap().is_intact());
}

#[test]
fn a_log_that_is_gone_altogether_is_a_loss() {
    let place = Place::new();
    let log = place.open();
    fill(&log, 1..=2);
    let head = log.head().unwrap().unwrap();
    fs::remove_dir_all(place.path("audit")).unwrap();
    assert_eq!(log.recover(at(9), Some(&head)).unwrap().lost, Some(head));
    log.append(&[note(1)], &checkpoint(1)).unwrap();
    let entries = all(&place.open());
    assert_eq!((entries.len(), &*entries[0].action), (2, HISTORY_LOST));
    assert_eq!(entries[0].after, None);
}
