//! Asking an experiment itself: the arm of a unit, whether or not a flag serves by it.

use std::{fmt, sync::Arc};

use arc_swap::Guard;
use flags_core::{ArmView, Assignment, Attributes, ExperimentId, ExperimentView, NotAssigned, Object};

use crate::{Flags, Snapshot, live::Live};

impl Flags {
    /// Asks the experiment called `experiment` for the arm of a context, and records the exposure.
    ///
    /// It is the arm by which flags under the experiment serve. To ask without an exposure, ask
    /// [`without_exposures`](Self::without_exposures).
    ///
    /// ```
    /// use flags::core::definition::{ArmDefinition, ExperimentStatus};
    /// use flags::{Context, ExperimentDefinition, Flags};
    ///
    /// let copy = ExperimentDefinition::new("copy")
    ///     .status(ExperimentStatus::Running)
    ///     .arm(ArmDefinition::control("plain").payload("text", "Buy"))
    ///     .arm(ArmDefinition::new("urgent").payload("text", "Buy now"));
    /// let flags = Flags::builder().experiment(copy).build()?;
    /// let assigned = flags.assign("copy", &Context::new("user-42"));
    /// assert_eq!(assigned.arm(), Some("plain"));
    /// assert_eq!(assigned.payload().unwrap().get("text"), Some(&"Buy".into()));
    ///
    /// let nobody = flags.assign("copy", &Context::anonymous());
    /// assert_eq!(nobody.why_not().unwrap().to_string(), "the context has nothing that identifies a unit");
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn assign<C: Attributes>(&self, experiment: &str, context: &C) -> Assigned {
        let live = self.current().guard();
        let (id, kept) = {
            let assignment = live.assign(experiment, context);
            (assignment.experiment().map(ExperimentView::id), Kept::of(&assignment))
        };
        Assigned { live, experiment: id, kept }
    }
}

impl Snapshot {
    /// Asks the experiment called `experiment` for the arm of a context. The exposure is recorded, unless this is a snapshot
    /// [without exposures](Self::without_exposures) or one that stands at [another instant](Self::at).
    #[must_use]
    pub fn assign<C: Attributes>(&self, experiment: &str, context: &C) -> Assignment<'_> {
        match self.clock() {
            None if self.has_exposures() => self.live().assign(experiment, context),
            None => self.live().set.assign(experiment, context, &*self.live().clock),
            Some(clock) => self.live().set.assign(experiment, context, &**clock),
        }
    }
}

impl Live {
    fn assign<C: Attributes>(&self, experiment: &str, context: &C) -> Assignment<'_> {
        let assignment = self.set.assign(experiment, context, &*self.clock);
        self.exposures.assigned(&self.set, &*self.clock, context, &assignment);
        assignment
    }
}

/// What an experiment has for a context: an arm, or the reason why there is none.
///
/// It keeps the snapshot it was made against. Look at it and let it go.
pub struct Assigned {
    live: Guard<Arc<Live>>,
    experiment: Option<ExperimentId>,
    kept: Kept,
}

/// An assignment apart from the set it was made against.
#[derive(Debug)]
enum Kept {
    Drawn(usize),
    Decided(usize),
    /// A reason that names nothing of the set.
    Not(NotAssigned<'static>),
    /// The condition of the audience, by its number and its place.
    Audience(u32, u32),
    Layer,
    HeldOut(Box<str>),
}

impl Kept {
    #[inline]
    fn of(assignment: &Assignment<'_>) -> Self {
        match assignment.arm() {
            Some(arm) if assignment.is_decided() => Self::Decided(arm.index()),
            Some(arm) => Self::Drawn(arm.index()),
            None => Self::why_not(assignment),
        }
    }

    fn why_not(assignment: &Assignment<'_>) -> Self {
        match assignment.why_not() {
            Some(NotAssigned::NotRunning { status }) => Self::Not(NotAssigned::NotRunning { status }),
            Some(NotAssigned::NotStarted { start }) => Self::Not(NotAssigned::NotStarted { start }),
            Some(NotAssigned::Ended { end }) => Self::Not(NotAssigned::Ended { end }),
            Some(NotAssigned::Audience { number, node, .. }) => Self::Audience(number, node),
            Some(NotAssigned::NoUnit) => Self::Not(NotAssigned::NoUnit),
            Some(NotAssigned::HeldOut { holdout }) => Self::HeldOut(holdout.into()),
            Some(NotAssigned::Traffic) => Self::Not(NotAssigned::Traffic),
            Some(NotAssigned::Layer { .. }) => Self::Layer,
            _ => Self::Not(NotAssigned::Unknown),
        }
    }
}

impl Assigned {
    /// The name of the arm.
    #[must_use]
    pub fn arm(&self) -> Option<&str> {
        self.arm_view().map(ArmView::name)
    }

    /// Everything that is known of the arm.
    #[must_use]
    pub fn arm_view(&self) -> Option<ArmView<'_>> {
        match self.kept {
            Kept::Drawn(index) | Kept::Decided(index) => self.experiment()?.arms().nth(index),
            _ => None,
        }
    }

    /// The free data of the arm, where it has any.
    #[must_use]
    pub fn payload(&self) -> Option<&Object> {
        self.arm_view()?.payload()
    }

    /// The experiment, unless it is unknown.
    #[must_use]
    pub fn experiment(&self) -> Option<ExperimentView<'_>> {
        self.live.set.view_experiment(self.experiment?)
    }

    /// Whether the unit takes part: it drew the arm, and this was an exposure.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        matches!(self.kept, Kept::Drawn(_))
    }

    /// Whether the arm is the one that won, which nobody draws any longer.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        matches!(self.kept, Kept::Decided(_))
    }

    /// Why there is no arm; `None` if there is one.
    #[must_use]
    pub fn why_not(&self) -> Option<NotAssigned<'_>> {
        Some(match &self.kept {
            Kept::Drawn(_) | Kept::Decided(_) => return None,
            Kept::Not(why) => *why,
            Kept::Audience(number, node) => NotAssigned::Audience { number: *number, set: &self.live.set, node: *node },
            Kept::Layer => {
                let layer = self.experiment()?.definition()?.layer.as_deref().unwrap_or_default();
                NotAssigned::Layer { layer }
            }
            Kept::HeldOut(holdout) => NotAssigned::HeldOut { holdout },
        })
    }

    /// The revision of the snapshot the assignment was made against.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.live.revision
    }
}

impl fmt::Debug for Assigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assigned")
            .field("experiment", &self.experiment().map(ExperimentView::key))
            .field("arm", &self.arm())
            .field("is_decided", &self.is_decided())
            .field("why_not", &self.why_not())
            .finish_non_exhaustive()
    }
}
