//! What is counted of a funnel, arm by arm.

use flags_core::Timestamp;

use super::{Funnel, walk::Walk};
use crate::analytics::{Arms, DurationSketch, Participant};

/// The counts of a funnel, gathered unit by unit, in parts that merge.
///
/// It takes the same room for any number of units: two numbers and a [`DurationSketch`] for each step of each arm.
///
/// ```
/// use flags_ab::{
///     Event, EventKind, Exposure,
///     analytics::{Arms, Funnel, FunnelCounts, Judgement, for_each_participant},
///     store::{EventStore, MemoryStore, Query},
/// };
/// use flags_core::Timestamp;
///
/// let store = MemoryStore::new();
/// let event = |second: i64, kind| {
///     Event { at: Timestamp::from_millis(second * 1_000), unit_kind: "".into(), unit: "user-42".into(), kind }
/// };
/// let tracked = |name: &str| EventKind::Tracked { event: name.into(), value: 1.0 };
/// let exposure = Exposure {
///     experiment: "button".into(),
///     arm: "blue".into(),
///     split: "blue=1,red=1".into(),
///     dimensions: Box::default(),
/// };
/// store.append(&[event(0, EventKind::Exposure(exposure)), event(5, tracked("cart")), event(9, tracked("pay"))])?;
///
/// let (arms, now) = (Arms::new("button", "blue", ["red"]), Timestamp::from_millis(60_000));
/// let mut counts = FunnelCounts::new(Funnel::new("checkout", ["cart", "pay"])?, &arms, now);
/// let query = counts.funnel().wanting(Query::experiment("button").until(now));
/// for_each_participant(&store, &query, &arms, &mut |participant| counts.record(participant))?;
///
/// let result = counts.result(&Judgement::default());
/// assert_eq!(result.arms[0].steps[1].reached, 1);
/// assert_eq!(result.arms[1].users, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct FunnelCounts {
    pub(super) funnel: Funnel,
    pub(super) experiment: Arms,
    pub(super) arms: Vec<ArmCounts>,
    now: Timestamp,
    walk: Walk,
}

/// The counts of one arm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ArmCounts {
    /// Units that are counted.
    pub(super) users: u64,
    /// Units whose window was open.
    pub(super) open: u64,
    pub(super) steps: Vec<StepCounts>,
}

/// The counts of one step of one arm.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct StepCounts {
    /// Units that came so far.
    pub(super) reached: u64,
    /// How long they took from the step before, and for the first from the exposure.
    pub(super) times: DurationSketch,
}

impl FunnelCounts {
    /// Nobody counted yet; `now` says whose windows are open.
    #[must_use]
    pub fn new(funnel: Funnel, arms: &Arms, now: Timestamp) -> Self {
        let arm = ArmCounts { steps: vec![StepCounts::default(); funnel.steps.len()], ..ArmCounts::default() };
        Self { arms: vec![arm; arms.names().len()], experiment: arms.clone(), funnel, now, walk: Walk::default() }
    }

    /// What is counted.
    #[must_use]
    pub fn funnel(&self) -> &Funnel {
        &self.funnel
    }

    /// Counts a unit. An arm that there is not is passed over.
    pub fn record(&mut self, participant: &Participant<'_>) {
        let Some(arm) = self.arms.get_mut(participant.arm) else { return };
        let had = self.now.saturating_since(participant.exposed);
        if self.funnel.longest_window().is_some_and(|window| had < window) {
            arm.open += 1;
            if self.funnel.complete_only {
                return;
            }
        }
        arm.users += 1;
        let mut before = participant.exposed;
        for (step, at) in arm.steps.iter_mut().zip(self.walk.of(&self.funnel, participant)) {
            step.reached += 1;
            step.times.record(at.saturating_since(before));
            before = *at;
        }
    }

    /// Takes in the counts of the same funnel over other units. Order makes no difference.
    pub fn merge(&mut self, other: &Self) {
        for (arm, other) in self.arms.iter_mut().zip(&other.arms) {
            arm.users += other.users;
            arm.open += other.open;
            for (step, other) in arm.steps.iter_mut().zip(&other.steps) {
                step.reached += other.reached;
                step.times.merge(&other.times);
            }
        }
    }
}
