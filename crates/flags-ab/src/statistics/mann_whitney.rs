//! The Mann-Whitney U test: which arm tends to have the larger values, whatever their distribution.

use super::{
    level::{PValue, PValues},
    outcome::{Arm, Estimate, Undefined, argument},
    special::normal,
};

/// What the U test says about two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// The pairs in which the treatment is larger, ties counted as halves.
    pub u: f64,
    /// u over the number of pairs: the chance that a user of the treatment has more than one of the control.
    pub superiority: f64,
    /// By the normal approximation, corrected for ties and continuity.
    pub corrected: Estimate<UTest>,
    /// By the normal approximation, corrected for ties only.
    pub uncorrected: Estimate<UTest>,
    /// From the permutation distribution.
    pub exact: Estimate<PValues>,
}

/// A z statistic of the U test and its p-values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UTest {
    /// How far the larger of the two U is from its mean, in standard deviations; with the correction it may be below 0.
    pub z: f64,
    /// The p-values.
    pub p: PValues,
}

/// The most pairs for which the exact distribution is computed.
const MOST_PAIRS: u64 = 2500;

/// Tests whether one arm tends to have larger values than the other.
///
/// With U the number of pairs in which the treatment is larger (ties one half), and t the sizes of groups of equal values
/// among all N:
///
/// ```text
/// μ  = n_a n_b/2
/// s² = n_a n_b/12 (N + 1 − Σ (t³ − t)/(N (N − 1)))
/// z  = (max(U, n_a n_b − U) − μ − ½)/s        two-sided p = min(1, 2 SF(z))        greater SF((U − μ − ½)/s), less likewise
/// ```
///
/// The uncorrected test leaves the ½ out. The exact distribution is that of all ways to divide the values, by a recursion of
/// probabilities without subtraction, for up to 2500 pairs and no ties; its relative error is below 1e-13. U is counted in
/// integers. It is a test of the distributions, not of the means: for a metric whose total matters use a t-test.
///
/// Source: Mann and Whitney, Annals of Mathematical Statistics 18, 1947; Hollander, Wolfe and Chicken, Nonparametric
/// Statistical Methods, 3rd edition, section 4.1.
///
/// ```
/// use flags_ab::statistics::mann_whitney;
///
/// let test = mann_whitney(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0])?;
/// assert_eq!(test.superiority, 1.0);
/// assert!((test.exact?.two_sided.value() - 0.1).abs() < 1e-15);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
///
/// # Errors
///
/// `NoUsers` if a sample is empty, `OutOfDomain` for a value that is not finite. The tests are `ZeroVariance` if all values are
/// equal; the exact one is `Ties` if any are, and `TooLarge` beyond 2500 pairs.
pub fn mann_whitney(control: &[f64], treatment: &[f64]) -> Estimate<MannWhitney> {
    for (arm, values) in [(Arm::Control, control), (Arm::Treatment, treatment)] {
        if values.is_empty() {
            return Err(Undefined::NoUsers { arm });
        }
        for value in values {
            argument("a value", *value, "a finite number", |_| true)?;
        }
    }
    let ranks = Ranks::new(control, treatment);
    let (n_a, n_b) = (control.len() as f64, treatment.len() as f64);
    let (pairs, total) = (n_a * n_b, n_a + n_b);
    let u = ranks.doubled_u as f64 / 2.0;
    let all_equal = ranks.groups == 1;
    let deviation = (pairs / 12.0 * (total + 1.0 - ranks.ties / (total * (total - 1.0)))).sqrt();
    let approximate = |correction: f64| {
        if all_equal {
            return Err(Undefined::ZeroVariance);
        }
        let tail = |above: f64| {
            let z = (above - pairs / 2.0 - correction) / deviation;
            (z, PValue::new(normal::sf(z), normal::ln_sf(z)))
        };
        let (z, outer) = tail(u.max(pairs - u));
        let two_sided = PValue::new(2.0 * outer.value(), outer.ln() + std::f64::consts::LN_2);
        Ok(UTest { z, p: PValues { two_sided, greater: tail(u).1, less: tail(pairs - u).1 } })
    };
    Ok(MannWhitney {
        u,
        superiority: u / pairs,
        corrected: approximate(0.5),
        uncorrected: approximate(0.0),
        exact: exact(control.len(), treatment.len(), &ranks),
    })
}

/// What the joint order of both samples says.
struct Ranks {
    /// 2 U, a whole number.
    doubled_u: u128,
    /// Σ (t³ − t) over groups of equal values.
    ties: f64,
    /// The number of different values.
    groups: usize,
}

impl Ranks {
    fn new(control: &[f64], treatment: &[f64]) -> Self {
        let mut all: Vec<(f64, bool)> = control.iter().map(|value| (*value, false)).collect();
        all.extend(treatment.iter().map(|value| (*value, true)));
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut doubled_u, mut ties, mut groups) = (0, 0.0, 0);
        let mut controls_below: u128 = 0;
        // Both zeros are one value here: `chunk_by` compares with ==, and they are next to each other.
        for group in all.chunk_by(|a, b| a.0 == b.0) {
            let treated = group.iter().filter(|(_, treated)| *treated).count() as u128;
            let controls = group.len() as u128 - treated;
            doubled_u += treated * (2 * controls_below + controls);
            controls_below += controls;
            let size = group.len() as f64;
            ties += size * size * size - size;
            groups += 1;
        }
        Self { doubled_u, ties, groups }
    }
}

fn exact(controls: usize, treated: usize, ranks: &Ranks) -> Estimate<PValues> {
    if ranks.groups == 1 && controls + treated > 1 {
        return Err(Undefined::ZeroVariance);
    }
    if ranks.groups < controls + treated {
        return Err(Undefined::Ties);
    }
    if (controls as u64).saturating_mul(treated as u64) > MOST_PAIRS {
        let instead = "use the normal approximation, which is close for samples of this size";
        return Err(Undefined::TooLarge { method: "the exact distribution of U", instead });
    }
    // Without ties U is a whole number, at most 2500.
    let u = (ranks.doubled_u / 2) as usize;
    let masses = distribution(controls, treated);
    let at_least = |u: usize| masses[u..].iter().rev().sum::<f64>();
    let mirrored = controls * treated - u;
    // The distribution is symmetric, so P(U ≤ u) is the tail above the mirrored u.
    let (greater, less) = (at_least(u), at_least(mirrored));
    let p = |value: f64| PValue::new(value, libm::log(value));
    Ok(PValues { two_sided: p((2.0 * greater.min(less)).min(1.0)), greater: p(greater), less: p(less) })
}

/// The distribution of U without ties: whose value is the largest of all decides how many pairs it wins.
fn distribution(controls: usize, treated: usize) -> Vec<f64> {
    // rows[n] is the distribution for n treated and the number of controls so far.
    let mut rows: Vec<Vec<f64>> = vec![vec![1.0]; treated + 1];
    for m in 1..=controls {
        // Without treated users U is 0.
        let mut before = vec![1.0];
        for (n, row) in rows.iter_mut().enumerate().skip(1) {
            let total = (m + n) as f64;
            let mut masses = vec![0.0; m * n + 1];
            // The largest is a control: it wins nothing.
            for (u, mass) in row.iter().enumerate() {
                masses[u] += mass * (m as f64 / total);
            }
            // The largest is treated: it wins against all m controls.
            for (u, mass) in before.iter().enumerate() {
                masses[u + m] += mass * (n as f64 / total);
            }
            before.clone_from(&masses);
            *row = masses;
        }
    }
    rows.pop().unwrap_or_default()
}
