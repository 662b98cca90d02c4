//! Independent posteriors against each other: the chance that each is the largest, and what choosing it would lose.
//!
//! With the density f and the distribution function F of each of k independent quantities,
//!
//! ```text
//! P(i is the largest)  = ∫ f_i(x) Π_{j≠i} F_j(x) dx
//! E[max_j X_j − X_i]   = ∫ F_i(x) ( 1 − Π_{j≠i} F_j(x) ) dx
//! ```
//!
//! Both integrands are positive, so small chances and small losses come out as exact, relatively, as large ones; nothing
//! is drawn at random. All densities are sampled on one grid of Gauss-Legendre panels, fine enough for each of them, and
//! their distribution functions and tails are the integrals of the same samples from either side.

use crate::statistics::special::quadrature::{POINTS, rule};
use crate::statistics::{Estimate, outcome::finite};

/// Densities are followed to e^−230 of their mode, which is 1e-100.
const DEPTH: f64 = 230.0;

/// A density falls by at most this exponent within a panel.
const FALL: f64 = 8.0;

/// One posterior on a line, seen from its own mode.
pub(super) trait Curve {
    /// The logarithm of the density at the distance `d` from the mode, relative to the mode; falls to both sides.
    fn log_density(&self, d: f64) -> f64;

    /// The widest panel that resolves the curve at `d`, apart from how far it falls.
    fn resolution(&self, d: f64) -> f64;
}

/// A curve and where its mode lies, relative to the origin of the grid.
pub(super) struct Placed<C> {
    pub(super) curve: C,
    pub(super) mode: f64,
}

/// How one of several posteriors fares against all others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contender {
    /// The probability that it is the largest.
    pub chance_to_be_best: f64,
    /// What choosing it loses on average against the one that is the largest.
    pub expected_loss: f64,
}

/// The outcome for each of the curves.
///
/// `unit` is the change of the quantity per unit of the grid at a point of it (one where the grid is in the quantity's own
/// scale), and `fabric` a curve that resolves it.
pub(super) fn contest<C: Curve>(
    contenders: &[Placed<C>],
    fabric: Option<&Placed<C>>,
    unit: impl Fn(f64) -> f64,
) -> Estimate<Vec<Contender>> {
    let edges = edges(contenders, fabric);
    let samples: Vec<Samples> = contenders.iter().map(|contender| Samples::take(contender, &edges)).collect();
    let count = contenders.len();
    let mut best = vec![0.0; count];
    let mut loss = vec![0.0; count];
    // For each contender: its distribution function, its tail's share in the logarithm of the product, and what the
    // products and sums over those before and after it are.
    let mut below = vec![0.0; count];
    let mut logarithms = vec![0.0; count];
    for (panel, pair) in edges.windows(2).enumerate() {
        let half = 0.5 * (pair[1] - pair[0]);
        let centre = pair[0] + half;
        for (point, (x, weight)) in rule().nodes.iter().zip(&rule().weights).enumerate() {
            for ((below, logarithm), sample) in below.iter_mut().zip(&mut logarithms).zip(&samples) {
                let (mass_below, mass_above) = sample.split(panel, point, half);
                *below = mass_below;
                // The logarithm of the distribution function, from whichever side is the smaller.
                *logarithm = if mass_above < 0.5 { libm::log1p(-mass_above) } else { libm::log(mass_below) };
            }
            let unit = unit(centre + half * x);
            for index in 0..count {
                // Sums over the others; taking the own term out of a total would be ∞ − ∞ where it is −∞.
                let others: f64 = logarithms[..index].iter().sum::<f64>() + logarithms[index + 1..].iter().sum::<f64>();
                best[index] += half * weight * samples[index].density(panel, point) * libm::exp(others);
                loss[index] += half * weight * unit * below[index] * -libm::expm1(others);
            }
        }
    }
    best.into_iter()
        .zip(loss)
        .map(|(best, loss)| {
            Ok(Contender {
                chance_to_be_best: finite("the chance to be best", best)?.min(1.0),
                expected_loss: finite("the expected loss", loss)?,
            })
        })
        .collect()
}

/// The edges of panels that resolve every curve.
fn edges<C: Curve>(contenders: &[Placed<C>], fabric: Option<&Placed<C>>) -> Vec<f64> {
    let mut edges: Vec<f64> = contenders.iter().flat_map(own_edges).collect();
    edges.sort_by(f64::total_cmp);
    if let (Some(fabric), Some(&first), Some(&last)) = (fabric, edges.first(), edges.last()) {
        edges.extend(own_edges(fabric).filter(|&edge| edge > first && edge < last));
        edges.sort_by(f64::total_cmp);
    }
    edges.dedup();
    edges
}

/// The edges of panels that resolve one curve, from its mode outwards until nothing is left of it.
fn own_edges<C: Curve>(placed: &Placed<C>) -> impl Iterator<Item = f64> {
    let mut edges = vec![placed.mode];
    for direction in [-1.0, 1.0] {
        let mut d = 0.0;
        let mut level = 0.0;
        // A Gaussian needs 33 panels; the flattest tails double their panels and need fewer than 200.
        for _ in 0..1000 {
            let mut width = placed.curve.resolution(d);
            let mut next = placed.curve.log_density(d + direction * width);
            // Sixty halvings take any width to nothing.
            for _ in 0..60 {
                if level - next <= FALL {
                    break;
                }
                width *= 0.5;
                next = placed.curve.log_density(d + direction * width);
            }
            d += direction * width;
            level = next;
            edges.push(placed.mode + d);
            if level < -DEPTH {
                break;
            }
        }
    }
    edges.into_iter()
}

/// One density on the panels of the grid, normalised, with the mass below and above each panel.
struct Samples {
    density: Vec<[f64; POINTS]>,
    below: Vec<f64>,
    above: Vec<f64>,
}

impl Samples {
    fn take<C: Curve>(placed: &Placed<C>, edges: &[f64]) -> Self {
        let mut density: Vec<[f64; POINTS]> = edges
            .windows(2)
            .map(|pair| {
                let half = 0.5 * (pair[1] - pair[0]);
                let centre = pair[0] - placed.mode + half;
                rule().nodes.map(|x| {
                    let level = placed.curve.log_density(centre + half * x);
                    if level < -DEPTH - FALL { 0.0 } else { libm::exp(level) }
                })
            })
            .collect();
        let mass = |(panel, pair): (&[f64; POINTS], &[f64])| -> f64 {
            0.5 * (pair[1] - pair[0]) * panel.iter().zip(&rule().weights).map(|(f, w)| f * w).sum::<f64>()
        };
        let masses: Vec<f64> = density.iter().zip(edges.windows(2)).map(mass).collect();
        let total: f64 = masses.iter().sum();
        for value in density.iter_mut().flatten() {
            *value /= total;
        }
        // From either side towards the other, so that neither tail is a difference.
        let running = |masses: &mut dyn Iterator<Item = &f64>| -> Vec<f64> {
            masses
                .scan(0.0, |sum, mass| {
                    let before = *sum;
                    *sum += mass / total;
                    Some(before)
                })
                .collect()
        };
        let below = running(&mut masses.iter());
        let mut above = running(&mut masses.iter().rev());
        above.reverse();
        Self { density, below, above }
    }

    fn density(&self, panel: usize, point: usize) -> f64 {
        self.density[panel][point]
    }

    /// The mass below and the mass above a node.
    fn split(&self, panel: usize, point: usize, half: f64) -> (f64, f64) {
        let density = &self.density[panel];
        let to_the_left: f64 = density.iter().zip(&rule().partial[point]).map(|(f, w)| f * w).sum();
        // The rule is symmetric: what lies to the right is to the left of the mirrored node.
        let mirrored = &rule().partial[POINTS - 1 - point];
        let to_the_right: f64 = density.iter().rev().zip(mirrored).map(|(f, w)| f * w).sum();
        let clamp = |mass: f64| mass.clamp(0.0, 1.0);
        (clamp(self.below[panel] + half * to_the_left), clamp(self.above[panel] + half * to_the_right))
    }
}
