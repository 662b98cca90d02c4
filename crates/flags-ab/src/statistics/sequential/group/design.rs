//! Group-sequential designs: when to stop at which look, so that all looks together keep the level.

use crate::statistics::{
    Alpha, Estimate, Sides, Undefined,
    outcome::argument,
    special::{normal, solve},
};

use super::recursion::{FARTHEST, Paths, Region, crossings, floor};
use super::{Boundaries, Look, Spending};

/// The largest number of looks that boundaries are computed for.
pub const MAXIMUM_LOOKS: usize = 400;

/// Two looks count as distinct when at least this share of the information is new.
const CLOSEST: f64 = 1e-3;

/// Less than this is not spent at a look but kept for the next one; a double ends near 1e-308.
const LEAST_SPENT: f64 = 1e-290;

/// The form of the boundaries over the looks.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// z = C t^(−1/2) (O'Brien and Fleming, Biometrics 1979): very strict early, near the fixed test at the end.
    ObrienFleming,
    /// z = C (Pocock, Biometrika 1977): the same threshold at every look.
    Pocock,
    /// z = C t^(Δ − 1/2) (Wang and Tsiatis, Biometrics 1987), Δ in [0, 1/2]: from O'Brien and Fleming to Pocock.
    WangTsiatis(f64),
    /// What a spending function leaves at each look; looks need not be planned.
    Spending(Spending),
}

/// A plan for looking several times: the shape of the boundaries, the level, and the sides.
///
/// The plan has to be fixed before the first look. With a [`Shape::Spending`] the times of the looks may still be chosen as
/// one goes, for any reason but the data themselves; the other shapes need every look to be known in advance.
///
/// Source: Jennison and Turnbull, *Group Sequential Methods with Applications to Clinical Trials*, 2000, chapters 2, 3, 7
/// and 19. The statistics are asymptotically normal with independent increments: those at the information shares s < t have
/// the correlation √(s/t). Boundaries are correct to 1e-9, probabilities to 1e-11 relative.
///
/// ```
/// use flags_ab::statistics::sequential::{GroupSequential, Shape, Spending};
/// use flags_ab::statistics::{Alpha, Sides};
///
/// let plan = GroupSequential::new(Shape::Spending(Spending::ObrienFleming), Alpha::new(0.05)?, Sides::Two)?;
/// let boundaries = plan.boundaries(&[0.2, 0.4, 0.6, 0.8, 1.0])?;
/// let z: Vec<f64> = boundaries.looks().iter().filter_map(|look| look.boundary).collect();
/// assert!((z[0] - 4.877).abs() < 5e-4 && (z[4] - 2.031).abs() < 5e-4);
/// # Ok::<(), flags_ab::statistics::Undefined>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupSequential {
    shape: Shape,
    alpha: Alpha,
    sides: Sides,
}

impl GroupSequential {
    /// A plan that keeps `alpha` over all its looks and both of its sides together.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when `alpha` is a half or more, or when a parameter of the shape is outside of its range.
    pub fn new(shape: Shape, alpha: Alpha, sides: Sides) -> Estimate<Self> {
        argument("alpha of a group-sequential design", alpha.value(), "below 0.5", |alpha| alpha < 0.5)?;
        match shape {
            Shape::ObrienFleming | Shape::Pocock => {}
            Shape::WangTsiatis(delta) => {
                argument("delta of Wang and Tsiatis", delta, "from 0 to 0.5", |delta| (0.0..=0.5).contains(&delta))?;
            }
            Shape::Spending(spending) => spending.check()?,
        }
        Ok(Self { shape, alpha, sides })
    }

    /// The shape of the boundaries.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The level that all looks together keep.
    pub fn alpha(&self) -> Alpha {
        self.alpha
    }

    /// Whether one or both directions stop.
    pub fn sides(&self) -> Sides {
        self.sides
    }

    /// The boundaries at the looks made so far, or planned, at `fractions` of the planned information.
    ///
    /// For two means or proportions the information is 1/se²; with arms of fixed shares, the share of the planned users
    /// stands for it. Fractions ascend from above 0. With a spending function the boundary of a look depends only on the
    /// looks before it, so a prefix gives a prefix of the boundaries; a fraction above 1 (more users than planned) spends
    /// what is left. The other shapes take the last fraction as the end of the plan.
    ///
    /// # Errors
    ///
    /// [`Undefined::OutOfDomain`] when there is no look, there are more than [`MAXIMUM_LOOKS`], or the fractions are not
    /// ascending numbers above 0, and [`Undefined::LooksTooClose`] when a look brings less than a thousandth of new
    /// information.
    pub fn boundaries(&self, fractions: &[f64]) -> Estimate<Boundaries> {
        check(fractions)?;
        match self.shape {
            Shape::ObrienFleming => Ok(self.power_family(fractions, 0.0)),
            Shape::Pocock => Ok(self.power_family(fractions, 0.5)),
            Shape::WangTsiatis(delta) => Ok(self.power_family(fractions, delta)),
            Shape::Spending(spending) => {
                Ok(self.spend(fractions, |look| spending.spent(self.level(), fractions[look])))
            }
        }
    }

    /// The boundaries at looks whose error is spent by something else than information, such as the calendar.
    ///
    /// `times` says for each look how much of the plan is over, from above 0 to 1; `information` what had come in by then, in
    /// any unit, so that the final amount need not be known before. Where both are in proportion, these are the
    /// [`boundaries`](Self::boundaries) at `times`. The times must not be chosen by what the data show.
    ///
    /// Only for a [`Shape::Spending`]; the other shapes go by information alone, and do not read the times.
    ///
    /// Source: Lan and DeMets, Controlled Clinical Trials 10, 1989 (group sequential procedures: calendar versus information
    /// time).
    ///
    /// # Errors
    ///
    /// As for [`GroupSequential::boundaries`], for either list, and [`Undefined::LengthMismatch`] unless they are of one
    /// length.
    pub fn boundaries_spent_at(&self, information: &[f64], times: &[f64]) -> Estimate<Boundaries> {
        check(information)?;
        check(times)?;
        if information.len() != times.len() {
            return Err(Undefined::LengthMismatch { what: "times", found: times.len(), expected: information.len() });
        }
        match self.shape {
            Shape::Spending(spending) => {
                let boundaries = self.spend(information, |look| spending.spent(self.level(), times[look]));
                Ok(Boundaries { times: Some(times.to_vec()), ..boundaries })
            }
            _ => self.boundaries(information),
        }
    }

    /// The boundaries when the last of these looks is the end, whatever information was reached: all that has not been
    /// spent is spent there. For an experiment that ends with less than the planned users.
    ///
    /// # Errors
    ///
    /// As for [`GroupSequential::boundaries`].
    pub fn closing_boundaries(&self, fractions: &[f64]) -> Estimate<Boundaries> {
        check(fractions)?;
        let last = fractions.len().saturating_sub(1);
        match self.shape {
            Shape::Spending(spending) => {
                let spent = |look: usize| {
                    if look == last { self.level() } else { spending.spent(self.level(), fractions[look]) }
                };
                Ok(self.spend(fractions, spent))
            }
            _ => self.boundaries(fractions),
        }
    }

    /// The level of one side.
    fn level(&self) -> f64 {
        self.sides.tail(self.alpha)
    }

    fn region(&self, bound: f64) -> Region {
        match self.sides {
            Sides::One => Region { lower: f64::NEG_INFINITY, upper: bound },
            Sides::Two => Region { lower: -bound, upper: bound },
        }
    }

    /// Boundaries C (t / end)^(delta − 1/2), with C such that the looks together cross with the level's probability.
    fn power_family(&self, fractions: &[f64], delta: f64) -> Boundaries {
        let end = fractions.last().copied().unwrap_or(1.0);
        let factors: Vec<f64> = fractions.iter().map(|fraction| libm::pow(fraction / end, delta - 0.5)).collect();
        let level = self.level();
        let regions =
            |constant: f64| -> Vec<Region> { factors.iter().map(|factor| self.region(constant * factor)).collect() };
        let walk = |constant: f64| crossings(fractions, &regions(constant), 0.0, floor(end, 0.0));
        let excess = |constant: f64| {
            let total: f64 = walk(constant).iter().map(|crossing| crossing.upper).sum();
            let excess = libm::log(total / level);
            // Closer than this is the same constant to twelve digits.
            if excess.abs() < 1e-12 { 0.0 } else { excess }
        };
        // The last look alone crosses with at most the level; K looks with at most K times what each may.
        let low = normal::upper_quantile(level);
        let high = normal::upper_quantile(level / fractions.len() as f64);
        let constant = if fractions.len() == 1 { low } else { solve::root(excess, low, high).unwrap_or(high) };

        let upper: Vec<f64> = walk(constant).iter().map(|crossing| crossing.upper).collect();
        let bounds = factors.iter().map(|factor| Some(constant * factor)).collect();
        self.assemble(fractions, bounds, &upper, Some(constant))
    }

    /// The boundaries that spend, up to each look, what `spent` permits.
    fn spend(&self, fractions: &[f64], spent: impl Fn(usize) -> f64) -> Boundaries {
        let mut paths = Paths::start();
        let mut bounds = Vec::with_capacity(fractions.len());
        let mut upper: Vec<f64> = Vec::with_capacity(fractions.len());
        let mut total = 0.0;
        for (look, &now) in fractions.iter().enumerate() {
            let target = spent(look) - total;
            let bound = if target >= LEAST_SPENT { Some(boundary(&paths, now, target)) } else { None };
            bounds.push(bound);
            let crossed = bound.map_or(0.0, |_| target);
            upper.push(crossed);
            total += crossed;
            if let Some(&next) = fractions.get(look + 1) {
                let region = self.region(bound.unwrap_or(f64::INFINITY));
                let floor = if self.sides == Sides::Two { -FARTHEST } else { floor(next, 0.0) };
                paths = paths.advance(now, region, next, floor);
            }
        }
        self.assemble(fractions, bounds, &upper, None)
    }

    fn assemble(
        &self,
        fractions: &[f64],
        bounds: Vec<Option<f64>>,
        upper: &[f64],
        constant: Option<f64>,
    ) -> Boundaries {
        let sides = count(self.sides);
        let mut total = 0.0;
        let looks = fractions
            .iter()
            .zip(bounds)
            .zip(upper)
            .map(|((&information_fraction, boundary), upper)| {
                total += sides * upper;
                Look {
                    information_fraction,
                    boundary,
                    nominal_level: boundary.map_or(0.0, |z| sides * normal::sf(z)),
                    cumulative_alpha: total,
                }
            })
            .collect();
        Boundaries { plan: *self, looks, constant, times: None }
    }
}

/// The z that the paths cross at `information` with the probability `target`, upwards.
///
/// Newton's method on the logarithm of the probability, kept inside a bracket; 200 rounds at most, about six in practice.
fn boundary(paths: &Paths, information: f64, target: f64) -> f64 {
    // Paths that may have stopped earlier cross less often than those that may not.
    let mut high = normal::upper_quantile(target);
    let mut low = high - 0.5;
    while low > -FARTHEST && paths.above(information, low, 0.0) < target {
        high = low;
        low -= 1.0;
    }
    let mut z = high;
    for _ in 0..200 {
        let probability = paths.above(information, z, 0.0);
        if probability < target {
            high = z;
        } else {
            low = z;
        }
        let density = paths.density(information, z);
        let newton = z + probability / density * libm::log(probability / target);
        let next = if newton > low && newton < high { newton } else { 0.5 * (low + high) };
        let step = (next - z).abs();
        z = next;
        if step <= 1e-13 * z.abs().max(1.0) {
            break;
        }
    }
    z
}

/// How many boundaries share the level.
pub(super) fn count(sides: Sides) -> f64 {
    match sides {
        Sides::One => 1.0,
        Sides::Two => 2.0,
    }
}

fn check(fractions: &[f64]) -> Estimate<()> {
    argument("the number of looks", fractions.len() as f64, "from 1 to 400", |looks| {
        looks >= 1.0 && looks <= MAXIMUM_LOOKS as f64
    })?;
    let mut before = 0.0;
    for (look, &fraction) in (1..).zip(fractions) {
        argument(
            "the information fraction of a look",
            fraction,
            "from 1e-12 to 1e12 and above those before it",
            |fraction| fraction > before && (1e-12..=1e12).contains(&fraction),
        )?;
        if fraction - before < CLOSEST * fraction {
            return Err(Undefined::LooksTooClose { look });
        }
        before = fraction;
    }
    Ok(())
}
