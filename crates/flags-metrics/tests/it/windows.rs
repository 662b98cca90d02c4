//! Windows of outcomes against a model that remembers every run. // C4

use std::{sync::Arc, time::Duration};

use flags_metrics::{Metrics, MetricsOptions, WindowCounts};
use proptest::{prelude::*, proptest};

use crate::support::{self, ManualClock, flag, set};

#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Run { succeeded: bool, took: u64 },
    Read { over: u64 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        prop_oneof![4 => 0..3_000_u64, 1 => 0..100_000_u64].prop_map(Step::Pass),
        (any::<bool>(), 0..2_000_u64).prop_map(|(succeeded, took)| Step::Run { succeeded, took }),
        (0..80_000_u64).prop_map(|over| Step::Read { over }),
    ]
}

/// A run as it is remembered: when it ended, in milliseconds since the start, whether it succeeded, whether it was slow.
type Run = (u64, bool, bool);

/// Two seconds a bucket, thirty of them.
const RESOLUTION: u64 = 2_000;
const BUCKETS: u64 = 30;

fn by_hand(runs: &[Run], now: u64, over: u64) -> (u64, u64, u64) {
    let buckets = over.div_ceil(RESOLUTION).clamp(1, BUCKETS);
    let is_inside = |at: u64| at / RESOLUTION + buckets > now / RESOLUTION;
    let inside = || runs.iter().filter(|(at, ..)| is_inside(*at));
    let errors = inside().filter(|(_, succeeded, _)| !succeeded).count();
    let slow = inside().filter(|(_, succeeded, slow)| *succeeded && *slow).count();
    (inside().count() as u64, errors as u64, slow as u64)
}

fn of(counts: WindowCounts) -> (u64, u64, u64) {
    (counts.count, counts.errors, counts.slow)
}

proptest! {
    #![proptest_config(support::config(256))]

    #[test]
    fn a_window_is_what_somebody_remembers(steps in prop::collection::vec(step(), 1..200)) {
        let clock = ManualClock::new();
        let mut options = MetricsOptions::default();
        options.window.resolution = Duration::from_millis(RESOLUTION);
        options.window.length = Duration::from_millis(RESOLUTION * BUCKETS - 1);
        let metrics = Metrics::with_clock(options, Arc::new(clock.clone()));
        let _layout = metrics.layout(&set([flag("cart", &["new"])]));
        let branch = metrics.branch("cart", Some("new")).unwrap();
        let (mut now, mut runs) = (0, Vec::new());
        for step in steps {
            match step {
                Step::Pass(millis) => {
                    now += millis;
                    clock.advance(Duration::from_millis(millis));
                }
                Step::Run { succeeded, took } => {
                    branch.record(succeeded, Duration::from_millis(took));
                    runs.push((now, succeeded, took > 1_000));
                }
                Step::Read { over } => {
                    let window = branch.window(Duration::from_millis(over));
                    prop_assert_eq!(of(window), by_hand(&runs, now, over), "at {} over {}", now, over);
                    // And what the words say of it: nothing older than `over`, all that is younger by more than a bucket.
                    let within = |span: u64| runs.iter().filter(|(at, ..)| now - at < span).count() as u64;
                    let over = over.max(1).next_multiple_of(RESOLUTION).min(RESOLUTION * BUCKETS);
                    prop_assert!(window.count <= within(over) && window.count >= within(over - RESOLUTION));
                }
            }
        }
    }
}

/// A window that is read at an earlier instant than what was recorded leaves the future out.
#[test]
fn a_window_as_of_an_earlier_instant() {
    use flags_metrics::MonotonicClock as _;

    let clock = ManualClock::new();
    let metrics = Metrics::with_clock(MetricsOptions::default(), Arc::new(clock.clone()));
    let _layout = metrics.layout(&set([flag("cart", &["new"])]));
    let branch = metrics.branch("cart", Some("new")).unwrap();
    let start = clock.now();
    branch.record(true, Duration::ZERO);
    clock.advance(Duration::from_secs(60));
    branch.record(false, Duration::ZERO);
    assert_eq!(of(branch.window_at(Duration::from_secs(3_600), start)), (1, 0, 0));
    assert_eq!(of(branch.window(Duration::from_secs(3_600))), (2, 1, 0));
    assert_eq!(of(branch.window(Duration::ZERO)), (1, 1, 0), "the bucket under way at least");
    // Half an hour on, the ring has come round.
    clock.advance(Duration::from_secs(1_800));
    branch.record(true, Duration::ZERO);
    assert_eq!(of(branch.window(Duration::MAX)), (1, 0, 0));
}
