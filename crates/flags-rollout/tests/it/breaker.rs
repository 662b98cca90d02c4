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

/// Ten trials in a minute take ten runs a minute. A flag with fewer would be off for ever.
#[test]
fn a_flag_with_few_runs_closes_again_by_the_trials_there_were() {
    let breaker = opened();
    breaker.admit(at(60)).unwrap().record(true, at(61));
    assert!(matches!(breaker.state(at(119)), BreakerState::HalfOpen { ended: 1, .. }));
    assert_eq!(breaker.state(at(120)), BreakerState::Closed);

    let breaker = opened();
    breaker.admit(at(60)).unwrap().record(true, at(61));
    let hangs = [breaker.admit(at(61)).unwrap(), breaker.admit(at(61)).unwrap()];
    assert_eq!(breaker.state(at(120)), BreakerState::Open { until: at(180) }, "two of three have not ended");
    drop(hangs);
}

#[test]
fn half_open_without_a_trial_opens_again() {
    let breaker = opened();
    drop(breaker.admit(at(60)).unwrap());
    assert_eq!(breaker.state(at(120)), BreakerState::Open { until: at(180) });
    let told = breaker.take_events();
    assert_eq!(told.last().unwrap().to_string(), "half open -> open: no trial was made in time");
}

#[test]
fn trials_that_cannot_be_made_up_for_end_it_at_once() {
    let options = BreakerOptions { permits: 10, rate: 0.2, ..options() };
    let breaker = SharedBreaker::new(options);
    for _ in 0..4 {
        breaker.admit(at(0)).unwrap().record(false, at(0));
    }
    for run in 0..2 {
        breaker.admit(at(60)).unwrap().record(false, at(60));
        assert!(matches!(breaker.state(at(60)), BreakerState::HalfOpen { .. }), "{run}: two of ten are not above 20 %");
    }
    breaker.admit(at(60)).unwrap().record(false, at(60));
    assert_eq!(breaker.state(at(60)), BreakerState::Open { until: at(120) });
}

#[test]
fn asking_whether_it_may_be_tried_begins_nothing() {
    let breaker = opened();
    assert!(!breaker.may_try(at(59)) && breaker.try_out(at(59)).is_none());
    assert!(breaker.may_try(at(60)));
    assert_eq!(breaker.state(at(60)), BreakerState::Open { until: at(60) });
    let trials: Vec<_> = std::iter::from_fn(|| breaker.try_out(at(60))).collect();
    assert_eq!(trials.len(), 3);
    assert!(!breaker.may_try(at(60)));
    let closed = SharedBreaker::new(options());
    assert!(!closed.may_try(at(0)) && closed.try_out(at(0)).is_none(), "there is nothing to try");
}

#[test]
fn it_goes_on_where_another_left_off_or_stands_down_for_one() {
    let breaker = SharedBreaker::new(options());
    breaker.take_over(at(30), at(0));
    assert!(breaker.admit(at(29)).is_none());
    assert!(breaker.admit(at(30)).is_some_and(|permit| permit.is_trial()));
    breaker.stand_down();
    assert_eq!(breaker.state(at(30)), BreakerState::Closed);
    let told: Vec<String> = breaker.take_events().iter().map(ToString::to_string).collect();
    assert_eq!(told, ["closed -> open: taken over", "open -> half open: the cool-down is over"]);
    breaker.force_closed(at(31));
    breaker.take_over(at(60), at(32));
    breaker.stand_down();
    assert_eq!(breaker.state(at(33)), BreakerState::ForcedClosed, "what a person holds is not taken over");
}

#[test]
fn other_options_leave_it_in_its_state() {
    let breaker = opened();
    breaker.set_options(BreakerOptions { permits: 1, ..options() });
    assert_eq!(breaker.state(at(0)), BreakerState::Open { until: at(60) });
    breaker.admit(at(60)).unwrap().record(true, at(60));
    assert_eq!(breaker.state(at(60)), BreakerState::Closed);
    breaker.set_options(BreakerOptions { min_samples: 1, ..options() });
    breaker.admit(at(61)).unwrap().record(false, at(61));
    assert!(matches!(breaker.state(at(61)), BreakerState::Open { .. }));
}

#[test]
fn who_listens_hears_of_every_change_of_state_and_of_nothing_else() {
    let heard = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    let count = std::sync::Arc::clone(&heard);
    let breaker = SharedBreaker::watched(options(), move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let heard = || heard.load(std::sync::atomic::Ordering::Relaxed);
    for _ in 0..3 {
        breaker.admit(at(0)).unwrap().record(false, at(0));
    }
    assert_eq!(heard(), 0);
    breaker.admit(at(0)).unwrap().record(false, at(0));
    assert_eq!(heard(), 1);
    drop(breaker.admit(at(60)));
    assert_eq!(heard(), 2);
    let _ = breaker.state(at(120));
    assert_eq!(heard(), 3);
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
