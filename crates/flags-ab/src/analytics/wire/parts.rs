//! The parts that the JSON of all analytics is made of.

use serde_json::{Value, json};

use crate::{
    analytics::{Effect, NoScores, Scale, Share},
    statistics::{Estimate, Interval, PValue, Undefined},
};

impl Scale {
    /// The scale as a word that does not change, for machines: `median_deviation`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::MedianDeviation => "median_deviation",
            Self::MeanDeviation => "mean_deviation",
            Self::Constant => "constant",
        }
    }
}

impl NoScores {
    /// The reason as a word that does not change, for machines: `too_few_days`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooFewDays { .. } => "too_few_days",
            Self::TooFewWeeks { .. } => "too_few_weeks",
            Self::NotFinite => "not_finite",
        }
    }
}

pub(super) fn reason(why: &Undefined) -> Value {
    json!({"code": why.code(), "text": why.to_string()})
}

/// A number by itself, or an object that says why there is none.
pub(super) fn number(estimate: &Estimate) -> Value {
    match estimate {
        Ok(number) => json!(number),
        Err(why) => json!({"value": null, "reason": reason(why)}),
    }
}

/// A number with its interval.
pub(super) fn known(value: &Estimate, interval: &Estimate<Interval>) -> Value {
    match (value, interval) {
        (Ok(value), Ok(interval)) => json!({"value": value, "lower": interval.lower, "upper": interval.upper}),
        (Ok(value), Err(why)) => json!({"value": value, "lower": null, "upper": null, "reason": reason(why)}),
        (Err(why), _) => json!({"value": null, "lower": null, "upper": null, "reason": reason(why)}),
    }
}

pub(super) fn share(share: &Estimate<Share>) -> Value {
    known(&share.map(|share| share.rate), &share.map(|share| share.interval))
}

pub(super) fn effect(effect: &Estimate<Effect>) -> Value {
    match effect {
        Ok(effect) => json!({
            "difference": known(&Ok(effect.difference), &effect.interval),
            "lift": known(&effect.lift, &effect.lift_interval),
            "p": effect.p.ok().map(PValue::value),
            "ln_p": effect.p.ok().map(PValue::ln),
            "p_adjusted": effect.adjusted_p.ok(),
        }),
        Err(why) => json!({"difference": null, "reason": reason(why)}),
    }
}
