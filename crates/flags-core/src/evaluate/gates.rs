//! Steps 2 to 10 and the call of step 11: everything that can keep a flag off, or decide it, before its rules are asked.

use super::{Cause, Evaluator, Outcome, Reason, off};
use crate::{
    Attributes, Clock, Percentage, State, ValueRef,
    explain::Tracer,
    set::{Asked, Extra, Flag, FlagControls, Gates, NONE, Targets, narrow},
};

/// The dimensions of targets, in the order they are looked at.
pub(crate) const TARGET_DIMENSIONS: [&str; 6] =
    ["environments", "users", "node_ids", "validator_keys", "ip_ranges", "segments"];

/// The first number of an override's detail: for everybody, or for one unit.
pub(crate) const OVERRIDE_FOR_ALL: u32 = 0;
pub(crate) const OVERRIDE_FOR_UNIT: u32 = 1;

impl<'e, C: Attributes + ?Sized, N: Clock + ?Sized, T: Tracer> Evaluator<'e, C, N, T> {
    /// Passes every gate and returns the rollout percentage in force, or the outcome of the gate that decided.
    pub(super) fn pass_gates(&mut self, place: u32, flag: &'e Flag) -> Result<Percentage, Outcome> {
        let set = self.set;
        let extra = set.extras.get(flag.extra as usize);
        let controls = set.controls.get(flag.controls as usize);
        self.pass_kill(place, flag)?;
        self.pass_overrides(place, flag, controls)?;
        if controls.is_some_and(|controls| controls.breaker_open) && self.tracer.stops_at_breaker(place) {
            return Err(off(place, flag, Cause::Breaker));
        }
        self.tracer.passed(Cause::Breaker);
        let percentage = self.pass_state(place, flag, extra)?;
        if let Some(extra) = extra {
            self.pass_parent(place, flag, extra)?;
            self.pass_requires(place, flag, extra)?;
            self.pass_unit_overrides(place, flag, extra)?;
        } else {
            self.tracer.passed(Cause::Parent);
            self.tracer.passed(Cause::Prerequisite);
            self.tracer.passed(Cause::UnitOverride);
        }
        self.pass_conditions(place, flag)?;
        if let Some(targets) = extra.and_then(|extra| extra.targets.as_deref()) {
            self.pass_targets(place, flag, targets)?;
        }
        self.tracer.passed(Cause::Target);
        // Somebody who listens hears of experiments that cannot act, too.
        if let Some(extra) = extra
            && (T::ACTIVE || flag.gates.has(Gates::EXPERIMENTS))
        {
            self.pass_experiments(place, extra)?;
        }
        self.tracer.passed(Cause::Experiment);
        Ok(controls.and_then(|controls| controls.percentage).unwrap_or(percentage))
    }

    /// Step 2: the flag itself, then its ancestors.
    fn pass_kill(&mut self, place: u32, flag: &'e Flag) -> Result<(), Outcome> {
        if flag.gates.has(Gates::KILL) {
            let set = self.set;
            let mut at = place;
            while let Some(ancestor) = set.flags.get(at as usize) {
                let extra = set.extras.get(ancestor.extra as usize);
                let controlled = set.controls.get(ancestor.controls as usize).is_some_and(|controls| controls.killed);
                // A written emergency stands whatever the schedule says: no dated step undoes it.
                let emergency = ancestor.state == State::EmergencyOff
                    || self.state_in_force(ancestor, extra).0 == State::EmergencyOff;
                if controlled || emergency {
                    return Err(off(place, flag, Cause::Kill).detail(at));
                }
                at = extra.map_or(NONE, |extra| extra.parent);
            }
        }
        self.tracer.passed(Cause::Kill);
        Ok(())
    }

    /// Step 3: an operator's override for all, then one for this unit.
    fn pass_overrides(&mut self, place: u32, flag: &Flag, controls: Option<&FlagControls>) -> Result<(), Outcome> {
        if let Some(controls) = controls {
            if let Some(variant) = controls.everybody {
                return Err(self.on(place, variant, Reason::Static, Cause::Override).detail(OVERRIDE_FOR_ALL));
            }
            if !controls.units.is_empty()
                && let Some(unit) = self.unit(flag.unit)
                && let Some((_, variant)) = controls.units.iter().find(|(known, _)| **known == *unit.as_str())
            {
                return Err(self
                    .on(place, *variant, Reason::TargetingMatch, Cause::Override)
                    .detail(OVERRIDE_FOR_UNIT));
            }
        }
        self.tracer.passed(Cause::Override);
        Ok(())
    }

    /// Step 5, and the rollout percentage in force.
    fn pass_state(&mut self, place: u32, flag: &Flag, extra: Option<&Extra>) -> Result<Percentage, Outcome> {
        let (state, percentage) = self.state_in_force(flag, extra);
        self.tracer.state(state, &self.set.environment, flag.gates.has(Gates::SCHEDULE));
        if !state.is_on_in(&self.set.environment) {
            return Err(off(place, flag, Cause::State));
        }
        self.tracer.passed(Cause::State);
        Ok(percentage)
    }

    /// The state and the rollout percentage by the steps of the schedule that have come.
    fn state_in_force(&mut self, flag: &Flag, extra: Option<&Extra>) -> (State, Percentage) {
        let (mut state, mut percentage) = (flag.state, flag.percentage);
        if let Some(extra) = extra
            && !extra.schedule.is_empty()
        {
            let now = self.now();
            for step in extra.schedule.iter().take_while(|step| step.at <= now) {
                state = step.state.unwrap_or(state);
                percentage = step.percentage.unwrap_or(percentage);
            }
        }
        (state, percentage)
    }

    /// Step 6.
    fn pass_parent(&mut self, place: u32, flag: &Flag, extra: &Extra) -> Result<(), Outcome> {
        if extra.parent != NONE && !self.is_met(extra.parent, Asked::On) {
            return Err(off(place, flag, Cause::Parent).detail(extra.parent));
        }
        self.tracer.passed(Cause::Parent);
        Ok(())
    }

    /// Step 7.
    fn pass_requires(&mut self, place: u32, flag: &Flag, extra: &Extra) -> Result<(), Outcome> {
        for (index, required) in extra.requires.iter().enumerate() {
            if !self.is_met(required.flag, required.variant) {
                return Err(off(place, flag, Cause::Prerequisite).detail(narrow(index)));
            }
        }
        self.tracer.passed(Cause::Prerequisite);
        Ok(())
    }

    /// Whether another flag is what is asked of it, for the same context.
    pub(super) fn is_met(&mut self, flag: u32, asked: Asked) -> bool {
        self.tracer.enter_flag(self.set, flag, asked);
        let outcome = self.decide(flag);
        let met = match asked {
            Asked::On => outcome.is_on(),
            // A flag that is off serves its off variant without having it.
            Asked::Variant { variant, .. } => {
                variant != NONE && outcome.variant == variant && !outcome.cause().switches_off()
            }
        };
        self.tracer.leave_flag(self.set, outcome, met);
        met
    }

    /// Step 8.
    fn pass_unit_overrides(&mut self, place: u32, flag: &Flag, extra: &Extra) -> Result<(), Outcome> {
        if !extra.overrides.is_empty()
            && let Some(unit) = self.unit(flag.unit)
        {
            let texts = &self.set.texts;
            let found = extra.overrides.binary_search_by(|(known, _)| texts.get(*known).cmp(unit.as_str()));
            self.tracer.listed(unit.as_str(), found.is_ok());
            if let Some((_, variant)) = found.ok().and_then(|at| extra.overrides.get(at)) {
                return Err(self.on(place, *variant, Reason::TargetingMatch, Cause::UnitOverride));
            }
        }
        self.tracer.passed(Cause::UnitOverride);
        Ok(())
    }

    /// Step 9.
    fn pass_conditions(&mut self, place: u32, flag: &Flag) -> Result<(), Outcome> {
        let set = self.set;
        for (index, node) in flag.conditions.of(&set.nodes).iter().enumerate() {
            if !self.holds(node) {
                return Err(off(place, flag, Cause::Condition).detail(narrow(index)));
            }
        }
        self.tracer.passed(Cause::Condition);
        Ok(())
    }

    /// Step 10: every written dimension has to match; within one, any entry suffices.
    fn pass_targets(&mut self, place: u32, flag: &Flag, targets: &Targets) -> Result<(), Outcome> {
        for (dimension, name) in TARGET_DIMENSIONS.into_iter().enumerate() {
            if let Some(matches) = self.matches_dimension(targets, dimension) {
                self.tracer.target(name, matches);
                if !matches {
                    return Err(off(place, flag, Cause::Target).detail(narrow(dimension)));
                }
            }
        }
        Ok(())
    }

    /// Whether a dimension matches; `None` where it is not written.
    fn matches_dimension(&mut self, targets: &Targets, dimension: usize) -> Option<bool> {
        let places = self.set.target_paths;
        match dimension {
            0 => targets.environments.map(|(holds, _)| holds),
            1 => targets.users.map(|set| self.is_listed(set, places.user_id)),
            2 => targets.node_ids.map(|set| self.is_listed(set, places.node_id)),
            3 => targets.validator_keys.map(|set| self.is_listed(set, places.validator_key)),
            4 => targets.ip_ranges.map(|ranges| match self.attribute(places.ip_address) {
                Some(ValueRef::String(text)) => self.set.is_in_ranges(ranges, text),
                _ => false,
            }),
            _ => (!targets.segments.is_empty())
                .then(|| targets.segments.iter().any(|segment| self.is_in_segment(*segment))),
        }
    }

    /// Whether an attribute, as a unit is read, is in a set of texts.
    fn is_listed(&self, set: u32, path: u32) -> bool {
        let unit = match self.attribute(path) {
            Some(ValueRef::String(text)) => super::Unit::Text(text),
            Some(ValueRef::Integer(number)) => super::Unit::number(number),
            _ => return false,
        };
        self.set.text_set_has(set, unit.as_str())
    }
}
