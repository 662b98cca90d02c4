//! Signals from outside the process: what a query answered, and what may be made of it.

use std::time::Duration;

use flags_core::Timestamp;
use thiserror::Error;

use crate::machine::{Judgement, Verdict};

/// One value of a signal, with the time it is of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// The value, whatever the source wrote: NaN and infinities included.
    pub value: f64,
    /// When it was measured.
    pub at: Timestamp,
}

/// Why an answer is not one number of the present.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum SignalProblem {
    /// The answer is empty.
    #[error("the query has no result: no series matches, or none has a sample")]
    Empty,
    /// It is NaN, as 0/0 is.
    #[error("the value is NaN, as a rate over no requests is")]
    NotANumber,
    /// It is infinite, as 1/0 is.
    #[error("the value is infinite, as a ratio to zero is")]
    Infinite,
    /// There are several.
    #[error("the query has {series} series, and one is needed: aggregate it, with sum(...) for example")]
    SeveralSeries {
        /// How many there are.
        series: usize,
    },
    /// It is of a time before the stage, or before the window.
    #[error("the last sample is {age_seconds} s old")]
    Stale {
        /// How old it is, in seconds.
        age_seconds: u64,
    },
}

impl SignalProblem {
    /// What it amounts to: there are no data, or they cannot be read.
    #[must_use]
    pub const fn verdict(self) -> Verdict {
        match self {
            Self::Empty | Self::NotANumber | Self::Stale { .. } => Verdict::NoData,
            Self::Infinite | Self::SeveralSeries { .. } => Verdict::Error,
        }
    }
}

/// The one value of an answer.
///
/// # Errors
///
/// When there is none, or more than one, when it is not finite, when it is older than `window`, or from before `since`, when
/// the stage began.
///
/// ```
/// use std::time::Duration;
/// use flags_core::Timestamp;
/// use flags_rollout::guardrail::{Sample, SignalProblem, one_value};
///
/// let (start, now) = (Timestamp::from_millis(0), Timestamp::from_millis(60_000));
/// let read = |answer: &[Sample]| one_value(answer, start, Duration::from_secs(30), now);
/// assert_eq!(read(&[Sample { value: 0.02, at: now }]), Ok(0.02));
/// assert_eq!(read(&[]), Err(SignalProblem::Empty));
/// assert_eq!(read(&[Sample { value: f64::NAN, at: now }]), Err(SignalProblem::NotANumber));
/// ```
pub fn one_value(answer: &[Sample], since: Timestamp, window: Duration, now: Timestamp) -> Result<f64, SignalProblem> {
    let [Sample { value, at }] = answer else {
        return Err(match answer.len() {
            0 => SignalProblem::Empty,
            series => SignalProblem::SeveralSeries { series },
        });
    };
    let age = now.saturating_since(*at);
    match *value {
        value if value.is_nan() => Err(SignalProblem::NotANumber),
        value if value.is_infinite() => Err(SignalProblem::Infinite),
        _ if age > window || *at < since => Err(SignalProblem::Stale { age_seconds: age.as_secs() }),
        value => Ok(value),
    }
}

/// A value, or what its absence amounts to, and why.
type Answer = Result<f64, (Verdict, Box<str>)>;

/// What a guardrail on a signal has seen in this stage.
#[derive(Clone, Debug, Default)]
pub(super) struct Signalled {
    last: Option<(Timestamp, Answer)>,
    above_since: Option<Timestamp>,
}

impl Signalled {
    pub(super) fn value(&mut self, at: Timestamp, value: f64, max: f64) {
        if !value.is_finite() {
            let problem = if value.is_nan() { SignalProblem::NotANumber } else { SignalProblem::Infinite };
            self.missing(at, problem.verdict(), problem.to_string());
            return;
        }
        self.above_since = if value > max { self.above_since.or(Some(at)) } else { None };
        self.last = Some((at, Ok(value)));
    }

    pub(super) fn missing(&mut self, at: Timestamp, verdict: Verdict, text: impl Into<Box<str>>) {
        // A gap says nothing about how long it has been above.
        self.above_since = None;
        self.last = Some((at, Err((verdict, text.into()))));
    }

    /// Fails once the signal has been above its bound for a whole window.
    pub(super) fn judge(&self, max: f64, window: Duration, now: Timestamp) -> Judgement {
        let seconds = window.as_secs_f64();
        match &self.last {
            None => Judgement::new(Verdict::NoData, "it has not been read yet"),
            Some((at, _)) if now.saturating_since(*at) > window => {
                Judgement::new(Verdict::NoData, format!("it has not been read for {seconds} s"))
            }
            Some((_, Err((verdict, text)))) => Judgement::new(*verdict, text.clone()),
            Some((_, Ok(value))) => match self.above_since {
                None => Judgement::new(Verdict::Pass, format!("{value}, where {max} is allowed")),
                Some(since) if now.saturating_since(since) >= window => {
                    let text = format!("{value}, where {max} is allowed: too much for {seconds} s");
                    Judgement::new(Verdict::Fail, text)
                }
                Some(_) => {
                    let text = format!("{value}, where {max} is allowed: too much, for less than {seconds} s so far");
                    Judgement::new(Verdict::Inconclusive, text)
                }
            },
        }
    }
}
