//! A client with a breaker against a naive one, on random runs, waits and people. // E5, G3

use std::{collections::BTreeSet, time::Duration};

use flags::{BranchGuard, Flags, rollout::breaker::BreakerPhase};
use proptest::prelude::*;

use super::{anybody, client, look, noon, options, phase};

#[derive(Clone, Debug)]
enum Event {
    /// A run begins, and ends at once.
    Run(End),
    /// A run begins.
    Begin,
    /// The oldest run under way ends.
    Finish(End),
    Wait(u8),
    ForceOpen,
    ForceClosed,
    Release,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Success,
    Failure,
    Dropped,
    Discarded,
}

fn ends() -> impl Strategy<Value = End> {
    prop_oneof![
        4 => Just(End::Success),
        6 => Just(End::Failure),
        1 => Just(End::Dropped),
        2 => Just(End::Discarded),
    ]
}

fn events() -> impl Strategy<Value = Event> {
    prop_oneof![
        12 => ends().prop_map(Event::Run),
        4 => Just(Event::Begin),
        4 => ends().prop_map(Event::Finish),
        6 => (1_u8..70).prop_map(Event::Wait),
        1 => Just(Event::ForceOpen),
        1 => Just(Event::ForceClosed),
        1 => Just(Event::Release),
    ]
}

/// The obvious breaker: every outcome is remembered, every trial has a number.
struct Naive {
    now: u64,
    phase: Phase,
    outcomes: Vec<bool>,
    next: u64,
}

#[derive(Clone, Debug, PartialEq)]
enum Phase {
    Closed,
    Open { until: u64 },
    HalfOpen { until: u64, out: BTreeSet<u64>, ended: Vec<bool> },
    ForcedOpen,
    ForcedClosed,
}

/// A run of the new branch that is under way, as the naive one knows it.
enum Begun {
    Free,
    Trial(u64),
}

impl Naive {
    fn begin(&mut self) -> Option<Begun> {
        match &mut self.phase {
            Phase::Closed | Phase::ForcedClosed => Some(Begun::Free),
            Phase::ForcedOpen => None,
            Phase::Open { until } if self.now < *until => None,
            Phase::Open { .. } => {
                self.phase = Phase::HalfOpen { until: self.now + 60, out: BTreeSet::new(), ended: vec![] };
                self.begin()
            }
            Phase::HalfOpen { out, ended, .. } => {
                if out.len() + ended.len() >= 3 {
                    return None;
                }
                self.next += 1;
                out.insert(self.next);
                Some(Begun::Trial(self.next))
            }
        }
    }

    fn end(&mut self, run: &Begun, end: End) {
        let succeeded = match end {
            End::Success => Some(true),
            End::Failure | End::Dropped => Some(false),
            End::Discarded => None,
        };
        match (run, &mut self.phase) {
            (Begun::Free, Phase::Closed) => {
                self.outcomes.extend(succeeded);
                let seen: Vec<bool> = self.outcomes.iter().rev().take(10).copied().collect();
                let errors = seen.iter().filter(|succeeded| !**succeeded).count();
                if succeeded.is_some() && seen.len() >= 4 && 2 * errors > seen.len() {
                    self.open();
                }
            }
            (Begun::Trial(number), Phase::HalfOpen { out, ended, .. }) => {
                if !out.remove(number) {
                    return;
                }
                ended.extend(succeeded);
                let errors = ended.iter().filter(|succeeded| !**succeeded).count();
                if errors == 2 {
                    self.open();
                } else if ended.len() == 3 {
                    self.close();
                }
            }
            _ => {}
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.now += seconds;
        if let Phase::HalfOpen { until, out, ended } = &self.phase
            && *until <= self.now
        {
            let errors = out.len() + ended.iter().filter(|succeeded| !**succeeded).count();
            let runs = out.len() + ended.len();
            if runs == 0 || 2 * errors > runs { self.open() } else { self.close() }
        }
    }

    fn open(&mut self) {
        self.outcomes.clear();
        self.phase = Phase::Open { until: self.now + 60 };
    }

    fn close(&mut self) {
        self.outcomes.clear();
        self.phase = Phase::Closed;
    }

    fn phase(&self) -> BreakerPhase {
        match self.phase {
            Phase::Closed => BreakerPhase::Closed,
            Phase::Open { .. } => BreakerPhase::Open,
            Phase::HalfOpen { .. } => BreakerPhase::HalfOpen,
            Phase::ForcedOpen => BreakerPhase::ForcedOpen,
            Phase::ForcedClosed => BreakerPhase::ForcedClosed,
        }
    }
}

fn end(guard: BranchGuard, end: End) {
    match end {
        End::Success => guard.success(),
        End::Failure => guard.failure(),
        End::Dropped => drop(guard),
        End::Discarded => guard.discard(),
    }
}

fn begin(flags: &Flags, naive: &mut Naive) -> Result<Option<(BranchGuard, Begun)>, TestCaseError> {
    let guard = flags.branch("search", &anybody());
    let begun = naive.begin();
    prop_assert_eq!(guard.is_on(), begun.is_some());
    match begun {
        Some(begun) => Ok(Some((guard, begun))),
        None => {
            guard.success();
            Ok(None)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]
    #[test]
    fn a_client_does_what_a_naive_breaker_does(events in prop::collection::vec(events(), 1..120)) {
        let clock = noon();
        let flags = client(&clock);
        prop_assert_eq!(options().permits, 3);
        let ada = flags.breakers().by("ada").unwrap();
        let mut naive = Naive { now: 0, phase: Phase::Closed, outcomes: vec![], next: 0 };
        let mut under_way = std::collections::VecDeque::new();
        for event in events {
            match event {
                Event::Run(how) => {
                    if let Some((guard, begun)) = begin(&flags, &mut naive)? {
                        end(guard, how);
                        naive.end(&begun, how);
                    }
                }
                Event::Begin => under_way.extend(begin(&flags, &mut naive)?),
                Event::Finish(how) => {
                    if let Some((guard, begun)) = under_way.pop_front() {
                        end(guard, how);
                        naive.end(&begun, how);
                    }
                }
                Event::Wait(seconds) => {
                    clock.advance(Duration::from_secs(u64::from(seconds)));
                    naive.wait(u64::from(seconds));
                }
                Event::ForceOpen => {
                    ada.open("search").unwrap();
                    naive.phase = Phase::ForcedOpen;
                }
                Event::ForceClosed => {
                    ada.close("search").unwrap();
                    naive.phase = Phase::ForcedClosed;
                }
                Event::Release => {
                    // What nobody holds and nothing was written of is left alone.
                    look(&flags);
                    let is_written = !flags.control().of("search").is_empty();
                    ada.release("search").unwrap();
                    if is_written {
                        naive.close();
                    }
                }
            }
            look(&flags);
            prop_assert_eq!(phase(&flags), naive.phase());
            let is_off = !matches!(naive.phase, Phase::Closed | Phase::ForcedClosed);
            // A breaker that nobody tries any more lapses; then it is on, and the next run is a trial.
            let has_lapsed = matches!(naive.phase, Phase::Open { until } if until <= naive.now) && flags.control().of("search").is_empty();
            prop_assert_eq!(flags.is_enabled("search", &anybody()), !is_off || has_lapsed);
        }
    }
}
