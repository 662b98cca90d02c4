//! Bound handles against the coarse clock, which only this crate can set.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use flags_core::{Attributes, Context, Decision, FlagDefinition};

use crate::Flags;

const SECOND: u64 = coarsetime::Duration::from_secs(1).as_ticks();

fn client() -> (Flags, Arc<AtomicUsize>) {
    let flags =
        Flags::builder().flag(FlagDefinition::new("a").enabled(true)).flag(FlagDefinition::new("b")).build().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    flags.observe(move |_: &str, _: &dyn Attributes, _: &Decision<'_>| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    (flags, asked)
}

// C3
#[test]
fn an_answer_is_kept_for_its_time_and_dropped_with_a_change_of_its_flag() {
    let (flags, asked) = client();
    let asked = || asked.load(Ordering::Relaxed);
    let bound = flags.bind(Context::new("actor-1"));
    let at = |seconds: u64| (1_000 + seconds) * SECOND;

    assert!(bound.is_enabled_at("a", at(0)));
    assert!(bound.is_enabled_at("a", at(5) - 1));
    assert_eq!(asked(), 1, "the second answer came from memory");
    assert!(bound.is_enabled_at("a", at(5)));
    assert_eq!(asked(), 2, "five seconds on, the flag is asked again");

    flags.toggle("b").unwrap();
    assert!(bound.is_enabled_at("a", at(6)));
    assert_eq!(asked(), 2, "a change of another flag drops nothing");
    assert!(bound.is_enabled_at("a", at(10)));
    assert_eq!(asked(), 3, "and lengthens nothing");

    flags.toggle("a").unwrap();
    assert!(!bound.is_enabled_at("a", at(10)), "a change of its own flag drops the answer at once");
    assert_eq!(asked(), 4);
    flags.remove("a").unwrap();
    assert!(!bound.is_enabled_at("a", at(10)));
    assert!(!bound.is_enabled_at("a", at(10)));
    assert_eq!(asked(), 5, "that a flag is unknown is an answer, too");
    assert_eq!((bound.cache_stats().hits, bound.cache_stats().misses), (3, 5));
}

#[test]
fn the_time_of_an_answer_is_the_clients() {
    let flags = Flags::builder()
        .flag(FlagDefinition::new("a"))
        .cache_ttl(std::time::Duration::from_millis(1_500))
        .build()
        .unwrap();
    let bound = flags.bind(Context::anonymous());
    let misses = |now: u64| {
        let _ = bound.is_enabled_at("a", now);
        bound.cache_stats().misses
    };
    assert_eq!([misses(SECOND), misses(2 * SECOND), misses(3 * SECOND)], [1, 1, 2]);
}
