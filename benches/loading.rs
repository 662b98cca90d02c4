//! How long it takes from bytes to a live client, checks included, and from a saved file to the new decisions.

use std::time::{Duration, Instant};

use criterion::{BatchSize, Criterion, SamplingMode, criterion_group, criterion_main};
use flags::{Context, Flags};
use flags_benches::{client, mixed};

/// How many flags there are in a set.
const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];

fn start(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("start");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for size in SIZES {
        let text = mixed(size);
        group.bench_function(format!("{size} flags"), |bencher| {
            bencher.iter_batched(|| (), |()| client(&text), BatchSize::PerIteration);
        });
    }
    group.finish();
}

/// From a file that has been saved to the new state in force; the change is one flag's.
fn reload(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("reload");
    group.sampling_mode(SamplingMode::Flat).sample_size(10);
    for size in SIZES {
        let folder = tempfile::tempdir().expect("because a temporary folder can be made");
        let path = folder.path().join("flags.toml");
        let text = mixed(size);
        let save = |on: bool| std::fs::write(&path, format!("{text}[features.extra]\nenabled = {on}\n"));
        save(false).expect("because the folder is there");
        let flags = Flags::builder().file(&path).build().expect("because the definitions are our own");
        let mut on = false;
        group.bench_function(format!("{size} flags"), |bencher| {
            bencher.iter_custom(|rounds| {
                let mut total = Duration::ZERO;
                for _ in 0..rounds {
                    on = !on;
                    save(on).expect("because the folder is there");
                    let start = Instant::now();
                    flags.reload().expect("because the definitions are our own");
                    total += start.elapsed();
                    assert_eq!(flags.is_enabled("extra", &Context::anonymous()), on);
                }
                total
            });
        });
    }
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().warm_up_time(Duration::from_millis(500)).measurement_time(Duration::from_secs(3));
    targets = start, reload
}
criterion_main!(benches);
