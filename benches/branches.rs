//! What a measured run costs around branches that do nothing, with metrics and without, beside the evaluation in it.

use std::{
    future::{Future, ready},
    hint::black_box,
    pin::pin,
    task::{Context as TaskContext, Poll, Waker},
};

use criterion::{Criterion, criterion_group, criterion_main};
use flags::{Context, Flags, metrics::Metrics};

const DEFINITIONS: &str = "[features.half]\nenabled = true\nrollout_percentage = 50";

/// The result of a future that is ready at once.
fn now<R>(future: impl Future<Output = R>) -> Option<R> {
    match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(result) => Some(result),
        Poll::Pending => None,
    }
}

fn runs(criterion: &mut Criterion) {
    let client = |metrics: Option<Metrics>| {
        let builder = Flags::builder().toml(DEFINITIONS);
        let builder = match metrics {
            Some(metrics) => builder.metrics(metrics),
            None => builder,
        };
        builder.build().expect("because the definitions are right")
    };
    let half = client(None);
    let mut users = (0_u32..).map(|number| Context::new(format!("user-{number}")));
    let context = users.find(|user| half.is_enabled("half", user)).expect("because one in two is admitted");
    for (sort, flags) in [("without metrics", client(None)), ("with metrics", client(Some(Metrics::new())))] {
        let mut group = criterion.benchmark_group(format!("run {sort}"));
        group.bench_function("evaluation alone", |bencher| bencher.iter(|| flags.is_enabled("half", &context)));
        group.bench_function("run", |bencher| {
            bencher.iter(|| flags.run("half", &context).on(|| black_box(1)).off(|| black_box(2)));
        });
        group.bench_function("run_async", |bencher| {
            let run = || flags.run_async("half", &context).on(|| ready(black_box(1))).off(|| ready(black_box(2)));
            bencher.iter(|| now(run()));
        });
        group.bench_function("try_run that falls back", |bencher| {
            let fail = || Err::<u8, u8>(black_box(1));
            bencher.iter(|| flags.try_run("half", &context).on(fail).fall_back().off(|| Ok(black_box(2))));
        });
        group.bench_function("guard", |bencher| bencher.iter(|| flags.branch("half", &context).success()));
        let comparison = flags.comparison("half");
        for one_in in [0, 100, 1] {
            comparison.set_one_in(one_in);
            group.bench_function(format!("comparison of one in {one_in}"), |bencher| {
                bencher.iter(|| comparison.run(&context).on(|| black_box(1)).off(|| black_box(1)));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(60).measurement_time(std::time::Duration::from_millis(1_500)).warm_up_time(std::time::Duration::from_millis(500));
    targets = runs
}
criterion_main!(benches);
