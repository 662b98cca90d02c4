//! Handles that are bound to a context (C3).

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use flags::{
    Attributes, BoundFlags, Context, ErrorCode, FlagDefinition, Flags, MAX_BOUND_FLAGS, Object, Timestamp, ValueRef,
    testing::Forces,
};
use flags_testkit::ManualClock;

const DEFINITIONS: &str = r#"
[features.cart]
enabled = true
[features.gone]
enabled = false
variants = { a = "A" }
[features.name]
enabled = true
variants = { one = "eins", two = "zwei" }
serve = "one"
[features.count]
enabled = true
variants = { one = 1 }
[features.share]
enabled = true
variants = { half = 0.5 }
[features.payload]
enabled = true
variants = { big = { value = { copy = "Buy", size = 3 } } }
[features.nl]
enabled = true
conditions = [{ attribute = "country", equals = "NL" }]
"#;

fn flags() -> Flags {
    // The answers of these tests are as fresh on a machine that is busy for a minute as on one that is not.
    Flags::builder().toml(DEFINITIONS).cache_ttl(Duration::from_secs(3_600)).build().unwrap()
}

/// Hits and misses so far.
fn counts<C: Attributes>(bound: &BoundFlags<C>) -> (u64, u64) {
    (bound.cache_stats().hits, bound.cache_stats().misses)
}

#[test]
fn the_memory_answers_what_the_client_would() {
    let flags = flags();
    let context = Context::new("user-42").set("country", "NL");
    let bound = flags.bind(context.clone());
    for round in 0..3 {
        for key in ["cart", "gone", "name", "count", "share", "payload", "nl", "nowhere"] {
            assert_eq!(bound.is_enabled(key), flags.is_enabled(key, &context), "{key}");
            assert_eq!(bound.boolean(key, true), flags.boolean(key, &context, true), "{key}");
            assert_eq!(bound.integer(key, 7), flags.integer(key, &context, 7), "{key}");
            assert_eq!(bound.float(key, 7.5), flags.float(key, &context, 7.5), "{key}");
            assert_eq!(bound.string(key, "?"), flags.string(key, &context, "?"), "{key}");
            let empty = Object::new;
            assert_eq!(bound.object(key, empty()), flags.object(key, &context, empty()), "{key}");
            assert_eq!(bound.variant(key).as_deref(), flags.variant(key, &context).as_deref(), "{key}");
            let lent = bound.with_value(key, |value| value.map(ValueRef::to_value));
            assert_eq!(lent, flags.evaluate(key, &context).value().map(ValueRef::to_value), "{key}");
        }
        assert_eq!(counts(&bound), (56 + round * 64, 8), "only the first question of each flag is decided");
    }
    let evaluation = bound.evaluate("nowhere");
    assert_eq!((evaluation.error(), counts(&bound).1), (Some(ErrorCode::FlagNotFound), 8));
    assert!(bound.explain("nl").to_string().contains("country"));
}

#[test]
fn a_change_drops_the_answers_of_its_own_flag_only() {
    let flags = flags();
    let bound = flags.bind(Context::new("user-42"));
    let ask = || (bound.is_enabled("cart"), bound.string("name", "?"), bound.integer("count", 0));
    assert_eq!(ask(), (true, "eins".to_owned(), 1));
    flags.update("name", |flag| flag.serve("two")).unwrap();
    assert_eq!(ask(), (true, "zwei".to_owned(), 1));
    assert_eq!((bound.variant("name").as_deref(), counts(&bound)), (Some("two"), (3, 4)));
    // The same name, another value: nothing of the old one is left.
    flags.remove("count").unwrap();
    flags.create(FlagDefinition::new("count").variant("one", "a text by now")).unwrap();
    assert_eq!((bound.integer("count", 7), bound.string("count", "?")), (7, "a text by now".to_owned()));
    // What a flag depends on is part of it.
    flags.update("nl", |flag| flag.parent("cart")).unwrap();
    let dutch = bound.with("country", "NL");
    assert!(dutch.is_enabled("nl"));
    flags.toggle("cart").unwrap();
    assert!(!dutch.is_enabled("nl"));
}

#[test]
fn a_schedule_and_a_condition_on_the_time_switch_to_the_instant() {
    let clock = ManualClock::new(Timestamp::parse("2026-11-30T23:59:59Z").unwrap());
    let definitions = r#"
[features.later]
enabled = false
schedule = [{ at = 2026-12-01T00:00:00Z, enabled = true }]
[features.december]
enabled = true
conditions = [{ after = 2026-12-01T00:00:00Z }]
[features.child]
enabled = true
parent = "later"
[features.always]
enabled = true
"#;
    let flags = Flags::builder().toml(definitions).clock(clock.clone()).build().unwrap();
    let bound = flags.bind(Context::new("user-42"));
    let ask = || ["later", "december", "child", "always"].map(|key| bound.is_enabled(key));
    assert_eq!((ask(), ask()), ([false, false, false, true], [false, false, false, true]));
    clock.advance(Duration::from_secs(1));
    assert_eq!(ask(), [true; 4]);
    assert_eq!(counts(&bound), (2, 10), "what does not depend on the time is remembered");
}

#[test]
fn another_context_has_other_answers() {
    let flags = flags();
    let mut bound = flags.bind(Context::new("user-42"));
    assert!(!bound.is_enabled("nl"));
    let dutch = bound.with("country", "NL");
    assert!(dutch.is_enabled("nl") && !bound.is_enabled("nl"));
    assert_eq!((dutch.context().key(), counts(&dutch)), (Some("user-42"), (0, 1)));
    bound.rebind(Context::new("user-43").set("country", "NL"));
    assert!(bound.is_enabled("nl"));
    assert_eq!((bound.context().key(), counts(&bound)), (Some("user-43"), (1, 2)));
    assert_eq!(counts(&bound.clone()), (0, 0), "a clone remembers and counts for itself");
}

#[test]
fn a_context_of_the_applications_is_bound_as_it_is() {
    struct Peer;
    impl Attributes for Peer {
        fn attribute(&self, name: &flags::AttributeName) -> Option<ValueRef<'_>> {
            (&**name == "country").then_some(ValueRef::String("NL"))
        }
    }
    assert!(flags().bind(Peer).is_enabled("nl"));
}

#[test]
fn the_memory_has_its_limit() {
    let flags = flags();
    let bound = flags.bind(Context::new("user-42"));
    let keys: Vec<String> = (0..MAX_BOUND_FLAGS + 10).map(|number| format!("flag-{number}")).collect();
    for _ in 0..2 {
        assert!(keys.iter().all(|key| !bound.is_enabled(key)));
    }
    let limit = u64::try_from(MAX_BOUND_FLAGS).unwrap();
    assert_eq!(counts(&bound), (limit, limit + 20), "the ten beyond the limit are decided each time");
}

#[test]
fn a_time_of_zero_remembers_nothing() {
    let flags = Flags::builder().toml(DEFINITIONS).cache_ttl(Duration::ZERO).build().unwrap();
    let bound = flags.bind(Context::new("user-42"));
    assert!((0..5).all(|_| bound.is_enabled("cart")));
    assert_eq!(counts(&bound), (0, 5));
    let settings = format!("[settings]\ncache_ttl = \"0s\"\n{DEFINITIONS}");
    let bound = Flags::builder().toml(settings).build().unwrap().bind(Context::anonymous());
    assert!((0..5).all(|_| bound.is_enabled("cart")));
    assert_eq!(counts(&bound), (0, 5), "and so says the file");
}

// C6
#[test]
fn what_is_forced_goes_past_the_memory_and_leaves_nothing_in_it() {
    let flags = flags();
    let bound = flags.bind(Context::new("user-42"));
    assert!(bound.is_enabled("cart"));
    Forces::new().off("cart").variant("name", "two").run(|| {
        assert!(!bound.is_enabled("cart"));
        assert_eq!((bound.string("name", "?"), bound.variant("name").as_deref()), ("zwei".to_owned(), Some("two")));
        thread::scope(|scope| scope.spawn(|| assert!(bound.is_enabled("cart"))).join()).unwrap();
    });
    assert!(bound.is_enabled("cart"));
    assert_eq!(bound.string("name", "?"), "eins");
}

#[test]
fn predicates_may_ask_the_handle_they_are_asked_by() {
    let flags = Flags::builder()
        .toml("[features.cart]\nenabled = true\n[features.even]\nenabled = true\nconditions = { custom = 'epoch_is_even' }")
        .build()
        .unwrap();
    let bound = Arc::new(flags.bind(Context::new("user-42")));
    let inner = Arc::downgrade(&bound);
    flags.register_predicate("epoch_is_even", move |_| inner.upgrade().is_some_and(|bound| bound.is_enabled("cart")));
    assert!(bound.is_enabled("even"));
}

// Threads that share a handle while a flag changes: each sees the change as soon as it has been made, and none sees a value
// that belongs to another variant.
#[test]
fn threads_may_share_a_handle() {
    let flags = flags();
    let bound = flags.bind(Context::new("user-42"));
    let (stop, on, reads) = (AtomicBool::new(false), AtomicBool::new(true), AtomicUsize::new(0));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let (variant, value) = (bound.variant("name"), bound.string("name", "?"));
                    let known = [Some("one"), Some("two")].contains(&variant.as_deref());
                    assert!(known && ["eins", "zwei"].contains(&value.as_str()), "{variant:?} {value}");
                    let _ = bound.is_enabled("cart");
                    reads.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..200 {
            let next = !on.fetch_not(Ordering::Relaxed);
            flags.toggle("cart").unwrap();
            assert_eq!(bound.is_enabled("cart"), next, "whoever has made a change sees it");
            let serve = if round % 2 == 0 { "two" } else { "one" };
            flags.update("name", |flag| flag.serve(serve)).unwrap();
            assert_eq!(bound.variant("name").as_deref(), Some(serve));
            assert_eq!(bound.string("name", "?"), if round % 2 == 0 { "zwei" } else { "eins" });
        }
        while reads.load(Ordering::Relaxed) < 100 {
            thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn a_handle_may_be_sent_and_shared() {
    fn both<T: Send + Sync>(_: &T) {}
    both(&flags().bind(Context::anonymous()));
}
