//! What the long run says: retention and value of each cohort by age, and of the arms beside each other.

use flags_core::Timestamp;

use super::{
    LifetimeCounts,
    counts::{AgeCounts, CohortCounts, Week},
};
use crate::{
    Name,
    analytics::{Effect, Judgement, Share},
    statistics::{Alpha, Arm, Estimate, Interval, Moments, Undefined, special::student_t},
};

/// The long run in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct LifetimeResult {
    /// The event whose values are added.
    pub value: Name,
    /// The events by which a unit counts as active.
    pub active: Vec<Name>,
    /// The arms, in the order of the experiment.
    pub arms: Vec<LifetimeArm>,
    /// How many comparisons p-values are adjusted for: each age that has one in each arm that is tried.
    pub comparisons: usize,
    /// Units that were exposed too long ago to be in a cohort, or from now on.
    pub left_out: u64,
}

/// The long run in one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct LifetimeArm {
    /// The arm's name.
    pub arm: Name,
    /// Whether the others are compared with it.
    pub control: bool,
    /// Its cohorts, in the order of time; a week without anybody is none.
    pub cohorts: Vec<Cohort>,
    /// All cohorts together, by age. Younger ages have more cohorts in them, so the values need not rise.
    pub ages: Vec<PooledAge>,
}

/// The units of one arm whose first exposure fell into one week.
#[derive(Clone, Debug, PartialEq)]
pub struct Cohort {
    /// The Monday, at midnight in UTC, on which the week begins.
    pub start: Timestamp,
    /// How many units there are.
    pub users: u64,
    /// What they came to by age, in weeks from 0.
    pub ages: Vec<LifetimeAge>,
}

/// What is known of an age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LifetimeAge {
    /// Not all units have had the time; nothing is known yet, which is not the same as nothing.
    TooYoung {
        /// When all of them will have had it.
        complete: Timestamp,
    },
    /// All units have had the time.
    Complete(Lifetime),
}

/// What units came to by some age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lifetime {
    /// How many units there are.
    pub users: u64,
    /// The share of them that was active in the week of that age, with Wilson's interval.
    pub retention: Estimate<Share>,
    /// The mean of what a unit came to from its exposure to the end of that age.
    pub value: Estimate,
    /// The interval of that mean, by the t distribution, for one look.
    pub interval: Estimate<Interval>,
}

/// All cohorts of an arm that are old enough, at one age.
#[derive(Clone, Debug, PartialEq)]
pub struct PooledAge {
    /// What is known.
    pub lifetime: LifetimeAge,
    /// How many cohorts are in it.
    pub cohorts: usize,
    /// By how much the value differs from the control's; `None` for the control itself, and where nothing is known. If the
    /// split was changed while units were enrolled, the arms have different shares of each cohort, and part of the
    /// difference may be that.
    pub effect: Option<Estimate<Effect>>,
}

impl LifetimeCounts {
    /// The counts as shares, means and effects; p-values are adjusted for all ages and arms.
    #[must_use]
    pub fn result(&self, judgement: &Judgement) -> LifetimeResult {
        let pooled: Vec<Vec<(usize, Option<Pool>)>> = self
            .arms
            .iter()
            .map(|cohorts| (0..self.plan.weeks).map(|age| pool(cohorts.values(), age)).collect())
            .collect();
        let control = self.experiment.control();
        let compared =
            |arm: usize, age: usize| arm != control && pooled[arm][age].1.is_some() && pooled[control][age].1.is_some();
        let comparisons = (0..pooled.len())
            .flat_map(|arm| (0..self.plan.weeks).map(move |age| (arm, age)))
            .filter(|(arm, age)| compared(*arm, *age))
            .count();
        let each = judgement.each(comparisons);
        let mut arms: Vec<LifetimeArm> = vec![];
        for (index, name) in self.experiment.names().iter().enumerate() {
            let side = if index == control { Arm::Control } else { Arm::Treatment };
            let cohorts =
                self.arms[index].iter().map(|(week, counts)| self.cohort(*week, counts, side, judgement.alpha));
            let ages = pooled[index].iter().enumerate().map(|(age, (cohorts, pool))| {
                let effect = compared(index, age).then(|| {
                    let (Some(control), Some(own)) = (&pooled[control][age].1, pool) else {
                        return Err(Undefined::NoTraffic);
                    };
                    let (control, own) = (control.value?.summary(), own.value?.summary());
                    Effect::of_means(control, own, judgement.looks, each?)
                });
                let lifetime = match pool {
                    Some(pool) => LifetimeAge::Complete(pool.lifetime(side, judgement.alpha)),
                    None => LifetimeAge::TooYoung { complete: self.first_complete(index, age) },
                };
                PooledAge { lifetime, cohorts: *cohorts, effect }
            });
            let (cohorts, ages) = (cohorts.collect(), ages.collect());
            arms.push(LifetimeArm { arm: name.clone(), control: index == control, cohorts, ages });
        }
        let effects = arms.iter_mut().flat_map(|arm| &mut arm.ages).filter_map(|age| age.effect.as_mut());
        judgement.adjust(effects.filter_map(|effect| effect.as_mut().ok()), comparisons);
        LifetimeResult {
            value: self.plan.value.clone(),
            active: self.plan.active_events().to_vec(),
            arms,
            comparisons,
            left_out: self.left_out,
        }
    }

    fn cohort(&self, week: Week, counts: &CohortCounts, side: Arm, alpha: Alpha) -> Cohort {
        let ages = (0..self.plan.weeks).map(|age| match counts.ages.get(age) {
            Some(AgeCounts { active, value }) => {
                let pool = Pool { users: counts.users, active: *active, value: *value };
                LifetimeAge::Complete(pool.lifetime(side, alpha))
            }
            None => LifetimeAge::TooYoung { complete: week.complete(age) },
        });
        Cohort { start: week.start(), users: counts.users, ages: ages.collect() }
    }

    /// When the first cohort of an arm will have an age; if there is none, when one of this week would.
    fn first_complete(&self, arm: usize, age: usize) -> Timestamp {
        self.arms[arm].keys().next().copied().unwrap_or_else(|| Week::of(self.now)).complete(age)
    }
}

/// Units of one or more cohorts at an age that all of them have had.
#[derive(Clone, Copy, Debug)]
struct Pool {
    users: u64,
    active: u64,
    value: Estimate<Moments>,
}

impl Pool {
    fn lifetime(&self, side: Arm, alpha: Alpha) -> Lifetime {
        let value = self.value.and_then(|moments| moments.mean().ok_or(Undefined::NoValues));
        let interval = self.value.and_then(|moments| interval(moments, side, alpha));
        Lifetime { users: self.users, retention: Share::of(self.active, self.users, alpha), value, interval }
    }
}

/// The cohorts that have had an age, together, and how many they are.
fn pool<'a>(cohorts: impl Iterator<Item = &'a CohortCounts>, age: usize) -> (usize, Option<Pool>) {
    let old_enough = cohorts.filter_map(|cohort| Some((cohort.users, cohort.ages.get(age)?)));
    old_enough.fold((0, None), |(cohorts, pool), (users, counts)| {
        let next = match pool {
            None => Pool { users, active: counts.active, value: counts.value },
            Some(Pool { users: before, active, value }) => Pool {
                users: before + users,
                active: active + counts.active,
                value: value.and_then(|value| value.merge(counts.value?)),
            },
        };
        (cohorts + 1, Some(next))
    })
}

/// The mean ∓ t_{1−α/2, n−1} s/√n.
fn interval(moments: Moments, arm: Arm, alpha: Alpha) -> Estimate<Interval> {
    let (Some(mean), Some(variance)) = (moments.mean(), moments.variance()) else {
        return Err(Undefined::TooFewUsers { arm, users: moments.count(), needed: 2 });
    };
    if variance == 0.0 {
        return Err(Undefined::ZeroVariance);
    }
    let users = moments.count() as f64;
    let reach = student_t::upper_quantile(alpha.value() / 2.0, users - 1.0) * libm::sqrt(variance / users);
    Interval::around(mean, reach)
}
