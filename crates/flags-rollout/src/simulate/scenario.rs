//! Scenarios: how the arms fare over time, and what goes wrong with seeing it.

use std::time::Duration;

use crate::guardrail::Arms;

/// How the arms fare over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// How often it is looked.
    pub look: Duration,
    /// When the simulation ends at the latest.
    pub limit: Duration,
    /// How many runs there are.
    pub traffic: Traffic,
    /// How the arms fare, each span from its beginning on; before the first nothing fails.
    pub spans: Vec<Span>,
    /// How much the error rates of single looks vary beyond chance: each is drawn from a beta distribution around the span's
    /// rate whose parameters sum to this. The smaller, the more they vary; `None` for not at all.
    pub concentration: Option<f64>,
    /// Jumps of the clock that the machine is told: when, and by how many seconds, back or forth.
    pub clock_jumps: Vec<(Duration, i64)>,
    /// How long it takes somebody to approve a stage that waits for it; `None` for nobody ever does.
    pub approve_after: Option<Duration>,
}

/// How many runs there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Traffic {
    /// As many in each arm at each look, whatever the percentage: for a guardrail by itself. Whether the arms get their shares
    /// is not looked at.
    PerArm(u64),
    /// As many of all units at each look; each arm has its share.
    Total(u64),
}

/// How the arms fare from some time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// From when on, counted from the start.
    pub from: Duration,
    /// The share of runs that fail.
    pub errors: Arms<f64>,
    /// The share of runs that take longer than a latency guardrail allows.
    pub slow: Arms<f64>,
    /// What can be seen of it.
    pub data: Data,
}

/// What can be seen of the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Data {
    /// Everything.
    Fine,
    /// Nothing: no data arrive.
    Missing,
    /// Nothing: whoever should answer gives errors.
    Unreadable,
}

impl Span {
    /// A span in which the arms fail at these rates, and everything is seen.
    #[must_use]
    pub const fn new(from: Duration, control: f64, treatment: f64) -> Self {
        Self { from, errors: Arms::new(control, treatment), slow: Arms::new(0.0, 0.0), data: Data::Fine }
    }

    /// The same with only that to be seen of it.
    #[must_use]
    pub const fn seen(mut self, data: Data) -> Self {
        self.data = data;
        self
    }
}

impl Scenario {
    /// Two hundred runs in each arm every five seconds for a day at most, failing at constant rates.
    #[must_use]
    pub fn constant(control: f64, treatment: f64) -> Self {
        Self {
            look: Duration::from_secs(5),
            limit: Duration::from_secs(24 * 3_600),
            traffic: Traffic::PerArm(200),
            spans: vec![Span::new(Duration::ZERO, control, treatment)],
            concentration: None,
            clock_jumps: vec![],
            approve_after: None,
        }
    }

    /// Two thousand runs of all units every five seconds for a day at most, failing at constant rates.
    #[must_use]
    pub fn of_all(control: f64, treatment: f64) -> Self {
        Self { traffic: Traffic::Total(2_000), ..Self::constant(control, treatment) }
    }

    /// How the arms fare at a time.
    #[must_use]
    pub fn at(&self, elapsed: Duration) -> Span {
        let begun = self.spans.iter().filter(|span| span.from <= elapsed);
        begun.max_by_key(|span| span.from).copied().unwrap_or(Span::new(Duration::ZERO, 0.0, 0.0))
    }

    /// From when on the treatment fares worse than the control; `None` if it never does.
    #[must_use]
    pub fn harm_begins(&self) -> Option<Duration> {
        let worse =
            |span: &&Span| span.errors.treatment > span.errors.control || span.slow.treatment > span.slow.control;
        self.spans.iter().filter(worse).map(|span| span.from).min()
    }
}
