//! What the lints ask of the definitions as a whole.

use std::collections::{HashMap, HashSet};

use flags_core::{Definitions, FlagDefinition, Percentage, ScheduleStep, Serve, State, Timestamp, ValueType};

use super::sections::Sections;
use crate::diff::references::{Reference, visit_experiment, visit_flag, visit_segment};

/// The definitions, indexed.
pub(super) struct Subject<'d> {
    pub(super) now: Timestamp,
    flags: HashMap<&'d str, &'d FlagDefinition>,
    /// Segments that something refers to.
    used_segments: HashSet<&'d str>,
    /// Flags that something else refers to.
    used_flags: HashSet<&'d str>,
    /// Variants that experiments serve, or something else from elsewhere, with their flags.
    served: HashSet<(&'d str, &'d str)>,
    /// Flags whose percentage a rollout plan raises.
    planned: HashSet<&'d str>,
    /// Flags that a migration switches on or off.
    switched: HashSet<&'d str>,
}

impl<'d> Subject<'d> {
    pub(super) fn new(
        definitions: &'d Definitions,
        now: Timestamp,
        segments: &'d HashSet<Box<str>>,
        served: &'d HashSet<(Box<str>, Box<str>)>,
    ) -> Self {
        let mut used_segments: HashSet<&str> = segments.iter().map(|key| &**key).collect();
        let mut used_flags = HashSet::new();
        let mut visit = |reference: Reference<'d>| match (reference, reference.flag()) {
            (Reference::Segment(key), _) => drop(used_segments.insert(key)),
            (_, Some(flag)) => drop(used_flags.insert(flag)),
            (_, None) => {}
        };
        for flag in &definitions.flags {
            for form in forms(flag) {
                visit_flag(form, &mut |_, reference| visit(reference));
            }
        }
        for segment in &definitions.segments {
            visit_segment(segment, &mut |_, reference| visit(reference));
        }
        for experiment in &definitions.experiments {
            visit_experiment(experiment, &mut |_, reference| visit(reference));
        }
        let in_arms = definitions.experiments.iter().flat_map(|experiment| &experiment.arms);
        let served = served.iter().map(|(flag, variant)| (&**flag, &**variant));
        let served =
            served.chain(in_arms.flat_map(|arm| &arm.overrides).map(|(flag, variant)| (&**flag, &**variant))).collect();
        let flags = definitions.flags.iter().map(|flag| (&*flag.key, flag)).collect();
        let (planned, switched) = (HashSet::new(), HashSet::new());
        Self { now, flags, used_segments, used_flags, served, planned, switched }
    }

    /// The same with what drives flags beyond their definitions.
    pub(super) fn driven_by(mut self, sections: &Sections<'d>) -> Self {
        self.planned = sections.planned().collect();
        self.switched = sections.switched().collect();
        self.used_flags.extend(sections.switched().chain(sections.awaited()));
        self
    }

    /// Whether a rollout plan or a migration changes what the flag says.
    pub(super) fn is_driven(&self, key: &str) -> bool {
        self.planned.contains(key) || self.switched.contains(key)
    }

    pub(super) fn flag(&self, key: &str) -> Option<&'d FlagDefinition> {
        self.flags.get(key).copied()
    }

    /// Whether anything refers to the segment.
    pub(super) fn is_segment_used(&self, key: &str) -> bool {
        self.used_segments.contains(key)
    }

    /// Whether another flag, a segment or an audience refers to the flag, or something serves variants of it from elsewhere.
    pub(super) fn is_flag_used(&self, key: &str) -> bool {
        self.used_flags.contains(key) || self.served.iter().any(|(flag, _)| *flag == key)
    }

    /// Whether the flag can be on for somebody, now or later, in some environment, all it refers to aside.
    pub(super) fn can_be_on(&self, flag: &FlagDefinition) -> bool {
        forms(flag).any(|form| self.form_can_be_on(form))
    }

    /// The same of one form.
    pub(super) fn form_can_be_on(&self, form: &FlagDefinition) -> bool {
        let present = self.present(form);
        let later = || form.schedule.iter().filter(|step| step.at > self.now);
        let on = |state: State| !matches!(state, State::Disabled | State::EmergencyOff);
        let switched_on = on(present.state) || later().filter_map(|step| step.state).any(on);
        let some = |share: Option<Percentage>| share != Some(Percentage::ZERO);
        let admits = some(present.percentage)
            || later().any(|step| step.rollout_percentage.is_some() && some(step.rollout_percentage))
            || form.rules.iter().any(|rule| some(rule.rollout_percentage))
            || !form.overrides.is_empty()
            || self.planned.contains(&*form.key);
        (switched_on && admits) || self.switched.contains(&*form.key)
    }

    /// Whether the flag can get as far as its experiments, now or later, in some environment: whatever comes before them is
    /// its state.
    pub(super) fn can_be_reached(&self, flag: &FlagDefinition) -> bool {
        let on = |state: State| !matches!(state, State::Disabled | State::EmergencyOff);
        forms(flag).any(|form| {
            let mut later = form.schedule.iter().filter(|step| step.at > self.now).filter_map(|step| step.state);
            on(self.present(form).state) || later.any(on) || self.switched.contains(&*flag.key)
        })
    }

    /// Whether some form of the flag can serve the variant, on or off.
    pub(super) fn can_serve(&self, flag: &FlagDefinition, variant: &str) -> bool {
        forms(flag).any(|form| form_can_serve(form, variant)) || self.served.contains(&(&*flag.key, variant))
    }

    /// What the steps of the schedule so far have made of the state and the percentage.
    pub(super) fn present(&self, form: &FlagDefinition) -> Present {
        let mut present = Present { state: form.state, percentage: form.rollout_percentage };
        for step in in_order(&form.schedule).into_iter().filter(|step| step.at <= self.now) {
            present.apply(step);
        }
        present
    }
}

/// The state and the percentage of a flag at some instant.
#[derive(Clone, Copy)]
pub(super) struct Present {
    pub(super) state: State,
    pub(super) percentage: Option<Percentage>,
}

impl Present {
    pub(super) fn apply(&mut self, step: &ScheduleStep) {
        self.state = step.state.unwrap_or(self.state);
        self.percentage = step.rollout_percentage.or(self.percentage);
    }

    /// For how many it is on, rules aside: nobody where the state says so, or where it is on in one environment only.
    pub(super) fn share(&self) -> Percentage {
        match self.state {
            State::Canary | State::Rollout | State::Enabled => self.percentage.unwrap_or(Percentage::HUNDRED),
            State::Disabled | State::Development | State::EmergencyOff => Percentage::ZERO,
        }
    }
}

/// The steps in the order in which they come into force.
pub(super) fn in_order(schedule: &[ScheduleStep]) -> Vec<&ScheduleStep> {
    let mut steps: Vec<&ScheduleStep> = schedule.iter().collect();
    steps.sort_by_key(|step| step.at);
    steps
}

/// The flag itself and its forms in environments.
pub(super) fn forms(flag: &FlagDefinition) -> impl Iterator<Item = &FlagDefinition> {
    std::iter::once(flag).chain(flag.environments.iter().map(|(_, form)| form))
}

/// Whether the flag has the two variants that need not be written.
fn is_plain(form: &FlagDefinition) -> bool {
    form.variants.is_empty() && form.value_type == ValueType::Boolean
}

/// The variant a form serves when off.
fn off_variant(form: &FlagDefinition) -> Option<&str> {
    form.off.as_deref().or(is_plain(form).then_some("off"))
}

/// Whether some form of the flag serves the variant when off.
pub(super) fn serves_when_off(flag: &FlagDefinition, variant: &str) -> bool {
    forms(flag).any(|form| off_variant(form) == Some(variant))
}

fn form_can_serve(form: &FlagDefinition, variant: &str) -> bool {
    let plain = is_plain(form);
    let off = off_variant(form);
    let by = |serve: &Serve| match serve {
        Serve::Variant(name) => &**name == variant,
        Serve::Split(arms) => arms.iter().any(|(name, weight)| &**name == variant && *weight > 0),
    };
    let by_default = || match &form.serve {
        Some(serve) => by(serve),
        None if plain => variant == "on",
        None => form.variants.iter().any(|known| &*known.name == variant && known.weight > 0),
    };
    let by_rule = || {
        let admitting = form.rules.iter().filter(|rule| rule.rollout_percentage != Some(Percentage::ZERO));
        admitting.filter_map(|rule| rule.serve.as_ref()).any(by)
    };
    off == Some(variant) || by_default() || by_rule() || form.overrides.iter().any(|(_, name)| &**name == variant)
}
