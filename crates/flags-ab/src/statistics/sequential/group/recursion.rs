//! The recursion under every group-sequential computation: what is left of the paths that have not stopped yet.
//!
//! Under a drift θ the score B(t) = √t Z(t) is a Brownian motion with E B(t) = θ t, looked at a few times. The
//! sub-density of Z at a look over the paths that crossed no earlier boundary follows from the one before by one convolution with
//! a normal kernel (Armitage, McPherson and Rowe, JRSS A 1969; Jennison and Turnbull, *Group Sequential Methods*, 2000,
//! section 19.2). Here it is carried on Gauss-Legendre panels no wider than five standard deviations of the narrower of
//! the two kernels that meet in it, so the integration error stays below 1e-12 of each probability.
//!
//! The grid is computed without drift; a drift weighs each node by its likelihood ratio exp(θ√t z − θ²t/2).

use crate::statistics::special::normal;
use crate::statistics::special::quadrature::{POINTS, rule};

/// Beyond this many standard deviations nothing is followed: the density is below 1e-281.
pub(super) const FARTHEST: f64 = 36.0;

/// How far below their mean the paths are followed where no boundary stops them: what lies below has probability 1e-19.
const DEPTH: f64 = 9.0;

/// Half-width of the window of a convolution, in standard deviations of the bridge; the rest is below 1e-20.
const WINDOW: f64 = 9.5;

/// Panels are at most this many standard deviations of the narrower kernel wide.
const PANEL: f64 = 5.0;

/// The logarithm of a density is a polynomial of degree 23, to 1e-11, over this many standard deviations of its kernel.
const SMOOTH: f64 = 1.5;

/// Below this a density is taken for zero.
const NOTHING: f64 = 1e-290;

/// The paths that have not stopped, after some looks.
#[derive(Clone, Debug)]
pub(super) struct Paths {
    /// Information at the last of these looks; zero before the first.
    information: f64,
    /// Values of Z inside the region of continuation, ascending.
    nodes: Vec<f64>,
    /// The probability each node stands for: sub-density times weight of integration.
    mass: Vec<f64>,
}

/// The region in which a design goes on at one look.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) lower: f64,
    pub(super) upper: f64,
}

impl Paths {
    /// Nothing has been looked at: one path, at B(0) = 0.
    pub(super) fn start() -> Self {
        Self { information: 0.0, nodes: vec![0.0], mass: vec![1.0] }
    }

    /// P(no stop before, Z ≥ `z`) at the next look, at `information`, under `drift`. Relative error below 1e-11.
    pub(super) fn above(&self, information: f64, z: f64, drift: f64) -> f64 {
        let step = libm::sqrt(information - self.information);
        let (now, before) = (libm::sqrt(information), libm::sqrt(self.information));
        let shift = drift * step;
        self.weighted(drift, |node| normal::sf((z * now - node * before) / step - shift))
    }

    /// P(no stop before, Z ≤ `z`) at the next look; the mirror image of [`Paths::above`].
    pub(super) fn below(&self, information: f64, z: f64, drift: f64) -> f64 {
        let step = libm::sqrt(information - self.information);
        let (now, before) = (libm::sqrt(information), libm::sqrt(self.information));
        let shift = drift * step;
        self.weighted(drift, |node| normal::cdf((z * now - node * before) / step - shift))
    }

    /// The probability to stop at the next look, at `information`, in which `region` goes on.
    pub(super) fn crossing(&self, information: f64, region: Region, drift: f64) -> Crossing {
        // An infinite bound is never crossed.
        let upper = if region.upper.is_finite() { self.above(information, region.upper, drift) } else { 0.0 };
        let lower = if region.lower.is_finite() { self.below(information, region.lower, drift) } else { 0.0 };
        Crossing { upper, lower }
    }

    /// The sub-density of Z at the next look in `z`, without drift.
    pub(super) fn density(&self, information: f64, z: f64) -> f64 {
        let step = libm::sqrt(information - self.information);
        let (now, before) = (libm::sqrt(information), libm::sqrt(self.information));
        // Given Z = z, the node before is a bridge: its mean is z times the correlation, its standard deviation this. Where
        // the mean lies outside of the region, the mass is at the edge.
        let (&[first, ..], &[.., last]) = (&self.nodes[..], &self.nodes[..]) else { return 0.0 };
        let (centre, reach) = ((z * before / now).clamp(first, last), WINDOW * step / now);
        let from = self.nodes.partition_point(|&node| node < centre - reach);
        let to = self.nodes.partition_point(|&node| node <= centre + reach);
        let kernel = |node: f64| {
            let distance = (z * now - node * before) / step;
            libm::exp(-0.5 * distance * distance)
        };
        let sum: f64 =
            self.nodes[from..to].iter().zip(&self.mass[from..to]).map(|(&node, mass)| mass * kernel(node)).sum();
        sum * normal::pdf(0.0) * now / step
    }

    /// The paths that go on inside `region` at `information`; the look after is at `next`. Nothing below `floor` is followed.
    pub(super) fn advance(&self, information: f64, region: Region, next: f64, floor: f64) -> Self {
        let own = libm::sqrt((information - self.information) / information);
        let following = libm::sqrt((next - information) / information);
        let (lower, upper) = (region.lower.max(floor), region.upper.min(FARTHEST));
        // A narrow kernel that follows asks for more nodes than the density has features; then it is convolved at the few
        // places that tell its form, and interpolated at the many.
        let (width, parts) = if following >= 0.4 * own {
            (PANEL * own.min(following).min(1.0), 1)
        } else {
            (SMOOTH * own, libm::ceil(SMOOTH * own / (PANEL * following)) as usize)
        };
        let panels = libm::ceil(((upper - lower) / width).max(1.0)) as usize;
        let half = 0.5 * (upper - lower) / panels as f64;
        let refinement = Refinement::into(parts);

        let mut nodes = Vec::with_capacity(panels * parts * POINTS);
        let mut mass = Vec::with_capacity(panels * parts * POINTS);
        for panel in 0..panels {
            let centre = lower + half * (2 * panel + 1) as f64;
            let density = rule().nodes.map(|x| self.density(information, centre + half * x));
            refinement.apply(&density, |x, weight, density| {
                nodes.push(centre + half * x);
                mass.push(half * weight * density);
            });
        }
        Self { information, nodes, mass }
    }

    /// The sum of `value` over the nodes, each with its mass under `drift`.
    fn weighted(&self, drift: f64, value: impl Fn(f64) -> f64) -> f64 {
        if drift == 0.0 {
            return self.nodes.iter().zip(&self.mass).map(|(&node, &mass)| mass * value(node)).sum();
        }
        let slope = drift * libm::sqrt(self.information);
        self.nodes
            .iter()
            .zip(&self.mass)
            .filter(|&(_, &mass)| mass > 0.0)
            // One exponential of the whole exponent: neither factor alone need be finite.
            .map(|(&node, &mass)| libm::exp(libm::log(mass) + slope * (node - 0.5 * slope)) * value(node))
            .sum()
    }
}

/// The division of a panel into equal parts, each with the nodes of a panel.
struct Refinement {
    /// For each new node: its place in the panel and its weight, and what each old node counts in the interpolation.
    rows: Vec<(f64, f64, [f64; POINTS])>,
}

impl Refinement {
    fn into(parts: usize) -> Self {
        if parts == 1 {
            return Self { rows: vec![] };
        }
        // Barycentric weights of the Gauss-Legendre nodes (Wang, Huybrechs and Vandewalle 2014).
        let mut sign = 1.0;
        let mut barycentric = [0.0; POINTS];
        for ((factor, x), weight) in barycentric.iter_mut().zip(&rule().nodes).zip(&rule().weights) {
            *factor = sign * libm::sqrt((1.0 - x * x) * weight);
            sign = -sign;
        }
        let half = 1.0 / parts as f64;
        let row = |place: f64, weight: f64| {
            if let Some(same) = rule().nodes.iter().position(|node| *node == place) {
                let mut only = [0.0; POINTS];
                only[same] = 1.0;
                return (place, weight, only);
            }
            let mut shares = [0.0; POINTS];
            for ((share, factor), node) in shares.iter_mut().zip(&barycentric).zip(&rule().nodes) {
                *share = factor / (place - node);
            }
            let total: f64 = shares.iter().sum();
            (place, weight, shares.map(|share| share / total))
        };
        let rows = (0..parts).flat_map(|part| {
            let centre = half * (2 * part + 1) as f64 - 1.0;
            rule().nodes.iter().zip(&rule().weights).map(move |(x, weight)| (centre + half * x, half * weight))
        });
        Self { rows: rows.map(|(place, weight)| row(place, weight)).collect() }
    }

    /// Hands every node of the refined panel to `node`: its place in [-1, 1], its weight, and the density there.
    fn apply(&self, density: &[f64; POINTS], mut node: impl FnMut(f64, f64, f64)) {
        if self.rows.is_empty() {
            for ((x, weight), density) in rule().nodes.iter().zip(&rule().weights).zip(density) {
                node(*x, *weight, *density);
            }
            return;
        }
        // The logarithm is interpolated, so that the small end of a panel is as exact as the large one.
        let something = density.iter().all(|&density| density > NOTHING);
        let logarithms = density.map(libm::log);
        for (place, weight, shares) in &self.rows {
            let logarithm: f64 = shares.iter().zip(&logarithms).map(|(share, logarithm)| share * logarithm).sum();
            node(*place, *weight, if something { libm::exp(logarithm) } else { 0.0 });
        }
    }
}

/// The lowest value of Z to follow under `drift` when no lower boundary stops the paths and `information` is the last
/// look's.
pub(super) fn floor(information: f64, drift: f64) -> f64 {
    ((drift * libm::sqrt(information)).min(0.0) - DEPTH).max(-FARTHEST)
}

/// The probability of stopping at one look, by side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossing {
    /// P(first crossing is at this look, through the upper boundary).
    pub upper: f64,
    /// P(first crossing is at this look, through the lower boundary); zero in one-sided designs.
    pub lower: f64,
}

/// The probability to stop at each look for the given regions, under `drift`.
pub(super) fn crossings(information: &[f64], regions: &[Region], drift: f64, floor: f64) -> Vec<Crossing> {
    let mut paths = Paths::start();
    let mut crossings = Vec::with_capacity(regions.len());
    for (look, (&now, &region)) in information.iter().zip(regions).enumerate() {
        crossings.push(paths.crossing(now, region, drift));
        if let Some(&next) = information.get(look + 1) {
            paths = paths.advance(now, region, next, floor);
        }
    }
    crossings
}

/// The paths that reach each of the looks, the first included.
pub(super) fn reaching(information: &[f64], regions: &[Region], floor: f64) -> Vec<Paths> {
    let mut reaching = vec![Paths::start()];
    for ((pair, &region), index) in information.windows(2).zip(regions).zip(0..) {
        let paths: &Paths = &reaching[index];
        let next = paths.advance(pair[0], region, pair[1], floor);
        reaching.push(next);
    }
    reaching
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A cut-off density, smoothed a little and a lot, at its bulk and at its thin ends.
    #[test]
    fn interpolation_agrees_with_convolution() {
        for (first, second, region) in [
            (0.5, 1.0, Region { lower: -3.0, upper: 2.0 }),
            (0.5, 0.55, Region { lower: -3.0, upper: 2.0 }),
            (0.1, 1.0, Region { lower: -6.0, upper: 6.0 }),
        ] {
            let paths = Paths::start().advance(first, region, second, -FARTHEST);
            let refinement = Refinement::into(7);
            let half = SMOOTH * libm::sqrt((second - first) / second) / 2.0;
            for centre in [-5.0, -2.5, 0.0, 1.5, 4.0] {
                let density = rule().nodes.map(|x| paths.density(second, centre + half * x));
                refinement.apply(&density, |x, _, interpolated| {
                    let exact = paths.density(second, centre + half * x);
                    assert!(
                        (interpolated / exact - 1.0).abs() < 1e-11,
                        "{second} {centre} {x}: {interpolated} {exact}"
                    );
                });
            }
        }
    }

    #[test]
    fn a_refined_panel_weighs_what_the_panel_does() {
        for parts in [1, 2, 5] {
            let mut sum = 0.0;
            Refinement::into(parts).apply(&rule().nodes.map(libm::exp), |_, weight, value| sum += weight * value);
            assert!((sum - (1.0f64.exp() - (-1.0f64).exp())).abs() < 1e-13, "{parts}: {sum}");
        }
    }

    /// Without a boundary the paths are a Brownian motion, whatever the looks.
    #[test]
    fn unstopped_paths_stay_normal() {
        let everywhere = Region { lower: -FARTHEST, upper: FARTHEST };
        let information = [0.1, 0.1005, 0.6, 0.61, 1.0];
        let mut paths = Paths::start();
        for pair in information.windows(2) {
            paths = paths.advance(pair[0], everywhere, pair[1], -FARTHEST);
        }
        for z in [-6.0, -1.0, 0.0, 2.5, 8.0, 20.0] {
            assert!((paths.above(1.0, z, 0.0) / normal::sf(z) - 1.0).abs() < 1e-11, "{z}");
            assert!((paths.below(1.0, z, 0.0) / normal::cdf(z) - 1.0).abs() < 1e-11, "{z}");
            assert!((paths.above(1.0, z, 2.0) / normal::sf(z - 2.0) - 1.0).abs() < 1e-11, "{z}");
        }
    }
}
