//! What is in the file: torn, empty, refused, too large, not text. Mission B4.

use std::time::Duration;

use flags_watch::{Checked, Failure, Limits, Origin, ReadError, StartError};

#[cfg(feature = "events")]
use crate::support::by_events;
use crate::support::{Bad, Live, Place, Seen, both_ways, by_polling, replace, write};

#[cfg(feature = "events")]
#[test]
fn case_32_a_file_held_open_is_read_when_it_is_complete() {
    use std::io::Write as _;

    let (_place, path) = Place::with_file("one");
    let live = Live::file(&path, by_events().max_delay(Duration::from_secs(20)), "one");
    let mut file = std::fs::File::create(&path).unwrap();
    file.write_all(b"half").unwrap();
    // Part of the scenario: ten quiet periods, in which a watcher that does not know better reads the half.
    std::thread::sleep(Duration::from_millis(200));
    file.write_all(b" and half").unwrap();
    drop(file);
    live.expect(&Seen::Loaded(2, "half and half".into()));
}

#[test]
fn case_32_half_a_file_is_refused_and_the_rest_repairs_it() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        replace(&path, "bad half");
        assert_eq!(live.expect_failure(), Failure::Rejected(Bad("bad half".into())));
        assert_eq!(live.watcher.status().revision, 1);
        replace(&path, "all of it");
        live.expect_text("all of it");
    });
}

#[test]
fn case_32_a_truncated_file_is_waited_for() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options.max_delay(Duration::from_secs(20)), "one");
        write(&path, "");
        // Part of the scenario.
        std::thread::sleep(Duration::from_millis(100));
        write(&path, "two");
        live.expect_text("two");
    });
}

#[test]
fn case_33_an_empty_file_is_a_failure() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for text in ["", " \n\t\r\n", "\u{feff}"] {
            replace(&path, text);
            assert_eq!(live.expect_failure(), Failure::Unreadable(ReadError::Empty { path: path.clone() }));
            replace(&path, "one");
            live.expect(&Seen::Restored);
        }
        let status = live.watcher.status();
        assert_eq!((status.revision, status.loads_failed), (1, 3));
    });
}

#[test]
fn case_33_an_empty_file_is_content_where_that_is_allowed() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options.allow_empty(true), "one");
        replace(&path, "");
        live.expect_text("");
        live.expect_nothing_new();
    });
}

#[test]
fn case_33_an_empty_file_at_the_start() {
    let (_place, path) = Place::with_file("\n");
    let options = by_polling().max_delay(Duration::from_millis(50));
    match Live::try_start(Origin::at(&path), options) {
        Err(StartError::Load(Failure::Unreadable(error))) => assert_eq!(error, ReadError::Empty { path }),
        other => panic!("{:?}", other.map(|live| live.watcher)),
    }
}

#[test]
fn case_34_the_same_bad_content_is_reported_once() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        replace(&path, "bad");
        assert_eq!(live.expect_failure(), Failure::Rejected(Bad("bad".into())));
        // Seen again by an event or by many polls, it is not worth a word.
        let failed = live.watcher.status().loads_failed;
        replace(&path, "bad");
        replace(&path, "two");
        live.expect_text("two");
        assert_eq!((failed, live.watcher.status().loads_failed), (1, 1));
        replace(&path, "bad");
        live.expect_failure();
        // Who asks, however, has it loaded again.
        match live.watcher.check_now().unwrap() {
            Checked::Failed(failure) => assert_eq!(*failure, Failure::Rejected(Bad("bad".into()))),
            other => panic!("{other:?}"),
        }
        live.expect_failure();
    });
}

#[test]
fn the_status_tells_the_story() {
    // Case 52, at this layer.
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        let before = live.watcher.status();
        assert_eq!((before.revision, before.loads_ok, before.loads_failed), (1, 1, 0));
        assert!(before.last_error.is_none() && before.stale_since.is_none() && before.running);
        assert!(before.loaded_at.is_some_and(|at| at <= before.last_checked_at));

        replace(&path, "bad");
        live.expect_failure();
        let during = live.watcher.status();
        assert_eq!((during.revision, during.hash, during.loaded_at), (1, before.hash, before.loaded_at));
        assert_eq!((during.loads_ok, during.loads_failed), (1, 1));
        let error = during.last_error.unwrap();
        assert_eq!(error.failure.to_string(), "bad content: bad");
        assert_eq!(during.stale_since, Some(error.at));

        replace(&path, "worse: bad");
        live.expect_failure();
        assert_eq!(live.watcher.status().stale_since, Some(error.at), "stale since the first failure");

        replace(&path, "two");
        live.expect_text("two");
        let after = live.watcher.status();
        assert_eq!((after.revision, after.loads_ok, after.loads_failed), (2, 2, 2));
        assert!(after.stale_since.is_none() && after.last_error.is_some() && after.hash != before.hash);
        assert!(after.last_checked_at >= before.last_checked_at);
    });
}

#[test]
fn case_37_more_than_the_limit() {
    both_ways(|options| {
        let limits = Limits { total_bytes: 10, documents: 2 };
        let (place, path) = Place::with_file("0123456789");
        let live = Live::file(&path, options.clone().limits(limits), "0123456789");
        let folder = Live::start(Origin::at(place.folder.path()), options.limits(limits), "0123456789");
        replace(&path, "0123456789A");
        let too_large =
            |path: &std::path::Path| Failure::Unreadable(ReadError::TooLarge { path: path.into(), limit: 10 });
        assert_eq!(live.expect_failure(), too_large(&path));
        assert_eq!(folder.expect_failure(), too_large(&path));
        replace(&path, "12345");
        live.expect_text("12345");
        folder.expect_text("12345");
        // The limit is on all documents together.
        replace(&place.path("more.toml"), "678901");
        assert_eq!(folder.expect_failure(), too_large(&place.path("more.toml")));
        replace(&place.path("more.toml"), "67890");
        folder.expect_text("flags.toml=12345;more.toml=67890");
        replace(&place.path("third.toml"), "");
        let too_many = ReadError::TooManyDocuments { path: place.folder.path().into(), limit: 2 };
        assert_eq!(folder.expect_failure(), Failure::Unreadable(too_many));
    });
}

#[test]
fn case_40_bytes_arrive_untouched() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for text in ["\u{feff}a = 1\r\nb = 2\r\n", "a = 1\r\nb = 2\r\n", "a = 1\nb = 2\n", "a = 1\nb = 2"] {
            replace(&path, text);
            live.expect_text(text);
        }
    });
}

#[test]
fn not_utf_8_names_the_place() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        let temporary = path.with_extension("tmp");
        std::fs::write(&temporary, b"caf\xe9 = 1").unwrap();
        std::fs::rename(&temporary, &path).unwrap();
        let error = ReadError::NotUtf8 { path: path.clone(), offset: 3 };
        let text = error.to_string();
        assert_eq!(live.expect_failure(), Failure::Unreadable(error));
        assert!(
            text.ends_with("is not UTF-8: the byte at offset 3 does not belong to any character; save it as UTF-8")
        );
    });
}

#[cfg(feature = "events")]
#[test]
fn the_mode_is_told() {
    let (_place, path) = Place::with_file("one");
    assert_eq!(Live::file(&path, by_events(), "one").watcher.status().mode.to_string(), "events");
    let mode = Live::file(&path, by_polling(), "one").watcher.status().mode;
    assert_eq!(mode.to_string(), "polling");
}
