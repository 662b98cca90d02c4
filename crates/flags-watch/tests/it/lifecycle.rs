//! Starting, asking, panicking, stopping.

use std::{
    convert::Infallible,
    fs,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::channel,
    },
};

use flags_watch::{
    CheckError, Checked, Documents, Failure, Options, Origin, ReadError, Ready, StartError, Update, Watcher,
};

use crate::support::{
    Bad, Live, PATIENCE, Place, Seen, both_ways, by_events, by_polling, load, replace, wait_until, write,
};

#[test]
fn a_bad_start_is_an_error() {
    let place = Place::new();
    let start = |path: &std::path::Path, options: Options| Live::try_start(Origin::at(path), options).map(|_| ());
    let missing = place.path("missing.toml");
    match start(&missing, by_events()) {
        Err(StartError::Load(Failure::Unreadable(error))) => assert_eq!(error, ReadError::Missing { path: missing }),
        other => panic!("{other:?}"),
    }
    let bad = place.path("bad.toml");
    write(&bad, "bad");
    for options in [by_events(), by_polling().allow_missing(true).allow_empty(true)] {
        match start(&bad, options) {
            Err(StartError::Load(Failure::Rejected(error))) => assert_eq!(error, Bad("bad".into())),
            other => panic!("{other:?}"),
        }
    }
    let explosive = place.path("panic.toml");
    write(&explosive, "panic");
    match start(&explosive, by_events()) {
        Err(error @ StartError::Load(Failure::Panicked { .. })) => {
            assert!(error.to_string().ends_with("the loader met panic"), "{error}");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn case_26_a_loader_that_panics_is_survived() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        for round in 2..5 {
            replace(&path, &format!("panic {round}"));
            let message = format!("the loader met panic {round}").into();
            assert_eq!(live.expect_failure(), Failure::Panicked { message });
            assert!(live.watcher.status().is_stale());
            replace(&path, &format!("good {round}"));
            live.expect(&Seen::Loaded(round, format!("good {round}")));
        }
    });
}

#[test]
fn case_26_an_update_function_that_panics_is_survived() {
    let (_place, path) = Place::with_file("one");
    let (sender, updates) = channel();
    let watcher = Watcher::start(Origin::at(&path), by_events(), load, move |update| match update {
        Update::Loaded(loaded) if loaded.value == "explosive" => panic!("while publishing"),
        Update::Loaded(loaded) => sender.send(Ok((loaded.revision, loaded.value))).unwrap(),
        Update::Failed(failure) => sender.send(Err(failure.to_string())).unwrap(),
        other => panic!("{other:?}"),
    })
    .unwrap();
    let next = || updates.recv_timeout(PATIENCE).unwrap();
    assert_eq!(next(), Ok((1, "one".into())));
    replace(&path, "explosive");
    assert!(next().unwrap_err().ends_with("while publishing"));
    replace(&path, "two");
    assert_eq!(next(), Ok((3, "two".into())), "the number of the publication that failed is not used again");
    assert!(matches!(watcher.check_now(), Ok(Checked::Unchanged { revision: 3 })));
}

#[test]
fn case_27_ten_thousand_events_of_neighbours_are_no_reload() {
    let (place, path) = Place::with_file("one");
    let live = Live::file(&path, by_events(), "one");
    for number in 0..2_500 {
        // Created, written, closed, deleted.
        let neighbour = place.path(&format!("neighbour-{}.log", number % 10));
        write(&neighbour, "noise");
        fs::remove_file(&neighbour).unwrap();
    }
    live.expect_nothing_new();
    assert_eq!(live.watcher.status().loads_ok, 1);
    write(&path, "two");
    live.expect(&Seen::Loaded(2, "two".into()));
}

#[test]
fn case_28_a_change_between_the_first_reading_and_the_start_is_seen() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let mut ready = Ready::open(Origin::at(&path), options, load).unwrap();
        assert_eq!(ready.first().map(|first| (first.revision, first.value.as_str())), Some((1, "one")));
        replace(&path, "two");
        let (sender, updates) = channel();
        assert_eq!(ready.take_first().map(|first| first.value), Some("one".into()));
        let watcher = ready
            .start(move |update| {
                if let Update::Loaded(loaded) = update {
                    sender.send((loaded.revision, loaded.value)).unwrap();
                }
            })
            .unwrap();
        assert_eq!(updates.recv_timeout(PATIENCE).unwrap(), (2, "two".into()));
        watcher.stop();
    });
}

#[test]
fn case_28_a_change_during_the_first_load_is_seen() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let (sender, updates) = channel();
        let target = path.clone();
        let load = move |documents: &Documents| {
            if &*documents.files()[0].text == "one" {
                replace(&target, "two");
            }
            Ok::<_, Infallible>(documents.files()[0].text.to_string())
        };
        let _watcher = Watcher::start(Origin::at(&path), options, load, move |update| {
            if let Update::Loaded(loaded) = update {
                sender.send(loaded.value).unwrap();
            }
        })
        .unwrap();
        assert_eq!(updates.recv_timeout(PATIENCE).unwrap(), "one");
        assert_eq!(updates.recv_timeout(PATIENCE).unwrap(), "two");
    });
}

#[test]
fn case_29_a_change_during_a_later_load_is_seen() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("0");
        let (sender, updates) = channel();
        let target = path.clone();
        let load = move |documents: &Documents| {
            let number: u32 = documents.files()[0].text.parse()?;
            if (1..5).contains(&number) {
                replace(&target, &(number + 1).to_string());
            }
            Ok::<_, std::num::ParseIntError>(number)
        };
        let _watcher = Watcher::start(Origin::at(&path), options, load, move |update| {
            if let Update::Loaded(loaded) = update {
                sender.send(loaded.value).unwrap();
            }
        })
        .unwrap();
        assert_eq!(updates.recv_timeout(PATIENCE).unwrap(), 0);
        replace(&path, "1");
        for number in 1..=5 {
            assert_eq!(updates.recv_timeout(PATIENCE).unwrap(), number);
        }
    });
}

#[test]
fn case_30_a_file_written_without_pause_is_reloaded_all_the_same() {
    let (_place, path) = Place::with_file("0");
    let live = Live::file(&path, by_events(), "0");
    let enough = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let (enough, path) = (Arc::clone(&enough), path.clone());
        move || {
            let mut number = 0_u64;
            // The writer goes on until a reload was seen, so a watcher that waits for silence waits for ever.
            while !enough.load(Ordering::Relaxed) {
                number += 1;
                replace(&path, &number.to_string());
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            number
        }
    });
    for _ in 0..2 {
        assert!(matches!(live.next(), Seen::Loaded(..)));
    }
    enough.store(true, Ordering::Relaxed);
    let last = writer.join().unwrap().to_string();
    if live.watcher.check_now().is_ok() {
        assert_eq!(live.watcher.status().hash, Some(Documents::from_texts([(path, last)]).hash()));
    }
}

#[test]
fn asking_waits_for_the_outcome() {
    both_ways(|options| {
        let (_place, path) = Place::with_file("one");
        let live = Live::file(&path, options, "one");
        assert!(matches!(live.watcher.check_now(), Ok(Checked::Unchanged { revision: 1 })));
        for revision in 2..30 {
            write(&path, &format!("{revision}"));
            match live.watcher.check_now().unwrap() {
                // An event or a poll may have been quicker than the question.
                Checked::Loaded { revision: now } | Checked::Unchanged { revision: now } => assert_eq!(now, revision),
                other => panic!("{other:?}"),
            }
        }
        fs::remove_file(&path).unwrap();
        match live.watcher.check_now().unwrap() {
            Checked::Failed(failure) => {
                assert_eq!(*failure, Failure::Unreadable(ReadError::Missing { path: path.clone() }));
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(live.watcher.status().revision, 29);
    });
}

#[test]
fn many_may_ask_at_once() {
    let (_place, path) = Place::with_file("one");
    let live = Live::file(&path, by_polling(), "one");
    let answers = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    assert!(matches!(live.watcher.check_now(), Ok(Checked::Unchanged { revision: 1 })));
                    answers.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(answers.into_inner(), 400);
}

#[test]
fn the_watcher_s_own_thread_may_neither_ask_nor_wait() {
    let (_place, path) = Place::with_file("one");
    let slot: Arc<Mutex<Option<Watcher<Bad>>>> = Arc::default();
    let (sender, answers) = channel();
    let watcher = Watcher::start(Origin::at(&path), by_events(), load, {
        let slot = Arc::clone(&slot);
        move |update| {
            if let Some(watcher) = slot.lock().unwrap().take() {
                let answer = watcher.check_now().map(|_| ());
                // Ends the thread this runs on, and cannot wait for it.
                drop(watcher);
                sender.send((answer, matches!(update, Update::Loaded(_)))).unwrap();
            }
        }
    })
    .unwrap();
    let status = watcher.status_handle();
    *slot.lock().unwrap() = Some(watcher);
    replace(&path, "two");
    assert_eq!(answers.recv_timeout(PATIENCE).unwrap(), (Err(CheckError::OwnThread), true));
    wait_until("the thread ends", || !status.read().running);
}

#[test]
fn case_31_stopping_waits_for_the_load_in_progress() {
    let (_place, path) = Place::with_file("one");
    let (entered, inside) = channel();
    let (release, released) = channel::<()>();
    let finished = Arc::new(AtomicBool::new(false));
    let load = {
        let finished = Arc::clone(&finished);
        move |documents: &Documents| {
            if &*documents.files()[0].text == "two" {
                entered.send(()).unwrap();
                released.recv().unwrap();
                finished.store(true, Ordering::SeqCst);
            }
            Ok::<_, Infallible>(())
        }
    };
    let watcher = Watcher::start(Origin::at(&path), by_events(), load, |_| {}).unwrap();
    let status = watcher.status_handle();
    replace(&path, "two");
    inside.recv_timeout(PATIENCE).unwrap();
    let stopper = std::thread::spawn(move || watcher.stop());
    assert!(status.read().running && !finished.load(Ordering::SeqCst));
    release.send(()).unwrap();
    stopper.join().unwrap();
    assert!(finished.load(Ordering::SeqCst), "the load in progress was finished");
    assert!(!status.read().running);
}

#[test]
fn case_31_what_the_update_function_owned_is_dropped_with_the_watcher() {
    let (_place, path) = Place::with_file("one");
    let owned = Arc::new(());
    let watcher = Watcher::start(Origin::at(&path), by_events(), load, {
        let owned = Arc::clone(&owned);
        move |_| {
            let _ = &owned;
        }
    })
    .unwrap();
    assert_eq!(Arc::strong_count(&owned), 2);
    drop(watcher);
    assert_eq!(Arc::strong_count(&owned), 1);
}
