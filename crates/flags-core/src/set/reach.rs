//! Which outcomes a flag can come to at all, read off its compiled form: what a program that counts outcomes prepares for.

use alloc::vec::Vec;

use super::{Flag, FlagExperiment, FlagView, Gates, NONE, Serving};
use crate::Reason;

impl FlagView<'_> {
    /// Every variant this flag may serve, each with every reason it may be served for, once each and in order.
    ///
    /// A variant is its place in [`variants`](Self::variants), or `None` where the caller's default is served. No outcome of
    /// the flag in this set is missing; some that are named may never happen, because no context leads there.
    ///
    /// ```
    /// use flags_core::{CompileOptions, Definitions, FlagDefinition, FlagSet, Reason};
    ///
    /// let definitions = Definitions { flags: vec![FlagDefinition::new("cart").enabled(true)], ..Definitions::default() };
    /// let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
    /// assert_eq!(set.flag("cart").map(|flag| flag.reachable()), Some(vec![(Some(0), Reason::Static)]));
    /// # Ok::<(), flags_core::DefinitionErrors>(())
    /// ```
    #[must_use]
    pub fn reachable(self) -> Vec<(Option<usize>, Reason)> {
        let places = self.variant_places();
        let mut reach = Reach { view: self, found: Vec::new() };
        reach.collect(self.flag);
        let local = |place: u32| {
            let place = place as usize;
            places.contains(&place).then(|| place - places.start)
        };
        let mut found: Vec<_> = reach.found.into_iter().map(|(place, reason)| (local(place), reason)).collect();
        found.sort_unstable_by_key(|(variant, reason)| (*variant, *reason as u8));
        found.dedup();
        found
    }
}

struct Reach<'s> {
    view: FlagView<'s>,
    found: Vec<(u32, Reason)>,
}

impl Reach<'_> {
    fn collect(&mut self, flag: &Flag) {
        if flag.plain != NONE {
            return self.add(flag.plain, Reason::Static);
        }
        let extra = self.view.extra();
        let controls = self.view.set.controls.get(flag.controls as usize);
        let disables = [Gates::KILL, Gates::STATE, Gates::SCHEDULE, Gates::PARENT, Gates::REQUIRES];
        let breaker_open = controls.is_some_and(|controls| controls.breaker_open);
        if breaker_open || disables.into_iter().any(|gate| flag.gates.has(gate)) {
            self.add(flag.off, Reason::Disabled);
        }
        if let Some(controls) = controls {
            if let Some(variant) = controls.everybody {
                self.add(variant, Reason::Static);
            }
            for (_, variant) in &controls.units {
                self.add(*variant, Reason::TargetingMatch);
            }
        }
        // A flag that is off by its state, and by no schedule comes on, gets no further.
        if flag.gates.has(Gates::STATE) && !flag.gates.has(Gates::SCHEDULE) {
            return;
        }
        for (_, variant) in extra.iter().flat_map(|extra| &extra.overrides) {
            self.add(*variant, Reason::TargetingMatch);
        }
        if flag.gates.has(Gates::CONDITIONS) || flag.gates.has(Gates::TARGETS) {
            self.add(flag.off, Reason::Default);
        }
        for on_it in extra.iter().flat_map(|extra| &extra.experiments) {
            self.experiment(*on_it);
        }
        self.rules(flag);

        let scheduled = extra.iter().flat_map(|extra| &extra.schedule).filter_map(|step| step.percentage);
        let controlled = controls.and_then(|controls| controls.percentage);
        for percentage in scheduled.chain(controlled).chain([flag.percentage]) {
            let is_partial = percentage.is_partial();
            if is_partial || percentage == crate::Percentage::ZERO {
                self.add(flag.off, Reason::Split);
            }
            if is_partial {
                self.add(flag.off, Reason::Error);
            }
            if percentage != crate::Percentage::ZERO {
                self.serving(flag, flag.serve, is_partial, Reason::Static);
            }
        }
    }

    /// What an experiment that may act serves: what the winner says, or what any of the arms does.
    fn experiment(&mut self, on_it: FlagExperiment) {
        let set = self.view.set;
        let Some(experiment) = set.experiments.get(on_it.experiment as usize) else { return };
        let winner = experiment.winner_in_force();
        for in_arm in on_it.variants.of(&set.arm_variants).iter().filter(|_| experiment.may_act()) {
            if winner == NONE {
                self.add(in_arm.variant, Reason::Split);
            } else if in_arm.arm == winner {
                self.add(in_arm.variant, Reason::TargetingMatch);
            }
        }
    }

    fn rules(&mut self, flag: &Flag) {
        for rule in flag.rules.of(&self.view.set.rules) {
            let is_partial = rule.percentage.is_partial();
            if is_partial {
                self.add(flag.off, Reason::Error);
            }
            if rule.percentage != crate::Percentage::ZERO {
                let serve = if rule.serve == Serving::Inherit { flag.serve } else { rule.serve };
                self.serving(flag, serve, is_partial, Reason::TargetingMatch);
            }
        }
    }

    /// What is served, for `reason` unless a draw decided.
    fn serving(&mut self, flag: &Flag, serve: Serving, drawn: bool, reason: Reason) {
        match serve {
            Serving::Variant(variant) => self.add(variant, if drawn { Reason::Split } else { reason }),
            Serving::Split(split) => {
                self.add(flag.off, Reason::Error);
                let set = self.view.set;
                for arm in set.splits.get(split as usize).iter().flat_map(|split| split.arms.of(&set.arms)) {
                    self.add(arm.variant, Reason::Split);
                }
            }
            Serving::Inherit => {}
        }
    }

    fn add(&mut self, variant: u32, reason: Reason) {
        self.found.push((variant, reason));
    }
}
