//! The sequential test of a sample-ratio mismatch: whether the arms get the shares of users they should, at every look.

use crate::statistics::{
    Estimate, PValue, Undefined,
    outcome::argument,
    special::{elementary::deviance, gamma},
};

/// What the test says after some users.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SampleRatioLook {
    /// The logarithm of the Bayes factor of "other shares" against "the shares of the plan".
    pub ln_bayes_factor: f64,
    /// The smallest of min(1, 1 / Bayes factor) over the looks so far, valid at every look.
    pub p_value: PValue,
}

/// A sample-ratio test that may be looked at after every user.
///
/// Source: Lindon and Malek, *Anytime-valid inference for multinomial count data*, arXiv 2011.03567 (NeurIPS 2022): shares
/// drawn from a Dirichlet distribution around the weights, against the multinomial with the weights themselves. The
/// logarithm of the Bayes factor
///
/// ```text
/// a_i = concentration · w_i,     m_i = a_i + n_i,     A = Σ a_i,     M = Σ m_i
/// ln Γ(A) − ln Γ(M) + Σ ( ln Γ(m_i) − ln Γ(a_i) ) − Σ n_i ln w_i
/// ```
///
/// is computed with Stirling's formula inserted, in which all large terms cancel by algebra instead of in the last digits:
///
/// ```text
/// Σ M w_i h(e_i) − ½ ( Σ ln(m_i / a_i) − ln(M / A) ) + Σ ( δ(m_i) − δ(a_i) ) − ( δ(M) − δ(A) )
/// h(e) = (1 + e) ln(1 + e) − e,     e_i = (n_i − N w_i) / (M w_i),     δ Stirling's correction
/// ```
///
/// Error: below 1e-9 relative or 1e-9 absolute, whichever is larger, up to 1e15 users.
#[derive(Clone, Debug, PartialEq)]
pub struct SequentialSampleRatio {
    weights: Vec<f64>,
    concentration: f64,
    counts: Vec<u64>,
    ln_p: f64,
}

impl SequentialSampleRatio {
    /// A test of the shares proportional to `weights`.
    ///
    /// The `concentration` says how close to the plan a mismatch is expected: 10 000 watches for shares wrong by about half
    /// a percentage point and is a good default, 100 for wrong by five. It has to be fixed in advance, like the weights. An
    /// arm of weight zero may not get any user.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when a weight is neither zero nor from 1e-6 to 1e12, or `concentration` is not from 1e-3
    /// to 1e12; [`Undefined::OneArm`] when fewer than two weights are above zero.
    pub fn new(weights: &[f64], concentration: f64) -> Estimate<Self> {
        for &weight in weights {
            argument("the weight of an arm", weight, "0, or from 1e-6 to 1e12", |weight| {
                weight == 0.0 || (1e-6..=1e12).contains(&weight)
            })?;
        }
        if weights.iter().filter(|&&weight| weight > 0.0).count() < 2 {
            return Err(Undefined::OneArm);
        }
        argument("the concentration", concentration, "from 1e-3 to 1e12", |value| (1e-3..=1e12).contains(&value))?;
        let total: f64 = weights.iter().sum();
        Ok(Self {
            weights: weights.iter().map(|weight| weight / total).collect(),
            concentration,
            counts: vec![0; weights.len()],
            ln_p: 0.0,
        })
    }

    /// Takes in the users that came since the last look, one count for each arm.
    ///
    /// # Errors
    ///
    /// [`Undefined::LengthMismatch`] when there is not one count for each arm, [`Undefined::TrafficWithoutWeight`] when an arm
    /// of weight zero got users, which is a mismatch without any test, [`Undefined::Overflow`] when an arm exceeds the range
    /// of its counter. Nothing is taken in then.
    pub fn look(&mut self, new_users: &[u64]) -> Estimate<SampleRatioLook> {
        if new_users.len() != self.counts.len() {
            return Err(Undefined::LengthMismatch {
                what: "the counts of new users",
                found: new_users.len(),
                expected: self.counts.len(),
            });
        }
        for (arm, (&users, &weight)) in new_users.iter().zip(&self.weights).enumerate() {
            if users > 0 && weight == 0.0 {
                return Err(Undefined::TrafficWithoutWeight { arm, users });
            }
        }
        let counts = self.counts.iter().zip(new_users).map(|(count, new)| count.checked_add(*new));
        self.counts = counts.collect::<Option<_>>().ok_or(Undefined::Overflow { what: "the users of an arm" })?;

        let ln_bayes_factor = self.ln_bayes_factor();
        self.ln_p = self.ln_p.min(-ln_bayes_factor);
        Ok(SampleRatioLook { ln_bayes_factor, p_value: PValue::from_ln(self.ln_p) })
    }

    /// The users of each arm so far.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    fn ln_bayes_factor(&self) -> f64 {
        // Counts are below 2⁶⁴ and arms few: the sum stays far inside the range, and its rounding below that of the data.
        let users: f64 = self.counts.iter().map(|&count| count as f64).sum();
        let total = self.concentration + users;
        let mut sum = 0.5 * libm::log1p(users / self.concentration)
            - (gamma::stirling_correction(total) - gamma::stirling_correction(self.concentration));
        for (&count, &weight) in self.counts.iter().zip(&self.weights).filter(|&(_, &weight)| weight > 0.0) {
            let prior = self.concentration * weight;
            let posterior = prior + count as f64;
            let expected = total * weight;
            // The product is exact before it is subtracted.
            let excess = libm::fma(-users, weight, count as f64) / expected;
            sum += expected * deviance(excess) - 0.5 * libm::log1p(count as f64 / prior)
                + (gamma::stirling_correction(posterior) - gamma::stirling_correction(prior));
        }
        sum
    }
}
