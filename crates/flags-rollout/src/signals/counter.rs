//! Counts of both arms as numbers that only rise, and what they say since they were last looked at.

use flags_core::Timestamp;

use crate::guardrail::{Arms, Counts};

/// What one reader of a counter has seen of it.
///
/// A number that falls belongs to a program that was started anew, or one of several has gone: what it says is a new base, and
/// adds nothing. A number that climbs back to where it was before it fell has most likely only been away, with everything
/// that was counted long ago; that too is a new base. At most one look is lost to this, and nothing is ever counted twice.
#[derive(Clone, Debug)]
pub(super) struct Counter {
    base: Arms<Counts>,
    at: Timestamp,
    /// Where each number was before it fell, until it is there again.
    before_the_fall: [Option<u64>; 4],
}

impl Counter {
    /// Looks for the first time.
    pub(super) fn new(counts: Arms<Counts>, at: Timestamp) -> Self {
        Self { base: counts, at, before_the_fall: [None; 4] }
    }

    /// When it was last looked at.
    pub(super) fn at(&self) -> Timestamp {
        self.at
    }

    /// What was counted since it was last looked at; `None` where that cannot be said.
    pub(super) fn advance(&mut self, counts: Arms<Counts>, at: Timestamp) -> Option<Arms<Counts>> {
        let mut is_new_base = false;
        for ((before, now), height) in
            numbers(self.base).into_iter().zip(numbers(counts)).zip(&mut self.before_the_fall)
        {
            if now < before {
                *height = Some(height.unwrap_or_default().max(before));
                is_new_base = true;
            } else if height.is_some_and(|height| now >= height) {
                *height = None;
                is_new_base = true;
            }
        }
        let since = Arms::new(counts.control.since(self.base.control), counts.treatment.since(self.base.treatment));
        if !is_new_base && [since.control, since.treatment].iter().any(|counts| counts.bad > counts.runs) {
            // The queries were answered a moment apart, and a bad run is here before the run: both are here next time.
            return None;
        }
        (self.base, self.at) = (counts, at);
        (!is_new_base).then_some(since)
    }
}

fn numbers(Arms { control, treatment }: Arms<Counts>) -> [u64; 4] {
    [control.bad, control.runs, treatment.bad, treatment.runs]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn arms(numbers: [u64; 4]) -> Arms<Counts> {
        let [control_bad, control_runs, bad, runs] = numbers;
        Arms::new(Counts::new(control_bad, control_runs), Counts::new(bad, runs))
    }

    #[track_caller]
    fn check(looks: &[[u64; 4]], expected: &[Option<[u64; 4]>]) {
        let now = Timestamp::default();
        let mut looks = looks.iter().map(|look| arms(*look));
        let mut counter = Counter::new(looks.next().expect("a first look"), now);
        let found: Vec<_> = looks.map(|look| counter.advance(look, now).map(numbers)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_counter_that_rises_adds_what_it_rose_by() {
        check(&[[1, 10, 2, 20], [1, 15, 4, 30], [1, 15, 4, 30]], &[Some([0, 5, 2, 10]), Some([0, 0, 0, 0])]);
    }

    #[test]
    fn a_counter_that_fell_is_a_new_base() {
        // The program was started anew. That it has counted as much as before costs one look.
        let looks =
            [[5, 100, 5, 100], [0, 3, 0, 4], [0, 13, 1, 24], [4, 90, 4, 90], [5, 101, 5, 102], [5, 111, 6, 112]];
        check(&looks, &[None, Some([0, 10, 1, 20]), Some([4, 77, 3, 66]), None, Some([0, 10, 1, 10])]);
    }

    #[test]
    fn a_program_of_several_that_comes_back_is_not_counted_twice() {
        check(
            &[[9, 1_000, 9, 1_000], [6, 600, 6, 600], [6, 610, 6, 610], [9, 1_020, 9, 1_020], [9, 1_030, 10, 1_030]],
            &[None, Some([0, 10, 0, 10]), None, Some([0, 10, 1, 10])],
        );
    }

    #[test]
    fn a_bad_run_that_comes_before_its_run_waits_for_it() {
        check(&[[0, 10, 0, 10], [0, 10, 1, 10], [0, 11, 1, 12]], &[None, Some([0, 1, 1, 2])]);
    }

    proptest! {
        /// Whatever the numbers do, no more is counted than they rose by, and no bad run without a run.
        #[test]
        fn never_more_than_it_rose(looks in prop::collection::vec(prop::array::uniform4(0_u64..50), 2..40)) {
            let mut counter = Counter::new(arms(looks[0]), Timestamp::default());
            let mut counted = [0; 4];
            for look in &looks[1..] {
                let Some(since) = counter.advance(arms(*look), Timestamp::default()) else { continue };
                prop_assert!(since.control.bad <= since.control.runs && since.treatment.bad <= since.treatment.runs);
                for (sum, number) in counted.iter_mut().zip(numbers(since)) {
                    *sum += number;
                }
            }
            for (at, sum) in counted.into_iter().enumerate() {
                let rose: u64 = looks.windows(2).map(|pair| pair[1][at].saturating_sub(pair[0][at])).sum();
                prop_assert!(sum <= rose);
            }
        }
    }
}
