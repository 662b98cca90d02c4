//! What a method promises, what was seen of it, and whether the two agree.

use std::fmt;

use flags_ab::statistics::{
    Moments,
    special::{binomial, student_t},
};

use crate::lab::Tally;

/// A band holds what chance alone brings in all but this share of cases, half of it on each side.
const OUTSIDE: f64 = 0.001;

/// On which side of the nominal number the claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Equal,
    AtMost,
    AtLeast,
}

/// What is claimed of a number, or what a reader might expect where nothing is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Claim {
    side: Side,
    nominal: f64,
    /// What the method itself only approximates.
    allowance: f64,
    promised: bool,
}

impl Claim {
    /// It is this, within the error of the simulation.
    pub(crate) fn equals(nominal: f64) -> Self {
        Self { side: Side::Equal, nominal, allowance: 0.0, promised: true }
    }

    /// It is at most this, within the error of the simulation.
    pub(crate) fn at_most(nominal: f64) -> Self {
        Self { side: Side::AtMost, ..Self::equals(nominal) }
    }

    /// It is at least this, within the error of the simulation.
    pub(crate) fn at_least(nominal: f64) -> Self {
        Self { side: Side::AtLeast, ..Self::equals(nominal) }
    }

    /// The same with room for what the method itself only approximates.
    pub(crate) fn give_or_take(self, allowance: f64) -> Self {
        Self { allowance, ..self }
    }

    /// The same as an expectation that nobody has promised to meet.
    pub(crate) fn unpromised(self) -> Self {
        Self { promised: false, ..self }
    }

    /// The same, promised or not.
    pub(crate) fn promised_if(self, promised: bool) -> Self {
        Self { promised, ..self }
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.side {
            Side::Equal => "",
            Side::AtMost => "≤ ",
            Side::AtLeast => "≥ ",
        };
        let allowance = if self.allowance == 0.0 { String::new() } else { format!(" ± {}", number(self.allowance)) };
        let text = format!("{sign}{}{allowance}", number(self.nominal));
        if self.promised { f.write_str(&text) } else { write!(f, "({text})") }
    }
}

/// How the number was found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    /// As a share of runs.
    Share(Tally),
    /// As a mean over runs, with its standard error.
    Mean { mean: f64, error: f64, runs: u64 },
    /// By listing all outcomes, so without an error.
    Exactly(f64),
}

/// One line of the evidence: a method in a setting.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// The method.
    pub(crate) method: String,
    /// What it was tried on.
    pub(crate) setting: String,
    seen: Seen,
    claim: Claim,
    note: Option<String>,
}

/// Whether a claim held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It did.
    Holds,
    /// It did, with room to spare: a method on the safe side.
    Cautious,
    /// It did not.
    Broken,
    /// Nothing was promised, and it is as one might hope.
    Unpromised,
    /// Nothing was promised, and it is not what one might hope.
    Off,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Holds => "holds",
            Self::Cautious => "holds, cautious",
            Self::Broken => "**BROKEN**",
            Self::Unpromised => "no promise",
            Self::Off => "no promise: **off**",
        })
    }
}

impl Row {
    /// A share of runs.
    pub(crate) fn share(method: impl Into<String>, setting: impl Into<String>, tally: Tally, claim: Claim) -> Self {
        Self { method: method.into(), setting: setting.into(), seen: Seen::Share(tally), claim, note: None }
    }

    /// A mean over runs.
    pub(crate) fn mean(method: impl Into<String>, setting: impl Into<String>, moments: Moments, claim: Claim) -> Self {
        let (mean, variance) = (moments.mean().unwrap_or(f64::NAN), moments.variance().unwrap_or(f64::NAN));
        Self::estimated(method, setting, mean, (variance / moments.count() as f64).sqrt(), moments.count(), claim)
    }

    /// A number with a standard error that was found from so many runs.
    pub(crate) fn estimated(
        method: impl Into<String>,
        setting: impl Into<String>,
        mean: f64,
        error: f64,
        runs: u64,
        claim: Claim,
    ) -> Self {
        Self {
            method: method.into(),
            setting: setting.into(),
            seen: Seen::Mean { mean, error, runs },
            claim,
            note: None,
        }
    }

    /// A probability that was found by listing all outcomes.
    pub(crate) fn exactly(
        method: impl Into<String>,
        setting: impl Into<String>,
        probability: f64,
        claim: Claim,
    ) -> Self {
        Self { method: method.into(), setting: setting.into(), seen: Seen::Exactly(probability), claim, note: None }
    }

    /// The row with something to know about its number.
    pub(crate) fn with_note(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    /// The number that was seen.
    pub(crate) fn value(&self) -> f64 {
        match self.seen {
            Seen::Share(tally) => tally.share(),
            Seen::Mean { mean, .. } | Seen::Exactly(mean) => mean,
        }
    }

    /// What the number should be.
    pub(crate) fn claim(&self) -> Claim {
        self.claim
    }

    /// How many runs it comes from; none where all outcomes were listed.
    pub(crate) fn runs(&self) -> Option<u64> {
        match self.seen {
            Seen::Share(tally) => Some(tally.runs),
            Seen::Mean { runs, .. } => Some(runs),
            Seen::Exactly(_) => None,
        }
    }

    /// The number as people read it, with the note and the share of runs without an answer where there are any.
    pub(crate) fn seen(&self) -> String {
        let unanswered = match self.seen {
            Seen::Share(tally) if tally.answers < tally.runs => {
                let share = 100.0 * (tally.runs - tally.answers) as f64 / tally.runs as f64;
                Some(format!("no answer in {share:.2} %"))
            }
            _ => None,
        };
        let asides: Vec<&str> = self.note.iter().chain(&unanswered).map(String::as_str).collect();
        let shown = number(self.value());
        if asides.is_empty() { shown } else { format!("{shown} ({})", asides.join("; ")) }
    }

    /// The lowest and the highest number that are still chance, if the claim is true to the letter.
    pub(crate) fn band(&self) -> (f64, f64) {
        let Claim { nominal, allowance, .. } = self.claim;
        let (below, above) = (nominal - allowance, nominal + allowance);
        match self.seen {
            Seen::Share(tally) => {
                (lowest_count(tally.answers, below) as f64 / tally.answers as f64, highest(tally.answers, above))
            }
            Seen::Mean { error, runs, .. } => {
                // The standard error is estimated too, which matters where runs are few.
                let reach = error * student_t::upper_quantile(OUTSIDE / 2.0, runs.max(2) as f64 - 1.0);
                (below - reach, above + reach)
            }
            // Listed probabilities leave out what is next to impossible.
            Seen::Exactly(_) => (below - 1e-6, above + 1e-6),
        }
    }

    /// Whether the claim held.
    pub(crate) fn verdict(&self) -> Verdict {
        let (low, high) = self.band();
        let value = self.value();
        // A number that is no number is in no band.
        let (not_low, not_high) = (value >= low, value <= high);
        let (within, better) = match self.claim.side {
            Side::Equal => (not_low && not_high, false),
            Side::AtMost => (not_low && not_high, not_high),
            Side::AtLeast => (not_low && not_high, not_low),
        };
        match (self.claim.promised, within, better) {
            (true, true, _) => Verdict::Holds,
            (true, false, true) => Verdict::Cautious,
            (true, false, false) => Verdict::Broken,
            (false, true, _) | (false, false, true) => Verdict::Unpromised,
            (false, false, false) => Verdict::Off,
        }
    }
}

/// The smallest count of `n` that a share of `rate` leaves plausible: with at most half of [`OUTSIDE`] below it.
fn lowest_count(n: u64, rate: f64) -> u64 {
    if rate <= 0.0 {
        return 0;
    }
    let (mut low, mut high) = (0, n);
    // The first count whose distribution function is above half of what may lie outside.
    while low < high {
        let middle = low + (high - low) / 2;
        if binomial::cdf(middle, n, rate.min(1.0)) > OUTSIDE / 2.0 {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

fn highest(n: u64, rate: f64) -> f64 {
    1.0 - lowest_count(n, 1.0 - rate) as f64 / n as f64
}

/// Four decimals, and three digits where those would show less.
pub(crate) fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 0.001 { format!("{value:.2e}") } else { format!("{value:.4}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(hits: u64, claim: Claim) -> Row {
        Row::share("m", "s", Tally { hits, answers: 1000, runs: 1000 }, claim)
    }

    #[test]
    fn the_band_is_that_of_the_binomial() {
        // By summing the probabilities of R's dbinom(k, 1000, 0.05): the quantiles at 0.0005 and 0.9995.
        let (low, high) = share(50, Claim::equals(0.05)).band();
        let outside = |from: u64, to: u64| (from..=to).map(|k| binomial::pmf(k, 1000, 0.05)).sum::<f64>();
        let (low, high) = ((low * 1000.0).round() as u64, (high * 1000.0).round() as u64);
        assert!(outside(0, low - 1) <= 0.0005 && outside(0, low) > 0.0005, "{low}");
        assert!(outside(high + 1, 1000) <= 0.0005 && outside(high, 1000) > 0.0005, "{high}");
    }

    #[test]
    fn each_claim_has_its_verdicts() {
        let verdicts = |claim: Claim| [5, 50, 99].map(|hits| share(hits, claim).verdict());
        use Verdict::{Broken, Cautious, Holds, Off, Unpromised};
        assert_eq!(verdicts(Claim::equals(0.05)), [Broken, Holds, Broken]);
        assert_eq!(verdicts(Claim::at_most(0.05)), [Cautious, Holds, Broken]);
        assert_eq!(verdicts(Claim::at_least(0.05)), [Broken, Holds, Cautious]);
        assert_eq!(verdicts(Claim::equals(0.05).unpromised()), [Off, Unpromised, Off]);
        assert_eq!(verdicts(Claim::at_most(0.05).unpromised()), [Unpromised, Unpromised, Off]);
        assert_eq!(verdicts(Claim::equals(0.05).give_or_take(0.03)), [Broken, Holds, Holds]);
        assert_eq!(Row::exactly("m", "s", f64::NAN, Claim::at_most(0.05)).verdict(), Broken);
    }

    #[test]
    fn numbers_are_told_with_their_digits() {
        assert_eq!([0.05, 0.95126, 0.0, 0.00052, 1.0].map(number), ["0.0500", "0.9513", "0.0000", "5.20e-4", "1.0000"]);
        assert_eq!(Claim::at_most(0.05).give_or_take(0.01).to_string(), "≤ 0.0500 ± 0.0100");
        assert_eq!(Claim::at_least(0.95).unpromised().to_string(), "(≥ 0.9500)");
        let unanswered = Row::share("m", "s", Tally { hits: 45, answers: 90, runs: 100 }, Claim::equals(0.5));
        assert_eq!(unanswered.seen(), "0.5000 (no answer in 10.00 %)");
    }
}
