//! What is counted of the long run: for each arm, cohort and age, who was there and what it came to.

use std::collections::BTreeMap;

use flags_core::Timestamp;

use super::LifetimePlan;
use crate::{
    analytics::{Arms, Participant},
    statistics::{Estimate, Moments},
};

/// A week in microseconds.
const WEEK: i64 = 7 * 86_400_000_000;

/// The first Monday of 1970, in microseconds.
const FIRST_MONDAY: i64 = 4 * 86_400_000_000;

/// The counts of the long run, gathered unit by unit, in parts that merge.
///
/// Room is taken for each arm, cohort and age, and not for units. Cohorts reach back
/// [`MAXIMUM_COHORTS`](Self::MAXIMUM_COHORTS) weeks; who was exposed before is left out and counted.
///
/// Events and exposures from `now` on are none of it.
#[derive(Clone, Debug)]
pub struct LifetimeCounts {
    pub(super) plan: LifetimePlan,
    pub(super) experiment: Arms,
    pub(super) arms: Vec<BTreeMap<Week, CohortCounts>>,
    pub(super) left_out: u64,
    pub(super) now: Timestamp,
    /// The values of the unit at hand by age, and whether it was active.
    ages: Vec<(f64, bool)>,
}

/// A week, counted from the first Monday of 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Week(i64);

impl Week {
    pub(super) fn of(at: Timestamp) -> Self {
        Self(at.as_micros().saturating_sub(FIRST_MONDAY).div_euclid(WEEK))
    }

    /// Its first instant.
    pub(super) fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(WEEK).saturating_add(FIRST_MONDAY))
    }

    /// When all units of its cohort have had an age in full.
    pub(super) fn complete(self, age: usize) -> Timestamp {
        // At most `MAXIMUM_WEEKS` and two.
        let weeks = i64::try_from(age).unwrap_or(i64::MAX).saturating_add(2);
        Timestamp::from_micros(self.start().as_micros().saturating_add(weeks.saturating_mul(WEEK)))
    }
}

/// The counts of a cohort in one arm.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct CohortCounts {
    pub(super) users: u64,
    /// The ages that the whole cohort has had.
    pub(super) ages: Vec<AgeCounts>,
}

/// The counts of a cohort at one age.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct AgeCounts {
    pub(super) active: u64,
    /// Of what each unit came to from its exposure to the end of the age.
    pub(super) value: Estimate<Moments>,
}

impl LifetimeCounts {
    /// How many cohorts there may be: ten years.
    pub const MAXIMUM_COHORTS: usize = 520;

    /// Nobody counted yet; `now` says which cohorts are old enough.
    #[must_use]
    pub fn new(plan: LifetimePlan, arms: &Arms, now: Timestamp) -> Self {
        let counts = vec![BTreeMap::new(); arms.names().len()];
        Self { plan, experiment: arms.clone(), arms: counts, left_out: 0, now, ages: vec![] }
    }

    /// What is counted.
    #[must_use]
    pub fn plan(&self) -> &LifetimePlan {
        &self.plan
    }

    /// Counts a unit. An arm that there is not is passed over.
    pub fn record(&mut self, participant: &Participant<'_>) {
        let Some(cohorts) = self.arms.get_mut(participant.arm) else { return };
        let week = Week::of(participant.exposed);
        let oldest = Week(Week::of(self.now).0.saturating_sub(Self::MAXIMUM_COHORTS as i64 - 1));
        if week < oldest || participant.exposed >= self.now {
            self.left_out += 1;
            return;
        }
        let complete = (0..self.plan.weeks).take_while(|age| week.complete(*age) <= self.now).count();
        by_age(&self.plan, participant, self.now, complete, &mut self.ages);
        let none = AgeCounts { active: 0, value: Ok(Moments::default()) };
        let cohort = cohorts.entry(week).or_insert_with(|| CohortCounts { users: 0, ages: vec![none; complete] });
        cohort.users += 1;
        let mut total = 0.0;
        for (counts, (value, active)) in cohort.ages.iter_mut().zip(&self.ages) {
            total += value;
            counts.active += u64::from(*active);
            if let Ok(moments) = &mut counts.value
                && let Err(reason) = moments.push(total)
            {
                counts.value = Err(reason);
            }
        }
    }

    /// Takes in the counts of the same plan, at the same instant, over other units.
    pub fn merge(&mut self, other: &Self) {
        self.left_out += other.left_out;
        for (cohorts, others) in self.arms.iter_mut().zip(&other.arms) {
            for (week, other) in others {
                match cohorts.entry(*week) {
                    std::collections::btree_map::Entry::Vacant(vacant) => {
                        vacant.insert(other.clone());
                    }
                    std::collections::btree_map::Entry::Occupied(cohort) => cohort.into_mut().merge(other),
                }
            }
        }
    }
}

impl CohortCounts {
    fn merge(&mut self, other: &Self) {
        self.users += other.users;
        for (age, other) in self.ages.iter_mut().zip(&other.ages) {
            age.active += other.active;
            age.value = age.value.and_then(|value| value.merge(other.value?));
        }
    }
}

/// What a unit came to in each of its first `complete` weeks, and whether it was active.
fn by_age(
    plan: &LifetimePlan,
    participant: &Participant<'_>,
    now: Timestamp,
    complete: usize,
    ages: &mut Vec<(f64, bool)>,
) {
    ages.clear();
    ages.resize(complete, (0.0, false));
    for (at, event, value) in participant.tracked() {
        let since = participant.exposed.as_micros().abs_diff(at.as_micros()) / WEEK.unsigned_abs();
        let age = usize::try_from(since).ok().and_then(|age| ages.get_mut(age));
        let Some(age) = age.filter(|_| at < now) else { break };
        if *event == plan.value {
            age.0 += value;
        }
        age.1 |= plan.active_events().contains(event);
    }
}
