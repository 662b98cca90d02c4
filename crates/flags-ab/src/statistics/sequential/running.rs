//! What several looks of an always-valid method say together.

use crate::statistics::{Estimate, Interval, PValue, Undefined};

use super::AlwaysValid;

/// The smallest p-value and the intersection of the intervals over the looks so far.
///
/// Both keep the level of the sequence, because it holds at all looks at once: evidence that was reached is not lost when
/// the estimate later moves back. All looks must come from the same sequence.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub struct Running {
    looks: u64,
    ln_p: f64,
    bounds: Option<Interval>,
}

impl Running {
    /// No look so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in one more look.
    pub fn look(&mut self, look: &AlwaysValid) {
        self.looks = self.looks.saturating_add(1);
        self.ln_p = self.ln_p.min(look.p_value.ln());
        self.bounds = Some(match self.bounds {
            None => look.interval,
            Some(Interval { lower, upper }) => {
                Interval { lower: lower.max(look.interval.lower), upper: upper.min(look.interval.upper) }
            }
        });
    }

    /// The number of looks taken in.
    pub fn looks(&self) -> u64 {
        self.looks
    }

    /// The smallest p-value so far; one before the first look.
    pub fn p_value(&self) -> PValue {
        PValue::from_ln(self.ln_p)
    }

    /// What all intervals so far have in common.
    ///
    /// # Errors
    ///
    /// [`Undefined::NoTraffic`] before the first look; [`Undefined::NoCommonInterval`] when the intervals have nothing in
    /// common, which has probability alpha at most if there is one effect that does not change over time.
    pub fn interval(&self) -> Estimate<Interval> {
        let bounds = self.bounds.ok_or(Undefined::NoTraffic)?;
        if bounds.lower <= bounds.upper { Ok(bounds) } else { Err(Undefined::NoCommonInterval) }
    }
}
