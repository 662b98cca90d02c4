//! What is shown: the scrape as its reader sees it, the limit, and metrics of an application's own. // D5

use std::{sync::Arc, time::Duration};

use flags_core::{Context, ErrorCode, FlagDefinition, Percentage, Timestamp};
use flags_metrics::{Metrics, MetricsOptions, RegisterError, ShadowResult, prometheus, table};

use crate::support::{ManualClock, ask, flag, label, samples, set};

/// A program in small: three flags, some evaluations, a branch.
fn program(options: MetricsOptions) -> (Metrics, ManualClock) {
    let clock = ManualClock::new();
    let metrics = Metrics::with_clock(options, Arc::new(clock.clone()));
    let rollout = FlagDefinition::new("rollout").enabled(true).rollout(Percentage::new(50.0).unwrap());
    let off = FlagDefinition::new("off").enabled(false).variant("x", 1).variant("y", 2);
    let set = set([flag("theme", &["light", "dark"]), rollout, off]);
    let layout = metrics.layout(&set);
    layout.with(|counts| {
        for unit in 0..100 {
            let context = Context::new(format!("user-{unit}"));
            for flag in set.flags() {
                let sample = counts.begin();
                clock.advance(Duration::from_nanos(40));
                counts.finish(sample, set.decide(flag.id(), &context, &Timestamp::default()));
                set.with_unit(flag.id(), &context, |unit| layout.count_unit(flag.id(), unit));
            }
        }
        counts.count(set.evaluate("rollout", &Context::anonymous(), &Timestamp::default()).outcome());
        counts.count(ask(&set, "user-supplied-name", None));
        counts.count(ask(&set, "theme", Some("dark")));
        counts.count_error(set.find("theme").unwrap(), ErrorCode::TypeMismatch);
    });
    let dark = layout.branch(&set, ask(&set, "theme", Some("dark")));
    let run = dark.start();
    clock.advance(Duration::from_millis(20));
    run.success();
    dark.start().failure();
    dark.open_fall_backs();
    dark.start_fall_back().success();
    dark.count_shadow(ShadowResult::Match);
    dark.count_shadow(ShadowResult::Mismatch);
    metrics.count_changes("file", 3);
    (metrics, clock)
}

fn all_units() -> MetricsOptions {
    let mut options = MetricsOptions::default();
    options.unique_units = true;
    options.unit_seed = Some(1);
    options.time_one_in = 10;
    options
}

/// The counts of caches are those of the process, in which other tests run.
fn without_caches(scrape: &str) -> String {
    scrape
        .lines()
        .filter(|line| !line.starts_with("flags_cache_requests_total{"))
        .map(|line| format!("{line}\n"))
        .collect()
}

#[test]
fn a_scrape() {
    let (metrics, _) = program(all_units());
    insta::assert_snapshot!(without_caches(&metrics.render()));
}

#[test]
fn summaries_for_people() {
    let (metrics, clock) = program(all_units());
    let _ = metrics.summaries();
    clock.advance(Duration::from_secs(90));
    let summaries: Vec<String> = metrics.summaries().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(summaries.join("\n"));
    assert_eq!(metrics.summary("theme"), metrics.summaries().into_iter().next());
    assert_eq!(metrics.summary("missing"), None);
    let overview = metrics.overview();
    assert_eq!((overview.flags, overview.evaluations, overview.unknown, overview.errors), (3, 303, 1, 3));
    assert_eq!(overview.error_rate(), Some(3.0 / 303.0));
    assert_eq!(metrics.summary("rollout").unwrap().error_rate(), Some(1.0 / 101.0));
}

/// One in ten of 300 evaluations of 40 ns each; the clock costs nothing here.
#[test]
fn one_in_n_evaluations_is_timed() {
    let (metrics, _) = program(all_units());
    let durations = metrics.evaluation_durations();
    assert_eq!((durations.count(), durations.sum()), (30, Duration::from_nanos(30 * 40)));
    let median = durations.quantile(0.5).unwrap();
    assert!((Duration::from_nanos(25)..=Duration::from_nanos(50)).contains(&median), "{median:?}");
    let mut never = all_units();
    never.time_one_in = 0;
    assert_eq!(program(never).0.evaluation_durations().count(), 0);
    let mut always = all_units();
    always.time_one_in = 1;
    assert_eq!(program(always).0.evaluation_durations().count(), 300);
}

/// Whatever is shown is in the table, and is what the table says.
#[test]
fn a_scrape_shows_nothing_but_the_table() {
    let (metrics, _) = program(all_units());
    let mut shown = Vec::new();
    for family in metrics.registry().gather() {
        let metric = table::find(family.name()).unwrap_or_else(|| panic!("{} is not in the table", family.name()));
        assert_eq!(family.help(), metric.help);
        assert_eq!(format!("{:?}", family.get_field_type()).to_lowercase(), metric.kind.name(), "{}", metric.name);
        for sample in family.get_metric() {
            let labels: Vec<&str> = sample.get_label().iter().map(prometheus::proto::LabelPair::name).collect();
            // The vector of the crate sorts them.
            let (mut labels, mut expected) = (labels, metric.labels.to_vec());
            labels.sort_unstable();
            expected.sort_unstable();
            assert_eq!(labels, expected, "{}", metric.name);
        }
        shown.push(family.name().to_owned());
    }
    let ours = table::ALL.iter().filter(|metric| metric.shown_by == table::ShownBy::Metrics);
    for metric in ours {
        assert!(shown.iter().any(|name| name == metric.name), "{} is never shown", metric.name);
    }
}

/// What a flag can come to is there before it does, at zero; and nothing that it cannot come to.
#[test]
fn series_are_there_before_they_are_counted() {
    let metrics = Metrics::new();
    let set = set([FlagDefinition::new("rollout").enabled(true).rollout(Percentage::new(50.0).unwrap())]);
    let _layout = metrics.layout(&set);
    let samples = samples(&metrics.render());
    let evaluations: Vec<_> = samples
        .iter()
        .filter(|(series, _)| series.contains("flag=\"rollout\""))
        .map(|(series, value)| (series.as_str(), *value))
        .collect();
    insta::assert_debug_snapshot!(evaluations);
}

/// Beyond the limit everything is summed up, and the summary still knows each flag.
#[test]
fn beyond_the_limit_all_is_one() {
    let mut options = MetricsOptions::default();
    options.max_series = 3;
    let metrics = Metrics::with_options(options);
    let flags = || (0..10).map(|at| FlagDefinition::new(format!("flag-{at}")).enabled(true));
    let set = set(flags());
    let layout = metrics.layout(&set);
    assert_eq!(
        samples(&metrics.render()).keys().filter(|series| series.contains("flag-")).count(),
        0,
        "all or nothing"
    );
    let evaluate = |flag: usize, times: usize| {
        for _ in 0..times {
            layout.count(ask(&set, &format!("flag-{flag}"), None));
        }
    };
    (0..10).rev().for_each(|flag| {
        evaluate(flag, flag + 1);
        let _ = metrics.render();
    });
    let shown = samples(&metrics.render());
    let flags_shown: Vec<_> =
        shown.keys().filter_map(|series| label(series, "flag")).filter(|flag| flag.starts_with("flag-")).collect();
    assert_eq!(flags_shown, ["flag-7", "flag-8", "flag-9"], "in the order they were used");
    let other = shown[r#"flags_evaluations_total{flag="__other__",variant="__other__",reason="STATIC"}"#];
    assert_eq!(other, f64::from((1..=7).sum::<i32>()));
    assert_eq!(shown["flags_metric_series_dropped_total"], 7.0);
    assert_eq!(metrics.summary("flag-2").unwrap().evaluations, 3);

    // A branch takes more room than there is: it is measured, and shown with the others.
    let branch = layout.branch(&set, ask(&set, "flag-1", None));
    branch.record(false, Duration::from_millis(1));
    let shown = samples(&metrics.render());
    assert_eq!(shown[r#"flags_guard_outcomes_total{flag="__other__",variant="__other__",outcome="error"}"#], 1.0);
    assert_eq!(branch.outcomes().errors, 1);

    // With the flags that are shown gone, others find room, and what was summed up stays where it is.
    let set = crate::support::set(flags().take(3));
    let layout = metrics.layout(&set);
    for _ in 0..5 {
        layout.count(ask(&set, "flag-0", None));
    }
    let shown = samples(&metrics.render());
    assert_eq!(shown[r#"flags_evaluations_total{flag="flag-0",variant="on",reason="STATIC"}"#], 5.0);
    assert_eq!(metrics.summary("flag-0").unwrap().evaluations, 6, "the first is in the sum of the others");
    assert_eq!(shown[r#"flags_evaluations_total{flag="__other__",variant="__other__",reason="STATIC"}"#], other);
    assert_eq!(shown[r#"flags_guard_outcomes_total{flag="__other__",variant="__other__",outcome="error"}"#], 1.0);
}

/// A flag that is gone is not shown; one that comes back starts anew.
#[test]
fn flags_that_go_and_come_back() {
    let metrics = Metrics::new();
    let both = set([flag("stays", &["a"]), flag("goes", &["a"])]);
    let one = set([flag("stays", &["a"])]);
    let layout = metrics.layout(&both);
    layout.count(ask(&both, "goes", None));
    layout.count(ask(&both, "stays", None));
    let _former = metrics.layout(&one);
    layout.count(ask(&both, "goes", None));
    layout.count(ask(&both, "stays", None));
    assert!(!metrics.render().contains("goes"));
    let layout = metrics.layout(&both);
    assert_eq!(metrics.summary("goes").unwrap().evaluations, 0);
    layout.count(ask(&both, "goes", None));
    assert_eq!(metrics.summary("goes").unwrap().evaluations, 1);
    assert_eq!(metrics.summary("stays").unwrap().evaluations, 2);
}

/// Two clients with the same metrics: what both define is counted together, and neither takes the other's flags away.
#[test]
fn two_clients_count_side_by_side() {
    let metrics = Metrics::new();
    let (first, second) = (metrics.clone().for_client(), metrics.clone().for_client());
    let (one, two) =
        (set([flag("both", &["a", "b"]), flag("one", &["a"])]), set([flag("two", &["a"]), flag("both", &["c", "b"])]));
    let (by_one, by_two) = (first.layout(&one), second.layout(&two));
    for _ in 0..2 {
        by_one.count(ask(&one, "both", Some("a")));
        by_one.count(ask(&one, "both", Some("b")));
        by_two.count(ask(&two, "both", Some("b")));
        by_two.count(ask(&two, "both", Some("c")));
        by_one.count(ask(&one, "one", None));
        by_two.count(ask(&two, "two", None));
        // A reload of one, after which the other goes on by what it had.
        drop(first.layout(&one));
    }
    let counts = |flag: &str| -> Vec<(String, u64)> {
        let summary = metrics.summary(flag).unwrap();
        let mut counts: Vec<_> =
            summary.outcomes.into_iter().map(|outcome| (outcome.variant.unwrap(), outcome.count)).collect();
        counts.sort();
        counts
    };
    let count = |variant: &str, count: u64| (variant.to_owned(), count);
    assert_eq!(counts("both"), [count("a", 2), count("b", 4), count("c", 2)]);
    assert_eq!((counts("one"), counts("two")), (vec![count("a", 2)], vec![count("a", 2)]));

    // The first is dropped: its flags go, what both define stays, and the variants of the second are enough again.
    drop(first);
    assert_eq!((metrics.summary("one"), counts("two")), (None, vec![count("a", 2)]));
    let _layout = second.layout(&two);
    assert_eq!(counts("both"), [count("__other__", 2), count("b", 4), count("c", 2)]);
    drop(second);
    assert_eq!(metrics.overview().flags, 0);
}

/// Variants may have any name; labels are escaped, and names of ours told apart.
#[test]
fn variants_with_strange_names() {
    let metrics = Metrics::new();
    let set = set([flag("odd", &["__none__", "a \"quoted\\\n\" name", "__other__"])]);
    let layout = metrics.layout(&set);
    layout.count(ask(&set, "odd", None));
    layout.count(ask(&set, "odd", Some("__other__")));
    layout.branch(&set, ask(&set, "odd", Some("__other__"))).start().success();
    let shown = samples(&metrics.render());
    assert_eq!(shown[r#"flags_evaluations_total{flag="odd",variant="__none___",reason="STATIC"}"#], 1.0);
    assert_eq!(shown[r#"flags_evaluations_total{flag="odd",variant="__other___",reason="TARGETING_MATCH"}"#], 1.0);
    assert_eq!(shown[r#"flags_guard_outcomes_total{flag="odd",variant="__other___",outcome="ok"}"#], 1.0);
    assert!(shown.keys().any(|series| series.contains(r#"variant="a \"quoted\\\n\" name""#)));
}

#[test]
fn metrics_of_the_applications_own() {
    let metrics = Metrics::new();
    metrics.counter("shop_orders_total", "Orders placed.", &["flow"]).unwrap().with_label_values(&["new"]).inc_by(2);
    metrics.gauge("shop_stock_ratio", "How full the stock is.", &[]).unwrap().with_label_values::<&str>(&[]).set(0.5);
    let basket = metrics.histogram("shop_basket_items", "Items in a basket.", &[], &[1.0, 10.0]).unwrap();
    basket.with_label_values::<&str>(&[]).observe(3.0);
    let shown = samples(&metrics.render());
    assert_eq!(shown[r#"shop_orders_total{flow="new"}"#], 2.0);
    assert_eq!(shown["shop_stock_ratio"], 0.5);
    assert_eq!(shown[r#"shop_basket_items_bucket{le="10"}"#], 1.0);

    let refused = [
        metrics.counter("flags_of_mine_total", "Mine.", &[]).unwrap_err(),
        metrics.counter("shop_orders_total", "Orders placed.", &["flow"]).unwrap_err(),
        metrics.counter("shop orders", "Orders placed.", &[]).unwrap_err(),
        metrics.gauge("shop_orders", "", &[]).unwrap_err(),
        metrics.add_source(&[table::EVALUATIONS], |_| {}).unwrap_err(),
    ];
    assert!(matches!(refused[0], RegisterError::Reserved { .. }));
    insta::assert_snapshot!(refused.map(|error| error.to_string()).join("\n"));
}

/// Values that somebody else knows are read at each scrape.
#[test]
fn values_that_somebody_else_knows() {
    let metrics = Metrics::new();
    let revision = Arc::new(std::sync::atomic::AtomicU64::new(1));
    let known = Arc::clone(&revision);
    metrics
        .add_source(&[table::CONFIG_REVISION, table::CONFIG_RELOADS], move |samples| {
            samples.add_count(&table::CONFIG_REVISION, &[], known.load(std::sync::atomic::Ordering::Relaxed));
            samples.add_count(&table::CONFIG_RELOADS, &["file", "ok"], 4);
        })
        .unwrap();
    assert!(metrics.render().contains("flags_config_revision 1\n"));
    revision.store(2, std::sync::atomic::Ordering::Relaxed);
    let scrape = metrics.render();
    assert!(scrape.contains("# TYPE flags_config_revision gauge\nflags_config_revision 2\n"), "{scrape}");
    assert!(scrape.contains("flags_config_reloads_total{source=\"file\",result=\"ok\"} 4\n"), "{scrape}");
}

/// With promtool installed, a scrape passes its check.
#[test]
fn promtool_has_nothing_to_say() {
    use std::{
        io::Write as _,
        process::{Command, Stdio},
    };

    let (metrics, _) = program(all_units());
    let child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("skipped: there is no promtool here");
        return;
    };
    child.stdin.take().unwrap().write_all(metrics.render().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.trim().is_empty(), "{said}");
}
