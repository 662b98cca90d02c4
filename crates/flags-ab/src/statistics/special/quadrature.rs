//! Numerical integration by Gauss-Legendre panels.
//!
//! A panel of 24 nodes integrates polynomials up to degree 47 exactly, and a Gaussian over six of its standard deviations to
//! the last digit of a double. The rule also knows the integral from a panel's left end to each of its nodes, so that a
//! density sampled once yields its distribution function at the same nodes.

use std::sync::LazyLock;

/// The integral of `f` from `from` to `to` by the composite 24-point Gauss-Legendre rule over equal panels.
///
/// Exact for polynomials of degree 47 in each panel; for a function that is analytic around a panel the error falls
/// geometrically with the distance of its nearest singularity. `panels` is at least 1; 0 counts as 1. Source: Abramowitz and
/// Stegun, 25.4.30.
///
/// ```
/// use flags_ab::statistics::special::quadrature::integrate;
///
/// assert!((integrate(|x| x.exp(), 0.0, 1.0, 1) - (std::f64::consts::E - 1.0)).abs() < 1e-15);
/// ```
pub fn integrate(f: impl Fn(f64) -> f64, from: f64, to: f64, panels: u32) -> f64 {
    let panels = panels.max(1);
    let half = (to - from) / f64::from(panels) / 2.0;
    let mut sum = 0.0;
    for panel in 0..panels {
        let middle = from + half * f64::from(2 * panel + 1);
        sum += rule().nodes.iter().zip(&rule().weights).map(|(x, weight)| weight * f(middle + half * x)).sum::<f64>();
    }
    sum * half
}

/// Nodes of one panel.
pub(crate) const POINTS: usize = 24;

/// The nodes, weights and partial weights of one panel on [-1, 1].
///
/// Source: the nodes are the roots of the Legendre polynomial P₂₄, found by Newton's method from
/// cos(π(i − ¼)/(n + ½)); the weights are 2 / ((1 − x²) P′(x)²) (Abramowitz and Stegun 25.4.29); the partial weights
/// integrate the Lagrange polynomials through the nodes by their Legendre series. Error: below 2e-15 of the largest.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Roots of the Legendre polynomial, ascending.
    pub(crate) nodes: [f64; POINTS],
    /// What each node counts in the integral over the whole panel.
    pub(crate) weights: [f64; POINTS],
    /// `partial[j][m]`: what node `m` counts in the integral from the left end to node `j`.
    pub(crate) partial: [[f64; POINTS]; POINTS],
}

/// The rule, computed on first use.
pub(crate) fn rule() -> &'static Rule {
    static RULE: LazyLock<Rule> = LazyLock::new(Rule::compute);
    &RULE
}

impl Rule {
    fn compute() -> Self {
        let mut nodes = [0.0; POINTS];
        let mut weights = [0.0; POINTS];
        for (index, (node, weight)) in nodes.iter_mut().zip(&mut weights).enumerate() {
            let order = POINTS as f64;
            let mut x = -libm::cos(std::f64::consts::PI * (index as f64 + 0.75) / (order + 0.5));
            let mut slope = 1.0;
            // Quadratic convergence from four correct digits: three rounds suffice, six cost nothing.
            for _ in 0..6 {
                let values = legendre(x);
                slope = order * (x * values[POINTS] - values[POINTS - 1]) / (x * x - 1.0);
                x -= values[POINTS] / slope;
            }
            *node = x;
            *weight = 2.0 / ((1.0 - x * x) * slope * slope);
        }

        let values = nodes.map(legendre);
        let mut partial = [[0.0; POINTS]; POINTS];
        for (row, upper) in partial.iter_mut().zip(&values) {
            for (m, cell) in row.iter_mut().enumerate() {
                // The integral of P_d from -1 to x is (P_{d+1}(x) - P_{d-1}(x)) / (2d + 1), and that of P_0 is x + 1.
                let mut sum = 0.5 * (upper[1] + 1.0);
                for degree in 1..POINTS {
                    sum += 0.5 * values[m][degree] * (upper[degree + 1] - upper[degree - 1]);
                }
                *cell = weights[m] * sum;
            }
        }
        Self { nodes, weights, partial }
    }
}

/// The Legendre polynomials P₀ to P₂₄ at `x`.
fn legendre(x: f64) -> [f64; POINTS + 1] {
    let mut values = [1.0; POINTS + 1];
    values[1] = x;
    for degree in 1..POINTS {
        let d = degree as f64;
        values[degree + 1] = ((2.0 * d + 1.0) * x * values[degree] - d * values[degree - 1]) / (d + 1.0);
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integrates_polynomials_of_degree_47_and_no_further() {
        for degree in 0..=47 {
            let sum: f64 = rule().nodes.iter().zip(&rule().weights).map(|(x, w)| w * x.powi(degree)).sum();
            let exact = if degree % 2 == 0 { 2.0 / f64::from(degree + 1) } else { 0.0 };
            assert!((sum - exact).abs() < 4e-15, "x^{degree}: {sum} instead of {exact}");
        }
    }

    #[test]
    fn partial_integrals_of_the_exponential_are_exact_to_rounding() {
        let rule = rule();
        for (j, end) in rule.nodes.iter().enumerate() {
            let sum: f64 = rule.nodes.iter().zip(&rule.partial[j]).map(|(x, w)| w * x.exp()).sum();
            let exact = end.exp() - (-1.0f64).exp();
            assert!((sum - exact).abs() < 4e-15, "up to {end}: {sum} instead of {exact}");
        }
    }

    #[test]
    fn nodes_ascend_and_mirror() {
        let nodes = rule().nodes;
        assert!(nodes.windows(2).all(|pair| pair[0] < pair[1]));
        for (left, right) in nodes.iter().zip(nodes.iter().rev()) {
            assert!((left + right).abs() < 1e-15);
        }
        // Abramowitz and Stegun, table 25.4, n = 24.
        assert!((nodes[12] - 0.064_056_892_862_605_6).abs() < 1e-15);
        assert!((rule().weights[12] - 0.127_938_195_346_752).abs() < 1e-15);
    }
}
