//! What experiments cost the caller: an assignment, an exposure that is known, one that is new, an event that is tracked; and
//! what recording adds to flags that no experiment is about.

use std::{
    hint::black_box,
    ops::ControlFlow,
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use flags::{
    Context, ExperimentDefinition, FlagDefinition, Flags, Recording, Timestamp,
    ab::{
        Event,
        store::{EventStore, Query, StoreError, UnitEvents},
    },
    core::definition::{ArmDefinition, ExperimentStatus, MetricDefinition},
};

/// How many units come by.
const UNITS: usize = 200_000;

/// A store that takes everything and keeps nothing: what is measured is the caller's thread.
struct Nowhere;

impl EventStore for Nowhere {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        black_box(batch);
        Ok(())
    }

    fn scan(&self, _: &Query, _: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        Ok(())
    }

    fn prune(&self, _: Timestamp) -> Result<u64, StoreError> {
        Ok(0)
    }
}

fn client(recording: Option<Recording>) -> Flags {
    let experiment = ExperimentDefinition::new("colour")
        .status(ExperimentStatus::Running)
        .arm(ArmDefinition::control("grey"))
        .arm(ArmDefinition::new("red").overrides("red_button", "on"))
        .metric(MetricDefinition::conversion("sales", "purchase"));
    let builder = Flags::builder()
        .flag(FlagDefinition::new("red_button").enabled(true).serve("off"))
        .flag(FlagDefinition::new("plain").enabled(true))
        .experiment(experiment);
    let builder = match recording {
        Some(recording) => builder.recording(recording),
        None => builder,
    };
    builder.build().expect("because the definitions are good")
}

fn recording() -> Recording {
    // Room for everything, so that nothing is measured that drops events.
    Recording::new().store(Nowhere).queue_capacity(10_000_000).judge_every(None).dimension("country")
}

fn contexts() -> Vec<Context> {
    (0..UNITS).map(|number| Context::new(format!("user-{number}")).set("country", "NL")).collect()
}

fn turns<R>(criterion: &mut Criterion, id: &str, contexts: &[Context], mut ask: impl FnMut(&Context) -> R) {
    let mut turn = 0;
    criterion.benchmark_group("experiments").bench_function(id, |bencher| {
        bencher.iter(|| {
            turn = if turn + 1 < contexts.len() { turn + 1 } else { 0 };
            ask(&contexts[turn])
        });
    });
}

/// Times what all units do once, again and again, each time with a client that knows none of them.
fn anew(criterion: &mut Criterion, id: &str, contexts: &[Context], run: impl Fn(&Flags, &Context)) {
    criterion.benchmark_group("experiments").sample_size(20).bench_function(id, |bencher| {
        bencher.iter_custom(|rounds| {
            let (mut time, mut left) = (Duration::ZERO, usize::try_from(rounds).unwrap_or(usize::MAX));
            while left > 0 {
                let flags = client(Some(recording()));
                let units = &contexts[..left.min(contexts.len())];
                left -= units.len();
                let begun = Instant::now();
                units.iter().for_each(|context| run(&flags, context));
                time += begun.elapsed();
            }
            time
        });
    });
}

fn all(criterion: &mut Criterion) {
    let contexts = contexts();
    let known = &contexts[..1_000];
    let (plain, records) = (client(None), client(Some(recording())));
    turns(criterion, "assignment", known, |context| plain.assign("colour", context).is_enrolled());
    turns(criterion, "evaluation, no recording", known, |context| plain.is_enabled("red_button", context));
    turns(criterion, "assignment, exposure known", known, |context| records.assign("colour", context).is_enrolled());
    turns(criterion, "evaluation, exposure known", known, |context| records.is_enabled("red_button", context));
    turns(criterion, "other flag, no recording", known, |context| plain.is_enabled("plain", context));
    turns(criterion, "other flag, recording", known, |context| records.is_enabled("plain", context));
    anew(criterion, "new exposure", &contexts, |flags, context| {
        black_box(flags.is_enabled("red_button", context));
    });
    anew(criterion, "tracked event", &contexts, |flags, context| flags.track("purchase", context, 19.9));
}

criterion_group!(benches, all);
criterion_main!(benches);
