//! No evaluation is lost or counted twice: eight threads, reloads, and threads that end, against a naive count. // D5

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use flags_core::{FlagDefinition, FlagSet, Reason};
use flags_metrics::{CounterLayout, Metrics};

use crate::support::{ask, flag, samples, set};

/// By flag, variant and reason.
type Counts = HashMap<(String, Option<String>, Reason), u64>;

const VARIANTS: [&str; 4] = ["a", "b", "c", "d"];

/// Definitions that differ from turn to turn in order, in company, and in what `changing` has for variants.
fn definitions(turn: usize) -> Vec<FlagDefinition> {
    let mut flags = vec![
        flag("stable", &VARIANTS[..3]),
        FlagDefinition::new("boolean").enabled(true),
        flag("changing", &VARIANTS[turn % 3..turn % 3 + 2]),
        FlagDefinition::new(format!("company-{}", turn % 5)),
    ];
    flags.rotate_left(turn % 4);
    flags
}

/// The set in force and what it is counted with, as a client has them.
struct Live {
    set: FlagSet,
    layout: CounterLayout,
}

impl Live {
    fn new(metrics: &Metrics, turn: usize) -> Self {
        let set = set(definitions(turn));
        Self { layout: metrics.layout(&set), set }
    }
}

/// Evaluates a while by one set, and counts the same by hand. Half of the threads keep their cells themselves.
fn evaluate(live: &Live, seed: usize, evaluations: usize, naive: &mut Counts) {
    let own = seed.is_multiple_of(2).then(|| live.layout.attach());
    for turn in seed..seed + evaluations {
        let key = ["stable", "boolean", "changing", "missing"][turn % 4];
        let outcome = ask(&live.set, key, Some(VARIANTS[turn / 4 % 4]));
        match &own {
            Some(counts) => {
                let sample = counts.begin();
                counts.finish(sample, outcome);
            }
            None => live.layout.count(outcome),
        }
        let variant = live.set.decision(outcome).variant().map(str::to_owned);
        *naive.entry((key.to_owned(), variant, outcome.reason())).or_default() += 1;
    }
}

#[test]
fn eight_threads_with_reloads_and_ends_of_threads() {
    let metrics = Metrics::new();
    let live = Mutex::new(Arc::new(Live::new(&metrics, 0)));
    let current = || Arc::clone(&live.lock().unwrap());
    let total = Mutex::new(Counts::new());
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let workers: Vec<_> = (0..8)
            .map(|worker| {
                let (total, live, current, metrics) = (&total, &live, &current, &metrics);
                scope.spawn(move || {
                    let mut naive = Counts::new();
                    // A thread that idles on the first set and counts a last time at the end.
                    let idle = (worker == 3).then(current);
                    for round in 0..40 {
                        // One of them is also who reloads, forty times.
                        if worker == 0 {
                            let next = Arc::new(Live::new(metrics, round + 1));
                            *live.lock().unwrap() = next;
                        }
                        let live = current();
                        evaluate(&live, worker * 1_000 + round, 250, &mut naive);
                        // Threads that come, count and end, by a set that may be gone when they do.
                        if round % 10 == worker {
                            let mut of_another = thread::scope(|inner| {
                                inner
                                    .spawn(|| {
                                        let mut naive = Counts::new();
                                        evaluate(&live, worker, 100, &mut naive);
                                        naive
                                    })
                                    .join()
                                    .unwrap()
                            });
                            for (key, count) in std::mem::take(&mut of_another) {
                                *naive.entry(key).or_default() += count;
                            }
                        }
                    }
                    if let Some(idle) = idle {
                        evaluate(&idle, 0, 400, &mut naive);
                    }
                    let mut total = total.lock().unwrap();
                    for (key, count) in naive {
                        *total.entry(key).or_default() += count;
                    }
                })
            })
            .collect();
        // A scraper beside them: what is shown never falls while its flag and variant are defined.
        let scraper = scope.spawn(|| {
            let mut former = BTreeMap::new();
            let mut scrapes = 0;
            while !done.load(Ordering::Relaxed) || scrapes < 3 {
                let now = samples(&metrics.render());
                for (series, value) in &now {
                    let stays =
                        series.contains("stable") || series.contains("boolean") || series.contains("__unknown__");
                    if stays && series.starts_with("flags_evaluations_total") {
                        let before = former.get(series).copied().unwrap_or(0.0);
                        assert!(before <= *value, "{series} fell from {before} to {value}");
                    }
                }
                former = now;
                scrapes += 1;
            }
        });
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        done.store(true, Ordering::Relaxed);
        scraper.join().unwrap();
    });

    let naive = total.into_inner().unwrap();
    let of =
        |wanted: &str| -> u64 { naive.iter().filter(|((flag, ..), _)| flag == wanted).map(|(_, count)| count).sum() };
    // Variants that come and go share what they counted with the flag's former ones; the flag's sum is exact.
    assert_eq!(metrics.summary("changing").unwrap().evaluations, of("changing"));
    for flag in ["stable", "boolean"] {
        let summary = metrics.summary(flag).unwrap();
        let counted: Counts = summary
            .outcomes
            .into_iter()
            .map(|outcome| ((flag.to_owned(), outcome.variant, outcome.reason), outcome.count))
            .collect();
        let expected: Counts =
            naive.iter().filter(|((of, ..), _)| of == flag).map(|(key, count)| (key.clone(), *count)).collect();
        assert_eq!(counted, expected);
    }
    let overview = metrics.overview();
    assert_eq!((overview.unknown, overview.errors), (of("missing"), of("missing")));
    assert_eq!(overview.evaluations, naive.values().sum::<u64>());
    assert_eq!(naive.values().sum::<u64>(), 8 * 40 * 250 + 8 * 4 * 100 + 400);
}

/// A thread that has ended leaves its cells to the next; there are as many slabs as threads at once.
#[test]
fn threads_that_end_hand_their_cells_on() {
    let metrics = Metrics::new();
    let set = set([FlagDefinition::new("boolean").enabled(true)]);
    let layout = metrics.layout(&set);
    for _ in 0..20 {
        let (layout, outcome) = (layout.clone(), ask(&set, "boolean", None));
        thread::spawn(move || layout.count(outcome)).join().unwrap();
    }
    assert_eq!(layout.slabs(), 1);
    assert_eq!(metrics.summary("boolean").unwrap().evaluations, 20);
}

/// Counting within counting, and after the end of the thread's own values, loses nothing either.
#[test]
fn counting_that_leads_to_counting() {
    struct AtTheEnd(CounterLayout, flags_core::Outcome);
    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            self.0.count(self.1);
        }
    }
    thread_local! {
        static AT_THE_END: std::cell::RefCell<Option<AtTheEnd>> = const { std::cell::RefCell::new(None) };
    }
    let metrics = Metrics::new();
    let set = set([FlagDefinition::new("boolean").enabled(true)]);
    let (layout, outcome) = (metrics.layout(&set), ask(&set, "boolean", None));
    layout.with(|outer| {
        outer.count(outcome);
        layout.with(|inner| inner.count(outcome));
    });
    layout.with(|_| layout.with(|inner| inner.count(outcome)));
    assert!(layout.is_kept());
    let last = layout.clone();
    thread::spawn(move || {
        // Its destructor runs after the one of what is kept for the thread, which is made later.
        AT_THE_END.set(Some(AtTheEnd(last.clone(), outcome)));
        last.count(outcome);
    })
    .join()
    .unwrap();
    assert_eq!(metrics.summary("boolean").unwrap().evaluations, 5);
}
