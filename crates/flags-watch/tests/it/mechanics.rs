//! File mechanics: every way in which a file is saved, replaced, lost or found. Mission B3, B4.

use std::{
    ffi::OsStr,
    fs::{self, File, FileTimes},
    io::Write as _,
    os::unix::ffi::OsStrExt as _,
    process::Command,
    time::{Duration, SystemTime},
};

use flags_watch::{Failure, Origin, ReadError};

use crate::support::{Live, Place, Seen, both_ways, by_events, by_polling, link, relink, replace, write};

#[test]
fn case_1_written_in_place() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for text in ["two", "three", "and a longer one", "short"] {
            write(&path, text);
            live.expect_text(text);
        }
    });
}

#[test]
fn case_2_appended() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for (more, text) in [(" two", "one two"), (" three", "one two three")] {
            let mut file = File::options().append(true).open(&path).unwrap();
            file.write_all(more.as_bytes()).unwrap();
            file.sync_all().unwrap();
            drop(file);
            live.expect_text(text);
        }
    });
}

#[test]
fn case_3_renamed_over_again_and_again() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("0");
        let live = Live::file(&path, options, "0");
        for number in 1..=5_u64 {
            replace(&path, &number.to_string());
            live.expect(&Seen::Loaded(number + 1, number.to_string()));
        }
    });
}

#[test]
fn case_5_deleted_and_created_at_once_is_one_change() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for text in ["two", "three"] {
            fs::remove_file(&path).unwrap();
            write(&path, text);
            live.expect_text(text);
        }
    });
}

#[test]
fn case_5_a_gap_within_the_delay_is_not_reported() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options.max_delay(Duration::from_secs(20)), "one");
        fs::remove_file(&path).unwrap();
        // Part of the scenario; how long it really takes decides nothing.
        std::thread::sleep(Duration::from_millis(50));
        write(&path, "two");
        live.expect_text("two");
    });
}

#[test]
fn case_5_deleted_reported_and_created_again() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for text in ["two", "three"] {
            fs::remove_file(&path).unwrap();
            let missing = ReadError::Missing { path: path.clone() };
            assert_eq!(live.expect_failure(), Failure::Unreadable(missing));
            assert!(live.watcher.status().is_stale());
            write(&path, text);
            live.expect_text(text);
            assert!(!live.watcher.status().is_stale());
        }
    });
}

#[test]
fn case_5_the_old_content_back_is_a_restoration() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        fs::remove_file(&path).unwrap();
        live.expect_failure();
        replace(&path, "one");
        live.expect(&Seen::Restored);
        let status = live.watcher.status();
        assert_eq!((status.revision, status.loads_ok, status.loads_failed), (1, 1, 1));
        assert!(!status.is_stale());
        live.expect_nothing_new();
    });
}

#[test]
fn case_6_absent_at_the_start() {
    both_ways(|options| {
        let place = Place::new();
        let path = place.path("a/b/flags.toml");
        let live = Live::try_start(Origin::at(&path), options.allow_missing(true)).unwrap();
        let status = live.watcher.status();
        assert_eq!(status.revision, 0);
        assert!(status.is_stale());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        write(&path, "one");
        live.expect(&Seen::Loaded(1, "one".into()));
        replace(&path, "two");
        live.expect(&Seen::Loaded(2, "two".into()));
    });
}

#[test]
fn case_12_written_through_a_hard_link_elsewhere() {
    // No event reaches the folder of the other name; the poll does it.
    let (place, path) = Place::with_file("one");
    fs::create_dir(place.path("elsewhere")).unwrap();
    let other = place.path("elsewhere/alias");
    fs::hard_link(&path, &other).unwrap();
    for options in [by_polling(), by_events().poll_interval(Duration::from_millis(10))] {
        write(&path, "one");
        let live = Live::file(&path, options, "one");
        write(&other, "two");
        live.expect_text("two");
    }
}

#[test]
fn case_15_a_folder_of_files() {
    both_ways(|options| {
        let place = Place::new();
        write(&place.path("b.toml"), "b");
        let live = Live::start(Origin::at(place.folder.path()), options, "b");
        write(&place.path("a.toml"), "a");
        live.wait_for_text("a.toml=a;b.toml=b");
        replace(&place.path("b.toml"), "B");
        live.expect_text("a.toml=a;b.toml=B");
        fs::rename(place.path("a.toml"), place.path("c.toml")).unwrap();
        live.expect_text("b.toml=B;c.toml=a");
        fs::remove_file(place.path("b.toml")).unwrap();
        live.expect_text("a");
        for hidden in [".c.toml.swp", ".#c.toml", "c.toml~", "4913", "notes.md", "..data"] {
            write(&place.path(hidden), "of no concern");
        }
        fs::create_dir(place.path("folder.toml")).unwrap();
        live.expect_nothing_new();
        fs::remove_file(place.path("c.toml")).unwrap();
        let none = ReadError::NoDocuments { path: place.folder.path().into() };
        assert_eq!(live.expect_failure(), Failure::Unreadable(none));
    });
}

#[test]
fn case_15_one_bad_file_of_a_folder_keeps_all_as_they_were() {
    both_ways(|options| {
        let place = Place::new();
        write(&place.path("a.toml"), "a");
        write(&place.path("b.toml"), "b");
        let live = Live::start(Origin::at(place.folder.path()), options, "a.toml=a;b.toml=b");
        replace(&place.path("b.toml"), "bad");
        live.expect_failure();
        // A dangling link is no reason to go on with half of the folder.
        replace(&place.path("b.toml"), "b2");
        live.expect_text("a.toml=a;b.toml=b2");
        link("nowhere", &place.path("c.toml"));
        assert!(matches!(live.expect_failure(), Failure::Unreadable(ReadError::Dangling { .. })));
        fs::remove_file(place.path("c.toml")).unwrap();
        live.expect(&Seen::Restored);
    });
}

#[test]
fn case_17_a_path_that_is_not_utf_8() {
    both_ways(|options| {
        let place = Place::new();
        let folder = place.folder.path().join(OsStr::from_bytes(b"f\xfcr"));
        fs::create_dir(&folder).unwrap();
        let path = folder.join(OsStr::from_bytes(b"fl\xe4gs.toml"));
        write(&path, "one");
        let file = Live::file(&path, options.clone(), "one");
        let all = Live::start(Origin::at(&folder), options, "one");
        replace(&path, "two");
        file.expect_text("two");
        all.expect_text("two");
    });
}

#[test]
fn case_19_the_path_becomes_something_else() {
    both_ways(|options| {
        let (place, path) = Place::with_file("0");
        let live = Live::file(&path, options, "0");
        let not_a_file = |what| Failure::Unreadable(ReadError::NotAFile { path: path.clone(), what });

        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(live.expect_failure(), Failure::Unreadable(ReadError::IsAFolder { path: path.clone() }));
        fs::remove_dir(&path).unwrap();
        replace(&path, "1");
        live.wait_for_text("1");

        // Nobody writes to the FIFO, so opening it in the plain way would block for ever.
        let fifo = place.path("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        fs::rename(&fifo, &path).unwrap();
        assert_eq!(live.expect_failure(), not_a_file("a FIFO"));
        replace(&path, "2");
        live.expect_text("2");

        // Reading it would never end.
        relink("/dev/zero", &path);
        assert_eq!(live.expect_failure(), not_a_file("a device"));
        replace(&path, "3");
        live.expect_text("3");

        let socket = std::os::unix::net::UnixListener::bind(place.path("socket")).unwrap();
        fs::rename(place.path("socket"), &path).unwrap();
        assert_eq!(live.expect_failure(), not_a_file("a socket"));
        drop(socket);
        replace(&path, "4");
        live.expect_text("4");
    });
}

#[test]
fn case_19_a_folder_that_becomes_a_file() {
    both_ways(|options| {
        let place = Place::new();
        let conf = place.path("conf");
        fs::create_dir(&conf).unwrap();
        write(&conf.join("a.toml"), "one");
        let live = Live::start(Origin::at(&conf), options, "one");
        fs::remove_dir_all(&conf).unwrap();
        write(&conf, "a file");
        let failures = [live.expect_failure()];
        assert_eq!(failures, [Failure::Unreadable(ReadError::NotAFolder { path: conf.clone() })]);
        fs::remove_file(&conf).unwrap();
        fs::create_dir(&conf).unwrap();
        write(&conf.join("a.toml"), "two");
        live.wait_for_text("two");
    });
}

fn set_modified(path: &std::path::Path, time: SystemTime) {
    let file = File::options().write(true).open(path).unwrap();
    file.set_times(FileTimes::new().set_modified(time)).unwrap();
}

#[test]
fn case_20_same_size_and_same_time() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("aaa");
        let time = fs::metadata(&path).unwrap().modified().unwrap();
        let live = Live::file(&path, options, "aaa");
        for text in ["bbb", "ccc"] {
            let mut file = File::options().write(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            file.set_times(FileTimes::new().set_modified(time)).unwrap();
            drop(file);
            live.expect_text(text);
        }
    });
}

#[test]
fn case_20_comparing_contents_needs_no_times() {
    let (_place, path) = Place::with_file("aaa");
    let live = Live::file(&path, by_polling().compare_contents(true), "aaa");
    write(&path, "bbb");
    live.expect_text("bbb");
    live.expect_nothing_new();
}

#[test]
fn case_21_time_goes_backwards() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for (text, year) in [("two", 40), ("three", 30)] {
            write(&path, text);
            set_modified(&path, SystemTime::UNIX_EPOCH + Duration::from_secs(year * 31_556_952));
            live.wait_for_text(text);
        }
    });
}

#[test]
fn case_22_two_edits_in_a_moment() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("0");
        let live = Live::file(&path, options, "0");
        for round in 0..20 {
            write(&path, &format!("first {round:02}"));
            write(&path, &format!("final {round:02}"));
            live.wait_for_text(&format!("final {round:02}"));
        }
    });
}

#[test]
fn case_23_touched_without_a_change() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        set_modified(&path, SystemTime::now() + Duration::from_secs(60));
        live.expect_nothing_new();
        write(&path, "one");
        live.expect_nothing_new();
        replace(&path, "one");
        live.expect_nothing_new();
        assert_eq!(live.watcher.status().loads_ok, 1);
        // The watch still works on the new inode.
        replace(&path, "two");
        live.expect(&Seen::Loaded(2, "two".into()));
    });
}
