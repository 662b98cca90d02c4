//! A share of runs of one arm: its estimate, and the bound it is surely above.

use flags_ab::statistics::{
    Alpha, Estimate,
    sequential::{EffectEstimate, OneSidedConfidenceSequence},
};

use super::Counts;

/// How often a bound on the recent past may accuse the innocent: per window, since windows come and go.
pub(super) const ALPHA_PER_WINDOW: f64 = 0.001;

/// The rate and the variance of its estimate, with half a bad and half a good run added, so that neither is certain at once.
pub(super) fn rate_and_variance(counts: Counts) -> (f64, f64) {
    let runs = counts.runs as f64;
    let rate = (counts.bad as f64 + 0.5) / (runs + 1.0);
    (counts.bad as f64 / runs, rate * (1.0 - rate) / runs)
}

/// What the share is surely above, at every look at once with probability 1 − alpha; `tightest_at` as for
/// [`OneSidedConfidenceSequence::new`].
pub(super) fn surely_above(counts: Counts, tightest_at: u64, alpha: f64) -> Estimate {
    let (rate, variance) = rate_and_variance(counts);
    let estimate = EffectEstimate::new(rate, libm::sqrt(variance), 0, counts.runs)?;
    let sequence = OneSidedConfidenceSequence::new(Alpha::new(alpha)?, tightest_at.max(1) as f64)?;
    Ok(sequence.look(&estimate)?.lower)
}

/// Counts for people: `12 of 500 (2.4 %)`.
pub(super) fn shown(counts: Counts) -> String {
    match counts.rate() {
        Some(rate) => format!("{} of {} ({})", counts.bad, counts.runs, percent(rate)),
        None => "no runs".into(),
    }
}

/// A share as a percentage with at most three significant digits.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent >= 100.0 || percent == 0.0 {
        0
    } else if percent >= 10.0 {
        1
    } else if percent >= 0.1 {
        2
    } else {
        4
    };
    let text = format!("{percent:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}
