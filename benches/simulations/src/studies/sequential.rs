//! Methods that may be looked at every day, looked at every day for sixty days, without any difference.

use flags_ab::statistics::{
    Estimate, JointMoments, Moments, Proportion, Sides,
    bayes::NormalPosterior,
    cuped,
    sequential::{
        Boundaries, ConfidenceSequence, EffectEstimate, GroupSequential, MixtureTest, OneSidedConfidenceSequence,
        Shape, Spending,
    },
    two_proportion_z, welch_t,
};

use super::ALPHA;
use crate::{
    claim::{Claim, Row},
    lab::{Lab, Tally},
    page::Section,
    variates::{Binomial, exponential, normal},
};

const TEXT: &str = "\
A/A experiments of sixty days that stop at the first look that finds a difference. Always-valid methods promise at most 5 %\n\
over all looks, and keep some in reserve for the looks after the last. Group-sequential plans promise exactly 5 %. A fixed test\n\
that is looked at daily, and a Bayesian rule that stops at a 95 % chance to win, promise nothing of the kind; they are here to\n\
show what daily looking does to them. The data arrive in arms of one size unless said otherwise.";

const DAYS: usize = 60;

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let mut rows = Vec::new();
    for (daily, rate) in [(500, 0.05), (2000, 0.01), (500, 0.01), (20, 0.01)] {
        rows.extend(always_valid(lab, daily, rate)?);
    }
    rows.extend(ramp(lab)?);
    rows.extend(numbers(lab)?);
    rows.extend(plans(lab)?);
    Ok(Section::new(TEXT, rows))
}

/// The counts of both arms, growing.
#[derive(Clone, Copy, Default)]
struct Arms {
    control: Proportion,
    treatment: Proportion,
}

impl Arms {
    fn grow(&mut self, control: Proportion, treatment: Proportion) {
        let merged = |arm: Proportion, day| arm.merge(day).expect("sixty days of users fit a counter");
        self.control = merged(self.control, control);
        self.treatment = merged(self.treatment, treatment);
    }

    fn estimate(&self) -> Estimate<EffectEstimate> {
        EffectEstimate::between(self.control, self.treatment)
    }

    /// The pooled z statistic; 0 where there is none, which is as far from any boundary as can be.
    fn z(&self) -> f64 {
        two_proportion_z(self.control, self.treatment).and_then(|test| test.pooled).map_or(0.0, |test| test.z)
    }
}

/// The methods that are valid at every look, and what is not.
struct Always {
    sequence: ConfidenceSequence,
    one_sided: OneSidedConfidenceSequence,
    mixture: MixtureTest,
}

impl Always {
    /// Tightest halfway, and tuned to effects of a tenth of the rate.
    fn new(users: f64, scale: f64) -> Estimate<Self> {
        Ok(Self {
            sequence: ConfidenceSequence::new(ALPHA, users / 2.0)?,
            one_sided: OneSidedConfidenceSequence::new(ALPHA, users / 2.0)?,
            mixture: MixtureTest::new(ALPHA, scale * scale)?,
        })
    }

    /// Which methods find something: two-sided, more, less, mixture, more by a Bayesian rule, fixed.
    fn find(&self, estimate: &EffectEstimate) -> [bool; 6] {
        let bounds = self.one_sided.look(estimate);
        let chance = NormalPosterior::new(estimate.effect(), estimate.se(), None)
            .and_then(|posterior| posterior.chance_above(0.0))
            .unwrap_or(0.5);
        [
            self.sequence.look(estimate).is_ok_and(|look| look.p_value.is_significant(ALPHA)),
            bounds.is_ok_and(|bounds| bounds.p_above_zero.is_significant(ALPHA)),
            bounds.is_ok_and(|bounds| bounds.p_below_zero.is_significant(ALPHA)),
            self.mixture.look(estimate).is_ok_and(|look| look.p_value.is_significant(ALPHA)),
            chance > 0.95,
            (estimate.effect() / estimate.se()).abs() >= ALPHA.z_two_sided(),
        ]
    }
}

fn any<const N: usize>(so_far: &mut [bool; N], now: [bool; N]) {
    so_far.iter_mut().zip(now).for_each(|(so_far, now)| *so_far |= now);
}

const FOUND: [&str; 6] = [
    "confidence sequence",
    "one-sided confidence sequence: more",
    "one-sided confidence sequence: less",
    "mSPRT",
    "Bayesian rule: stop at a chance to win above 95 %",
    "fixed z-test, looked at daily",
];

fn found_rows(setting: &str, tallies: [Tally; 6]) -> Vec<Row> {
    let claim = |place: usize| Claim::at_most(ALPHA.value()).promised_if(place < 4);
    let rows = FOUND.into_iter().zip(tallies).enumerate();
    rows.map(|(place, (method, tally))| Row::share(method, setting, tally, claim(place))).collect()
}

fn always_valid(lab: &Lab, daily: u64, rate: f64) -> Estimate<Vec<Row>> {
    let setting = format!("{daily} + {daily} users a day at {rate}");
    let methods = Always::new((2 * daily * DAYS as u64) as f64, rate / 10.0)?;
    let day = Binomial::new(daily, rate);
    let tallies = lab.count(&setting, lab.runs(5), |rng| {
        let (mut arms, mut found) = (Arms::default(), [false; 6]);
        for _ in 0..DAYS {
            arms.grow(day.draw(rng), day.draw(rng));
            if let Ok(estimate) = arms.estimate() {
                any(&mut found, methods.find(&estimate));
            }
        }
        found
    });
    Ok(found_rows(&setting, tallies))
}

/// A treatment that starts with a tenth of the users and ends with half of them.
fn ramp(lab: &Lab) -> Estimate<Vec<Row>> {
    let setting = "1000 users a day at 0.05, of which the treatment gets 10 %, later 50 %";
    let methods = Always::new(60_000.0, 0.005)?;
    let days = [(900, 100), (500, 500)].map(|(a, b)| (Binomial::new(a, 0.05), Binomial::new(b, 0.05)));
    let tallies = lab.count(setting, lab.runs(5), |rng| {
        let (mut arms, mut found) = (Arms::default(), [false; 6]);
        for day in 0..DAYS {
            let (control, treatment) = &days[usize::from(day >= 20)];
            arms.grow(control.draw(rng), treatment.draw(rng));
            if let Ok(estimate) = arms.estimate() {
                any(&mut found, methods.find(&estimate));
            }
        }
        found
    });
    Ok(found_rows(setting, tallies))
}

/// Means of skewed values, and means after CUPED with θ fitted anew at every look.
fn numbers(lab: &Lab) -> Estimate<Vec<Row>> {
    let methods = Always::new(12_000.0, 0.1)?;
    let setting = "100 + 100 users a day, exponential";
    let tallies = lab.count(setting, lab.runs(10), |rng| {
        let (mut arms, mut found) = ([Moments::default(); 2], [false; 6]);
        for _ in 0..DAYS {
            for arm in &mut arms {
                (0..100).for_each(|_| arm.push(exponential(rng)).expect("variates are finite"));
            }
            let users = arms[0].count();
            let estimate = welch_t(arms[0].summary(), arms[1].summary(), ALPHA)
                .and_then(|welch| EffectEstimate::new(welch.difference, welch.test?.standard_error, users, users));
            if let Ok(estimate) = estimate {
                any(&mut found, methods.find(&estimate));
            }
        }
        found
    });
    let mut rows = found_rows(setting, tallies);
    let setting = "100 + 100 users a day, normal, CUPED with θ fitted at every look";
    let tallies = lab.count(setting, lab.runs(20), |rng| {
        let (mut arms, mut found) = ([JointMoments::default(); 2], [false; 6]);
        for _ in 0..DAYS {
            for arm in &mut arms {
                for _ in 0..100 {
                    let before = normal(rng);
                    arm.push(before, 0.7 * before + 0.7 * normal(rng)).expect("variates are finite");
                }
            }
            let users = arms[0].count();
            let estimate = cuped(arms[0], arms[1], ALPHA).and_then(|cuped| {
                let test = cuped.comparison.test?;
                EffectEstimate::new(cuped.comparison.difference, test.standard_error, users, users)
            });
            if let Ok(estimate) = estimate {
                any(&mut found, methods.find(&estimate));
            }
        }
        found
    });
    rows.extend(found_rows(setting, tallies).into_iter().take(4));
    Ok(rows)
}

/// A plan of looks: which days, and what boundaries.
struct Plan {
    method: &'static str,
    setting: &'static str,
    days: Vec<usize>,
    boundaries: Boundaries,
}

impl Plan {
    /// Looks on these days of sixty; `closing` ends with the last of them, whatever the plan was.
    fn new(
        method: &'static str,
        setting: &'static str,
        shape: Shape,
        sides: Sides,
        days: impl IntoIterator<Item = usize>,
        closing: bool,
    ) -> Estimate<Self> {
        let days: Vec<usize> = days.into_iter().collect();
        let fractions: Vec<f64> = days.iter().map(|day| *day as f64 / DAYS as f64).collect();
        let plan = GroupSequential::new(shape, ALPHA, sides)?;
        let boundaries = if closing { plan.closing_boundaries(&fractions)? } else { plan.boundaries(&fractions)? };
        Ok(Self { method, setting, days, boundaries })
    }

    /// Whether a day's statistic crosses, if it is a day of a look.
    fn crosses(&self, day: usize, z: f64) -> bool {
        let look = self.days.binary_search(&day);
        look.is_ok_and(|look| self.boundaries.crossing(look, z).is_ok_and(|side| side.is_some()))
    }
}

fn plans(lab: &Lab) -> Estimate<Vec<Row>> {
    const FIVE: &str = "5 even looks";
    const DAILY: &str = "60 daily looks";
    const UNEVEN: &str = "looks on days 3, 10, 14, 35, 60";
    const CLOSED: &str = "6 weekly looks, ended on day 42 of 60";
    use Sides::{One, Two};
    let (five, daily, weekly) = ([12, 24, 36, 48, 60], 1..=60, [7, 14, 21, 28, 35, 42]);
    let uneven = [3, 10, 14, 35, 60];
    let spending = Shape::Spending;
    let plans: [Plan; 14] = [
        Plan::new("O'Brien and Fleming", FIVE, Shape::ObrienFleming, Two, five, false)?,
        Plan::new("Pocock", FIVE, Shape::Pocock, Two, five, false)?,
        Plan::new("Wang and Tsiatis, Δ = 0.25", FIVE, Shape::WangTsiatis(0.25), Two, five, false)?,
        Plan::new("O'Brien and Fleming, one-sided", FIVE, Shape::ObrienFleming, One, five, false)?,
        Plan::new("O'Brien and Fleming", UNEVEN, Shape::ObrienFleming, Two, uneven, false)?,
        Plan::new("spending as O'Brien and Fleming", FIVE, spending(Spending::ObrienFleming), Two, five, false)?,
        Plan::new(
            "spending as O'Brien and Fleming",
            DAILY,
            spending(Spending::ObrienFleming),
            Two,
            daily.clone(),
            false,
        )?,
        Plan::new("spending as Pocock", DAILY, spending(Spending::Pocock), Two, daily.clone(), false)?,
        Plan::new("spending t²", DAILY, spending(Spending::Power(2.0)), Two, daily.clone(), false)?,
        Plan::new(
            "spending by Hwang, Shih and DeCani, γ = −4",
            DAILY,
            spending(Spending::HwangShihDeCani(-4.0)),
            Two,
            daily.clone(),
            false,
        )?,
        Plan::new(
            "spending as O'Brien and Fleming, one-sided",
            DAILY,
            spending(Spending::ObrienFleming),
            One,
            daily,
            false,
        )?,
        Plan::new("spending as O'Brien and Fleming", UNEVEN, spending(Spending::ObrienFleming), Two, uneven, false)?,
        Plan::new("spending as Pocock", UNEVEN, spending(Spending::Pocock), Two, uneven, false)?,
        Plan::new("spending as O'Brien and Fleming", CLOSED, spending(Spending::ObrienFleming), Two, weekly, true)?,
    ];
    let day = Binomial::new(1000, 0.1);
    let tallies = lab.count("plans", lab.runs(2), |rng| {
        let (mut arms, mut crossed) = (Arms::default(), [false; 14]);
        for today in 1..=DAYS {
            arms.grow(day.draw(rng), day.draw(rng));
            let z = arms.z();
            crossed.iter_mut().zip(&plans).for_each(|(crossed, plan)| *crossed |= plan.crosses(today, z));
        }
        crossed
    });
    let row = |(plan, tally): (&Plan, Tally)| {
        let setting = format!("{}, 1000 + 1000 users a day at 0.1", plan.setting);
        Row::share(plan.method, setting, tally, Claim::equals(ALPHA.value()).give_or_take(0.001))
    };
    Ok(plans.iter().zip(tallies).map(row).collect())
}
