//! Explanations: the evaluation tells a tracer what it does, and a recording tracer writes it down.

mod explanation;
mod notation;
mod recorder;

pub use self::explanation::{ExplainedStep, Explanation, Note, NoteKind, StepVerdict};
pub(crate) use self::notation::node_text;
use crate::{
    Attributes, Cause, Clock, Draw, FlagSet, Outcome, Percentage, State, Timestamp, ValueRef,
    evaluate::{Enrolment, Evaluator},
    set::{Asked, Experiment, Holdout, Layer, Node, Rule, Split},
};

impl FlagSet {
    /// Evaluates the flag called `key` and tells of every step what it found, or why it was not reached.
    ///
    /// It is the same evaluation as [`evaluate`](Self::evaluate), with somebody listening; it allocates for what it tells.
    #[must_use]
    pub fn explain<C: Attributes + ?Sized, N: Clock + ?Sized>(&self, key: &str, context: &C, clock: &N) -> Explanation {
        let Some(flag) = self.find(key) else { return Explanation::unknown(self, key) };
        let mut recorder = recorder::Recorder::new(key);
        let outcome = Evaluator::new(self, context, clock, &mut recorder).decide(flag.0);
        recorder.finish(self, outcome)
    }
}

/// What listens to an evaluation. Every method does nothing unless it is written.
pub(crate) trait Tracer {
    /// Whether anybody listens. Steps with nothing written are walked only then.
    const ACTIVE: bool;

    /// Whether an open circuit breaker of the flag decides. Always, but for a trial of that breaker.
    #[inline]
    fn stops_at_breaker(&self, _flag: u32) -> bool {
        true
    }

    /// The step of `cause` was passed.
    #[inline]
    fn passed(&mut self, _cause: Cause) {}

    /// The state in force.
    #[inline]
    fn state(&mut self, _state: State, _environment: &str, _scheduled: bool) {}

    /// A percentage of 0 or 100, which needs no draw.
    #[inline]
    fn fixed_percentage(&mut self, _percentage: Percentage) {}

    /// The draw of a rollout or rule percentage.
    #[inline]
    fn rollout_draw(&mut self, _unit: &str, _draw: Draw, _percentage: Percentage) {}

    /// The draw of a percentage condition.
    #[inline]
    fn percentage_draw(&mut self, _unit: &str, _draw: Draw, _percentage: Percentage) {}

    /// The draw of a split.
    #[inline]
    fn variant_draw(&mut self, _set: &FlagSet, _unit: &str, _draw: Draw, _split: &Split, _variant: u32) {}

    /// A draw was needed and none of the attributes is there.
    #[inline]
    fn no_unit(&mut self, _set: &FlagSet, _unit: u32) {}

    /// Another flag is about to be evaluated.
    #[inline]
    fn enter_flag(&mut self, _set: &FlagSet, _flag: u32, _asked: Asked) {}

    /// Another flag has been evaluated.
    #[inline]
    fn leave_flag(&mut self, _set: &FlagSet, _outcome: Outcome, _met: bool) {}

    /// The unit was looked for in the flag's overrides.
    #[inline]
    fn listed(&mut self, _unit: &str, _found: bool) {}

    /// A dimension of the targets was compared.
    #[inline]
    fn target(&mut self, _dimension: &'static str, _matches: bool) {}

    /// An experiment is about to be asked.
    #[inline]
    fn enter_experiment(&mut self, _set: &FlagSet, _experiment: &Experiment) {}

    /// An experiment was asked; of its arm, the flag serves that variant.
    #[inline]
    fn leave_experiment(&mut self, _set: &FlagSet, _experiment: &Experiment, _enrolment: Enrolment, _variant: u32) {}

    /// The draw of a holdout.
    #[inline]
    fn holdout_draw(&mut self, _set: &FlagSet, _holdout: &Holdout, _unit: &str, _draw: Draw) {}

    /// The draw of an experiment's traffic.
    #[inline]
    fn traffic_draw(&mut self, _unit: &str, _draw: Draw, _share: Percentage) {}

    /// Traffic of 0 or 100 percent, which needs no draw.
    #[inline]
    fn fixed_traffic(&mut self, _share: Percentage) {}

    /// The draw of a layer, of which the experiment owns a range of buckets.
    #[inline]
    fn layer_draw(&mut self, _set: &FlagSet, _layer: &Layer, _unit: &str, _draw: Draw, _range: (u32, u32)) {}

    /// The draw of an arm.
    #[inline]
    fn arm_draw(&mut self, _set: &FlagSet, _experiment: &Experiment, _unit: &str, _draw: Draw, _arm: u32) {}

    /// A rule is about to be tried.
    #[inline]
    fn enter_rule(&mut self, _set: &FlagSet, _rule: &Rule, _index: usize) {}

    /// A rule was tried.
    #[inline]
    fn leave_rule(&mut self, _decided: bool) {}

    /// A condition on an attribute was tested.
    #[inline]
    fn clause(&mut self, _set: &FlagSet, _node: &Node, _actual: Option<ValueRef<'_>>, _holds: bool) {}

    /// A condition of another form is about to be tested.
    #[inline]
    fn enter_node(&mut self, _set: &FlagSet, _node: &Node) {}

    /// A condition of another form was tested.
    #[inline]
    fn leave_node(&mut self, _set: &FlagSet, _node: &Node, _now: Option<Timestamp>, _holds: bool) {}

    /// The unit was looked for in a segment's lists.
    #[inline]
    fn membership(&mut self, _unit: Option<&str>, _excluded: bool, _member: bool) {}
}

/// Nobody listens.
pub(crate) struct Untraced;

impl Tracer for Untraced {
    const ACTIVE: bool = false;
}
