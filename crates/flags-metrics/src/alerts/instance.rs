//! The state machine of one alert: `(state, verdict, now) -> (state, what to tell)`.

use std::time::Duration;

use super::Resolution;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Holds,
    /// It does not, and this is what ended it if it did before.
    Clear(Resolution),
    /// There are no data to tell.
    Unknown,
}

/// What becomes of an alert in a step and has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transition {
    Fired,
    Resolved(Resolution),
}

/// How long an alert waits; of its rule.
#[derive(Clone, Copy, Debug)]
pub(super) struct Waits {
    pub(super) hold: Duration,
    pub(super) cooldown: Duration,
}

/// Where an alert stands. Instants are the time that had passed since the rules were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The condition does not hold, and nothing has to be remembered.
    Inactive,
    /// It holds, but not for long enough, or too soon after the last time.
    Pending { since: Duration },
    /// It was told that it holds. `silent_since` is when data went missing.
    Firing { silent_since: Option<Duration> },
    /// It was told that it ended, and it is remembered: for the cooldown, and for another one if there is something that
    /// was not told.
    Resolved,
}

/// One alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Instance {
    pub(super) phase: Phase,
    /// When it last fired.
    fired: Option<Duration>,
    /// How many times the condition came to hold since then without being told.
    pub(super) untold: u64,
}

impl Instance {
    pub(super) const NEW: Self = Self { phase: Phase::Inactive, fired: None, untold: 0 };

    /// The alert after one look at its condition.
    pub(super) fn step(self, verdict: Verdict, waits: Waits, now: Duration) -> (Self, Option<Transition>) {
        let mut next = self;
        let transition = match (self.phase, verdict) {
            (Phase::Inactive | Phase::Resolved, Verdict::Holds) => next.mature(now, waits, now),
            (Phase::Pending { since }, Verdict::Holds) => next.mature(since, waits, now),
            (Phase::Firing { .. }, Verdict::Holds) => {
                next.phase = Phase::Firing { silent_since: None };
                None
            }
            (Phase::Firing { .. }, Verdict::Clear(resolution)) => Some(next.resolve(resolution)),
            (Phase::Firing { silent_since }, Verdict::Unknown) => {
                let since = silent_since.unwrap_or(now);
                next.phase = Phase::Firing { silent_since: Some(since) };
                (now.saturating_sub(since) >= waits.cooldown).then(|| next.resolve(Resolution::NoData))
            }
            (Phase::Pending { .. }, Verdict::Clear(_) | Verdict::Unknown) => {
                // It held and nobody was told. What waited for the cooldown counts; what did not hold for long enough
                // was never an alert.
                next.phase = Phase::Resolved;
                next.untold += u64::from(next.cools(waits, now));
                None
            }
            (Phase::Inactive | Phase::Resolved, Verdict::Clear(_) | Verdict::Unknown) => None,
        };
        if next.phase == Phase::Resolved && !next.is_remembered(waits, now) {
            // Nothing is left to be remembered.
            next = Self::NEW;
        }
        (next, transition)
    }

    /// Whether there is nothing to remember of it.
    pub(super) fn is_idle(&self) -> bool {
        self.phase == Phase::Inactive
    }

    /// Fires if it has held for long enough and the cooldown is over; else it waits.
    fn mature(&mut self, since: Duration, waits: Waits, now: Duration) -> Option<Transition> {
        if now.saturating_sub(since) < waits.hold || self.cools(waits, now) {
            self.phase = Phase::Pending { since };
            return None;
        }
        self.phase = Phase::Firing { silent_since: None };
        self.fired = Some(now);
        Some(Transition::Fired)
    }

    fn resolve(&mut self, resolution: Resolution) -> Transition {
        self.phase = Phase::Resolved;
        self.untold = 0;
        Transition::Resolved(resolution)
    }

    fn is_remembered(&self, waits: Waits, now: Duration) -> bool {
        let factor = if self.untold > 0 { 2 } else { 1 };
        self.fired.is_some_and(|fired| now.saturating_sub(fired) < waits.cooldown.saturating_mul(factor))
    }

    /// Whether it fired less than a cooldown ago.
    fn cools(&self, waits: Waits, now: Duration) -> bool {
        self.fired.is_some_and(|fired| now.saturating_sub(fired) < waits.cooldown)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WAITS: Waits = Waits { hold: Duration::from_secs(60), cooldown: Duration::from_secs(600) };
    const GOOD: Verdict = Verdict::Clear(Resolution::Recovered);

    /// Runs an alert through looks at given seconds; what was told, with the second.
    fn told(waits: Waits, looks: &[(u64, Verdict)]) -> Vec<(u64, Transition)> {
        let mut instance = Instance::NEW;
        let mut told = vec![];
        for &(second, verdict) in looks {
            let (next, transition) = instance.step(verdict, waits, Duration::from_secs(second));
            told.extend(transition.map(|transition| (second, transition)));
            instance = next;
        }
        told
    }

    // D6
    #[test]
    fn it_waits_fires_resolves_and_keeps_still() {
        use Transition::{Fired, Resolved};
        use Verdict::{Holds, Unknown};
        let recovered = Resolved(Resolution::Recovered);
        type Looks<'l> = &'l [(u64, Verdict)];
        type Told<'t> = &'t [(u64, Transition)];
        let cases: [(&str, Looks<'_>, Told<'_>); 9] = [
            ("held long enough", &[(0, Holds), (59, Holds), (60, Holds), (61, GOOD)], &[(60, Fired), (61, recovered)]),
            ("never long enough", &[(0, Holds), (59, Holds), (60, GOOD), (61, Holds), (119, Holds)], &[]),
            ("a gap starts the wait anew", &[(0, Holds), (30, Unknown), (61, Holds), (120, Holds)], &[]),
            ("nothing known fires nothing", &[(0, Unknown), (600, Unknown), (6_000, Unknown)], &[]),
            ("fired once while it holds", &[(0, Holds), (60, Holds), (700, Holds), (9_000, Holds)], &[(60, Fired)]),
            (
                "again within the cooldown: told at its end",
                &[(0, Holds), (60, Holds), (90, GOOD), (120, Holds), (400, Holds), (659, Holds), (660, Holds)],
                &[(60, Fired), (90, recovered), (660, Fired)],
            ),
            (
                "again within the cooldown and over by its end: not told",
                &[(0, Holds), (60, Holds), (90, GOOD), (120, Holds), (400, GOOD), (700, GOOD), (701, Holds)],
                &[(60, Fired), (90, recovered)],
            ),
            (
                "a short gap while firing changes nothing",
                &[(0, Holds), (60, Holds), (70, Unknown), (400, Unknown), (669, Holds), (670, Unknown)],
                &[(60, Fired)],
            ),
            (
                "a cooldown without data resolves, and says so",
                &[(0, Holds), (60, Holds), (70, Unknown), (669, Unknown), (670, Unknown), (671, Unknown)],
                &[(60, Fired), (670, Resolved(Resolution::NoData))],
            ),
        ];
        for (name, looks, expected) in cases {
            assert_eq!(told(WAITS, looks), expected, "{name}");
        }
    }

    #[test]
    fn without_waits_it_fires_and_resolves_at_once() {
        let waits = Waits { hold: Duration::ZERO, cooldown: Duration::ZERO };
        let looks = [(0, Verdict::Holds), (1, GOOD), (2, Verdict::Holds), (3, Verdict::Unknown)];
        let resolved = Transition::Resolved;
        assert_eq!(
            told(waits, &looks),
            [
                (0, Transition::Fired),
                (1, resolved(Resolution::Recovered)),
                (2, Transition::Fired),
                (3, resolved(Resolution::NoData))
            ]
        );
    }

    #[test]
    fn what_was_not_told_is_counted_until_the_next_firing_ends() {
        let mut instance = Instance::NEW;
        let waits = Waits { hold: Duration::ZERO, cooldown: Duration::from_secs(100) };
        let mut step = |second: u64, verdict| {
            let (next, transition) = instance.step(verdict, waits, Duration::from_secs(second));
            instance = next;
            (transition, next.untold)
        };
        assert_eq!(step(0, Verdict::Holds), (Some(Transition::Fired), 0));
        assert_eq!(step(1, GOOD), (Some(Transition::Resolved(Resolution::Recovered)), 0));
        for second in [10, 20, 30] {
            step(second, Verdict::Holds);
            step(second + 5, GOOD);
        }
        assert_eq!(step(100, Verdict::Holds), (Some(Transition::Fired), 3));
        assert_eq!(step(101, GOOD).1, 0);
    }

    fn verdict() -> impl Strategy<Value = Verdict> {
        prop_oneof![Just(Verdict::Holds), Just(GOOD), Just(Verdict::Unknown)]
    }

    proptest! {
        /// D6: never two firings without a resolve between, never more than one in a cooldown, and neither without a reason.
        #[test]
        fn whatever_comes(
            hold in 0..200_u64,
            cooldown in 0..500_u64,
            looks in prop::collection::vec((0..120_u64, verdict()), 0..200),
        ) {
            let waits = Waits { hold: Duration::from_secs(hold), cooldown: Duration::from_secs(cooldown) };
            let mut second = 0;
            let mut held_since = None;
            let mut unknown_since = None;
            let mut instance = Instance::NEW;
            let mut fired: Option<u64> = None;
            let mut firing = false;
            for (pause, verdict) in looks {
                second += pause;
                held_since = (verdict == Verdict::Holds).then(|| held_since.unwrap_or(second));
                unknown_since = (verdict == Verdict::Unknown).then(|| unknown_since.unwrap_or(second));
                let (next, transition) = instance.step(verdict, waits, Duration::from_secs(second));
                // The same look again at the same time changes nothing but what resolved for lack of data.
                let (again, more) = next.step(verdict, waits, Duration::from_secs(second));
                prop_assert!(more.is_none() && again.phase == next.phase, "{next:?} {again:?}");
                match transition {
                    Some(Transition::Fired) => {
                        prop_assert!(!firing);
                        prop_assert!(fired.is_none_or(|fired| second - fired >= cooldown));
                        prop_assert!(held_since.is_some_and(|since| second - since >= hold));
                        (firing, fired) = (true, Some(second));
                    }
                    Some(Transition::Resolved(resolution)) => {
                        prop_assert!(firing);
                        let why = match resolution {
                            Resolution::NoData => unknown_since.is_some_and(|since| second - since >= cooldown),
                            _ => verdict == GOOD,
                        };
                        prop_assert!(why);
                        firing = false;
                    }
                    None => {
                        // What is owed is told.
                        let ripe = held_since.is_some_and(|since| second - since >= hold)
                            && fired.is_none_or(|fired| second - fired >= cooldown);
                        prop_assert!(firing || !ripe);
                        prop_assert!(!firing || verdict != GOOD);
                    }
                }
                instance = next;
            }
        }
    }
}
