//! The breaker as a machine of its own: no lock, no clock, no thread.

use flags_core::Timestamp;

use super::{BreakerEvent, BreakerOptions, BreakerPhase, window::Outcomes};

/// The circuit breaker of one flag.
#[derive(Clone, Debug)]
pub struct Breaker {
    options: BreakerOptions,
    outcomes: Outcomes,
    state: BreakerState,
    /// Which half-open time tickets are of; those of an earlier one say nothing.
    generation: u64,
    events: Vec<BreakerEvent>,
}

/// Where a breaker stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerState {
    /// Runs are let through and counted.
    Closed,
    /// Nothing is let through.
    Open {
        /// When it may be tried again.
        until: Timestamp,
    },
    /// A few runs are let through.
    HalfOpen {
        /// When it has to be decided.
        until: Timestamp,
        /// Permits that are out.
        under_way: u32,
        /// Trials that have failed.
        errors: u32,
        /// Trials that have ended.
        ended: u32,
    },
    /// Open by hand.
    ForcedOpen,
    /// Closed by hand.
    ForcedClosed,
}

impl BreakerState {
    /// The state without its details.
    #[must_use]
    pub const fn phase(&self) -> BreakerPhase {
        match self {
            Self::Closed => BreakerPhase::Closed,
            Self::Open { .. } => BreakerPhase::Open,
            Self::HalfOpen { .. } => BreakerPhase::HalfOpen,
            Self::ForcedOpen => BreakerPhase::ForcedOpen,
            Self::ForcedClosed => BreakerPhase::ForcedClosed,
        }
    }
}

/// Whether a run may go ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It may; tell its outcome with [`Breaker::record`].
    Free,
    /// It may, as a trial; tell its outcome with [`Breaker::settle`], or hand it back with [`Breaker::release`].
    Trial(Ticket),
    /// It may not: the flag is off.
    Refused,
}

/// The right to one trial of a half-open breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket(u64);

impl Breaker {
    /// A closed breaker that has seen nothing.
    #[must_use]
    pub fn new(options: BreakerOptions) -> Self {
        let options = BreakerOptions { permits: options.permits.max(1), ..options };
        let outcomes = Outcomes::new(options.window);
        Self { options, outcomes, state: BreakerState::Closed, generation: 0, events: vec![] }
    }

    /// Where it stands.
    pub fn state(&mut self, now: Timestamp) -> BreakerState {
        if let BreakerState::HalfOpen { until, errors, ended, .. } = self.state
            && now >= until
        {
            self.open(u64::from(errors), u64::from(ended), now);
        }
        self.state
    }

    /// Asks whether a run may go ahead. Asking an open breaker whose cool-down is over makes it half-open.
    pub fn admit(&mut self, now: Timestamp) -> Admission {
        match self.state(now) {
            BreakerState::Closed | BreakerState::ForcedClosed => Admission::Free,
            BreakerState::ForcedOpen => Admission::Refused,
            BreakerState::Open { until } if now < until => Admission::Refused,
            BreakerState::Open { .. } => {
                self.generation = self.generation.wrapping_add(1);
                let until = now.saturating_add(self.options.half_open_for);
                self.enter(BreakerState::HalfOpen { until, under_way: 1, errors: 0, ended: 0 }, 0, 0, now);
                Admission::Trial(Ticket(self.generation))
            }
            BreakerState::HalfOpen { until, under_way, errors, ended } => {
                if under_way.saturating_add(ended) >= self.options.permits {
                    return Admission::Refused;
                }
                self.state = BreakerState::HalfOpen { until, under_way: under_way + 1, errors, ended };
                Admission::Trial(Ticket(self.generation))
            }
        }
    }

    /// Takes in how a run has ended that was let through freely.
    ///
    /// One that ends after the breaker has opened says nothing about whether it should close.
    pub fn record(&mut self, succeeded: bool, now: Timestamp) {
        if self.state(now) != BreakerState::Closed {
            return;
        }
        self.outcomes.record(succeeded, now);
        let (errors, runs) = self.outcomes.counts(now);
        if runs >= self.options.min_samples.max(1) && is_above(errors, runs, self.options.rate) {
            self.open(errors, runs, now);
        }
    }

    /// Takes in how a trial has ended. The last of them decides.
    pub fn settle(&mut self, ticket: Ticket, succeeded: bool, now: Timestamp) {
        let BreakerState::HalfOpen { until, under_way, errors, ended } = self.state(now) else { return };
        if ticket != Ticket(self.generation) {
            return;
        }
        let (under_way, errors, ended) = (under_way.saturating_sub(1), errors + u32::from(!succeeded), ended + 1);
        self.state = BreakerState::HalfOpen { until, under_way, errors, ended };
        if ended < self.options.permits {
            return;
        }
        let (errors, runs) = (u64::from(errors), u64::from(ended));
        if is_above(errors, runs, self.options.rate) {
            self.open(errors, runs, now);
        } else {
            self.outcomes.clear();
            self.enter(BreakerState::Closed, errors, runs, now);
        }
    }

    /// Takes back the ticket of a trial without an outcome, so that another run may have it.
    pub fn release(&mut self, ticket: Ticket) {
        if let BreakerState::HalfOpen { under_way, .. } = &mut self.state
            && ticket == Ticket(self.generation)
        {
            *under_way = under_way.saturating_sub(1);
        }
    }

    /// Opens it by hand, until [`Breaker::release_force`].
    pub fn force_open(&mut self, now: Timestamp) {
        self.enter(BreakerState::ForcedOpen, 0, 0, now);
    }

    /// Closes it by hand, until [`Breaker::release_force`].
    pub fn force_closed(&mut self, now: Timestamp) {
        self.enter(BreakerState::ForcedClosed, 0, 0, now);
    }

    /// Lets it decide by itself again: closed, with nothing seen.
    pub fn release_force(&mut self, now: Timestamp) {
        if matches!(self.state, BreakerState::ForcedOpen | BreakerState::ForcedClosed) {
            self.outcomes.clear();
            self.enter(BreakerState::Closed, 0, 0, now);
        }
    }

    /// The changes since this was last asked, in order.
    pub fn take_events(&mut self) -> Vec<BreakerEvent> {
        std::mem::take(&mut self.events)
    }

    fn open(&mut self, errors: u64, runs: u64, now: Timestamp) {
        self.outcomes.clear();
        self.enter(BreakerState::Open { until: now.saturating_add(self.options.cooldown) }, errors, runs, now);
    }

    fn enter(&mut self, state: BreakerState, errors: u64, runs: u64, at: Timestamp) {
        let (from, to) = (self.state.phase(), state.phase());
        self.state = state;
        if from != to {
            // Nobody may be listening: the last thousand changes are enough.
            if self.events.len() >= 1_000 {
                self.events.remove(0);
            }
            self.events.push(BreakerEvent { at, from, to, errors, runs });
        }
    }
}

fn is_above(errors: u64, runs: u64, rate: f64) -> bool {
    errors as f64 > rate * runs as f64
}
