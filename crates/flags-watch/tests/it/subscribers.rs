//! The list of functions to call. Case 47: in order, once.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};

use flags_watch::{Subscribers, Subscription};

type Log = Arc<Mutex<Vec<(&'static str, u32)>>>;

fn note(log: &Log, name: &'static str) -> impl Fn(&u32) + Send + Sync + 'static {
    let log = Arc::clone(log);
    move |event| log.lock().unwrap().push((name, *event))
}

#[test]
fn called_in_the_order_of_subscription_until_dropped() {
    let (list, log) = (Subscribers::new(), Log::default());
    let a = list.subscribe(note(&log, "a"));
    list.subscribe(note(&log, "b")).forever();
    let c = list.clone().subscribe(note(&log, "c"));
    assert_eq!(list.publish(&1).delivered, 3);
    drop(a);
    assert_eq!(list.publish(&2).delivered, 2);
    drop(c);
    assert_eq!(list.publish(&3).delivered, 1);
    assert_eq!(*log.lock().unwrap(), [("a", 1), ("b", 1), ("c", 1), ("b", 2), ("c", 2), ("b", 3)]);
    assert_eq!(list.len(), 1);
}

#[test]
fn a_panic_does_not_stop_the_others() {
    let (list, log) = (Subscribers::new(), Log::default());
    let _a = list.subscribe(note(&log, "a"));
    let _b = list.subscribe(|event| assert!(*event > 1, "b does not like {event}"));
    let _c = list.subscribe(note(&log, "c"));
    let delivery = list.publish(&1);
    assert_eq!((delivery.delivered, delivery.panicked), (2, 1));
    let delivery = list.publish(&2);
    assert_eq!((delivery.delivered, delivery.panicked), (3, 0));
    assert_eq!(*log.lock().unwrap(), [("a", 1), ("c", 1), ("a", 2), ("c", 2)]);
}

#[test]
fn a_function_may_subscribe_unsubscribe_and_publish() {
    let (list, log) = (Subscribers::<u32>::new(), Log::default());
    let kept: Arc<Mutex<Vec<Subscription>>> = Arc::default();
    let victim: Arc<Mutex<Option<Subscription>>> = Arc::default();
    let _busy = list.subscribe({
        let (list, log, kept, victim) = (list.clone(), Arc::clone(&log), Arc::clone(&kept), Arc::clone(&victim));
        move |event| {
            if *event == 1 {
                kept.lock().unwrap().push(list.subscribe(note(&log, "new")));
                victim.lock().unwrap().take();
                let _ = list.publish(&2);
            }
        }
    });
    *victim.lock().unwrap() = Some(list.subscribe(note(&log, "victim")));
    let _last = list.subscribe(note(&log, "last"));
    let _ = list.publish(&1);
    assert_eq!(*log.lock().unwrap(), [("last", 2), ("new", 2), ("last", 1)]);
}

#[test]
fn the_guard_may_outlive_the_list() {
    let list = Subscribers::<u32>::new();
    let subscription = list.subscribe(|_| {});
    assert!(!list.is_empty());
    drop(list);
    drop(subscription);
}

#[test]
fn what_a_function_owned_is_dropped_with_its_guard() {
    let (list, owned) = (Subscribers::<u32>::new(), Arc::new(()));
    let subscription = list.subscribe({
        let owned = Arc::clone(&owned);
        move |_| assert!(Arc::strong_count(&owned) > 0)
    });
    assert_eq!(Arc::strong_count(&owned), 2);
    drop(subscription);
    assert_eq!(Arc::strong_count(&owned), 1);
}

#[test]
fn threads_publish_and_subscribe_at_once() {
    let list = Subscribers::<u32>::new();
    let calls = Arc::new(AtomicUsize::new(0));
    let _always = list.subscribe({
        let calls = Arc::clone(&calls);
        move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
        }
    });
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..1_000).for_each(|event| assert!(list.publish(&event).delivered >= 1)));
            scope.spawn(|| (0..1_000).for_each(|_| drop(list.subscribe(|_| {}))));
        }
    });
    assert_eq!(calls.load(Ordering::Relaxed), 2_000);
    assert_eq!(list.len(), 1);
}
