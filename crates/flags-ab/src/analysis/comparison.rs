//! A metric of an arm beside that of the control: what is estimated, how sure it is, and what it comes to.

use std::fmt;

use flags_core::{
    Timestamp,
    definition::{Goal, MetricKind, MetricRole},
};

use super::Unavailable;
use crate::{
    Name,
    statistics::{Interval, PValue},
};

/// A metric in every arm.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricAnalysis {
    /// Its name.
    pub name: Name,
    /// What is computed from the events.
    pub kind: MetricKind,
    /// Whether it decides, or must only not get worse.
    pub role: MetricRole,
    /// Which way is better.
    pub goal: Goal,
    /// Whether it is the one that an arm has to win by: the first success metric.
    pub primary: bool,
    /// Of a guardrail: the relative loss that is tolerated.
    pub margin: Option<f64>,
    /// The relative effect that is to be found.
    pub minimum_detectable_effect: Option<f64>,
    /// The name of the control.
    pub control_arm: Name,
    /// The metric in the control.
    pub control: ArmValue,
    /// The other arms beside it, in the order of the definition.
    pub arms: Vec<Comparison>,
}

/// A metric in an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct ArmValue {
    /// The units that are in it.
    pub units: u64,
    /// The units that were left out because their window was open.
    pub open_windows: u64,
    /// The units whose value was cut by winsorising.
    pub capped: u64,
    /// The rate, mean or ratio.
    pub value: Result<Measured, Unavailable>,
}

/// A number and how well it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The number.
    pub value: f64,
    /// Its interval: of confidence, or of the posterior where the method is bayesian.
    pub interval: Result<Interval, Unavailable>,
}

/// An arm beside the control by one metric.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The arm.
    pub arm: Name,
    /// The metric in it.
    pub value: ArmValue,
    /// The arm minus the control.
    pub effect: Result<Measured, Unavailable>,
    /// The same as a share of the control: 0.1 is ten percent more.
    pub lift: Result<Measured, Unavailable>,
    /// How sure it is.
    pub evidence: Result<Evidence, Unavailable>,
    /// What it comes to.
    pub verdict: Verdict,
    /// How it was found, in words.
    pub method: String,
}

impl Comparison {
    /// The p-value, corrected where it is one of several tests, if there is one.
    #[must_use]
    pub fn p(&self) -> Option<f64> {
        match self.evidence {
            Ok(Evidence::Test { adjusted, .. }) => Some(adjusted),
            Ok(Evidence::Guardrail { p_holds, p_breached }) => Some(p_holds.unwrap_or(p_breached).value()),
            _ => None,
        }
    }
}

/// How sure a comparison is.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Evidence {
    /// A test of "no difference", in both directions; always valid where the method is.
    Test {
        /// Its p-value, for this test alone.
        p: PValue,
        /// The same, corrected for the tests of all success metrics and arms.
        adjusted: f64,
    },
    /// Two one-sided tests of a guardrail.
    Guardrail {
        /// The p-value of "worse by the margin or more"; none without a margin.
        p_holds: Option<PValue>,
        /// The p-value of "not worse by more than the margin", or of "not worse" without one.
        p_breached: PValue,
    },
    /// The posterior of a difference.
    Posterior {
        /// The probability that the arm is better than the control.
        chance_to_win: f64,
        /// What choosing the arm loses on average, in the metric's unit.
        expected_loss: f64,
    },
    /// The posterior of a guardrail.
    GuardrailPosterior {
        /// The probability that the arm is not worse by the margin or more; or not worse, without a margin.
        chance_to_hold: f64,
    },
}

/// What a comparison comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Verdict {
    /// The arm is better.
    Better,
    /// The arm is worse; for a guardrail without margin this is a breach.
    Worse,
    /// There is enough data to have seen the effect that is looked for, or nobody has said which that is, and no difference
    /// was seen; of a guardrail without a margin: no harm was seen.
    NoDifferenceSeen,
    /// The guardrail holds: the arm is not worse by the margin.
    NonInferior,
    /// The guardrail is breached: the arm is worse by more than the margin.
    Inferior,
    /// It is over, and the guardrail is neither shown to hold nor breached.
    NotShown,
    /// It is too early.
    NotYet(Waiting),
    /// It is over, no difference was seen, and there was not enough data to see the effect that was looked for.
    Underpowered(Shortfall),
    /// There is no answer.
    Undefined(Unavailable),
}

impl Verdict {
    /// The verdict as a word that does not change, for machines: `not_yet`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::NoDifferenceSeen => "no_difference_seen",
            Self::NonInferior => "non_inferior",
            Self::Inferior => "inferior",
            Self::NotShown => "not_shown",
            Self::NotYet(_) => "not_yet",
            Self::Underpowered(_) => "underpowered",
            Self::Undefined(_) => "undefined",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Better => f.write_str("better"),
            Self::Worse => f.write_str("worse"),
            Self::NoDifferenceSeen => f.write_str("no difference seen"),
            Self::NonInferior => f.write_str("holds: not worse by the margin"),
            Self::Inferior => f.write_str("breached: worse by more than the margin"),
            Self::NotShown => f.write_str("not shown to stay within the margin"),
            Self::NotYet(waiting) => write!(f, "not yet: {waiting}"),
            Self::Underpowered(shortfall) => write!(f, "underpowered: {shortfall}"),
            Self::Undefined(why) => write!(f, "no answer: {why}"),
        }
    }
}

/// What a verdict waits for.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Waiting {
    /// For the end of the experiment, because the method has one look.
    ForTheEnd {
        /// When that is, if it is known.
        at: Option<Timestamp>,
        /// The sample it should have, where it has no date, and what is missing.
        sample: Option<Shortfall>,
    },
    /// For the end of the experiment, because posteriors that are looked at again and again do not decide.
    ToDecide {
        /// When that is, if it is known.
        at: Option<Timestamp>,
    },
    /// For the first of the planned looks.
    ForTheFirstLook {
        /// When that is.
        at: Timestamp,
    },
    /// For enough units, or conversions, to compute anything.
    ForData(Unavailable),
    /// For more evidence, and how much there should be to see the effect that is looked for; `None` where nobody has said
    /// which that is.
    ForEvidence(Option<Shortfall>),
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ForTheEnd { at: Some(at), .. } => write!(
                f,
                "a test for one look shows nothing before everything is in, {at}; looked at earlier it errs far more often"
            ),
            Self::ForTheEnd { sample: Some(sample), .. } if sample.units >= sample.needed => f.write_str(
                "a test for one look shows nothing before its end, and there is none: its planned sample is there, so stop it \
                 and look",
            ),
            Self::ForTheEnd { sample: Some(sample), .. } => {
                write!(
                    f,
                    "a test for one look shows nothing before its end, and there is none: write one, or stop it when it is \
                     large enough ({sample})"
                )
            }
            Self::ForTheEnd { .. } => f.write_str(
                "a test for one look shows nothing before its end, and there is none: write one, or stop it when it is large \
                 enough",
            ),
            Self::ToDecide { at } => {
                f.write_str("posteriors are shown at any time and decide at the end")?;
                at.map_or(Ok(()), |at| write!(f, ", {at}"))?;
                f.write_str("; a threshold that is looked at again and again errs more often")
            }
            Self::ForTheFirstLook { at } => {
                write!(f, "a test for a few planned looks shows nothing before the first, {at}")
            }
            Self::ForData(why) => write!(f, "{why}"),
            Self::ForEvidence(Some(shortfall)) => write!(f, "{shortfall}"),
            Self::ForEvidence(None) => f.write_str("the evidence does not suffice so far"),
        }
    }
}

/// How much data there is, and how much it takes to see the effect that is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shortfall {
    /// The relative effect that is looked for: the metric's `minimum_detectable_effect`.
    pub effect: f64,
    /// The units of the arm and the control together, so far.
    pub units: u64,
    /// How many they have to be for the planned power; fewer than there are where chance was against it.
    pub needed: u64,
    /// How many more days that takes at the traffic so far, rounded up; `None` where there is no traffic to go by.
    pub days: Option<u64>,
    /// The relative effect that is found with the planned power with the units there are; `None` where none is.
    pub detectable: Option<f64>,
}

impl fmt::Display for Shortfall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { effect, units, needed, days, detectable } = self;
        let percent = super::display::percent(*effect);
        if units >= needed {
            return write!(
                f,
                "the {needed} units that an effect of {percent} needs are there, and the evidence is not"
            );
        }
        write!(f, "an effect of {percent} needs {needed} units in these two arms, and there are {units}")?;
        if let Some(detectable) = detectable {
            write!(f, ", enough for one of {}", super::display::percent(*detectable))?;
        }
        match days {
            Some(1) => f.write_str(": 1 more day at this traffic"),
            Some(days) => write!(f, ": {days} more days at this traffic"),
            None => Ok(()),
        }
    }
}
