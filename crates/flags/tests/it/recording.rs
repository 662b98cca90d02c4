//! What is recorded of experiments, by which question, and what becomes of it (F2, A17).

use std::{
    collections::BTreeMap,
    ops::ControlFlow,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flags::{
    Assignment, Attributes, Builder, Context, Dropped, ExperimentDefinition, FlagDefinition, Flags, Recording,
    Timestamp,
    ab::{
        Event, EventKind,
        store::{EventStore, MemoryStore, Query, StoreError, UnitEvents},
    },
    core::definition::{ArmDefinition, ExperimentStatus, MetricDefinition},
    testing::Forces,
};

const LONG: Duration = Duration::from_secs(60);

/// The flag `button`, on which `colour` makes an experiment whose control arm leaves it as it is.
fn colour() -> ExperimentDefinition {
    ExperimentDefinition::new("colour")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("control"))
        .arm(ArmDefinition::new("red").weight(3).overrides("button", "red"))
        .metric(MetricDefinition::conversion("conversion", "purchase"))
}

fn builder(experiment: ExperimentDefinition, recording: Recording) -> Builder {
    let button =
        FlagDefinition::new("button").enabled(true).variant("blue", "#00f").variant("red", "#f00").serve("blue");
    Flags::builder()
        .flag(button)
        .flag(FlagDefinition::new("other").enabled(true))
        .experiment(experiment)
        .clock(Timestamp::from_millis(1_000))
        .recording(recording)
}

fn recording_into(store: &Arc<MemoryStore>) -> Recording {
    Recording::new().store(Arc::clone(store))
}

fn client(experiment: ExperimentDefinition) -> (Flags, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new());
    (builder(experiment, recording_into(&store)).build().unwrap(), store)
}

/// The arms that units met, each exposure once.
fn exposures(flags: &Flags, store: &MemoryStore, experiment: &str) -> Vec<(String, String)> {
    assert!(flags.flush_events(LONG));
    let mut found = vec![];
    store
        .scan(&Query::experiment(experiment), &mut |unit: UnitEvents<'_>| {
            for event in unit.events {
                let EventKind::Exposure(exposure) = &event.kind else { continue };
                found.push((unit.unit.to_owned(), exposure.arm.to_string()));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    found
}

fn met(flags: &Flags, store: &MemoryStore) -> usize {
    exposures(flags, store, "colour").len()
}

fn user(number: usize) -> Context {
    Context::new(format!("user-{number}"))
}

// F2
#[test]
fn a_unit_is_recorded_once_whichever_way_it_meets_its_arm() {
    type Ask = fn(&Flags, &Context);
    let ways: [(&str, Ask); 12] = [
        ("is_enabled", |flags, context| assert!(flags.is_enabled("button", context))),
        ("evaluate", |flags, context| drop(flags.evaluate("button", context))),
        ("decide", |flags, context| flags.decide("button", context, |_| ())),
        ("get", |flags, context| drop(flags.string("button", context, ""))),
        ("variant", |flags, context| drop(flags.variant("button", context))),
        ("handle", |flags, context| drop(flags.flag("button", String::new()).get(context))),
        ("handle, on", |flags, context| assert!(flags.flag("button", String::new()).is_enabled(context))),
        ("snapshot", |flags, context| assert!(flags.snapshot().is_enabled("button", context))),
        ("snapshot, by place", |flags, context| {
            let snapshot = flags.snapshot();
            let button = snapshot.find("button").unwrap();
            let _ = snapshot.decide(button, context);
        }),
        ("bound", |flags, context| drop(flags.bind(context.clone()).string("button", ""))),
        ("request", |flags, context| {
            assert!(flags::web::RequestFlags::new(flags, context.clone()).is_enabled("button"));
        }),
        ("assign", |flags, context| drop(flags.assign("colour", context))),
    ];
    for (name, ask) in ways {
        let (flags, store) = client(colour());
        ask(&flags, &user(1));
        ask(&flags, &user(1));
        ask(&flags, &user(2));
        let arm = |number| flags.without_exposures().assign("colour", &user(number)).arm().unwrap().name().to_owned();
        assert_eq!(
            exposures(&flags, &store, "colour"),
            [("user-1".to_owned(), arm(1)), ("user-2".to_owned(), arm(2))],
            "{name}"
        );
    }
}

// F2
#[test]
fn arms_that_say_nothing_of_the_flag_are_recorded_too() {
    let (flags, store) = client(colour());
    for number in 0..1_000 {
        let _ = flags.string("button", &user(number), "");
    }
    let mut by_arm: BTreeMap<String, usize> = BTreeMap::new();
    for (_, arm) in exposures(&flags, &store, "colour") {
        *by_arm.entry(arm).or_default() += 1;
    }
    assert_eq!(by_arm.values().sum::<usize>(), 1_000);
    assert!((200..300).contains(&by_arm["control"]), "{by_arm:?}");
    let status = flags.recording().unwrap();
    let counted: Vec<(&str, u64)> = status.exposures.iter().map(|arm| (&*arm.arm, arm.count)).collect();
    assert_eq!(counted, [("control", by_arm["control"] as u64), ("red", by_arm["red"] as u64)]);
    assert_eq!(status.remembered, 1_000);
}

// F2
#[test]
fn looking_is_no_exposure() {
    let (flags, store) = client(colour());
    let context = user(1);
    let quiet = flags.without_exposures();
    assert!(quiet.is_enabled("button", &context));
    let _ = (quiet.evaluate("button", &context), quiet.get("button", &context, String::new()));
    let _ = (quiet.decide(quiet.find("button").unwrap(), &context), quiet.assign("colour", &context));
    let _ = (flags.explain("button", &context), flags.at(Timestamp::default()).evaluate("button", &context));
    let _ = flags.at(Timestamp::default()).assign("colour", &context);
    let _ = flags.is_enabled("other", &context);
    Forces::new().on("other").run(|| {
        let _ = (flags.is_enabled("button", &context), flags.assign("colour", &context));
    });
    assert_eq!(met(&flags, &store), 0);
    assert!(flags.is_enabled("button", &context));
    assert_eq!(met(&flags, &store), 1, "and that is one");
}

// F2
#[test]
fn who_draws_nothing_is_not_recorded() {
    let decided = colour().winner("red");
    let paused = colour().status(ExperimentStatus::Paused);
    let ended = colour().end(Timestamp::from_millis(1_000));
    for experiment in [decided, paused, ended] {
        let (flags, store) = client(experiment.clone());
        let _ = (flags.is_enabled("button", &user(1)), flags.assign("colour", &user(1)));
        assert_eq!(met(&flags, &store), 0, "{experiment:?}");
    }
    let (flags, store) = client(colour());
    let _ = (flags.is_enabled("button", &Context::anonymous()), flags.assign("colour", &Context::anonymous()));
    let _ = (flags.is_enabled("unknown", &user(1)), flags.assign("unknown", &user(1)));
    assert_eq!(flags.integer("button", &user(1), 7), 7, "it is no integer, so the caller's default is served");
    assert_eq!(flags.flag("button", 7_i64).get(&user(1)), 7);
    assert_eq!(flags.bind(user(1)).integer("button", 7), 7);
    assert_eq!(met(&flags, &store), 0);
}

#[test]
fn an_assignment_says_what_there_is() {
    let (flags, _store) = client(colour());
    let assigned = flags.assign("colour", &user(1));
    assert!(assigned.is_enrolled() && !assigned.is_decided() && assigned.why_not().is_none());
    assert_eq!(assigned.experiment().map(flags::ExperimentView::key), Some("colour"));
    assert_eq!(assigned.arm_view().map(flags::ArmView::is_control), Some(assigned.arm() == Some("control")));

    let (flags, _store) = client(colour().winner("red"));
    let decided = flags.assign("colour", &user(1));
    assert!(decided.is_decided() && !decided.is_enrolled());
    assert_eq!(decided.arm(), Some("red"));
}

/// What a client says of why there is no arm is what the set says.
#[test]
fn why_there_is_no_arm_survives_the_set() {
    use flags::{
        Condition, Definitions, Percentage,
        core::definition::{HoldoutDefinition, LayerDefinition},
    };
    let instant = |millis| Timestamp::from_millis(millis);
    let never = Percentage::new(0.001).unwrap();
    let experiment = |key: &str| ExperimentDefinition { key: key.into(), ..colour() };
    let held_out = HoldoutDefinition::new("q4", Percentage::new(100.0).unwrap()).from_experiments(["held_out"]);
    let experiments = vec![
        experiment("draft").status(ExperimentStatus::Draft),
        experiment("not_started").start(instant(2_000)),
        experiment("ended").end(instant(500)),
        experiment("audience").audience(Condition::attribute("country").equals("NL")),
        experiment("held_out"),
        experiment("traffic").traffic(never),
        experiment("layer").layer("checkout").traffic(never),
    ];
    let definitions = Definitions {
        experiments: experiments
            .into_iter()
            .map(|mut one| {
                one.arms[1].overrides.clear();
                one
            })
            .collect(),
        layers: vec![LayerDefinition::new("checkout")],
        holdouts: vec![held_out],
        ..Definitions::default()
    };
    let flags = Flags::builder().definitions(definitions).clock(instant(1_000)).build().unwrap();
    let snapshot = flags.snapshot();
    for key in ["draft", "not_started", "ended", "audience", "held_out", "traffic", "layer", "unknown"] {
        let (kept, lent) = (flags.assign(key, &user(1)), snapshot.assign(key, &user(1)));
        let (kept, lent) = (kept.why_not().unwrap(), lent.why_not().unwrap());
        assert_eq!((kept.name(), kept.to_string()), (lent.name(), lent.to_string()), "{key}");
        let name = if key == "draft" { "not_running" } else { key };
        assert_eq!(kept.name(), name);
    }
    let nobody = flags.assign("traffic", &Context::anonymous());
    assert_eq!(nobody.why_not().map(|why| why.name()), Some("no_unit"));
}

// A17
#[test]
fn whoever_wants_to_hears_of_every_assignment() {
    let (flags, store) = client(colour());
    let heard = Arc::new(Mutex::new(vec![]));
    flags.on_assignment({
        let heard = Arc::clone(&heard);
        move |assignment: &Assignment<'_>, context: &dyn Attributes| {
            let arm = assignment.arm().unwrap().name().to_owned();
            heard.lock().unwrap().push((context.targeting_key().unwrap().to_owned(), arm));
        }
    });
    let arm = flags.assign("colour", &user(1)).arm().unwrap().to_owned();
    let _ = (flags.is_enabled("button", &user(1)), flags.is_enabled("other", &user(1)));
    let _ = flags.without_exposures().is_enabled("button", &user(1));
    let once = ("user-1".to_owned(), arm);
    assert_eq!(*heard.lock().unwrap(), [once.clone(), once], "each time");
    assert_eq!(met(&flags, &store), 1);
}

// F2
#[test]
fn threads_that_record_at_once_lose_nothing_and_repeat_nothing() {
    let store = Arc::new(MemoryStore::new());
    let recording = recording_into(&store).queue_capacity(1_000_000);
    let flags = builder(colour(), recording).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let flags = &flags;
            scope.spawn(move || {
                for number in 0..5_000 {
                    let context = user((number + thread * 600) % 5_000);
                    let _ = flags.is_enabled("button", &context);
                    flags.track("purchase", &context, 1.0);
                }
            });
        }
    });
    assert!(flags.flush_events(LONG));
    assert_eq!(store.len(), 5_000 + 8 * 5_000);
    assert_eq!(met(&flags, &store), 5_000);
    let status = flags.recording().unwrap();
    assert_eq!(status.dropped.iter().map(|(_, count)| count).sum::<u64>(), 0);
    assert_eq!(status.waiting, 0);
}

// F2
#[test]
fn what_is_tracked_is_kept_for_the_units_of_those_who_ask() {
    let by_node = ExperimentDefinition::new("by_node")
        .status(ExperimentStatus::Stopped)
        .bucket_by("node_id")
        .arm(ArmDefinition::control("control"))
        .arm(ArmDefinition::new("treatment"))
        .metric(MetricDefinition::conversion("conversion", "purchase"))
        .metric(MetricDefinition::ratio("ratio", "error", "call"));
    let store = Arc::new(MemoryStore::new());
    let second = ExperimentDefinition { key: "second".into(), ..colour().status(ExperimentStatus::Draft) };
    let flags = builder(colour(), recording_into(&store)).experiment(by_node).experiment(second).build().unwrap();
    let context = user(7).node_id("7");
    flags.track("purchase", &context, 19.9);
    flags.track("call", &context, None);
    flags.track("view", &context, 3.0);
    flags.track("purchase", &context, f64::NAN);
    flags.track("purchase", &context, f64::INFINITY);
    flags.track("purchase", &Context::anonymous(), 1.0);
    assert!(flags.flush_events(LONG));
    let mut found = vec![];
    let query = Query::tracked().event("purchase").event("call").event("view");
    store
        .scan(&query, &mut |unit: UnitEvents<'_>| {
            for event in unit.events {
                let EventKind::Tracked { event, value } = &event.kind else { continue };
                found.push(format!("{}/{} {event} {value}", unit.unit_kind, unit.unit));
            }
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(
        found,
        ["/user-7 purchase 19.9", "/user-7 view 3", "node_id/7 purchase 19.9", "node_id/7 call 1", "node_id/7 view 3"]
    );
    let status = flags.recording().unwrap();
    assert_eq!((status.dropped(Dropped::NotFinite), status.dropped(Dropped::NoUnit)), (2, 1));
    let counted: Vec<(&str, u64)> = status.events.iter().map(|event| (&*event.event, event.count)).collect();
    assert_eq!(counted, [("call", 1), ("purchase", 2), ("view", 2)]);
}

#[test]
fn names_and_units_from_outside_take_bounded_room() {
    let (flags, store) = client(colour());
    for number in 0..300 {
        flags.track(&format!("event-{number}"), &user(1), None);
    }
    flags.track("purchase", &Context::new("u".repeat(1_025)), None);
    let _ = flags.is_enabled("button", &Context::new("u".repeat(1_025)));
    assert!(flags.flush_events(LONG));
    let status = flags.recording().unwrap();
    assert_eq!(store.len(), 256);
    assert_eq!((status.dropped(Dropped::TooManyNames), status.dropped(Dropped::UnitTooLong)), (44, 2));
}

#[test]
fn dimensions_are_kept_as_they_were_at_the_exposure() {
    let store = Arc::new(MemoryStore::new());
    let recording = recording_into(&store).dimension("country").dimension("age").dimension("pro").dimension("missing");
    let flags = builder(colour(), recording).build().unwrap();
    let long = "é".repeat(100);
    let _ = flags.is_enabled("button", &user(1).set("country", "NL").set("age", 30).set("pro", true));
    let _ = flags.is_enabled("button", &user(2).set("country", long.as_str()).set("age", flags::Object::new()));
    assert!(flags.flush_events(LONG));
    let mut found = vec![];
    store
        .scan(&Query::experiment("colour"), &mut |unit: UnitEvents<'_>| {
            let EventKind::Exposure(exposure) = &unit.events[0].kind else { return ControlFlow::Break(()) };
            assert_eq!(&*exposure.split, "control=1,red=3");
            assert_eq!(unit.events[0].at, Timestamp::from_millis(1_000));
            found.push(exposure.dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(
        found,
        [
            vec!["country=NL".to_owned(), "age=30".into(), "pro=true".into()],
            vec![format!("country={}", "é".repeat(64))]
        ]
    );
}

/// A store that keeps nothing until it is let.
#[derive(Default)]
struct Gate {
    is_open: Mutex<bool>,
    changed: Condvar,
    arrived: AtomicUsize,
    kept: MemoryStore,
}

impl Gate {
    fn open(&self) {
        *self.is_open.lock().unwrap() = true;
        self.changed.notify_all();
    }

    /// Waits until the recorder stands before it.
    fn wait_for_recorder(&self) {
        let waits = |_: &mut bool| self.arrived.load(Ordering::SeqCst) == 0;
        drop(self.changed.wait_while(self.is_open.lock().unwrap(), waits).unwrap());
    }
}

impl EventStore for Gate {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        let is_open = self.is_open.lock().unwrap();
        self.arrived.fetch_add(1, Ordering::SeqCst);
        self.changed.notify_all();
        drop(self.changed.wait_while(is_open, |is_open| !*is_open).unwrap());
        self.kept.append(batch)
    }

    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        self.kept.scan(query, visit)
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.kept.prune(before)
    }
}

// F2
#[test]
fn a_store_that_blocks_blocks_nobody_and_what_is_dropped_is_counted() {
    let gate = Arc::new(Gate::default());
    let recording =
        Recording::new().store(Arc::clone(&gate)).queue_capacity(10).batch_size(1).flush_interval(Duration::ZERO);
    let flags = builder(colour(), recording).build().unwrap();
    flags.track("purchase", &user(0), None);
    gate.wait_for_recorder();
    for number in 1..=10 {
        flags.track("purchase", &user(number), None);
    }
    for number in 11..=15 {
        flags.track("purchase", &user(number), None);
    }
    assert!(flags.is_enabled("button", &user(1)));
    assert!(!flags.flush_events(Duration::from_millis(1)), "nothing is kept yet");
    let status = flags.recording().unwrap();
    assert_eq!((status.dropped(Dropped::QueueFull), status.waiting), (6, 10));
    assert_eq!(status.remembered, 0, "an exposure that was dropped is not taken for one that was recorded");

    gate.open();
    assert!(flags.flush_events(LONG));
    assert_eq!(gate.kept.len(), 11);
    assert!(flags.is_enabled("button", &user(1)));
    assert_eq!(met(&flags, &gate.kept), 1, "so it is recorded when there is room");
}

/// A store that fails so many times.
struct Failing {
    left: AtomicUsize,
    error: fn() -> StoreError,
    panics: bool,
    kept: MemoryStore,
}

impl Failing {
    fn new(times: usize, error: fn() -> StoreError) -> Arc<Self> {
        Arc::new(Self { left: AtomicUsize::new(times), error, panics: false, kept: MemoryStore::new() })
    }
}

impl EventStore for Failing {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        if self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            assert!(!self.panics, "a store of the application's panics");
            return Err((self.error)());
        }
        self.kept.append(batch)
    }

    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        self.kept.scan(query, visit)
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.kept.prune(before)
    }
}

fn broken() -> StoreError {
    StoreError::Io { doing: "cannot write", path: "events".into(), source: std::io::Error::other("no disk") }
}

fn full() -> StoreError {
    StoreError::Full { events: 1, limit: 0 }
}

#[test]
fn a_store_that_fails_is_tried_again_and_loses_nothing() {
    for panics in [false, true] {
        let store = Arc::new(Failing { left: AtomicUsize::new(2), error: broken, panics, kept: MemoryStore::new() });
        let flags = builder(colour(), Recording::new().store(Arc::clone(&store))).build().unwrap();
        for number in 0..100 {
            let _ = flags.is_enabled("button", &user(number));
        }
        assert!(flags.flush_events(LONG));
        assert_eq!(met(&flags, &store.kept), 100);
        let status = flags.recording().unwrap();
        assert_eq!(status.failures, 0, "it is well again");
        let error = status.last_error.unwrap();
        assert_eq!(error, if panics { "the store panicked" } else { "cannot write events: no disk" });
    }
}

#[test]
fn what_a_full_store_refuses_is_counted_and_recorded_when_the_unit_comes_again() {
    // Without retention there is nothing that the store could remove.
    let store = Failing::new(1, full);
    let flags = builder(colour(), Recording::new().store(Arc::clone(&store)).retention(None)).build().unwrap();
    assert!(flags.is_enabled("button", &user(1)));
    assert!(flags.flush_events(LONG));
    assert_eq!((store.kept.len(), flags.recording().unwrap().dropped(Dropped::StoreFull)), (0, 1));
    assert!(flags.is_enabled("button", &user(1)));
    assert!(flags.flush_events(LONG));
    assert_eq!(store.kept.len(), 1);

    // With it, the store is asked to make room first.
    let store = Failing::new(1, full);
    let flags = builder(colour(), Recording::new().store(Arc::clone(&store))).build().unwrap();
    assert!(flags.is_enabled("button", &user(1)));
    assert!(flags.flush_events(LONG));
    assert_eq!((store.kept.len(), flags.recording().unwrap().dropped(Dropped::StoreFull)), (1, 0));
}

#[test]
fn old_events_are_removed() {
    let store = Arc::new(MemoryStore::new());
    let at = |millis| Event {
        at: Timestamp::from_millis(millis),
        unit_kind: "".into(),
        unit: "user-1".into(),
        kind: EventKind::Tracked { event: "purchase".into(), value: 1.0 },
    };
    store.append(&[at(100), at(400), at(900)]).unwrap();
    let recording = recording_into(&store).retention(Duration::from_millis(600));
    let flags = builder(colour(), recording).build().unwrap();
    assert!(flags.flush_events(LONG));
    assert_eq!(store.len(), 2, "it is one second past 1970");
}

#[test]
fn the_end_of_the_client_keeps_what_was_recorded() {
    let (flags, store) = client(colour());
    for number in 0..1_000 {
        let _ = flags.is_enabled("button", &user(number));
    }
    let snapshot = flags.snapshot();
    drop(flags);
    assert_eq!(store.len(), 1_000);
    assert!(snapshot.is_enabled("button", &user(5_000)), "what outlives the client records nothing, and works");
    assert_eq!(store.len(), 1_000);
}

#[test]
fn a_store_that_hangs_holds_the_end_of_the_client_for_so_long_and_no_longer() {
    let gate = Arc::new(Gate::default());
    let recording = Recording::new().store(Arc::clone(&gate)).shutdown_patience(Duration::from_millis(10));
    let flags = builder(colour(), recording).build().unwrap();
    flags.track("purchase", &user(1), None);
    drop(flags);
    assert!(gate.kept.is_empty());
    gate.open();
}

#[test]
fn without_a_recording_nothing_is_recorded() {
    let flags = Flags::builder()
        .experiment(colour())
        .flag(FlagDefinition::new("button").variant("red", "red"))
        .build()
        .unwrap();
    let _ = flags.is_enabled("button", &user(1));
    flags.track("purchase", &user(1), None);
    assert_eq!(flags.recording(), None);
    assert!(flags.event_store().is_none());
    assert!(flags.flush_events(Duration::ZERO));
}

// F11
#[test]
fn with_a_state_folder_events_survive_the_program() {
    let folder = tempfile::tempdir().unwrap();
    let start = || builder(colour(), Recording::new()).state_dir(folder.path()).build().unwrap();
    let first = start();
    for number in 0..100 {
        let _ = first.is_enabled("button", &user(number));
        first.track("purchase", &user(number), 2.0);
    }
    drop(first);

    let again = start();
    let _ = again.is_enabled("button", &user(100));
    assert!(again.flush_events(LONG));
    let store = again.event_store().unwrap();
    let (mut exposures, mut purchases) = (0, 0);
    store
        .scan(&Query::experiment("colour").event("purchase"), &mut |unit: UnitEvents<'_>| {
            let exposed = unit.events.iter().filter(|event| matches!(event.kind, EventKind::Exposure(_))).count();
            exposures += exposed;
            purchases += unit.events.len() - exposed;
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((exposures, purchases), (101, 100));

    // Another program that records into the same folder would write over it: it is told so, and does not start.
    let refused = builder(colour(), Recording::new()).state_dir(folder.path()).build().unwrap_err();
    let message = refused.to_string();
    assert!(message.starts_with("events cannot be recorded: "), "{message}");
}

/// Experiments come and go with definitions; what is known of exposures stays.
#[test]
fn exposures_are_known_across_changes() {
    let (flags, store) = client(colour());
    let _ = flags.is_enabled("button", &user(1));
    flags.toggle("other").unwrap();
    let _ = flags.is_enabled("button", &user(1));
    flags.create(FlagDefinition::new("new").enabled(true)).unwrap();
    let _ = (flags.is_enabled("button", &user(1)), flags.is_enabled("button", &user(2)));
    assert_eq!(met(&flags, &store), 2);
}

// D5
#[cfg(feature = "metrics")]
#[test]
fn metrics_show_how_recording_stands() {
    let folder = tempfile::tempdir().unwrap();
    let metrics = flags::metrics::Metrics::new();
    let flags = builder(colour(), Recording::new()).state_dir(folder.path()).metrics(metrics.clone()).build().unwrap();
    let red = (0..).map(user).find(|context| flags.assign("colour", context).arm() == Some("red")).unwrap();
    flags.track("purchase", &red, None);
    flags.track("purchase", &red, f64::NAN);
    assert!(flags.flush_events(LONG));
    let text = metrics.render();
    for line in [
        "flags_exposures_total{experiment=\"colour\",arm=\"red\"} 1",
        "flags_tracked_events_total{event=\"purchase\"} 1",
        "flags_events_dropped_total{reason=\"not_finite\"} 1",
        "flags_events_dropped_total{reason=\"queue_full\"} 0",
        "flags_event_queue_length 0",
        "flags_event_queue_capacity 65536",
        "flags_event_store_last_append_successful 1",
        "flags_event_store_size_bytes ",
    ] {
        assert!(text.contains(line), "no `{line}` in\n{text}");
    }
    let quiet = flags::metrics::Metrics::new();
    let _flags = Flags::builder().metrics(quiet.clone()).build().unwrap();
    assert!(!quiet.render().contains("flags_event"), "a client that records nothing shows nothing of it");
}
