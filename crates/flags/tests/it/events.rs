//! Hearing of changes (A17).

use std::{
    sync::mpsc::{RecvTimeoutError, channel},
    time::Duration,
};

use flags::{ChangeKind, ChangeSource, FlagDefinition, Flags};

/// Long enough for a machine that is busy with other tests; what is waited for comes within microseconds.
const DEADLINE: Duration = Duration::from_secs(30);

fn flags() -> Flags {
    Flags::builder().flag(FlagDefinition::new("a")).flag(FlagDefinition::new("b").parent("a")).build().unwrap()
}

#[test]
fn every_change_is_told_in_order_and_once() {
    let flags = flags();
    let (sender, receiver) = channel();
    let subscription = flags.on_change(move |changes| sender.send(changes.clone()).unwrap());
    for _ in 0..100 {
        flags.toggle("a").unwrap();
    }
    for revision in 2..102 {
        let changes = receiver.recv_timeout(DEADLINE).unwrap();
        assert_eq!((changes.revision, changes.source), (revision, ChangeSource::Runtime));
        let keys: Vec<&str> = changes.changes.iter().map(|change| &*change.key).collect();
        assert_eq!(keys, ["a", "b"], "what depends on a flag changes with it");
    }
    drop(subscription);
    flags.toggle("a").unwrap();
    // The sender went with the subscription, so there is nothing to wait for.
    assert_eq!(receiver.recv_timeout(DEADLINE), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn one_flag_is_heard_of_alone() {
    let flags = flags();
    let (sender, receiver) = channel();
    let _subscription =
        flags.on_flag_change("c", move |change, changes| sender.send((change.kind, changes.revision)).unwrap());
    flags.toggle("a").unwrap();
    flags.create(FlagDefinition::new("c")).unwrap();
    flags.update("c", |flag| flag.description("the third")).unwrap();
    flags.update("c", |flag| flag).unwrap();
    flags.remove("c").unwrap();
    let told: Vec<_> = (0..3).map(|_| receiver.recv_timeout(DEADLINE).unwrap()).collect();
    assert_eq!(told, [(ChangeKind::Added, 3), (ChangeKind::Changed, 4), (ChangeKind::Removed, 6)]);
}

// A subscriber that is busy, or panics, or changes flags itself, holds up no change and no evaluation.
#[test]
fn a_slow_subscriber_holds_up_nothing() {
    let flags = flags();
    let (release, held) = channel::<()>();
    let held = std::sync::Mutex::new(held);
    let (sender, receiver) = channel();
    let first = std::sync::atomic::AtomicBool::new(true);
    let _slow = flags.on_change(move |changes| {
        if first.swap(false, std::sync::atomic::Ordering::Relaxed) {
            held.lock().unwrap().recv().unwrap();
            panic!("and then it panics");
        }
        sender.send(changes.revision).unwrap();
    });
    for _ in 0..1_000 {
        flags.toggle("a").unwrap();
    }
    assert_eq!(flags.snapshot().revision(), 1_001, "all changes are in force");
    release.send(()).unwrap();
    let mut last = 0;
    while last < 1_001 {
        let revision = receiver.recv_timeout(DEADLINE).unwrap();
        assert!(revision > last);
        last = revision;
    }
}

#[test]
fn a_subscriber_may_change_flags() {
    let flags = flags();
    let (sender, receiver) = channel();
    let inner = flags.clone();
    flags
        .on_flag_change("a", move |_, changes| {
            if changes.revision == 2 {
                inner.create(FlagDefinition::new("made")).unwrap();
            }
            sender.send(changes.revision).unwrap();
        })
        .forever();
    flags.toggle("a").unwrap();
    assert_eq!(receiver.recv_timeout(DEADLINE), Ok(2));
    assert!(flags.snapshot().find("made").is_some());
}
