//! How long one evaluation takes, by workload and by the way it is asked.

use std::{hint::black_box, thread, time::Instant};

use criterion::{BenchmarkGroup, Criterion, criterion_group, criterion_main, measurement::WallTime};
use flags::{Context, Flag, Flags, feature_enabled};
use flags_benches::{LARGE_SET, SMALL_SET, Workload, client, contexts, mixed, names, rollout_names, rollouts};

/// Times `ask` over names and contexts that take turns.
fn turns<R>(
    group: &mut BenchmarkGroup<'_, WallTime>,
    id: &str,
    names: &[String],
    contexts: &[Context],
    mut ask: impl FnMut(&str, &Context) -> R,
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

fn workloads(criterion: &mut Criterion) {
    let (flags, contexts) = (client(&mixed(SMALL_SET)), contexts());
    let asked = |workload| names(SMALL_SET, workload);

    let mut group = criterion.benchmark_group("client");
    turns(&mut group, "W1 on", &asked(Workload::On), &contexts, |name, context| flags.is_enabled(name, context));
    turns(&mut group, "W2 rollout", &asked(Workload::Rollout), &contexts, |name, context| {
        flags.is_enabled(name, context)
    });
    turns(&mut group, "W3 rules", &asked(Workload::Rules), &contexts, |name, context| {
        flags.decide(name, context, |decision| decision.variant().map(str::len))
    });
    turns(&mut group, "W4 variants", &asked(Workload::Variants), &contexts, |name, context| {
        flags.decide(name, context, |decision| decision.variant().map(str::len))
    });
    turns(&mut group, "W5 unknown", &asked(Workload::Unknown), &contexts, |name, context| {
        flags.is_enabled(name, context)
    });
    group.finish();

    let snapshot = flags.snapshot();
    let mut group = criterion.benchmark_group("snapshot");
    turns(&mut group, "W1 on by name", &asked(Workload::On), &contexts, |name, context| {
        snapshot.is_enabled(name, context)
    });
    let places: Vec<_> = asked(Workload::On).iter().filter_map(|name| snapshot.find(name)).collect();
    let mut turn = 0;
    group.bench_function("W1 on by handle", |bencher| {
        bencher.iter(|| {
            turn = if turn + 1 < places.len() { turn + 1 } else { 0 };
            snapshot.decide(places[turn], &contexts[turn]).is_on()
        });
    });
    turns(&mut group, "W2 rollout", &asked(Workload::Rollout), &contexts, |name, context| {
        snapshot.is_enabled(name, context)
    });
    turns(&mut group, "W3 rules", &asked(Workload::Rules), &contexts, |name, context| {
        snapshot.is_enabled(name, context)
    });
    group.finish();

    let handle: Flag<bool> = flags.flag(&asked(Workload::On)[0], false);
    let mut group = criterion.benchmark_group("handle");
    group.bench_function("W1 on", |bencher| bencher.iter(|| handle.is_enabled(black_box(&contexts[0]))));
    group.finish();

    bound_hit(criterion, &flags, &contexts[0]);
    large_set(criterion, &contexts);
    two_threads(criterion, &flags, &contexts);
    explanation(criterion, &flags, &contexts);
    macro_hit(criterion, flags, &contexts);
}

fn large_set(criterion: &mut Criterion, contexts: &[Context]) {
    let flags = client(&rollouts(LARGE_SET));
    let mut group = criterion.benchmark_group("client");
    turns(&mut group, "W6 10k rollouts", &rollout_names(LARGE_SET), contexts, |name, context| {
        flags.is_enabled(name, context)
    });
    group.finish();
}

/// W7: evaluations a second of one thread and of two at once; what is reported is the time of one evaluation in the pair's
/// sum, so twice the throughput is half the time.
fn two_threads(criterion: &mut Criterion, flags: &Flags, contexts: &[Context]) {
    let names = names(SMALL_SET, Workload::Rollout);
    let run = |rounds: u64, start: usize| {
        let mut on = 0_u64;
        for round in 0..rounds {
            let turn = start + usize::try_from(round).unwrap_or_default();
            on += u64::from(flags.is_enabled(&names[turn % names.len()], &contexts[turn % contexts.len()]));
        }
        black_box(on);
    };
    let mut group = criterion.benchmark_group("threads");
    for threads in [1_u64, 2] {
        group.bench_function(format!("W7 {threads}"), |bencher| {
            bencher.iter_custom(|rounds| {
                // Enough that starting the threads does not count.
                let rounds = rounds.max(1) * 1_000;
                let start = Instant::now();
                thread::scope(|scope| {
                    for thread in 0..threads {
                        scope.spawn(move || run(rounds / threads, usize::try_from(thread).unwrap_or_default() * 512));
                    }
                });
                start.elapsed() / 1_000
            });
        });
    }
    group.finish();
}

fn explanation(criterion: &mut Criterion, flags: &Flags, contexts: &[Context]) {
    let mut group = criterion.benchmark_group("explanation");
    turns(&mut group, "W3 rules", &names(SMALL_SET, Workload::Rules), contexts, |name, context| {
        flags.explain(name, context)
    });
    group.finish();
}

/// What a bound handle remembers costs the same whatever the flag costs: a plain flag and one with rules, and eight in turn.
fn bound_hit(criterion: &mut Criterion, flags: &Flags, context: &Context) {
    let bound = flags.bind(context.clone());
    let mut group = criterion.benchmark_group("bound");
    for (id, workload) in [("W1 on hit", Workload::On), ("W3 rules hit", Workload::Rules)] {
        let name = &names(SMALL_SET, workload)[0];
        group.bench_function(id, |bencher| bencher.iter(|| bound.is_enabled(black_box(name))));
    }
    let eight: Vec<String> = names(SMALL_SET, Workload::Rules).into_iter().take(8).collect();
    turns(&mut group, "W3 rules hit, 8 flags", &eight, std::slice::from_ref(context), |name, _| bound.is_enabled(name));
    group.finish();
}

fn macro_hit(criterion: &mut Criterion, flags: Flags, contexts: &[Context]) {
    static NAME: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let name = NAME.get_or_init(|| names(SMALL_SET, Workload::On)[0].clone());
    flags::ambient::set_default(flags, contexts[0].clone());
    let mut group = criterion.benchmark_group("macro");
    group.bench_function("feature_enabled hit", |bencher| bencher.iter(|| feature_enabled!(name)));
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(60).measurement_time(std::time::Duration::from_millis(1_500)).warm_up_time(std::time::Duration::from_millis(500));
    targets = workloads
}
criterion_main!(benches);
