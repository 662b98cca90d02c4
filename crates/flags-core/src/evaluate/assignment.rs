//! An assignment: what an experiment has for a context, asked directly or in the course of a decision.

use core::fmt;

use super::{
    Cause, Decision, ErrorCode, Evaluator, Outcome,
    experiments::{Enrolment, NotEnrolled},
};
use crate::{
    ArmView, Attributes, Clock, ExperimentId, ExperimentView, FlagSet, Object, Timestamp,
    definition::ExperimentStatus,
    explain::{Untraced, node_text},
    set::{Experiment, NONE, TrafficGate, narrow},
};

impl FlagSet {
    /// Asks the experiment called `experiment` for the arm of a context.
    ///
    /// It is what flags under the experiment serve by, whether or not it overrides any. A context in which nothing identifies
    /// a unit is in no experiment; so the answer never is an error. `clock` is read only if a start or an end is written, or a
    /// condition of the audience asks for the time.
    ///
    /// ```
    /// use flags_core::definition::{ArmDefinition, ExperimentDefinition, ExperimentStatus};
    /// use flags_core::{CompileOptions, Context, Definitions, FlagSet, Timestamp};
    ///
    /// let copy = ExperimentDefinition::new("copy")
    ///     .status(ExperimentStatus::Running)
    ///     .arm(ArmDefinition::control("plain").payload("text", "Buy"))
    ///     .arm(ArmDefinition::new("urgent").payload("text", "Buy now"));
    /// let definitions = Definitions { experiments: vec![copy], ..Definitions::default() };
    /// let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
    ///
    /// let assignment = set.assign("copy", &Context::new("user-42"), &Timestamp::default());
    /// assert_eq!(assignment.arm().map(|arm| arm.name()), Some("plain"));
    /// assert_eq!(assignment.payload().unwrap().get("text"), Some(&"Buy".into()));
    /// let nobody = set.assign("copy", &Context::anonymous(), &Timestamp::default());
    /// assert_eq!(nobody.why_not().unwrap().to_string(), "the context has nothing that identifies a unit");
    /// # Ok::<(), flags_core::DefinitionErrors>(())
    /// ```
    #[must_use]
    pub fn assign<C: Attributes + ?Sized, N: Clock + ?Sized>(
        &self,
        experiment: &str,
        context: &C,
        clock: &N,
    ) -> Assignment<'_> {
        match self.find_experiment(experiment) {
            Some(id) => self.assign_by_id(id, context, clock),
            None => Assignment { set: self, experiment: NONE, enrolment: Enrolment::Not(NotEnrolled::Unknown) },
        }
    }

    /// Asks an experiment of this set, by its place, for the arm of a context; see [`assign`](Self::assign).
    #[must_use]
    pub fn assign_by_id<C: Attributes + ?Sized, N: Clock + ?Sized>(
        &self,
        experiment: ExperimentId,
        context: &C,
        clock: &N,
    ) -> Assignment<'_> {
        let mut nobody = Untraced;
        let enrolment = match self.experiments.get(experiment.0 as usize) {
            Some(found) => Evaluator::new(self, context, clock, &mut nobody).enrol(found),
            None => Enrolment::Not(NotEnrolled::Unknown),
        };
        Assignment { set: self, experiment: experiment.0, enrolment }
    }

    /// The experiments that enrolled the unit on the way to an outcome of this set, for the record of exposures.
    ///
    /// These are more than the one the outcome names: an arm that says nothing of the flag, such as a control arm that leaves
    /// everything as it is, enrols the unit and leaves the decision to the steps that follow. Leaving such units out would
    /// count one arm and not the other. `context` and the instant have to be those of the evaluation. A flag without
    /// experiments has none, at no cost.
    pub fn enrolments<'a, C: Attributes + ?Sized, N: Clock + ?Sized>(
        &'a self,
        outcome: Outcome,
        context: &'a C,
        clock: &'a N,
    ) -> impl Iterator<Item = Assignment<'a>> + 'a {
        let extra = self.flags.get(outcome.flag as usize).and_then(|flag| self.extras.get(flag.extra as usize));
        let experiments = match (outcome.cause(), outcome.error()) {
            (Cause::Experiment | Cause::Rule | Cause::Rollout | Cause::Fallthrough, _)
            // Only the steps after the experiments fail for want of a unit.
            | (_, Some(ErrorCode::TargetingKeyMissing)) => extra.map_or(&[][..], |extra| &extra.experiments),
            _ => &[],
        };
        let deciding = match outcome.cause() {
            Cause::Experiment => self.experiment_arms.get(outcome.detail as usize).map_or(NONE, |arm| arm.experiment),
            _ => NONE,
        };
        let asked =
            experiments.iter().position(|on_it| on_it.experiment == deciding).map_or(experiments.len(), |at| at + 1);
        experiments
            .iter()
            .take(asked)
            .map(|on_it| self.assign_by_id(ExperimentId(on_it.experiment), context, clock))
            .filter(Assignment::is_enrolled)
    }

    /// Lends the unit that an experiment takes a context for to `read`; `None` if the context has none.
    pub fn with_experiment_unit<C: Attributes + ?Sized, R>(
        &self,
        experiment: ExperimentId,
        context: &C,
        read: impl FnOnce(&str) -> R,
    ) -> Option<R> {
        let experiment = self.experiments.get(experiment.0 as usize)?;
        let (mut nobody, no_matter_when) = (Untraced, Timestamp::default());
        let evaluator = Evaluator::new(self, context, &no_matter_when, &mut nobody);
        evaluator.unit(experiment.unit).map(|unit| read(unit.as_str()))
    }
}

impl<'s> Decision<'s> {
    /// The assignment that decided, where an experiment did.
    #[must_use]
    pub fn assignment(&self) -> Option<Assignment<'s>> {
        let outcome = self.outcome();
        if outcome.cause() != Cause::Experiment {
            return None;
        }
        let (set, place) = (self.set(), outcome.detail);
        let experiment = set.experiment_arms.get(place as usize)?.experiment;
        let decided = set.experiments.get(experiment as usize)?.winner_in_force() != NONE;
        let enrolment = if decided { Enrolment::Decided(place) } else { Enrolment::Drawn(place) };
        Some(Assignment { set, experiment, enrolment })
    }
}

/// What an experiment has for a context: an arm, or the reason why there is none.
#[derive(Clone, Copy)]
pub struct Assignment<'s> {
    set: &'s FlagSet,
    experiment: u32,
    enrolment: Enrolment,
}

impl<'s> Assignment<'s> {
    /// The experiment, unless it is unknown.
    #[must_use]
    pub fn experiment(&self) -> Option<ExperimentView<'s>> {
        self.set.view_experiment(ExperimentId(self.experiment))
    }

    /// The arm.
    #[must_use]
    pub fn arm(&self) -> Option<ArmView<'s>> {
        self.set.arm_view(self.enrolment.arm())
    }

    /// The free data of the arm, where it has any.
    #[must_use]
    pub fn payload(&self) -> Option<&'s Object> {
        self.arm()?.payload()
    }

    /// Whether the unit takes part: it drew the arm, so that meeting it is an exposure.
    #[must_use]
    pub fn is_enrolled(&self) -> bool {
        matches!(self.enrolment, Enrolment::Drawn(_))
    }

    /// Whether the arm is the one that won, which nobody draws any longer: meeting it tells nothing about the experiment.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        matches!(self.enrolment, Enrolment::Decided(_))
    }

    /// Why there is no arm; `None` if there is one.
    #[must_use]
    pub fn why_not(&self) -> Option<NotAssigned<'s>> {
        let Enrolment::Not(why) = self.enrolment else { return None };
        let set = self.set;
        let experiment = set.experiments.get(self.experiment as usize);
        Some(match (why, experiment) {
            (NotEnrolled::Status(status), _) => NotAssigned::NotRunning { status },
            (NotEnrolled::NotStarted, Some(experiment)) => {
                NotAssigned::NotStarted { start: experiment.start_in_force().unwrap_or_default() }
            }
            (NotEnrolled::Ended, Some(experiment)) => {
                NotAssigned::Ended { end: experiment.end_in_force().unwrap_or_default() }
            }
            (NotEnrolled::Audience(index), Some(experiment)) => {
                NotAssigned::Audience { number: index + 1, set, node: narrow(experiment.audience.start()) + index }
            }
            (NotEnrolled::NoUnit, _) => NotAssigned::NoUnit,
            (NotEnrolled::HeldOut(holdout), _) => NotAssigned::HeldOut {
                holdout: set.holdouts.get(holdout as usize).map_or("", |holdout| set.texts.get(holdout.key)),
            },
            (NotEnrolled::Traffic, Some(experiment)) => match layer_of(set, experiment) {
                Some(layer) => NotAssigned::Layer { layer },
                None => NotAssigned::Traffic,
            },
            // Without an experiment it can only be unknown.
            (NotEnrolled::Unknown, _) | (_, None) => NotAssigned::Unknown,
        })
    }
}

fn layer_of<'s>(set: &'s FlagSet, experiment: &Experiment) -> Option<&'s str> {
    match experiment.gate {
        TrafficGate::Layer { layer, .. } => set.layers.get(layer as usize).map(|layer| set.texts.get(layer.key)),
        TrafficGate::Own { .. } => None,
    }
}

impl fmt::Debug for Assignment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Assignment")
            .field("experiment", &self.experiment().map(ExperimentView::key))
            .field("arm", &self.arm().map(ArmView::name))
            .field("why_not", &self.why_not())
            .finish_non_exhaustive()
    }
}

/// Why an experiment has no arm for a context.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum NotAssigned<'s> {
    /// No experiment has the key.
    Unknown,
    /// It is a draft, paused or stopped.
    NotRunning {
        /// Its status.
        status: ExperimentStatus,
    },
    /// It starts later.
    NotStarted {
        /// When.
        start: Timestamp,
    },
    /// It is over.
    Ended {
        /// Since when.
        end: Timestamp,
    },
    /// The context is not in its audience.
    Audience {
        /// The place of the condition that does not hold, counted from 1.
        number: u32,
        #[doc(hidden)]
        set: &'s FlagSet,
        #[doc(hidden)]
        node: u32,
    },
    /// The context has nothing that identifies a unit.
    NoUnit,
    /// A holdout keeps the unit out.
    HeldOut {
        /// The holdout's key.
        holdout: &'s str,
    },
    /// The unit is not in its traffic.
    Traffic,
    /// The unit is not in its range of a layer: it belongs to another experiment there, or to none.
    Layer {
        /// The layer's key.
        layer: &'s str,
    },
}

impl NotAssigned<'_> {
    /// Its name, in lower case: `unknown`, `not_running`, `not_started`, `ended`, `audience`, `no_unit`, `held_out`, `traffic`
    /// or `layer`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::NotRunning { .. } => "not_running",
            Self::NotStarted { .. } => "not_started",
            Self::Ended { .. } => "ended",
            Self::Audience { .. } => "audience",
            Self::NoUnit => "no_unit",
            Self::HeldOut { .. } => "held_out",
            Self::Traffic => "traffic",
            Self::Layer { .. } => "layer",
        }
    }
}

impl fmt::Display for NotAssigned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("there is no such experiment"),
            Self::NotRunning { status: ExperimentStatus::Draft } => f.write_str("the experiment is a draft"),
            Self::NotRunning { status } => write!(f, "the experiment is {status}"),
            Self::NotStarted { start } => write!(f, "the experiment starts at {start}"),
            Self::Ended { end } => write!(f, "the experiment ended at {end}"),
            Self::Audience { number, set, node } => {
                write!(f, "the context is not in the audience: condition {number}")?;
                match set.nodes.get(*node as usize) {
                    Some(node) => write!(f, ", {}, does not hold", node_text(set, node)),
                    None => f.write_str(" does not hold"),
                }
            }
            Self::NoUnit => f.write_str("the context has nothing that identifies a unit"),
            Self::HeldOut { holdout } => write!(f, "holdout `{holdout}` keeps the unit out"),
            Self::Traffic => f.write_str("the unit is not in the traffic of the experiment"),
            Self::Layer { layer } => write!(f, "the unit's place in layer `{layer}` is not this experiment's"),
        }
    }
}

impl fmt::Debug for NotAssigned<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
