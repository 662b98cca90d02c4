//! The way of one unit through a funnel.

use flags_core::Timestamp;

use super::{Funnel, FunnelAnchor};
use crate::analytics::Participant;

/// How far a unit gets, with room that is used again for the next one.
///
/// For each step the chain of events is kept whose anchor is latest, and of those with one anchor the first: whatever an
/// earlier anchor can still reach within a window, a later one can. So one pass finds the deepest step that any choice of
/// events reaches.
#[derive(Clone, Debug, Default)]
pub(super) struct Walk {
    /// For each step the anchor of the chain that is kept.
    anchors: Vec<Option<Timestamp>>,
    /// For each step the instants of its chain, each row as long as the funnel.
    chains: Vec<Timestamp>,
    /// The instants of the chain that was the first to come as deep as any.
    deepest: Vec<Timestamp>,
}

impl Walk {
    /// The instants at which the unit took each step that it took.
    pub(super) fn of(&mut self, funnel: &Funnel, participant: &Participant<'_>) -> &[Timestamp] {
        let steps = funnel.steps.len();
        self.anchors.clear();
        self.anchors.resize(steps, None);
        self.chains.resize(steps * steps, Timestamp::default());
        self.deepest.clear();
        for (at, event, _) in participant.tracked() {
            // From the last step down, so that one event does not take two.
            for step in (0..steps).rev() {
                if funnel.steps[step].event == *event {
                    self.take(funnel, step, at, participant.exposed);
                }
            }
        }
        &self.deepest
    }

    fn take(&mut self, funnel: &Funnel, step: usize, at: Timestamp, exposed: Timestamp) {
        let anchor = match (step, funnel.anchor) {
            (0, FunnelAnchor::Exposure) => exposed,
            (0, FunnelAnchor::FirstStep) => at,
            _ => match self.anchors[step - 1] {
                Some(anchor) => anchor,
                None => return,
            },
        };
        let too_late = funnel.window_of(step).is_some_and(|window| at.saturating_since(anchor) >= window);
        if too_late || self.anchors[step].is_some_and(|kept| kept >= anchor) {
            return;
        }
        self.anchors[step] = Some(anchor);
        let row = step * funnel.steps.len();
        if step > 0 {
            let before = row - funnel.steps.len();
            self.chains.copy_within(before..before + step, row);
        }
        self.chains[row + step] = at;
        if self.deepest.len() <= step {
            self.deepest.clear();
            self.deepest.extend_from_slice(&self.chains[row..=row + step]);
        }
    }
}
