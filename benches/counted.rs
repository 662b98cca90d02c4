//! What counting adds to an evaluation through the client: the same evaluations without metrics, with them, and with units told
//! apart, on one thread and on two.

use std::{hint::black_box, thread, time::Instant};

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use flags::{
    Context, Flags,
    metrics::{Metrics, MetricsOptions},
};
use flags_benches::{SMALL_SET, Workload, contexts, mixed, names};

/// The same client three times.
fn clients() -> [(&'static str, Flags); 3] {
    let client = |metrics: Option<Metrics>| {
        let builder = Flags::builder().toml(mixed(SMALL_SET)).environment("production");
        let builder = match metrics {
            Some(metrics) => builder.metrics(metrics),
            None => builder,
        };
        builder.build().expect("because the definitions of the workload are good")
    };
    let mut units = MetricsOptions::default();
    units.unique_units = true;
    [
        ("without", client(None)),
        ("with", client(Some(Metrics::new()))),
        ("with units", client(Some(Metrics::with_options(units)))),
    ]
}

/// Times `ask` over names and contexts that take turns.
fn turns(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: &str,
    names: &[String],
    contexts: &[Context],
    mut ask: impl FnMut(&str, &Context) -> bool,
) {
    let (mut name, mut context) = (0, 0);
    group.bench_function(id, |bencher| {
        bencher.iter(|| {
            name = if name + 1 < names.len() { name + 1 } else { 0 };
            context = if context + 1 < contexts.len() { context + 1 } else { 0 };
            ask(&names[name], &contexts[context])
        });
    });
}

fn run(flags: &Flags, names: &[String], contexts: &[Context], rounds: u64, start: usize) {
    let mut on = 0_u64;
    for round in 0..rounds {
        let turn = start + usize::try_from(round).unwrap_or_default();
        on += u64::from(flags.is_enabled(&names[turn % names.len()], &contexts[turn % contexts.len()]));
    }
    black_box(on);
}

fn one_thread(criterion: &mut Criterion) {
    let (clients, contexts) = (clients(), contexts());
    for (sort, workload) in [("W1 on", Workload::On), ("W2 rollout", Workload::Rollout)] {
        let names = names(SMALL_SET, workload);
        let mut group = criterion.benchmark_group(format!("counted {sort}"));
        for (id, flags) in &clients {
            turns(&mut group, id, &names, &contexts, |name, context| flags.is_enabled(name, context));
        }
        group.finish();
    }
}

/// What is reported is the time of one evaluation in the sum of all threads, so twice the throughput is half the time.
fn two_threads(criterion: &mut Criterion) {
    let (clients, contexts) = (clients(), contexts());
    let names = names(SMALL_SET, Workload::Rollout);
    let mut group = criterion.benchmark_group("counted threads");
    for (id, flags) in &clients {
        for threads in [1_u64, 2] {
            group.bench_function(format!("{threads} {id}"), |bencher| {
                bencher.iter_custom(|rounds| {
                    // Enough that starting the threads does not count.
                    let rounds = rounds.max(1) * 1_000;
                    let start = Instant::now();
                    thread::scope(|scope| {
                        for thread in 0..threads {
                            let (names, contexts) = (&names, &contexts);
                            let from = usize::try_from(thread).unwrap_or_default() * 512;
                            scope.spawn(move || run(flags, names, contexts, rounds / threads, from));
                        }
                    });
                    start.elapsed() / 1_000
                });
            });
        }
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(60).measurement_time(std::time::Duration::from_millis(1_500)).warm_up_time(std::time::Duration::from_millis(500));
    targets = one_thread, two_threads
}
criterion_main!(benches);
