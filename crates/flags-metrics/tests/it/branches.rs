//! Measured branches: each run counts once, however it ends. // C4

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::Arc,
    task::{Context as TaskContext, Poll, Waker},
    thread,
    time::Duration,
};

use flags_core::FlagDefinition;
use flags_metrics::{Branch, Metrics, MetricsOptions, ShadowResult};

use crate::support::{ManualClock, ask, flag, set};

fn branch(options: MetricsOptions) -> (Metrics, ManualClock, Branch) {
    let clock = ManualClock::new();
    let metrics = Metrics::with_clock(options, Arc::new(clock.clone()));
    let set = set([flag("cart", &["old", "new"])]);
    let layout = metrics.layout(&set);
    let branch = layout.branch(&set, ask(&set, "cart", Some("new")));
    (metrics, clock, branch)
}

/// Ok, errors, slow.
fn counts(branch: &Branch) -> (u64, u64, u64) {
    let outcomes = branch.outcomes();
    assert_eq!(outcomes.total(), outcomes.latency.count(), "each run has a latency");
    (outcomes.ok, outcomes.errors, outcomes.slow)
}

#[test]
fn success_failure_and_slow() {
    let (metrics, clock, branch) = branch(MetricsOptions::default());
    let run = |took: Duration, succeeded: bool| {
        let run = branch.start();
        clock.advance(took);
        assert_eq!(run.elapsed(), took);
        if succeeded { run.success() } else { run.failure() }
    };
    run(Duration::from_secs(1), true);
    assert_eq!(counts(&branch), (1, 0, 0), "exactly the limit is not slow");
    run(Duration::from_millis(1_001), true);
    assert_eq!(counts(&branch), (1, 0, 1));
    run(Duration::from_secs(60), false);
    assert_eq!(counts(&branch), (1, 1, 1), "a slow failure is an error, once");

    assert!(metrics.set_slow_after("cart", Duration::from_millis(10)));
    assert!(!metrics.set_slow_after("missing", Duration::from_millis(10)));
    run(Duration::from_millis(11), true);
    assert_eq!(counts(&branch), (1, 1, 2), "the limit of the flag");
    assert_eq!(branch.slow_after(), Duration::from_millis(10));

    branch.start().result(&Ok::<(), ()>(()));
    branch.start().result(&Err::<(), ()>(()));
    branch.start().discard();
    assert_eq!(counts(&branch), (2, 2, 2), "what is discarded does not count");
    assert_eq!(branch.outcomes().error_rate(), Some(2.0 / 6.0));
}

#[test]
fn a_panic_counts_once_as_an_error() {
    let (_, clock, branch) = branch(MetricsOptions::default());
    let result = catch_unwind(AssertUnwindSafe(|| {
        let run = branch.start();
        clock.advance(Duration::from_millis(3));
        assert_eq!(counts(&branch), (0, 0, 0), "not before it has ended");
        if clock_is_right(&run.elapsed()) {
            panic!("the branch fails");
        }
        run.success();
    }));
    assert!(result.is_err());
    assert_eq!(counts(&branch), (0, 1, 0));
    assert_eq!(branch.outcomes().latency.sum(), Duration::from_millis(3));
}

fn clock_is_right(elapsed: &Duration) -> bool {
    *elapsed == Duration::from_millis(3)
}

/// A future that is polled once and dropped, as a time-out does it.
#[test]
fn a_dropped_future_counts_once_as_an_error() {
    let (_, _, branch) = branch(MetricsOptions::default());
    {
        let work = async {
            let run = branch.start();
            std::future::pending::<()>().await;
            run.success();
        };
        let mut work = pin!(work);
        assert_eq!(work.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())), Poll::Pending);
        assert_eq!(counts(&branch), (0, 0, 0));
    }
    assert_eq!(counts(&branch), (0, 1, 0));
}

/// From eight threads at once, with a window beside them.
#[test]
fn runs_of_many_threads_are_all_there() {
    let (metrics, _, branch) = branch(MetricsOptions::default());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for turn in 0..500 {
                    branch.record(turn % 5 != 0, Duration::from_micros(turn));
                }
            });
        }
    });
    assert_eq!(counts(&branch), (3_200, 800, 0));
    let window = metrics.window("cart", Some("new"), Duration::from_secs(60));
    assert_eq!((window.count, window.errors, window.slow), (4_000, 800, 0));
    assert_eq!(window.error_rate(), Some(0.2));
    assert_eq!(metrics.flag_window("cart", Duration::from_secs(60)), window);
}

/// What an error ratio in Prometheus needs: that of a branch that never failed is zero, not absent.
#[test]
fn all_branches_of_a_flag_are_there_at_zero_with_the_first() {
    let metrics = Metrics::new();
    let set = set([flag("cart", &["old", "new"]), FlagDefinition::new("banner").enabled(true)]);
    let layout = metrics.layout(&set);
    assert!(!metrics.render().contains("flags_guard"), "a flag without branches is not shown");
    layout.branch(&set, ask(&set, "cart", Some("new"))).record(true, Duration::from_millis(1));
    assert!(metrics.branch("banner", Some("off")).is_some());
    assert!(metrics.branch("banner", Some("sideways")).is_none() && metrics.branch("missing", None).is_none());
    assert_eq!(metrics.measured_flags(), ["cart", "banner"]);
    let scrape = metrics.render();
    for (flag, variant, ok) in [("cart", "old", 0), ("cart", "new", 1), ("banner", "on", 0), ("banner", "off", 0)] {
        for (outcome, count) in [("ok", ok), ("error", 0), ("slow", 0)] {
            let series = format!("flag=\"{flag}\",variant=\"{variant}\",outcome=\"{outcome}\"");
            assert!(
                scrape.contains(&format!("flags_guard_outcomes_total{{{series}}} {count}\n")),
                "{series}\n{scrape}"
            );
        }
        let series = format!("flags_guard_latency_seconds_count{{flag=\"{flag}\",variant=\"{variant}\"}} {ok}\n");
        assert!(scrape.contains(&series), "{series}\n{scrape}");
    }
}

/// Branches outlive reloads by name; those of flags and variants that are gone leave, also with a run under way.
#[test]
fn branches_and_reloads() {
    let metrics = Metrics::new();
    let first = set([flag("cart", &["old", "new"]), flag("banner", &["a"])]);
    let layout = metrics.layout(&first);
    let cart = layout.branch(&first, ask(&first, "cart", Some("new")));
    cart.record(true, Duration::from_millis(1));
    let under_way = layout.branch(&first, ask(&first, "banner", None)).start();

    let second = set([flag("cart", &["new", "newest"])]);
    let layout = metrics.layout(&second);
    under_way.success();
    let scrape = metrics.render();
    assert!(!scrape.contains("banner") && !scrape.contains("\"old\""), "{scrape}");
    assert!(scrape.contains("flag=\"cart\",variant=\"newest\",outcome=\"error\"} 0"), "{scrape}");
    layout.branch(&second, ask(&second, "cart", Some("new"))).record(true, Duration::from_millis(1));
    assert_eq!(counts(&cart), (2, 0, 0), "it is the same branch");
}

/// A flag that does not exist has a branch of the common kind, which names nothing that somebody asked for.
#[test]
fn a_branch_of_an_unknown_flag() {
    let metrics = Metrics::new();
    let set = set([FlagDefinition::new("cart")]);
    let layout = metrics.layout(&set);
    let branch = layout.branch(&set, ask(&set, "secret-of-a-user", None));
    branch.start().failure();
    let scrape = metrics.render();
    assert!(
        scrape.contains(r#"flags_guard_outcomes_total{flag="__unknown__",variant="__none__",outcome="error"} 1"#),
        "{scrape}"
    );
    assert!(!scrape.contains("secret"));
}

/// A run that falls back counts once for the branch that failed, and once as a fall-back; never for the other variant.
#[test]
fn fall_backs_are_counted_apart() {
    let (metrics, clock, branch) = branch(MetricsOptions::default());
    let scrape = |series: &str| crate::support::samples(&metrics.render()).get(series).copied();
    let ok = "flags_guard_fallbacks_total{flag=\"cart\",outcome=\"ok\"}";
    assert_eq!(scrape(ok), None, "nothing is shown where nothing can fall back");
    branch.open_fall_backs();
    assert_eq!(scrape(ok), Some(0.0));
    branch.start().failure();
    let run = branch.start_fall_back();
    clock.advance(Duration::from_secs(2));
    run.success();
    drop(branch.start_fall_back());
    branch.start_fall_back().success();
    assert_eq!(counts(&branch), (0, 1, 0));
    assert_eq!(counts(&metrics.branch("cart", Some("old")).unwrap()), (0, 0, 0));
    let fall_backs = metrics.branch("cart", Some("old")).unwrap().fall_backs();
    assert_eq!((fall_backs.ok, fall_backs.errors, fall_backs.slow), (1, 1, 1), "they are the flag's");
    assert_eq!(scrape(ok), Some(1.0));
    assert_eq!(scrape(&ok.replace("ok", "slow")), Some(1.0));
    let summary = metrics.summary("cart").unwrap();
    assert_eq!((summary.fall_backs, summary.fall_back_errors), (3, 1));
}

/// Beyond the limit of series, fall-backs and comparisons are summed up; a flag that goes gives its places back.
#[test]
fn fall_backs_and_comparisons_keep_to_the_limit_of_series() {
    let mut options = MetricsOptions::default();
    options.max_series = 4;
    let metrics = Metrics::with_options(options);
    let two = set([flag("a", &["x"]), flag("b", &["x"])]);
    let layout = metrics.layout(&two);
    for key in ["a", "b"] {
        let branch = layout.branch(&two, ask(&two, key, Some("x")));
        branch.count_shadow(ShadowResult::Mismatch);
        branch.start_fall_back().failure();
    }
    let of = |metric: &str| -> f64 {
        let samples = crate::support::samples(&metrics.render());
        samples.iter().filter(|(series, _)| series.starts_with(metric)).map(|(_, value)| value).sum()
    };
    for _ in 0..2 {
        assert_eq!(of("flags_shadow_comparisons_total"), 2.0, "none is lost, none counted twice");
        assert_eq!(of("flags_guard_fallbacks_total"), 2.0);
    }
    assert!(of("flags_guard_fallbacks_total{flag=\"__other__\"") > 0.0);
    let dropped = of("flags_metric_series_dropped_total");
    let _ = metrics.render();
    assert_eq!(of("flags_metric_series_dropped_total"), dropped, "what was refused a place is refused once");
}
