//! Measured branches: each run counts once, for the branch that was decided, however it ends. // C4

use std::{
    cell::{Cell, RefCell},
    future::{Future, pending, ready},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, Mutex, Weak},
    task::{Context as TaskContext, Poll, Waker},
    thread,
    time::{Duration, Instant},
};

use flags::{
    Context, Flags, ValueRef,
    metrics::{Metrics, MetricsOptions},
    web::RequestFlags,
};

const DEFINITIONS: &str = "
    [features.new]
    enabled = true
    [features.old]
    enabled = false
    [features.theme]
    enabled = true
    variants = { light = 1, dark = 2 }
    serve = 'dark'
    [features.half]
    enabled = true
    rollout_percentage = 50
";

/// A clock that a test moves.
#[derive(Clone)]
struct ManualClock(Arc<Mutex<Instant>>);

impl ManualClock {
    fn advance(&self, by: Duration) {
        *self.0.lock().unwrap() += by;
    }
}

fn timed() -> (Flags, ManualClock) {
    let clock = ManualClock(Arc::new(Mutex::new(Instant::now())));
    let time = clock.clone();
    let metrics = Metrics::with_clock(MetricsOptions::default(), Arc::new(move || *time.0.lock().unwrap()));
    (Flags::builder().toml(DEFINITIONS).metrics(metrics).build().unwrap(), clock)
}

fn measured() -> Flags {
    timed().0
}

fn user() -> Context {
    Context::new("user-42")
}

/// Ok, errors, slow.
fn counts(flags: &Flags, key: &str, variant: &str) -> (u64, u64, u64) {
    let outcomes = flags.metrics().unwrap().branch(key, Some(variant)).unwrap().outcomes();
    assert_eq!(outcomes.total(), outcomes.latency.count(), "each run has a latency");
    (outcomes.ok, outcomes.errors, outcomes.slow)
}

fn fall_backs(flags: &Flags, key: &str) -> (u64, u64) {
    let summary = flags.metrics().unwrap().summary(key).unwrap();
    (summary.fall_backs, summary.fall_back_errors)
}

/// A future that is pending a number of times before it is ready.
fn after<T: Unpin + Clone>(pending: usize, result: T) -> impl Future<Output = T> {
    let mut left = pending;
    std::future::poll_fn(move |context: &mut TaskContext<'_>| {
        context.waker().wake_by_ref();
        match left {
            0 => Poll::Ready(result.clone()),
            _ => {
                left -= 1;
                Poll::Pending
            }
        }
    })
}

fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut TaskContext::from_waker(Waker::noop()))
}

/// Polls until it is ready, which these futures always are at last.
fn wait<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(result) = poll(future.as_mut()) {
            return result;
        }
    }
}

/// What a panic is made of here; the program's hook would print it otherwise.
fn fail() -> ! {
    std::panic::resume_unwind(Box::new("the branch fails"))
}

#[test]
fn the_decision_chooses_the_branch_and_its_count() {
    let flags = measured();
    let which = |key: &str| flags.run(key, &user()).on(|| "on").off(|| "off");
    assert_eq!([which("new"), which("old"), which("theme"), which("missing")], ["on", "off", "on", "off"]);
    assert_eq!((counts(&flags, "new", "on"), counts(&flags, "new", "off")), ((1, 0, 0), (0, 0, 0)));
    assert_eq!((counts(&flags, "old", "on"), counts(&flags, "old", "off")), ((0, 0, 0), (1, 0, 0)));
    assert_eq!((counts(&flags, "theme", "dark"), counts(&flags, "theme", "light")), ((1, 0, 0), (0, 0, 0)));
    let scrape = flags.metrics().unwrap().render();
    let unknown = "flags_guard_outcomes_total{flag=\"__unknown__\",variant=\"__none__\",outcome=\"ok\"} 1";
    assert!(scrape.contains(unknown), "a name from outside is no label");
    let evaluations = |key: &str| flags.metrics().unwrap().summary(key).unwrap().evaluations;
    assert_eq!([evaluations("new"), evaluations("old"), evaluations("theme")], [1; 3], "a run is one evaluation");
}

#[test]
fn without_metrics_the_branches_run_all_the_same() {
    let flags = Flags::builder().toml(DEFINITIONS).build().unwrap();
    assert_eq!(flags.run("new", &user()).on(|| 1).off(|| 2), 1);
    let failing = flags.try_run("new", &user()).on(|| Err::<u8, _>("failed")).fall_back().off(|| Ok(2));
    assert_eq!(failing, Ok(2));
    assert_eq!(wait(flags.run_async("old", &user()).on(|| ready(1)).off(|| after(3, 2))), 2);
    let branch = flags.branch("theme", &user());
    assert_eq!((branch.is_on(), branch.variant()), (true, Some("dark")));
    branch.success();
    let comparison = flags.comparison("new").one_in(1);
    assert_eq!(comparison.run(&user()).on(|| 1).off(|| 2), 1);
    assert_eq!(comparison.counts().mismatches, 1);
}

#[test]
fn a_panic_counts_once_as_an_error_and_goes_on() {
    let (flags, clock) = timed();
    let held = Arc::new(());
    let broken = catch_unwind(AssertUnwindSafe(|| {
        let held = Arc::clone(&held);
        flags
            .run("new", &user())
            .on(|| {
                let _held = held;
                clock.advance(Duration::from_millis(3));
                fail()
            })
            .off(|| 2)
    }));
    assert_eq!(broken.unwrap_err().downcast_ref(), Some(&"the branch fails"), "the caller gets the panic as it is");
    assert_eq!((counts(&flags, "new", "on"), counts(&flags, "new", "off")), ((0, 1, 0), (0, 0, 0)));
    assert_eq!(Arc::strong_count(&held), 1, "what the branch held is free");
    let latency = flags.metrics().unwrap().branch("new", Some("on")).unwrap().outcomes().latency;
    assert_eq!(latency.sum(), Duration::from_millis(3));
}

#[test]
fn an_err_counts_as_an_error_and_falls_back_only_if_asked() {
    let flags = measured();
    let try_run = || flags.try_run("new", &user());
    assert_eq!(try_run().on(|| Err::<u8, _>("new")).off(|| Ok(2)), Err("new"));
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 1, 0), (0, 0)));

    assert_eq!(try_run().on(|| Err::<u8, _>("new")).fall_back().off(|| Ok(2)), Ok(2));
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 2, 0), (1, 0)));
    assert_eq!(try_run().on(|| Err::<u8, _>("new")).fall_back().off(|| Err("old")), Err("old"), "the last word");
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 3, 0), (2, 1)));
    assert_eq!(try_run().on(|| Ok::<_, ()>(1)).fall_back().off(|| Ok(2)), Ok(1), "nothing to fall back from");
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((1, 3, 0), (2, 1)));
    assert_eq!(counts(&flags, "new", "off"), (0, 0, 0), "a fall-back is no run of the variant off");

    let old = flags.try_run("old", &user()).on(|| Ok(1)).fall_back().off(|| Err("old"));
    assert_eq!((old, counts(&flags, "old", "off")), (Err("old"), (0, 1, 0)), "there is nothing to fall back to");
    let scrape = flags.metrics().unwrap().render();
    assert!(scrape.contains("flags_guard_fallbacks_total{flag=\"new\",outcome=\"error\"} 1"), "{scrape}");
    assert!(scrape.contains("flags_guard_fallbacks_total{flag=\"old\",outcome=\"ok\"} 0"), "shown before the first");
}

#[test]
fn a_panic_falls_back_only_if_asked() {
    let flags = measured();
    let run = |key: &str| flags.run(key, &user()).on(|| fail()).fall_back_on_panic().off(|| 2);
    assert_eq!(run("new"), 2);
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 1, 0), (1, 0)));

    let try_run = || flags.try_run("theme", &user());
    let err: Result<u8, &str> = try_run().on(|| Err("new")).fall_back_on_panic().off(|| Ok(2));
    let panicked: Result<u8, &str> = try_run().on(|| fail()).fall_back_on_panic().off(|| Ok(3));
    assert_eq!((err, panicked), (Ok(2), Ok(3)));
    assert_eq!((counts(&flags, "theme", "dark"), fall_backs(&flags, "theme")), ((0, 2, 0), (2, 0)));
    let not_asked = catch_unwind(AssertUnwindSafe(|| try_run().on(|| fail()).fall_back().off(|| Ok::<u8, ()>(4))));
    assert!(not_asked.is_err());
    assert_eq!((counts(&flags, "theme", "dark"), fall_backs(&flags, "theme")), ((0, 3, 0), (2, 0)));

    let both = catch_unwind(AssertUnwindSafe(|| {
        flags.run("half", &Context::new("a")).on(|| fail()).fall_back_on_panic().off(|| fail())
    }));
    assert!(both.is_err(), "the old branch's panic is the caller's, whichever way it came to run");
    let (on, off) = (counts(&flags, "half", "on"), counts(&flags, "half", "off"));
    assert_eq!(on.1 + off.1, 1);
    assert_eq!(fall_backs(&flags, "half"), (on.1, on.1));
}

/// At each place where a future can be dropped, each run that had begun counts once, and what it held is free.
#[test]
fn a_future_that_is_dropped_counts_once_wherever_it_was() {
    for key in ["new", "old"] {
        for polls in 0..6 {
            let flags = measured();
            let held = Arc::new(());
            let branch = |held: &Arc<()>| {
                let held = Arc::clone(held);
                async move {
                    for _ in 0..3 {
                        after(1, ()).await;
                    }
                    drop(held);
                }
            };
            let mut done = false;
            {
                let mut future = Box::pin(flags.run_async(key, &user()).on(|| branch(&held)).off(|| branch(&held)));
                for _ in 0..polls {
                    if !done {
                        done = poll(future.as_mut()).is_ready();
                    }
                }
            }
            assert_eq!(done, polls > 3, "{polls}");
            let expected = match polls {
                0 => (0, 0, 0),
                1..=3 => (0, 1, 0),
                _ => (1, 0, 0),
            };
            let variant = if key == "new" { "on" } else { "off" };
            assert_eq!(counts(&flags, key, variant), expected, "{key}, dropped after {polls} polls");
            assert_eq!(Arc::strong_count(&held), 1);
        }
    }
}

#[test]
fn a_future_that_is_dropped_while_it_falls_back_counts_for_both() {
    let flags = measured();
    let mut future = Box::pin(
        flags
            .try_run_async("new", &user())
            .on(|| ready(Err::<u8, _>("new")))
            .fall_back()
            .off(pending::<Result<u8, &str>>),
    );
    assert!(poll(future.as_mut()).is_pending());
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 1, 0), (0, 0)), "not before its end");
    drop(future);
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 1, 0), (1, 1)));
}

#[tokio::test(start_paused = true)]
async fn a_time_out_counts_once_and_tasks_may_move_between_threads() {
    let flags = measured();
    let run = flags.run_async("new", &user()).on(pending::<u8>).off(|| async { 2 });
    assert!(tokio::time::timeout(Duration::from_secs(1), run).await.is_err());
    assert_eq!(counts(&flags, "new", "on"), (0, 1, 0));

    let run = flags.run_async("new", &user()).on(|| after(3, 1)).off(|| ready(2));
    assert_eq!(tokio::spawn(run).await.unwrap(), 1, "it is Send and borrows nothing of the client");
    let aborted = tokio::spawn(flags.run_async("new", &user()).on(pending::<u8>).off(|| ready(2)));
    tokio::task::yield_now().await;
    aborted.abort();
    assert!(aborted.await.unwrap_err().is_cancelled());
    assert_eq!(counts(&flags, "new", "on"), (1, 2, 0));
}

#[test]
fn futures_fail_panic_and_fall_back_like_closures() {
    let flags = measured();
    let try_run = || flags.try_run_async("new", &user());
    assert_eq!(wait(try_run().on(|| after(1, Err::<u8, _>("new"))).off(|| ready(Ok(2)))), Err("new"));
    assert_eq!(wait(try_run().on(|| after(1, Err::<u8, _>("new"))).fall_back().off(|| after(2, Ok(2)))), Ok(2));
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 2, 0), (1, 0)));
    let panicking = || AssertUnwindSafe(async { if after(1, true).await { fail() } else { Ok::<u8, &str>(1) } });
    assert_eq!(wait(try_run().on(panicking).fall_back_on_panic().off(|| ready(Ok(3)))), Ok(3));
    let making = || -> std::future::Ready<Result<u8, &str>> { fail() };
    assert_eq!(wait(try_run().on(making).fall_back_on_panic().off(|| ready(Ok(4)))), Ok(4), "nor has it to be made");
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 4, 0), (3, 0)));
    assert!(catch_unwind(AssertUnwindSafe(|| wait(try_run().on(panicking).fall_back().off(|| ready(Ok(5)))))).is_err());
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((0, 5, 0), (3, 0)));
}

#[test]
fn a_guard_counts_once_however_it_is_left() {
    let flags = measured();
    let leave = |how: &str| -> Result<(), String> {
        let branch = flags.branch("theme", &user());
        match how {
            "?" => Err("failed".to_owned())?,
            "return" => return Ok(()),
            "panic" => fail(),
            "discard" => branch.discard(),
            "failure" => branch.failure(),
            "result" => branch.result(&Err::<(), ()>(())),
            "good result" => branch.result(&Ok::<(), ()>(())),
            _ => branch.success(),
        }
        Ok(())
    };
    let mut errors = 0;
    for how in ["?", "return", "panic", "failure", "result"] {
        let _ = catch_unwind(AssertUnwindSafe(|| leave(how)));
        errors += 1;
        assert_eq!(counts(&flags, "theme", "dark"), (0, errors, 0), "{how}");
    }
    leave("discard").unwrap();
    assert_eq!(counts(&flags, "theme", "dark"), (0, 5, 0));
    leave("success").unwrap();
    leave("good result").unwrap();
    assert_eq!(counts(&flags, "theme", "dark"), (2, 5, 0));
    let branch = flags.branch("theme", &user());
    assert_eq!(branch.value(), Some(ValueRef::Integer(2)));
    flags.update("theme", |flag| flag.serve("light")).unwrap();
    assert_eq!(branch.variant(), Some("dark"), "what was decided stays");
    branch.success();
    assert_eq!(counts(&flags, "theme", "dark"), (3, 5, 0));
}

#[test]
fn runs_within_runs_count_each_for_itself() {
    let (flags, clock) = timed();
    fn factorial(flags: &Flags, clock: &ManualClock, n: u64) -> u64 {
        flags
            .run("new", &user())
            .on(|| {
                clock.advance(Duration::from_millis(1));
                if n == 0 { 1 } else { n * factorial(flags, clock, n - 1) }
            })
            .off(|| 0)
    }
    assert_eq!(factorial(&flags, &clock, 5), 120);
    assert_eq!(counts(&flags, "new", "on"), (6, 0, 0));
    let latency = flags.metrics().unwrap().branch("new", Some("on")).unwrap().outcomes().latency;
    assert_eq!(latency.sum(), Duration::from_millis(1 + 2 + 3 + 4 + 5 + 6), "each with those inside of it");

    let outer = flags.try_run("theme", &user()).on(|| {
        let inner = flags.try_run("new", &user()).on(|| Err::<u8, _>("inner")).fall_back().off(|| Ok(7))?;
        flags.try_run("old", &user()).on(|| Ok(1)).off(|| Err("outer"))?;
        Ok(inner)
    });
    assert_eq!(outer.off(|| Ok(0)), Err("outer"));
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((6, 1, 0), (1, 0)));
    assert_eq!((counts(&flags, "old", "off"), counts(&flags, "theme", "dark")), ((0, 1, 0), (0, 1, 0)));
}

#[test]
fn a_change_in_the_middle_of_a_run_moves_nothing() {
    let flags = measured();
    let next = flags.run("new", &user()).on(|| {
        flags.toggle("new").unwrap();
        flags.run("new", &user()).on(|| "on").off(|| "off")
    });
    assert_eq!(next.off(|| "neither"), "off", "the run within already sees the change");
    assert_eq!((counts(&flags, "new", "on"), counts(&flags, "new", "off")), ((1, 0, 0), (1, 0, 0)));

    // So does a flag that goes in the middle of its run: nothing breaks, and nobody asks for its counts any more.
    flags.create(flags::FlagDefinition::new("extra").enabled(true)).unwrap();
    let removed = flags.run("extra", &user()).on(|| flags.remove("extra")).off(|| panic!("it is on"));
    assert!(removed.is_ok());
    assert!(flags.metrics().unwrap().branch("extra", Some("on")).is_none());

    let snapshot = flags.snapshot();
    flags.toggle("new").unwrap();
    assert_eq!(snapshot.run("new", &user()).on(|| "on").off(|| "off"), "off", "a snapshot has not changed");
    assert_eq!(counts(&flags, "new", "off"), (2, 0, 0));
}

#[test]
fn snapshots_bound_handles_and_requests_run_branches_too() {
    let flags = measured();
    let (snapshot, bound, request) = (flags.snapshot(), flags.bind(user()), RequestFlags::new(&flags, user()));
    let context = user();
    assert_eq!(
        [snapshot.run("new", &context), bound.run("new"), request.run("new")].map(|run| run.on(|| 1).off(|| 2)),
        [1; 3]
    );
    let try_runs = [snapshot.try_run("new", &context), bound.try_run("new"), request.try_run("new")];
    assert_eq!(try_runs.map(|run| run.on(|| Err::<u8, ()>(())).fall_back().off(|| Ok(2))), [Ok(2); 3]);
    for run in [snapshot.run_async("new", &context), bound.run_async("new"), request.run_async("new")] {
        assert_eq!(wait(run.on(|| after(1, 1)).off(|| ready(2))), 1);
    }
    for run in [snapshot.try_run_async("new", &context), bound.try_run_async("new"), request.try_run_async("new")] {
        assert_eq!(wait(run.on(|| ready(Ok::<_, ()>(1))).off(|| ready(Ok(2)))), Ok(1));
    }
    for branch in [snapshot.branch("new", &context), bound.branch("new"), request.branch("new")] {
        assert!(branch.is_on());
        branch.failure();
    }
    assert_eq!((counts(&flags, "new", "on"), fall_backs(&flags, "new")), ((9, 6, 0), (3, 0)));
    flags.toggle("new").unwrap();
    assert_eq!(request.run("new").on(|| "on").off(|| "off"), "on", "one answer for a request");
    assert_eq!(bound.run("new").on(|| "on").off(|| "off"), "off");
}

/// What the rollout will read: from a run to the window of its branch, by a clock that is moved by hand.
#[test]
fn a_run_is_found_in_the_window_of_its_branch() {
    let (flags, clock) = timed();
    let metrics = flags.metrics().unwrap();
    assert!(metrics.set_slow_after("new", Duration::from_millis(100)));
    let run = |took: u64, result: Result<(), ()>| {
        let ended = flags.try_run("new", &user()).on(|| {
            clock.advance(Duration::from_millis(took));
            result
        });
        ended.off(|| Ok(()))
    };
    let window = |minutes: u64| {
        let window = metrics.window("new", Some("on"), Duration::from_secs(60 * minutes));
        (window.count, window.errors, window.slow)
    };
    assert_eq!(window(10), (0, 0, 0));
    let _ = (run(100, Ok(())), run(101, Ok(())), run(500, Err(())));
    assert_eq!(window(10), (3, 1, 1), "just at the limit is not slow; a slow failure is an error");
    assert_eq!(counts(&flags, "new", "on"), (1, 1, 1));
    clock.advance(Duration::from_secs(120));
    let _ = run(1, Ok(()));
    assert_eq!((window(1), window(10)), ((1, 0, 0), (4, 1, 1)));
    clock.advance(Duration::from_secs(11 * 60));
    assert_eq!(window(10), (0, 0, 0));
    assert_eq!(metrics.flag_window("new", Duration::from_secs(30 * 60)).error_rate(), Some(0.25));
}

#[test]
fn counts_are_exact_with_eight_threads_and_reloads() {
    const ROUNDS: u64 = 500;
    let flags = measured();
    let on = thread::scope(|scope| {
        let changing = scope.spawn(|| {
            for _ in 0..100 {
                flags.toggle("theme").unwrap();
            }
        });
        let threads: Vec<_> = (0..8_u64)
            .map(|number| {
                let flags = &flags;
                scope.spawn(move || {
                    let mut on = 0;
                    for round in 0..ROUNDS {
                        let context = Context::new(format!("unit-{number}-{round}"));
                        let ended =
                            flags.try_run("half", &context).on(|| if round % 5 == 0 { Err(true) } else { Ok(true) });
                        on += u64::from(ended.off(|| Ok(false)).unwrap_or_else(|is_on| is_on));
                    }
                    on
                })
            })
            .collect();
        changing.join().unwrap();
        threads.into_iter().map(|thread| thread.join().unwrap()).sum::<u64>()
    });
    let ((on_ok, on_errors, _), (off_ok, off_errors, _)) =
        (counts(&flags, "half", "on"), counts(&flags, "half", "off"));
    assert_eq!((on_ok + on_errors, off_ok, off_errors), (on, 8 * ROUNDS - on, 0));
    assert!(on_errors > 0);
    let window = flags.metrics().unwrap().flag_window("half", Duration::from_secs(600));
    assert_eq!((window.count, window.errors), (8 * ROUNDS, on_errors));
}

#[test]
fn a_run_allocates_nothing_after_the_first() {
    let flags = measured();
    let context = user();
    let allocations = |run: &dyn Fn()| {
        run();
        allocation_counter::measure(run).count_total
    };
    assert_eq!(allocations(&|| flags.run("new", &context).on(|| ()).off(|| ())), 0);
    assert_eq!(allocations(&|| flags.branch("theme", &context).success()), 0);
    let fails = || {
        let _ = flags.try_run("new", &context).on(|| Err::<u8, ()>(())).fall_back().off(|| Ok(2));
    };
    assert_eq!(allocations(&fails), 0);
    assert_eq!(allocations(&|| wait(flags.run_async("new", &context).on(|| after(2, ())).off(|| ready(())))), 0);
    let comparison = flags.comparison("new").one_in(1);
    assert_eq!(allocations(&|| assert_eq!(comparison.run(&context).on(|| 1).off(|| 1), 1)), 0);
}

/// Nothing keeps the flags of a run alive but the guard, and that only as long as it is there.
#[test]
fn nothing_is_leaked() {
    let flags = measured();
    let held = Arc::new(());
    let weak: Weak<()> = Arc::downgrade(&held);
    let hold = held;
    flags.observe(move |_: &str, _: &dyn flags::Attributes, _: &flags::Decision<'_>| {
        let _ = &hold;
    });
    let unfinished = Box::pin(flags.run_async("new", &user()).on(pending::<()>).off(|| ready(())));
    let guard = flags.branch("new", &user());
    // The thread keeps the state it last used; asking another client lets go of it.
    drop(flags);
    assert!(!measured().is_enabled("old", &user()));
    assert!(weak.upgrade().is_some(), "the guard has its flags");
    drop(guard);
    assert!(weak.upgrade().is_none(), "a run has nothing of the client but its branch");
    drop(unfinished);
}

#[test]
fn a_comparison_is_off_until_it_is_asked_for_and_runs_one_call_in_so_many() {
    let flags = measured();
    let comparison = flags.comparison("new");
    let shadows = Cell::new(0);
    let call = || {
        comparison.run(&user()).on(|| 1).off(|| {
            shadows.set(shadows.get() + 1);
            1
        })
    };
    for _ in 0..10 {
        call();
    }
    assert_eq!(shadows.get(), 0);
    comparison.set_one_in(4);
    for _ in 0..20 {
        assert_eq!(call(), 1);
    }
    assert_eq!((shadows.get(), comparison.counts().matches), (5, 5));
    comparison.set_one_in(0);
    call();
    assert_eq!((shadows.get(), comparison.counts().total()), (5, 5));
    assert_eq!(counts(&flags, "new", "on"), (31, 0, 0), "what is served is measured");
    assert_eq!(counts(&flags, "new", "off"), (0, 0, 0), "the shadow is not");
}

#[test]
fn a_comparison_serves_what_was_decided_and_tells_what_differs() {
    let flags = measured();
    let told = Arc::new(Mutex::new(Vec::new()));
    let hear = Arc::clone(&told);
    let comparison = flags
        .comparison("new")
        .one_in(1)
        .on_mismatch(move |mismatch| hear.lock().unwrap().push((mismatch.is_on, *mismatch.on, *mismatch.off)));
    let order = RefCell::new(Vec::new());
    let call = || {
        comparison
            .run(&user())
            .on(|| {
                order.borrow_mut().push("on");
                1
            })
            .off(|| {
                order.borrow_mut().push("off");
                2
            })
    };
    assert_eq!(call(), 1);
    flags.toggle("new").unwrap();
    assert_eq!(call(), 2);
    assert_eq!(*order.borrow(), ["on", "off", "off", "on"], "what is served runs first");
    assert_eq!(*told.lock().unwrap(), [(true, 1, 2), (false, 1, 2)], "whichever is served, on is on");
    for _ in 0..30 {
        call();
    }
    assert!((10..=20).contains(&told.lock().unwrap().len()), "ten a minute, and this may be a minute's end");
    assert_eq!(comparison.counts().mismatches, 32, "all of them are counted");
    let scrape = flags.metrics().unwrap().render();
    assert!(scrape.contains("flags_shadow_comparisons_total{flag=\"new\",result=\"mismatch\"} 32"));
    assert!(scrape.contains("flags_shadow_comparisons_total{flag=\"new\",result=\"error\"} 0"));
}

#[test]
fn nothing_of_the_shadow_reaches_the_caller() {
    let (flags, clock) = timed();
    let comparison = flags.comparison("new").one_in(1);
    let served = comparison.run(&user()).on(|| 1).off(|| {
        clock.advance(Duration::from_secs(5));
        fail()
    });
    assert_eq!((served, comparison.counts().errors), (1, 1));
    assert_eq!(counts(&flags, "new", "on"), (1, 0, 0), "nor is its time that of the served branch");

    let by = flags.comparison_by("new", |_: &i32, _: &i32| fail()).one_in(1);
    assert_eq!((by.run(&user()).on(|| 1).off(|| 1), by.counts().errors), (1, 1), "nor a panic of the comparison");
    let hear = flags.comparison("new").one_in(1).on_mismatch(|_| fail());
    assert_eq!((hear.run(&user()).on(|| 1).off(|| 2), hear.counts().mismatches), (1, 1), "nor of who hears of it");

    let shadows = Cell::new(0);
    let broken = catch_unwind(AssertUnwindSafe(|| {
        comparison.run(&user()).on(|| fail()).off(|| {
            shadows.set(1);
            2
        })
    }));
    assert!(broken.is_err());
    assert_eq!((shadows.get(), comparison.counts().total()), (0, 1), "there is nothing to compare with");

    let fallible = flags.try_comparison::<u8, &str>("new").one_in(1);
    assert_eq!(fallible.run(&user()).on(|| Err("a")).off(|| Err("b")), Err("a"));
    assert_eq!(fallible.run(&user()).on(|| Err("a")).off(|| Ok(1)), Err("a"));
    assert_eq!((fallible.counts().matches, fallible.counts().mismatches), (1, 1));
    assert_eq!(counts(&flags, "new", "on"), (3, 3, 0), "an Err that is served is an error");
}

#[test]
fn futures_are_compared_one_after_the_other_or_at_once() {
    let flags = measured();
    let comparison = flags.comparison("new").one_in(1);
    let order = RefCell::new(String::new());
    let step = |name: char| {
        let order = &order;
        async move {
            for _ in 0..3 {
                order.borrow_mut().push(name);
                after(1, ()).await;
            }
            1
        }
    };
    assert_eq!(wait(comparison.run_async(&user()).on(|| step('n')).off(|| step('o'))), 1);
    assert_eq!(order.take(), "nnnooo");
    assert_eq!(wait(comparison.run_async(&user()).concurrently().on(|| step('n')).off(|| step('o'))), 1);
    assert_eq!(order.take(), "nonono");
    flags.toggle("new").unwrap();
    assert_eq!(wait(comparison.run_async(&user()).on(|| step('n')).off(|| step('o'))), 1);
    assert_eq!(wait(comparison.run_async(&user()).concurrently().on(|| step('n')).off(|| step('o'))), 1);
    assert_eq!(order.take(), "ooonnnononon");
    assert_eq!((comparison.counts().matches, comparison.counts().total()), (4, 4));
    let panicking = || async { if after(1, true).await { fail() } else { 1 } };
    assert_eq!(wait(comparison.run_async(&user()).on(panicking).off(|| ready(1))), 1);
    assert_eq!(wait(comparison.run_async(&user()).concurrently().on(panicking).off(|| after(5, 1))), 1);
    assert_eq!(comparison.counts().errors, 2);
    comparison.set_one_in(0);
    assert_eq!(wait(comparison.run_async(&user()).on(panicking).off(|| after(1, 1))), 1);
    assert_eq!(comparison.counts().total(), 6);
}

/// The run of the served branch counts once wherever its comparison is dropped, and so does the comparison.
#[test]
fn a_comparison_that_is_dropped_is_an_error_of_the_shadow_only_if_the_other_was_done() {
    for is_concurrent in [false, true] {
        for polls in 0..4 {
            let flags = measured();
            let comparison = flags.comparison("new").one_in(1);
            {
                let call = comparison.run_async(&user());
                let call = if is_concurrent { call.concurrently() } else { call };
                let mut future = Box::pin(call.on(|| after(1, 1)).off(pending::<i32>));
                for _ in 0..polls {
                    assert!(poll(future.as_mut()).is_pending());
                }
            }
            let (run, compared) = match polls {
                0 => ((0, 0, 0), 0),
                1 => ((0, 1, 0), 0),
                _ => ((1, 0, 0), 1),
            };
            assert_eq!(counts(&flags, "new", "on"), run, "{polls} polls");
            assert_eq!((comparison.counts().errors, comparison.counts().total()), (compared, compared));
        }
    }
}
