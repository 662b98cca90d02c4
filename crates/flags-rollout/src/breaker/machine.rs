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
        let outcomes = Outcomes::new(options.window);
        let options = BreakerOptions { permits: options.permits.max(1), ..options };
        Self { options, outcomes, state: BreakerState::Closed, generation: 0, events: vec![] }
    }

    /// Where it stands.
    ///
    /// A half-open breaker whose time is up is decided by the trials there were. Those that have not ended have failed, and
    /// where there was none it opens again.
    pub fn state(&mut self, now: Timestamp) -> BreakerState {
        if let BreakerState::HalfOpen { until, under_way, errors, ended } = self.state
            && now >= until
        {
            self.judge(u64::from(errors) + u64::from(under_way), u64::from(ended) + u64::from(under_way), now);
        }
        self.state
    }

    /// Where it stands without a look at the clock: a half-open breaker may be older than it should be.
    #[must_use]
    pub const fn phase(&self) -> BreakerPhase {
        self.state.phase()
    }

    /// Whether a run would be admitted as a trial. Unlike asking for it, this begins nothing.
    pub fn may_try(&mut self, now: Timestamp) -> bool {
        match self.state(now) {
            BreakerState::Open { until } => now >= until,
            BreakerState::HalfOpen { under_way, ended, .. } => under_way.saturating_add(ended) < self.options.permits,
            BreakerState::Closed | BreakerState::ForcedOpen | BreakerState::ForcedClosed => false,
        }
    }

    /// The errors and the runs it looks at while it is closed.
    pub fn counts(&mut self, now: Timestamp) -> (u64, u64) {
        self.outcomes.counts(now)
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

    /// Takes in how a trial has ended. The last of them decides, or the one after which the others cannot change it.
    pub fn settle(&mut self, ticket: Ticket, succeeded: bool, now: Timestamp) {
        let BreakerState::HalfOpen { until, under_way, errors, ended } = self.state(now) else { return };
        if ticket != Ticket(self.generation) {
            return;
        }
        let (under_way, errors, ended) = (under_way.saturating_sub(1), errors + u32::from(!succeeded), ended + 1);
        self.state = BreakerState::HalfOpen { until, under_way, errors, ended };
        let is_lost = is_above(u64::from(errors), u64::from(self.options.permits), self.options.rate);
        if is_lost || ended >= self.options.permits {
            self.judge(u64::from(errors), u64::from(ended), now);
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

    /// Opens it because it was open elsewhere, until then: after a restart, or in the place of a process that has ended. One
    /// that a person holds stays as it is.
    pub fn take_over(&mut self, until: Timestamp, now: Timestamp) {
        if self.state == BreakerState::Closed {
            self.outcomes.clear();
            self.enter(BreakerState::Open { until }, 0, 0, now);
        }
    }

    /// Closes it with nothing seen and nothing told, because another breaker decides for the flag. One that a person holds stays
    /// as it is.
    pub fn stand_down(&mut self) {
        if matches!(self.state, BreakerState::Open { .. } | BreakerState::HalfOpen { .. }) {
            self.state = BreakerState::Closed;
        }
        self.outcomes.clear();
    }

    /// Goes on by other options. It stays in its state, and what it has seen is forgotten.
    pub fn set_options(&mut self, options: BreakerOptions) {
        self.options = BreakerOptions { permits: options.permits.max(1), ..options };
        self.outcomes = Outcomes::new(options.window);
    }

    /// The options it goes by.
    #[must_use]
    pub const fn options(&self) -> &BreakerOptions {
        &self.options
    }

    /// The changes since this was last asked, in order.
    pub fn take_events(&mut self) -> Vec<BreakerEvent> {
        std::mem::take(&mut self.events)
    }

    /// Decides a half-open breaker by its trials.
    fn judge(&mut self, errors: u64, runs: u64, now: Timestamp) {
        if runs == 0 || is_above(errors, runs, self.options.rate) {
            self.open(errors, runs, now);
        } else {
            self.outcomes.clear();
            self.enter(BreakerState::Closed, errors, runs, now);
        }
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
