//! What a funnel says: of each arm how many get how far, and where the arms differ.

use std::time::Duration;

use super::{FunnelCounts, counts::ArmCounts};
use crate::{
    Name,
    analytics::{Effect, Judgement, Share},
    statistics::{Alpha, Estimate, Proportion},
};

/// A funnel in numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelResult {
    /// What it is called.
    pub name: Name,
    /// Its arms, in the order of the experiment.
    pub arms: Vec<FunnelArm>,
    /// How many comparisons p-values are adjusted for: each step in each arm that is tried.
    pub comparisons: usize,
}

/// A funnel in one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelArm {
    /// The arm's name.
    pub arm: Name,
    /// Whether the others are compared with it.
    pub control: bool,
    /// How many units are counted.
    pub users: u64,
    /// How many were exposed so recently that a window of theirs was open. They are among the users unless the funnel counts
    /// complete windows only.
    pub window_open: u64,
    /// Its steps, in order.
    pub steps: Vec<FunnelStep>,
}

/// A step of a funnel in one arm.
#[derive(Clone, Debug, PartialEq)]
pub struct FunnelStep {
    /// The event that is the step.
    pub event: Name,
    /// How many units came so far.
    pub reached: u64,
    /// How many came to the step before, or were exposed, and no further.
    pub lost: u64,
    /// The share of those at the step before. A comparison of it between arms is none of the arms as they were drawn, since
    /// an arm may bring others to the step before; so there is none here.
    pub of_previous: Estimate<Share>,
    /// The share of all units of the arm.
    pub of_all: Estimate<Share>,
    /// The median time from the step before, of the first from the exposure, within 1 %; `None` if nobody came so far.
    pub median_time: Option<Duration>,
    /// By how much the share of all units differs from the control's; `None` for the control itself.
    pub effect: Option<Estimate<Effect>>,
}

impl FunnelCounts {
    /// The counts as shares and effects. The arms' shares of all units are compared with the control's, step by step, and the
    /// p-values adjusted for all of these comparisons.
    #[must_use]
    pub fn result(&self, judgement: &Judgement) -> FunnelResult {
        let arms = &self.experiment;
        let comparisons = self.funnel.steps.len() * arms.treatments().count();
        let each = judgement.each(comparisons);
        let control = arms.control();
        let mut result: Vec<FunnelArm> = arms
            .names()
            .iter()
            .zip(&self.arms)
            .enumerate()
            .map(|(index, (name, counts))| FunnelArm {
                arm: name.clone(),
                control: index == control,
                users: counts.users,
                window_open: counts.open,
                steps: self.steps(counts, judgement.alpha),
            })
            .collect();
        for treatment in arms.treatments() {
            for step in 0..self.funnel.steps.len() {
                let effect = each.and_then(|each| {
                    let of = |arm: usize| Proportion::new(self.arms[arm].steps[step].reached, self.arms[arm].users);
                    Effect::of_rates(of(control)?, of(treatment)?, judgement.looks, each)
                });
                result[treatment].steps[step].effect = Some(effect);
            }
        }
        let effects = result.iter_mut().flat_map(|arm| &mut arm.steps).filter_map(|step| step.effect.as_mut());
        judgement.adjust(effects.filter_map(|effect| effect.as_mut().ok()), comparisons);
        FunnelResult { name: self.funnel.name.clone(), arms: result, comparisons }
    }

    fn steps(&self, counts: &ArmCounts, alpha: Alpha) -> Vec<FunnelStep> {
        let mut before = counts.users;
        let steps = self.funnel.steps.iter().zip(&counts.steps);
        let step = steps.map(|(step, counted)| {
            let previous = std::mem::replace(&mut before, counted.reached);
            FunnelStep {
                event: step.event.clone(),
                reached: counted.reached,
                lost: previous.saturating_sub(counted.reached),
                of_previous: Share::of(counted.reached, previous, alpha),
                of_all: Share::of(counted.reached, counts.users, alpha),
                median_time: counted.times.quantile(0.5),
                effect: None,
            }
        });
        step.collect()
    }
}
