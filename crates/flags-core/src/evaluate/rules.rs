//! Step 12: the first rule that matches and admits the unit decides.

use super::{Cause, Evaluator, Outcome, Reason, missing_unit};
use crate::{
    Attributes, Clock, Percentage,
    explain::Tracer,
    set::{Flag, Rule, narrow},
};

impl<'e, C: Attributes + ?Sized, N: Clock + ?Sized, T: Tracer> Evaluator<'e, C, N, T> {
    #[inline]
    pub(super) fn match_rules(&mut self, place: u32, flag: &'e Flag) -> Option<Outcome> {
        let set = self.set;
        for (index, rule) in flag.rules.of(&set.rules).iter().enumerate() {
            self.tracer.enter_rule(set, rule, index);
            let outcome = self.match_rule(place, flag, rule, narrow(index));
            self.tracer.leave_rule(outcome.is_some());
            if outcome.is_some() {
                return outcome;
            }
        }
        self.tracer.passed(Cause::Rule);
        None
    }

    #[inline]
    fn match_rule(&mut self, place: u32, flag: &'e Flag, rule: &'e Rule, index: u32) -> Option<Outcome> {
        if !self.all_hold(rule.when) {
            return None;
        }
        let mut bucket = None;
        if rule.percentage.is_partial() {
            let Some(draw) = self.draw_rollout(flag, rule.percentage) else { return Some(missing_unit(place, flag)) };
            if !draw.is_admitted(rule.percentage) {
                return None;
            }
            bucket = Some(draw.bucket());
        } else if rule.percentage == Percentage::ZERO {
            self.tracer.fixed_percentage(rule.percentage);
            return None;
        }
        let Some((variant, drawn)) = self.serve(flag, rule.serve) else { return Some(missing_unit(place, flag)) };
        let reason = if drawn || bucket.is_some() { Reason::Split } else { Reason::TargetingMatch };
        Some(self.on(place, variant, reason, Cause::Rule).detail(index).bucket(bucket))
    }
}
