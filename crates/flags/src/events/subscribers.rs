//! Functions to call when something happens, in the order in which they came, each until its guard is dropped.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

/// A list of functions that want to hear of events of type `E`.
///
/// Functions are called on the thread that publishes, one after the other, without any lock
/// held: they may subscribe, unsubscribe and publish. A slow function delays those after it and the publisher, so work
/// of any length belongs on a thread of the subscriber's own. A panic in one does not keep the others from being called.
pub(crate) struct Subscribers<E> {
    list: Arc<List<E>>,
}

/// Replaced as a whole at each change, so that publishing works on a list that does not move.
type List<E> = Mutex<Arc<[Arc<Entry<E>>]>>;

struct Entry<E> {
    active: AtomicBool,
    call: Box<dyn Fn(&E) + Send + Sync>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use = "panics of subscribers are reported here and nowhere else"]
pub(crate) struct Delivery {
    /// Functions that were called and panicked; they stay subscribed.
    pub(crate) panicked: usize,
}

impl<E: 'static> Subscribers<E> {
    /// An empty list.
    pub(crate) fn new() -> Self {
        Self { list: Arc::new(Mutex::new(Arc::new([]))) }
    }

    /// Adds a function, to be called at every event until the subscription is dropped.
    pub(crate) fn subscribe(&self, call: impl Fn(&E) + Send + Sync + 'static) -> Subscription {
        let entry = Arc::new(Entry { active: AtomicBool::new(true), call: Box::new(call) });
        let mut list = lock(&self.list);
        *list = list.iter().cloned().chain([Arc::clone(&entry)]).collect();
        Subscription {
            remove: Some(Box::new(Removal { list: Arc::downgrade(&self.list), entry: Arc::downgrade(&entry) })),
        }
    }

    /// Calls every function with the event, in the order of subscription.
    ///
    /// A function that is subscribed meanwhile is not called for this event; one that is unsubscribed meanwhile and
    /// was not reached yet is not either.
    pub(crate) fn publish(&self, event: &E) -> Delivery {
        let list = Arc::clone(&lock(&self.list));
        let mut delivery = Delivery::default();
        for entry in list.iter().filter(|entry| entry.active.load(Ordering::Acquire)) {
            if catch_unwind(AssertUnwindSafe(|| (entry.call)(event))).is_err() {
                delivery.panicked += 1;
            }
        }
        delivery
    }
}

fn lock<E>(list: &List<E>) -> MutexGuard<'_, Arc<[Arc<Entry<E>>]>> {
    // Nothing foreign runs under this lock.
    list.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a function subscribed; dropping it unsubscribes.
///
/// After the drop the function is not called again, except that a call already begun on another thread goes on.
#[must_use = "dropping the subscription ends it at once; keep it, or call `forever`"]
pub struct Subscription {
    remove: Option<Box<dyn Unsubscribe>>,
}

impl Subscription {
    /// Keeps the function subscribed for as long as the list exists.
    pub fn forever(mut self) {
        self.remove = None;
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let Some(remove) = self.remove.take() {
            remove.unsubscribe();
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").finish_non_exhaustive()
    }
}

/// Hides the event's type from the guard.
trait Unsubscribe: Send + Sync {
    fn unsubscribe(&self);
}

/// Weak, so that what a function captured is dropped with the list, whoever keeps the guard.
struct Removal<E> {
    list: Weak<List<E>>,
    entry: Weak<Entry<E>>,
}

impl<E> Unsubscribe for Removal<E> {
    fn unsubscribe(&self) {
        let Some(entry) = self.entry.upgrade() else { return };
        entry.active.store(false, Ordering::Release);
        let Some(list) = self.list.upgrade() else { return };
        let before = {
            let mut list = lock(&list);
            let rest = list.iter().filter(|other| !Arc::ptr_eq(other, &entry)).cloned().collect();
            std::mem::replace(&mut *list, rest)
        };
        // What the function captured may run code when it is dropped, so not under the lock.
        drop(before);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

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
        assert_eq!(list.publish(&1).panicked, 0);
        let _c = list.subscribe(note(&log, "c"));
        drop(a);
        assert_eq!(list.publish(&2).panicked, 0);
        assert_eq!(*log.lock().unwrap(), [("a", 1), ("b", 1), ("b", 2), ("c", 2)]);
    }

    #[test]
    fn a_panic_does_not_stop_the_others() {
        let (list, log) = (Subscribers::new(), Log::default());
        let _a = list.subscribe(note(&log, "a"));
        let _b = list.subscribe(|event| assert!(*event > 1, "b does not like {event}"));
        let _c = list.subscribe(note(&log, "c"));
        assert_eq!(list.publish(&1).panicked, 1);
        assert_eq!(list.publish(&2).panicked, 0);
        assert_eq!(*log.lock().unwrap(), [("a", 1), ("c", 1), ("a", 2), ("c", 2)]);
    }

    #[test]
    fn a_function_may_subscribe_unsubscribe_and_publish() {
        let (list, log) = (Arc::new(Subscribers::<u32>::new()), Log::default());
        let kept: Arc<Mutex<Vec<Subscription>>> = Arc::default();
        let victim: Arc<Mutex<Option<Subscription>>> = Arc::default();
        let _busy = list.subscribe({
            let (list, log, kept, victim) =
                (Arc::downgrade(&list), Arc::clone(&log), Arc::clone(&kept), Arc::clone(&victim));
            move |event| {
                let list = list.upgrade().unwrap();
                if *event == 1 {
                    kept.lock().unwrap().push(list.subscribe(note(&log, "new")));
                    victim.lock().unwrap().take();
                    assert_eq!(list.publish(&2).panicked, 0);
                }
            }
        });
        *victim.lock().unwrap() = Some(list.subscribe(note(&log, "victim")));
        let _last = list.subscribe(note(&log, "last"));
        assert_eq!(list.publish(&1).panicked, 0);
        assert_eq!(*log.lock().unwrap(), [("last", 2), ("new", 2), ("last", 1)]);
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
        assert_eq!(list.publish(&1).panicked, 0);
        drop(list.subscribe(|_| {}));
    }

    #[test]
    fn what_a_function_owned_is_dropped_with_the_list() {
        let (list, owned) = (Subscribers::<u32>::new(), Arc::new(()));
        let captured = Arc::clone(&owned);
        let subscription = list.subscribe(move |_| assert!(Arc::strong_count(&captured) > 0));
        drop(list);
        assert_eq!(Arc::strong_count(&owned), 1);
        drop(subscription);
    }
}
