//! The effect of an arm in one number of an analysis of many: a difference, its interval and its p-value.

use flags_core::{
    Timestamp,
    definition::{AnalysisMethod, Correction as CorrectionDefinition, ExperimentDefinition},
};

use crate::statistics::{
    Alpha, Arm, Correction, Estimate, Interval, PValue, Proportion, Summary, Undefined, adjust_p_values,
    conversion_test, difference_intervals, relative_lift,
    sequential::{ConfidenceSequence, EffectEstimate},
    special::normal,
    welch_t, wilson_interval,
};
use crate::{
    analysis::{MINIMUM_EXPECTED, MINIMUM_UNITS, TIGHTEST_AT, single_look_has_come},
    summary::MetricSum,
};

/// How often one may look at what comes out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Looks {
    /// As often as one likes, while the experiment runs: confidence sequences. They rest on the central limit theorem at every
    /// look, so they begin at 100 users in the smaller arm and 5 expected conversions, as in the analysis.
    AnyTime {
        /// The users, of both arms together, at which the intervals are to be tightest. Fixed before the data are seen.
        tightest_at: f64,
    },
    /// Once, after the end of an experiment of planned size: tests for one look, which see smaller effects.
    Once,
}

impl Looks {
    /// The users at which intervals are tightest unless something else is planned: as [`ConfidenceSequence::new`] explains,
    /// rather too few than too many.
    pub const TIGHTEST_AT: f64 = TIGHTEST_AT;
}

/// How analytics judge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judgement {
    /// The level that all comparisons of one table hold together.
    pub alpha: Alpha,
    /// How often one may look.
    pub looks: Looks,
    /// How p-values are adjusted for their number; `None` leaves them.
    pub correction: Option<Correction>,
}

impl Default for Judgement {
    /// 5 %, at any time, by Holm's method.
    fn default() -> Self {
        let looks = Looks::AnyTime { tightest_at: Looks::TIGHTEST_AT };
        Self { alpha: Alpha::FIVE_PERCENT, looks, correction: Some(Correction::Holm) }
    }
}

impl Judgement {
    /// As the experiment says. Only one of fixed size that is over at `now` is judged as by one look.
    ///
    /// # Errors
    ///
    /// [`OutOfDomain`](crate::statistics::Undefined::OutOfDomain) where its confidence is not between 0 and 1, as in a definition that has not been checked.
    pub fn of(experiment: &ExperimentDefinition, now: Timestamp) -> Estimate<Self> {
        let analysis = &experiment.analysis;
        let looks = match analysis.method {
            AnalysisMethod::Fixed if single_look_has_come(experiment, now) => Looks::Once,
            _ => Looks::AnyTime { tightest_at: Looks::TIGHTEST_AT },
        };
        let correction = match analysis.correction {
            CorrectionDefinition::None => None,
            CorrectionDefinition::Bonferroni => Some(Correction::Bonferroni),
            CorrectionDefinition::Holm => Some(Correction::Holm),
            CorrectionDefinition::BenjaminiHochberg => Some(Correction::BenjaminiHochberg),
        };
        // 1 − 0.95 is not 0.05 in doubles.
        let alpha = Alpha::new(libm::round((1.0 - analysis.confidence) * 1e15) / 1e15)?;
        Ok(Self { alpha, looks, correction })
    }

    /// The level of each of `comparisons` intervals, such that all of them hold together: Bonferroni's, since there are no
    /// simple intervals for the other corrections.
    ///
    /// # Errors
    ///
    /// [`OutOfDomain`](crate::statistics::Undefined::OutOfDomain) where the level becomes too small for a double.
    pub(super) fn each(&self, comparisons: usize) -> Estimate<Alpha> {
        match self.correction {
            Some(_) if comparisons > 1 => Alpha::new(self.alpha.value() / comparisons as f64),
            _ => Ok(self.alpha),
        }
    }

    /// Writes the adjusted p-values of a family of so many comparisons; one without a p-value counts as having found nothing.
    pub(super) fn adjust<'a>(&self, effects: impl Iterator<Item = &'a mut Effect>, comparisons: usize) {
        let mut with_p: Vec<(&mut Effect, f64)> =
            effects.filter_map(|effect| effect.p.ok().map(|p| (effect, p.value()))).collect();
        let mut p_values: Vec<f64> = with_p.iter().map(|(_, p)| *p).collect();
        p_values.resize(comparisons.max(p_values.len()), 1.0);
        let adjusted = match self.correction {
            None => p_values,
            // A p-value is between 0 and 1, so there is nothing to refuse.
            Some(correction) => adjust_p_values(&p_values, correction).map_or(p_values, |all| all.values().to_vec()),
        };
        for ((effect, _), adjusted) in with_p.iter_mut().zip(adjusted) {
            effect.adjusted_p = Ok(adjusted);
        }
    }
}

/// By how much an arm differs from the control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effect {
    /// The value of the arm minus that of the control.
    pub difference: f64,
    /// Where the true difference is, together with all other intervals of the table.
    pub interval: Estimate<Interval>,
    /// The difference over the control's absolute value.
    pub lift: Estimate,
    /// Where the true relative difference is, together with all others.
    pub lift_interval: Estimate<Interval>,
    /// How surprising the difference would be if there were none, by itself.
    pub p: Estimate<PValue>,
    /// The same, adjusted for the number of comparisons in the table.
    pub adjusted_p: Estimate,
}

impl Effect {
    /// Whether there is a difference, by the adjusted p-value.
    #[must_use]
    pub fn is_significant(&self, alpha: Alpha) -> bool {
        self.adjusted_p.is_ok_and(|p| p <= alpha.value())
    }

    /// Of two conversion rates, with intervals at the level `each`.
    ///
    /// # Errors
    ///
    /// [`NoUsers`](crate::statistics::Undefined::NoUsers) if an arm is empty.
    pub(super) fn of_rates(control: Proportion, treatment: Proportion, looks: Looks, each: Alpha) -> Estimate<Self> {
        let intervals = difference_intervals(control, treatment, each)?;
        let (p, interval) = match looks {
            Looks::Once => {
                let test = conversion_test(control, treatment);
                (test.map(|test| test.p.two_sided), Ok(intervals.newcombe))
            }
            Looks::AnyTime { tightest_at } => {
                let look = enough_conversions(control, treatment)
                    .and_then(|()| EffectEstimate::between(control, treatment))
                    .and_then(|estimate| ConfidenceSequence::new(each, tightest_at)?.look(&estimate));
                // The rates differ by no more than one, whatever a wide interval says.
                let within = |interval: Interval| Interval::between(interval.lower.max(-1.0), interval.upper.min(1.0));
                (look.map(|look| look.p_value), look.and_then(|look| within(look.interval)))
            }
        };
        Ok(Self::with(intervals.difference, interval, p, control.summary(), treatment.summary(), looks, each))
    }

    /// Of two means, with intervals at the level `each`.
    ///
    /// # Errors
    ///
    /// [`NoUsers`](crate::statistics::Undefined::NoUsers) if an arm is empty.
    pub(super) fn of_means(control: Summary, treatment: Summary, looks: Looks, each: Alpha) -> Estimate<Self> {
        let welch = welch_t(control, treatment, each)?;
        let (p, interval) = match looks {
            Looks::Once => (welch.test.map(|test| test.p.two_sided), welch.test.map(|test| test.interval)),
            Looks::AnyTime { tightest_at } => {
                let look = enough_users(control.users(), treatment.users()).and_then(|()| {
                    let error = welch.test?.standard_error;
                    let estimate = EffectEstimate::new(welch.difference, error, control.users(), treatment.users())?;
                    let look = ConfidenceSequence::new(each, tightest_at)?.look(&estimate)?;
                    Ok((look.interval, look.p_value))
                });
                (look.map(|(_, p)| p), look.map(|(interval, _)| interval))
            }
        };
        Ok(Self::with(welch.difference, interval, p, control, treatment, looks, each))
    }

    /// Of the sums of a metric: rates where both are conversions, means else.
    ///
    /// # Errors
    ///
    /// As for rates and means, and where a ratio has no value.
    pub(super) fn of_sums(control: &MetricSum, treatment: &MetricSum, looks: Looks, each: Alpha) -> Estimate<Self> {
        if let (MetricSum::Conversion(control), MetricSum::Conversion(treatment)) = (control, treatment) {
            return Self::of_rates(*control, *treatment, looks, each);
        }
        Self::of_means(control.summary(Arm::Control)?, treatment.summary(Arm::Treatment)?, looks, each)
    }

    fn with(
        difference: f64,
        interval: Estimate<Interval>,
        p: Estimate<PValue>,
        control: Summary,
        treatment: Summary,
        looks: Looks,
        each: Alpha,
    ) -> Self {
        // The level at which a single look has the critical value of the interval: Fieller's interval asks for which ratios
        // the one linear effect is within it.
        let level = match looks {
            Looks::Once => Ok(each),
            Looks::AnyTime { tightest_at } => level_at(control, treatment, each, tightest_at),
        };
        let relative = relative_lift(control, treatment, level.unwrap_or(each));
        // What has no interval has none as a share of the control either.
        let lift_interval = interval.and(level).and(relative).and_then(|relative| {
            let intervals = relative.intervals?;
            match intervals.fieller {
                Err(Undefined::MeanNotPositive { .. }) => Ok(intervals.delta_z),
                fieller => fieller?.interval,
            }
        });
        let lift = relative.map(|relative| relative.lift);
        Self { difference, interval, lift, lift_interval, p, adjusted_p: p.map(PValue::value) }
    }
}

/// The difference of the sums of a metric with its standard error, above zero.
///
/// # Errors
///
/// Where an arm is too small, or nothing varies.
pub(super) fn effect_estimate(control: &MetricSum, treatment: &MetricSum) -> Estimate<EffectEstimate> {
    if let (MetricSum::Conversion(control), MetricSum::Conversion(treatment)) = (control, treatment) {
        enough_conversions(*control, *treatment)?;
        return EffectEstimate::between(*control, *treatment);
    }
    let (control, treatment) = (control.summary(Arm::Control)?, treatment.summary(Arm::Treatment)?);
    enough_users(control.users(), treatment.users())?;
    let welch = welch_t(control, treatment, Alpha::FIVE_PERCENT)?;
    EffectEstimate::new(welch.difference, welch.test?.standard_error, control.users(), treatment.users())
}

/// The level at which the normal distribution has the critical value that a confidence sequence has at so many users.
fn level_at(control: Summary, treatment: Summary, each: Alpha, tightest_at: f64) -> Estimate<Alpha> {
    let standard = EffectEstimate::new(0.0, 1.0, control.users(), treatment.users())?;
    let critical = ConfidenceSequence::new(each, tightest_at)?.look(&standard)?.half_width;
    Alpha::new((2.0 * normal::sf(critical)).max(1e-300))
}

/// Refuses arms that are too small for the central limit theorem, as the analysis does.
fn enough_users(control: u64, treatment: u64) -> Estimate<()> {
    let (arm, users) = if control <= treatment { (Arm::Control, control) } else { (Arm::Treatment, treatment) };
    if users < MINIMUM_UNITS { Err(Undefined::TooFewUsers { arm, users, needed: MINIMUM_UNITS }) } else { Ok(()) }
}

/// The same for rates, which also need some conversions and some units without.
fn enough_conversions(control: Proportion, treatment: Proportion) -> Estimate<()> {
    enough_users(control.users(), treatment.users())?;
    let sum = |part: fn(Proportion) -> u64| part(control) as f64 + part(treatment) as f64;
    let smaller = control.users().min(treatment.users()) as f64;
    let rarer = sum(Proportion::conversions).min(sum(Proportion::failures));
    let expected = rarer * smaller / sum(Proportion::users);
    if expected < MINIMUM_EXPECTED as f64 {
        return Err(Undefined::TooFewConversions { expected, needed: MINIMUM_EXPECTED });
    }
    Ok(())
}

/// A share of units with Wilson's interval: for one look at one share, not for comparisons.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// The share, from 0 to 1.
    pub rate: f64,
    /// Its interval.
    pub interval: Interval,
}

impl Share {
    /// `part` of `users`.
    ///
    /// # Errors
    ///
    /// [`NoValues`](crate::statistics::Undefined::NoValues) without users.
    pub(super) fn of(part: u64, users: u64, alpha: Alpha) -> Estimate<Self> {
        let interval = wilson_interval(Proportion::new(part, users)?, alpha)?;
        Ok(Self { rate: part as f64 / users as f64, interval })
    }
}
