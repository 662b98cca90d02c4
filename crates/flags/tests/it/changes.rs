//! Streams of changes (A17, C3).

use std::{
    sync::mpsc::{RecvTimeoutError, TryRecvError},
    thread,
    time::Duration,
};

use flags::{ChangeKind, ChangeSet, Changes, FlagDefinition, Flags};
use futures_util::StreamExt as _;

/// Long enough for a machine that is busy with other tests; what is waited for comes within microseconds.
const DEADLINE: Duration = Duration::from_secs(30);

fn flags() -> Flags {
    Flags::builder().flag(FlagDefinition::new("a")).flag(FlagDefinition::new("b").parent("a")).build().unwrap()
}

fn keys(changes: &ChangeSet) -> Vec<&str> {
    changes.changes.iter().map(|change| &*change.key).collect()
}

#[test]
fn every_change_is_told_in_order_until_the_client_is_dropped() {
    let flags = flags();
    let changes = flags.changes();
    assert_eq!(changes.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(changes.recv_timeout(Duration::from_millis(1)), Err(RecvTimeoutError::Timeout));
    for revision in 2..100 {
        flags.toggle("a").unwrap();
        let told = changes.recv_timeout(DEADLINE).unwrap();
        assert_eq!((told.revision, keys(&told)), (revision, vec!["a", "b"]));
    }
    flags.toggle("b").unwrap();
    drop(flags);
    assert_eq!(changes.recv().map(|told| told.revision), Some(100), "what was still to be told is told");
    assert_eq!((changes.recv(), changes.recv()), (None, None));
    assert_eq!(changes.try_recv(), Err(TryRecvError::Disconnected));
    assert_eq!(changes.recv_timeout(Duration::MAX), Err(RecvTimeoutError::Disconnected));
}

#[test]
fn a_stream_of_some_flags_tells_of_those_alone() {
    let flags = flags();
    let changes = flags.changes_of(["b", "c"]);
    flags.toggle("a").unwrap();
    flags.create(FlagDefinition::new("d")).unwrap();
    flags.create(FlagDefinition::new("c")).unwrap();
    drop(flags);
    let told: Vec<_> =
        changes.into_iter().map(|told| (told.revision, told.changes[0].kind, keys(&told).join(" "))).collect();
    // A change of what a flag depends on is one of its own.
    let expected = [(2, ChangeKind::Changed, "b".to_owned()), (4, ChangeKind::Added, "c".to_owned())];
    assert_eq!(told, expected);
}

// Nobody takes anything while ten thousand changes are made: nothing waits for the stream, and it does not tell them all.
#[test]
fn a_slow_reader_holds_up_nothing_and_hears_the_end_of_it() {
    let flags = flags();
    let (slow, other) = (flags.changes(), flags.changes());
    let reader = thread::spawn(move || other.into_iter().map(|told| told.revision).last());
    for _ in 0..10_000 {
        flags.toggle("b").unwrap();
    }
    drop(flags);
    assert_eq!(reader.join().unwrap(), Some(10_001));
    let told: Vec<u64> = slow.iter().map(|told| told.revision).collect();
    assert!(told.len() <= 256 && told.is_sorted() && told.last() == Some(&10_001), "{} sets", told.len());
}

#[tokio::test]
async fn a_stream_is_awaited_with_and_without_the_extension_trait() {
    let flags = flags();
    let mut changes = flags.changes();
    flags.toggle("a").unwrap();
    assert_eq!(changes.next().await.map(|told| told.revision), Some(2));
    let task = tokio::spawn(changes.map(|told| told.revision).collect::<Vec<_>>());
    // Made while the task waits, or before it does: it hears of them either way.
    tokio::task::yield_now().await;
    for _ in 0..3 {
        flags.toggle("b").unwrap();
    }
    drop(flags);
    assert_eq!(tokio::time::timeout(DEADLINE, task).await.unwrap().unwrap(), [3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_waiting_task_is_woken() {
    let flags = flags();
    for revision in 2..200 {
        let mut changes = flags.changes();
        let task = tokio::spawn(async move { changes.next().await.map(|told| told.revision) });
        if revision % 2 == 0 {
            tokio::task::yield_now().await;
        }
        flags.toggle("a").unwrap();
        assert_eq!(tokio::time::timeout(DEADLINE, task).await.unwrap().unwrap(), Some(revision));
    }
}

#[test]
fn a_stream_may_be_sent_and_shared() {
    fn both<T: Send + Sync + Unpin>() {}
    both::<Changes>();
}
