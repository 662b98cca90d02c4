//! What counting costs, beside nothing: the evaluations that are counted are made beforehand.
//!
//! What it adds to an evaluation through the client is measured in `evaluation.rs`.

use std::{hint::black_box, thread, time::Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use flags_benches::{LARGE_SET, SMALL_SET, Workload, client, contexts, mixed, names};
use flags_core::{FlagSet, Outcome, Timestamp};
use flags_metrics::{Cache, CounterLayout, Metrics, MetricsOptions};

/// Outcomes to be counted, for flags and contexts that take turns.
fn outcomes(set: &FlagSet, names: &[String]) -> Vec<Outcome> {
    let contexts = contexts();
    let turns = names.iter().cycle().zip(&contexts);
    turns.map(|(name, context)| set.evaluate(name, context, &Timestamp::default()).outcome()).collect()
}

fn set(size: usize) -> FlagSet {
    client(&mixed(size)).snapshot().set().clone()
}

fn counting(criterion: &mut Criterion) {
    for (size, sort) in [(SMALL_SET, "100 flags"), (LARGE_SET, "10k flags")] {
        let set = set(size);
        let mut options = MetricsOptions::default();
        options.unique_units = true;
        let metrics = Metrics::with_options(options);
        let layout = metrics.layout(&set);
        let mut names = names(size, Workload::Rollout);
        names.extend(flags_benches::names(size, Workload::On));
        let (outcomes, contexts) = (outcomes(&set, &names), contexts());
        let mut group = criterion.benchmark_group(format!("counting {sort}"));
        let mut turn = 0;
        let mut next = || {
            turn = if turn + 1 < outcomes.len() { turn + 1 } else { 0 };
            turn
        };
        group.bench_function("nothing", |bencher| bencher.iter(|| black_box(outcomes[next()])));
        let counts = layout.attach();
        group.bench_function("count", |bencher| bencher.iter(|| counts.count(outcomes[next()])));
        group.bench_function("begin and finish", |bencher| {
            bencher.iter(|| {
                let sample = counts.begin();
                counts.finish(sample, black_box(outcomes[next()]));
            });
        });
        group.bench_function("begin and finish, cells kept for the thread", |bencher| {
            bencher.iter(|| {
                let sample = layout.begin();
                layout.finish(sample, black_box(outcomes[next()]));
            });
        });
        group.bench_function("unit", |bencher| {
            bencher.iter(|| {
                let turn = next();
                let Some(flag) = outcomes[turn].flag() else { return };
                let _ = set.with_unit(flag, &contexts[turn], |unit| layout.count_unit(flag, unit));
            });
        });
        group.finish();
    }
    let mut group = criterion.benchmark_group("cache");
    group.bench_function("hit", |bencher| bencher.iter(|| Cache::CallSite.hit()));
    group.finish();
}

/// Counts of one thread and of two at once; what is reported is the time of one count in the pair's sum.
fn two_threads(criterion: &mut Criterion) {
    let set = set(SMALL_SET);
    let metrics = Metrics::new();
    let layout = metrics.layout(&set);
    let outcomes = outcomes(&set, &names(SMALL_SET, Workload::Rollout));
    let run = |layout: &CounterLayout, rounds: u64| {
        let counts = layout.attach();
        for outcome in outcomes.iter().cycle().take(usize::try_from(rounds).unwrap_or_default()) {
            counts.count(black_box(*outcome));
        }
    };
    let mut group = criterion.benchmark_group("counting threads");
    for threads in [1_u64, 2] {
        group.bench_function(threads.to_string(), |bencher| {
            bencher.iter_custom(|rounds| {
                // Enough that starting the threads does not count.
                let rounds = rounds.max(1) * 1_000;
                let start = Instant::now();
                thread::scope(|scope| {
                    for _ in 0..threads {
                        scope.spawn(|| run(&layout, rounds / threads));
                    }
                });
                start.elapsed() / 1_000
            });
        });
    }
    group.finish();
}

fn branches(criterion: &mut Criterion) {
    let set = set(SMALL_SET);
    let metrics = Metrics::new();
    let layout = metrics.layout(&set);
    let outcomes = outcomes(&set, &names(SMALL_SET, Workload::Rollout));
    let branch = layout.branch(&set, outcomes[0]);
    let mut group = criterion.benchmark_group("branch");
    group.bench_function("clock alone", |bencher| bencher.iter(|| (Instant::now(), Instant::now())));
    group.bench_function("start and success", |bencher| bencher.iter(|| branch.start().success()));
    group.bench_function("find, start and success", |bencher| {
        bencher.iter(|| layout.branch(&set, black_box(outcomes[0])).start().success());
    });
    group.bench_function("window", |bencher| {
        bencher.iter(|| branch.window(std::time::Duration::from_secs(600)));
    });
    group.finish();
}

/// At 10 000 flags, each of them evaluated for the same thousand users.
fn reading(criterion: &mut Criterion) {
    let set = set(LARGE_SET);
    for limit in [10_000, 1_000_000] {
        let mut options = MetricsOptions::default();
        options.max_series = limit;
        options.unique_units = true;
        let metrics = Metrics::with_options(options);
        let layout = metrics.layout(&set);
        let contexts = contexts();
        layout.with(|counts| {
            for (turn, flag) in set.flags().enumerate() {
                for context in contexts.iter().cycle().skip(turn).take(10) {
                    counts.count(set.decide(flag.id(), context, &Timestamp::default()));
                    let _ = set.with_unit(flag.id(), context, |unit| layout.count_unit(flag.id(), unit));
                }
            }
        });
        let mut group = criterion.benchmark_group(format!("10k flags, {limit} series"));
        group.sample_size(20);
        group.bench_function("scrape", |bencher| bencher.iter(|| metrics.render()));
        group.bench_function("summary of one", |bencher| bencher.iter(|| metrics.summary(set.flags().next()?.key())));
        group.bench_function("summaries of all", |bencher| bencher.iter(|| metrics.summaries()));
        group.bench_function("layout of a new set", |bencher| bencher.iter(|| metrics.layout(&set)));
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(60).measurement_time(std::time::Duration::from_millis(1_500)).warm_up_time(std::time::Duration::from_millis(500));
    targets = counting, two_threads, branches, reading
}
criterion_main!(benches);
