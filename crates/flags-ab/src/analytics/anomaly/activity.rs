//! What happens on each day of an experiment, as series that are looked through for days out of the ordinary.

use std::{collections::BTreeMap, fmt};

use flags_core::Timestamp;

use super::detect::{Anomalies, AnomalyOptions, NoScores, anomalies};
use crate::{
    Name,
    analytics::{Arms, Participant},
    statistics::{Estimate, Moments},
    store::Query,
    summary::Day,
};

/// What happens on each day: units that are new, and events with their values, by arm; gathered unit by unit, in parts that
/// merge.
///
/// An event counts on the day on which it happens, so that an outage of the tracker is seen on its day; only events from the
/// first exposure on count. Days reach back [`MAXIMUM_DAYS`](Self::MAXIMUM_DAYS) from `now`; what is older, or from `now`
/// on, is passed over. A day on which nothing at all was recorded is not known, and not a day of zeros.
#[derive(Clone, Debug)]
pub struct DailyActivity {
    experiment: Arms,
    events: Vec<Name>,
    now: Timestamp,
    days: BTreeMap<Day, Vec<ArmActivity>>,
}

/// What happened on a day in an arm.
#[derive(Clone, Debug, PartialEq)]
struct ArmActivity {
    new_units: u64,
    /// The values of each event.
    events: Vec<Estimate<Moments>>,
}

/// What a series measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measured {
    /// How many units were exposed for the first time.
    NewUnits,
    /// How many events of that name there were.
    Events(Name),
    /// The mean value of the events of that name; days without one are not known.
    MeanValue(Name),
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewUnits => f.write_str("new units"),
            Self::Events(event) => write!(f, "{event} events"),
            Self::MeanValue(event) => write!(f, "mean value of {event}"),
        }
    }
}

/// A series and what is out of the ordinary in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ActivitySeries {
    /// What is measured.
    pub measured: Measured,
    /// In which arm; `None` for all of them together.
    pub arm: Option<Name>,
    /// The scores of its days, or why there are none.
    pub anomalies: Result<Anomalies, NoScores>,
}

impl DailyActivity {
    /// How many days are kept: ten years.
    pub const MAXIMUM_DAYS: i64 = 3_660;

    /// Nothing counted yet, of these events.
    pub fn new(events: impl IntoIterator<Item = impl Into<Name>>, arms: &Arms, now: Timestamp) -> Self {
        let mut names: Vec<Name> = vec![];
        for event in events {
            let event = event.into();
            if !names.contains(&event) {
                names.push(event);
            }
        }
        Self { experiment: arms.clone(), events: names, now, days: BTreeMap::new() }
    }

    /// The query wanting its events as well.
    #[must_use]
    pub fn wanting(&self, query: Query) -> Query {
        self.events.iter().fold(query, |query, event| query.event(event.clone()))
    }

    /// Counts what a unit did. An arm that there is not is passed over.
    pub fn record(&mut self, participant: &Participant<'_>) {
        if let Some(arm) = self.on(participant.exposed, participant.arm) {
            arm.new_units += 1;
        }
        for (at, event, value) in participant.tracked() {
            let Some(place) = self.events.iter().position(|known| known == event) else { continue };
            if let Some(arm) = self.on(at, participant.arm)
                && let Ok(values) = &mut arm.events[place]
                && let Err(reason) = values.push(value)
            {
                arm.events[place] = Err(reason);
            }
        }
    }

    fn on(&mut self, at: Timestamp, arm: usize) -> Option<&mut ArmActivity> {
        let (day, today) = (Day::of(at), Day::of(self.now));
        if at >= self.now || today.number() - day.number() > Self::MAXIMUM_DAYS {
            return None;
        }
        let arms = self.days.entry(day).or_insert_with(|| {
            let none = ArmActivity { new_units: 0, events: vec![Ok(Moments::default()); self.events.len()] };
            vec![none; self.experiment.names().len()]
        });
        arms.get_mut(arm)
    }

    /// Takes in what was counted of the same events, at the same instant, of other units.
    pub fn merge(&mut self, other: &Self) {
        for (day, others) in &other.days {
            match self.days.entry(*day) {
                std::collections::btree_map::Entry::Vacant(vacant) => {
                    vacant.insert(others.clone());
                }
                std::collections::btree_map::Entry::Occupied(mut arms) => {
                    for (arm, other) in arms.get_mut().iter_mut().zip(others) {
                        arm.new_units += other.new_units;
                        for (values, others) in arm.events.iter_mut().zip(&other.events) {
                            *values = values.and_then(|values| values.merge((*others)?));
                        }
                    }
                }
            }
        }
    }

    /// Every series with its scores: what is measured of all arms together, then of each arm.
    ///
    /// The first day and the day of `now` are left out, since they are seldom whole, and a part of a day always looks like a
    /// loss. Events that are all worth the same have no series of mean values.
    #[must_use]
    pub fn series(&self, options: &AnomalyOptions) -> Vec<ActivitySeries> {
        let arms: Vec<Option<usize>> =
            std::iter::once(None).chain((0..self.experiment.names().len()).map(Some)).collect();
        let mut measured = vec![(Measured::NewUnits, None)];
        for (place, event) in self.events.iter().enumerate() {
            measured.push((Measured::Events(event.clone()), Some(place)));
            if self.values_differ(place) {
                measured.push((Measured::MeanValue(event.clone()), Some(place)));
            }
        }
        let pairs = measured.iter().flat_map(|measured| arms.iter().map(move |arm| (measured, arm)));
        let series = pairs.map(|((measured, place), arm)| {
            let today = Day::of(self.now);
            let whole = self.days.iter().skip(1).filter(|(day, _)| **day < today);
            let values = whole.filter_map(|(day, arms)| {
                let of = arm.map_or(&arms[..], |arm| &arms[arm..=arm]);
                Some((*day, value(measured, *place, of)?))
            });
            let arm = arm.map(|arm| self.experiment.names()[arm].clone());
            ActivitySeries { measured: measured.clone(), arm, anomalies: anomalies(&values.collect(), options) }
        });
        series.collect()
    }

    /// Whether any two values of an event differ.
    fn values_differ(&self, place: usize) -> bool {
        let all = self.days.values().flatten().try_fold(Moments::default(), |all, arm| all.merge(arm.events[place]?));
        all.is_ok_and(|all| all.variance().is_some_and(|variance| variance > 0.0))
    }
}

/// What was measured on a day in some arms; `None` where that is not known. What is beyond the doubles is not either.
fn value(measured: &Measured, place: Option<usize>, arms: &[ArmActivity]) -> Option<f64> {
    let Some(place) = place else {
        return Some(arms.iter().map(|arm| arm.new_units as f64).sum());
    };
    let all = arms.iter().try_fold(Moments::default(), |all, arm| all.merge(arm.events[place]?)).ok()?;
    if matches!(measured, Measured::MeanValue(_)) { all.mean() } else { Some(all.count() as f64) }
}
