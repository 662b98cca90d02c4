//! The circuit breaker, against a naive one, and against what has gone wrong in others.

use std::time::Duration;

use flags_core::Timestamp;
use flags_rollout::breaker::{Admission, Breaker, BreakerOptions, BreakerPhase, BreakerState, SharedBreaker, Window};
use proptest::prelude::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(second * 1_000)
}

fn options() -> BreakerOptions {
    BreakerOptions { window: Window::Count(10), min_samples: 4, permits: 3, ..BreakerOptions::new(0.5) }
}

fn opened() -> SharedBreaker {
    let breaker = SharedBreaker::new(options());
    for _ in 0..4 {
        breaker.admit(at(0)).unwrap().record(false, at(0));
    }
    assert!(breaker.admit(at(59)).is_none());
    breaker
}

// E5
#[test]
fn it_opens_is_tried_and_closes() {
    let breaker = opened();
    for _ in 0..3 {
        let permit = breaker.admit(at(60)).unwrap();
        assert!(permit.is_trial());
        permit.record(true, at(60));
    }
    assert_eq!(breaker.state(at(60)), BreakerState::Closed);
    let told: Vec<String> = breaker.take_events().iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert!(breaker.take_events().is_empty());
}

#[test]
fn too_few_runs_do_not_open_it_and_the_bound_itself_does_not_either() {
    let breaker = SharedBreaker::new(options());
    for _ in 0..3 {
        breaker.admit(at(0)).unwrap().record(false, at(0));
    }
    assert_eq!(breaker.state(at(0)), BreakerState::Closed);
    let half = SharedBreaker::new(options());
    for run in 0..10 {
        half.admit(at(0)).unwrap().record(run % 2 == 0, at(0));
    }
    assert_eq!(half.state(at(0)), BreakerState::Closed);
}

#[test]
fn trials_that_fail_open_it_again_for_a_whole_cool_down() {
    let breaker = opened();
    for succeeded in [true, false, false] {
        breaker.admit(at(60)).unwrap().record(succeeded, at(60));
    }
    assert_eq!(breaker.state(at(60)), BreakerState::Open { until: at(120) });
}

/// resilience4j 544, 903, 935, 1568: an ignored outcome did not give its permit back, and it stayed half-open for ever.
#[test]
fn resilience4j_544_903_935_1568_a_dropped_permit_comes_back() {
    let breaker = opened();
    for _ in 0..100 {
        drop(breaker.admit(at(60)).unwrap());
    }
    let panicked = std::thread::spawn({
        let permit = breaker.admit(at(60)).unwrap();
        move || {
            let _permit = permit;
            std::panic::resume_unwind(Box::new("the branch panics"));
        }
    });
    assert!(panicked.join().is_err());
    let trials: Vec<_> = std::iter::from_fn(|| breaker.admit(at(60))).collect();
    assert_eq!(trials.len(), 3);
}

/// resilience4j 1090, 1432: more runs than permits under concurrency.
#[test]
fn resilience4j_1090_1432_never_more_trials_than_permits() {
    let breaker = opened();
    let admitted: usize = std::thread::scope(|scope| {
        let ask = || std::iter::repeat_with(|| breaker.admit(at(60))).take(100).flatten().collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        let permits: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        permits.iter().map(Vec::len).sum()
    });
    assert_eq!(admitted, 3);
}

#[test]
fn half_open_has_a_greatest_age_and_late_outcomes_say_nothing() {
    let breaker = opened();
    let late = breaker.admit(at(60)).unwrap();
    assert_eq!(breaker.state(at(120)), BreakerState::Open { until: at(180) });
    let again = breaker.admit(at(180)).unwrap();
    late.record(false, at(180));
    assert!(matches!(breaker.state(at(180)), BreakerState::HalfOpen { ended: 0, under_way: 1, .. }));
    again.record(true, at(180));
    assert!(matches!(breaker.state(at(180)), BreakerState::HalfOpen { ended: 1, under_way: 0, .. }));
}

#[test]
fn by_hand_it_stays_as_it_is_told_until_it_is_let_go() {
    let breaker = SharedBreaker::new(options());
    breaker.force_closed(at(0));
    for _ in 0..100 {
        breaker.admit(at(0)).unwrap().record(false, at(0));
    }
    assert_eq!(breaker.state(at(0)), BreakerState::ForcedClosed);
    breaker.force_open(at(0));
    assert!(breaker.admit(at(100_000)).is_none());
    breaker.release_force(at(100_000));
    assert!(breaker.admit(at(100_000)).is_some());
    assert_eq!(breaker.state(at(100_000)), BreakerState::Closed);
}

/// The obvious breaker: it remembers every outcome with its time, and counts anew each time.
struct Naive {
    options: BreakerOptions,
    outcomes: Vec<(Timestamp, bool)>,
    open_until: Option<Timestamp>,
}

impl Naive {
    fn run(&mut self, succeeded: bool, now: Timestamp) -> bool {
        if self.open_until.is_some() {
            return false;
        }
        self.outcomes.push((now, succeeded));
        let counted: Vec<bool> = match self.options.window {
            Window::Count(count) => self
                .outcomes
                .iter()
                .rev()
                .take(usize::try_from(count).unwrap())
                .map(|(_, succeeded)| *succeeded)
                .collect(),
            Window::Time(time) => {
                let part = i64::try_from(time.as_micros()).unwrap() / 30;
                let number = |at: Timestamp| at.as_micros() / part;
                let recent = self.outcomes.iter().filter(|(at, _)| number(now) - number(*at) < 30);
                recent.map(|(_, succeeded)| *succeeded).collect()
            }
        };
        let errors = counted.iter().filter(|succeeded| !**succeeded).count();
        if counted.len() as u64 >= self.options.min_samples && errors as f64 > self.options.rate * counted.len() as f64
        {
            self.open_until = Some(now.saturating_add(self.options.cooldown));
        }
        true
    }
}

proptest! {
    // E5, G3
    #[test]
    fn it_opens_exactly_when_a_naive_one_does(
        runs in prop::collection::vec((any::<bool>(), 0_i64..40), 1..300),
        by_time in any::<bool>(),
        rate in 0.0_f64..1.0,
    ) {
        let window = if by_time { Window::Time(Duration::from_secs(300)) } else { Window::Count(20) };
        let options = BreakerOptions { window, rate, ..options() };
        let (mut breaker, mut naive) = (Breaker::new(options), Naive { options, outcomes: vec![], open_until: None });
        let mut now = 1_000;
        for (succeeded, wait) in runs {
            now += wait;
            let admission = breaker.admit(at(now));
            if let Some(until) = naive.open_until.filter(|until| at(now) >= *until) {
                prop_assert!(matches!(admission, Admission::Trial(_)), "{until} has passed");
                break;
            }
            prop_assert_eq!(admission == Admission::Free, naive.run(succeeded, at(now)));
            breaker.record(succeeded, at(now));
            let phase = if naive.open_until.is_some() { BreakerPhase::Open } else { BreakerPhase::Closed };
            prop_assert_eq!(breaker.state(at(now)).phase(), phase);
        }
    }
}
