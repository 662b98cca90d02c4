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
        // Given Z = z, the node before is a bridge: its mean is z times the correlation, its standard deviation this.
        let (centre, reach) = (z * before / now, WINDOW * step / now);
        let first = self.nodes.partition_point(|&node| node < centre - reach);
        let last = self.nodes.partition_point(|&node| node <= centre + reach);
        let (nodes, mass) = if self.information == 0.0 {
            (&self.nodes[..], &self.mass[..])
        } else {
            (&self.nodes[first..last], &self.mass[first..last])
        };
        let sum: f64 =
            nodes.iter().zip(mass).map(|(&node, &mass)| mass * normal::pdf((z * now - node * before) / step)).sum();
        sum * now / step
    }

    /// The paths that go on inside `region` at `information`; the look after is at `next`. Nothing below `floor` is followed.
    pub(super) fn advance(&self, information: f64, region: Region, next: f64, floor: f64) -> Self {
        let own = libm::sqrt((information - self.information) / information);
        let following = libm::sqrt((next - information) / information);
        let scale = PANEL * own.min(following).min(1.0);
        let (lower, upper) = (region.lower.max(floor), region.upper.min(FARTHEST));
        let panels = libm::ceil(((upper - lower) / scale).max(1.0)) as usize;
        let half = 0.5 * (upper - lower) / panels as f64;

        let mut nodes = Vec::with_capacity(panels * POINTS);
        let mut mass = Vec::with_capacity(panels * POINTS);
        for panel in 0..panels {
            let centre = lower + half * (2 * panel + 1) as f64;
            for (x, weight) in rule().nodes.iter().zip(&rule().weights) {
                let z = centre + half * x;
                nodes.push(z);
                mass.push(half * weight * self.density(information, z));
            }
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
