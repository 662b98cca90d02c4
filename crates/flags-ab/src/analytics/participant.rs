//! Who takes part: of each unit its arm, when it got it, and what it did from then on.

use std::ops::ControlFlow;

use flags_core::{Timestamp, definition::ExperimentDefinition};

use super::AnalyticsError;
use crate::{
    EventKind, Name, Occurrence,
    store::{EventStore, Query, UnitEvents},
};

/// The arms of an experiment, in written order, and which of them the others are compared with.
///
/// ```
/// use flags_ab::analytics::Arms;
///
/// let arms = Arms::new("checkout_button", "blue", ["red", "green"]);
/// assert_eq!(arms.names().len(), 3);
/// assert_eq!(&*arms.names()[arms.control()], "blue");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arms {
    experiment: Name,
    names: Vec<Name>,
    control: usize,
}

impl Arms {
    /// A control and the arms that are tried.
    pub fn new(
        experiment: impl Into<Name>,
        control: impl Into<Name>,
        treatments: impl IntoIterator<Item = impl Into<Name>>,
    ) -> Self {
        let names = std::iter::once(control.into()).chain(treatments.into_iter().map(Into::into)).collect();
        Self { experiment: experiment.into(), names, control: 0 }
    }

    /// The arms as they are defined.
    ///
    /// # Errors
    ///
    /// [`AnalyticsError::NoControl`] where no arm is the control, as in a definition that has not been checked.
    pub fn of(experiment: &ExperimentDefinition) -> Result<Self, AnalyticsError> {
        let control = experiment.arms.iter().position(|arm| arm.control);
        let control = control.ok_or_else(|| AnalyticsError::NoControl { experiment: (&*experiment.key).into() })?;
        let names = experiment.arms.iter().map(|arm| (&*arm.name).into()).collect();
        Ok(Self { experiment: (&*experiment.key).into(), names, control })
    }

    /// The experiment's key.
    #[must_use]
    pub fn experiment(&self) -> &Name {
        &self.experiment
    }

    /// The names of the arms.
    #[must_use]
    pub fn names(&self) -> &[Name] {
        &self.names
    }

    /// The index of the control.
    #[must_use]
    pub fn control(&self) -> usize {
        self.control
    }

    /// The indices of the arms that are tried.
    pub fn treatments(&self) -> impl Iterator<Item = usize> + use<> {
        let control = self.control;
        (0..self.names.len()).filter(move |arm| *arm != control)
    }

    /// A unit as it takes part, from its events in the order of time.
    ///
    /// Its arm is the one it was first exposed to, and what counts is what it did from that instant on, that instant
    /// included. A unit that was seen in two arms belongs to neither.
    #[must_use]
    pub fn enrol<'a>(&self, events: &'a [Occurrence]) -> Enrolment<'a> {
        let mut found: Option<Participant<'a>> = None;
        for event in events {
            let EventKind::Exposure(exposure) = &event.kind else { continue };
            if exposure.experiment != self.experiment {
                continue;
            }
            let Some(arm) = self.names.iter().position(|name| *name == exposure.arm) else {
                return Enrolment::UnknownArm;
            };
            match &found {
                Some(first) if first.arm != arm => return Enrolment::TwoArms,
                Some(_) => {}
                None => {
                    let from = events.partition_point(|other| other.at < event.at);
                    let dimensions = &exposure.dimensions;
                    found = Some(Participant { arm, exposed: event.at, dimensions, events: &events[from..] });
                }
            }
        }
        found.map_or(Enrolment::NotExposed, Enrolment::Participant)
    }
}

/// A unit that takes part.
#[derive(Clone, Copy, Debug)]
pub struct Participant<'a> {
    /// The index of its arm.
    pub arm: usize,
    /// When it was first exposed.
    pub exposed: Timestamp,
    /// What was kept of it at that time.
    pub dimensions: &'a [(Name, Box<str>)],
    /// What it did from then on, in the order of time; its exposures are among it.
    pub events: &'a [Occurrence],
}

impl<'a> Participant<'a> {
    /// The tracked events from the first exposure on, with their instants and values.
    pub fn tracked(&self) -> impl Iterator<Item = (Timestamp, &'a Name, f64)> + use<'a> {
        self.events.iter().filter_map(|event| match &event.kind {
            EventKind::Tracked { event: name, value } => Some((event.at, name, *value)),
            EventKind::Exposure(_) => None,
        })
    }
}

/// Whether a unit takes part.
#[derive(Clone, Copy, Debug)]
pub enum Enrolment<'a> {
    /// It does.
    Participant(Participant<'a>),
    /// It was seen in two arms, so what it did cannot be laid to either.
    TwoArms,
    /// It was seen in an arm that the experiment does not have.
    UnknownArm,
    /// It was never exposed.
    NotExposed,
}

/// How many units were left out of a pass, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Units that were seen in two arms.
    pub in_two_arms: u64,
    /// Units that were seen in an arm that the experiment does not have.
    pub in_unknown_arm: u64,
}

/// Calls `visit` for each unit that takes part, in one pass over the store, and says how many were left out.
///
/// `query` has to want the exposures of the experiment: [`Query::experiment`].
///
/// # Errors
///
/// If the events cannot be read.
pub fn for_each_participant(
    store: &dyn EventStore,
    query: &Query,
    arms: &Arms,
    visit: &mut dyn FnMut(&Participant<'_>),
) -> Result<LeftOut, AnalyticsError> {
    let mut left_out = LeftOut::default();
    store.scan(query, &mut |unit: UnitEvents<'_>| {
        match arms.enrol(unit.events) {
            Enrolment::Participant(participant) => visit(&participant),
            Enrolment::TwoArms => left_out.in_two_arms += 1,
            Enrolment::UnknownArm => left_out.in_unknown_arm += 1,
            Enrolment::NotExposed => {}
        }
        ControlFlow::Continue(())
    })?;
    Ok(left_out)
}
