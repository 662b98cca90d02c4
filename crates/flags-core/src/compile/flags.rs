//! A flag's definition becomes its record, its rules, and, where it has more, an extra record.

use alloc::{boxed::Box, vec::Vec};

use super::{Compiler, Scope};
use crate::{
    BucketKey, FlagDefinition, FlagKind, Percentage, Purpose, Serve, State, Value, ValueType,
    definition::{self, RuleDefinition},
    set::{
        Arm, Details, Extra, Flag, FlagExperiment, Gates, NONE, Required, Rule, Serving, Span, Split, Step, Targets,
        VARIANT_OFF, VARIANT_ON, Variant, narrow,
    },
};

impl<'c> Compiler<'c> {
    /// Lays down the written variants of a flag.
    pub(super) fn variants_of(&mut self, flag: &'c FlagDefinition) -> Span {
        let start = self.variants.len();
        self.variant_starts.push(narrow(start));
        for variant in &flag.variants {
            let value = match (&variant.value, flag.value_type) {
                // What a float flag serves is a float, however it was written.
                #[expect(clippy::cast_precision_loss, reason = "the owner of the flag chose the type float")]
                (Value::Integer(whole), ValueType::Float) => Value::Float(*whole as f64),
                (value, _) => value.clone(),
            };
            let name = self.texts.intern(&variant.name);
            self.variants.push(Variant { name, value });
        }
        Span::new(start, self.variants.len())
    }

    pub(super) fn flag(
        &mut self,
        flag: &'c FlagDefinition,
        variants: Span,
        experiments: Vec<FlagExperiment>,
        default_unit: u32,
    ) {
        let scope = Scope {
            salt: flag.salt.as_deref().unwrap_or(&flag.key),
            unit: if flag.bucket_by.is_empty() { default_unit } else { self.unit(&flag.bucket_by) },
        };
        let names = VariantNames { flag, first: variants.start() };
        let off = match &flag.off {
            Some(name) => names.place(name),
            None if flag.variants.is_empty() => VARIANT_OFF,
            None => NONE,
        };
        let serve = match &flag.serve {
            Some(serve) => self.serving(serve, names),
            None if flag.variants.is_empty() => Serving::Variant(VARIANT_ON),
            None => {
                let arms = flag.variants.iter().enumerate();
                self.split(arms.map(|(at, variant)| (narrow(variants.start() + at), variant.weight)))
            }
        };
        let percentage = flag.rollout_percentage.unwrap_or(Percentage::HUNDRED);
        let conditions = self.conditions(&flag.conditions, scope);
        let rules = self.rules(&flag.rules, scope, names);
        let extra = self.extra(flag, names, experiments);

        let mut gates = Gates::default();
        gates.set(Gates::STATE, !flag.state.is_on_in(self.environment));
        gates.set(Gates::SCHEDULE, !flag.schedule.is_empty());
        gates.set(Gates::PARENT, flag.parent.is_some());
        gates.set(Gates::REQUIRES, !flag.requires.is_empty());
        gates.set(Gates::OVERRIDES, !flag.overrides.is_empty());
        gates.set(Gates::CONDITIONS, !flag.conditions.is_empty());
        gates.set(Gates::TARGETS, !flag.targets.is_empty());

        let key = self.texts.intern(&flag.key);
        self.flags.push(Flag {
            key,
            gates,
            plain: NONE,
            value_type: flag.value_type,
            state: flag.state,
            off,
            serve,
            percentage,
            unit: scope.unit,
            rules,
            conditions,
            variants,
            rollout_key: BucketKey::new(scope.salt, Purpose::Rollout),
            variant_key: BucketKey::new(scope.salt, Purpose::Variant),
            extra,
            controls: NONE,
        });
    }

    fn rules(&mut self, rules: &'c [RuleDefinition], scope: Scope<'c>, names: VariantNames<'_>) -> Span {
        let start = self.rules.len();
        for rule in rules {
            let compiled = Rule {
                name: rule.name.as_ref().map(|name| self.texts.intern(name)),
                when: self.conditions(&rule.when, scope),
                percentage: rule.rollout_percentage.unwrap_or(Percentage::HUNDRED),
                serve: rule.serve.as_ref().map_or(Serving::Inherit, |serve| self.serving(serve, names)),
            };
            self.rules.push(compiled);
        }
        Span::new(start, self.rules.len())
    }

    fn serving(&mut self, serve: &Serve, names: VariantNames<'_>) -> Serving {
        match serve {
            Serve::Variant(name) => Serving::Variant(names.place(name)),
            Serve::Split(arms) => self.split(arms.iter().map(|(name, weight)| (names.place(name), *weight))),
        }
    }

    /// A split; one with a single positive weight draws nothing and is that variant.
    fn split(&mut self, arms: impl Iterator<Item = (u32, u32)>) -> Serving {
        let positive: Vec<(u32, u32)> = arms.filter(|(_, weight)| *weight > 0).collect();
        if let [(variant, _)] = positive[..] {
            return Serving::Variant(variant);
        }
        let start = self.arms.len();
        let mut until = 0_u32;
        for (variant, weight) in positive {
            until = until.saturating_add(weight);
            self.arms.push(Arm { until, variant });
        }
        self.splits.push(Split { arms: Span::new(start, self.arms.len()), total: until });
        Serving::Split(narrow(self.splits.len() - 1))
    }

    /// The place of the record of what few flags have, or [`NONE`].
    fn extra(&mut self, flag: &'c FlagDefinition, names: VariantNames<'_>, experiments: Vec<FlagExperiment>) -> u32 {
        let mut overrides: Vec<_> = flag
            .overrides
            .iter()
            .map(|(unit, variant)| (self.texts.intern(unit), names.place(variant), unit))
            .collect();
        // A unit written twice keeps its last variant; sorting is stable.
        overrides.reverse();
        overrides.sort_by(|a, b| a.2.cmp(b.2));
        overrides.dedup_by(|a, b| a.2 == b.2);

        let mut schedule: Vec<Step> = flag
            .schedule
            .iter()
            .map(|step| Step { at: step.at, state: step.state, percentage: step.rollout_percentage })
            .collect();
        schedule.sort_by_key(|step| step.at);

        let extra = Extra {
            parent: flag.parent.as_ref().map_or(NONE, |parent| self.flag_place(parent)),
            requires: flag.requires.iter().map(|required| self.required(required)).collect(),
            overrides: overrides.into_iter().map(|(unit, variant, _)| (unit, variant)).collect(),
            schedule,
            targets: (!flag.targets.is_empty()).then(|| Box::new(self.targets(&flag.targets))),
            experiments,
            details: details(flag),
        };
        if is_plain(flag, &extra) {
            return NONE;
        }
        self.extras.push(extra);
        narrow(self.extras.len() - 1)
    }

    fn required(&mut self, required: &definition::Prerequisite) -> Required {
        let flag = self.flag_place(&required.flag);
        Required { flag, variant: self.asked(flag, required.variant.as_deref()) }
    }

    fn targets(&mut self, targets: &definition::Targets) -> Targets {
        let environment = self.environment;
        let written = |list: &[Box<str>]| !list.is_empty();
        Targets {
            environments: written(&targets.environments).then(|| {
                let holds = targets.environments.iter().any(|name| **name == *environment);
                (holds, self.text_list(&targets.environments))
            }),
            users: written(&targets.users).then(|| self.text_set(&targets.users, false)),
            node_ids: written(&targets.node_ids).then(|| self.text_set(&targets.node_ids, false)),
            validator_keys: written(&targets.validator_keys).then(|| self.text_set(&targets.validator_keys, false)),
            ip_ranges: (!targets.ip_ranges.is_empty()).then(|| self.ip_ranges(&targets.ip_ranges)),
            segments: targets.segments.iter().map(|key| self.segment_place(key)).collect(),
        }
    }
}

/// The variants of one flag by name.
#[derive(Clone, Copy)]
struct VariantNames<'a> {
    flag: &'a FlagDefinition,
    first: usize,
}

impl VariantNames<'_> {
    fn place(self, name: &str) -> u32 {
        if self.flag.variants.is_empty() {
            return if name == "on" { VARIANT_ON } else { VARIANT_OFF };
        }
        let offset = self.flag.variants.iter().position(|variant| &*variant.name == name);
        offset.map_or(NONE, |offset| narrow(self.first + offset))
    }
}

fn details(flag: &FlagDefinition) -> Details {
    Details {
        description: flag.description.clone(),
        owner: flag.owner.clone(),
        tags: flag.tags.clone(),
        metadata: flag.metadata.clone(),
        expires: flag.expires,
        protected: flag.protected,
        kind: flag.kind(),
    }
}

/// Whether nothing would be lost without the extra record: its kind, too, can be told from the rest.
fn is_plain(flag: &FlagDefinition, extra: &Extra) -> bool {
    let nothing_described = flag.description.is_none()
        && flag.owner.is_none()
        && flag.tags.is_empty()
        && flag.metadata.is_empty()
        && flag.expires.is_none()
        && !flag.protected;
    let nothing_referred = extra.parent == NONE && extra.requires.is_empty() && extra.targets.is_none();
    nothing_described
        && nothing_referred
        && extra.overrides.is_empty()
        && extra.schedule.is_empty()
        && extra.experiments.is_empty()
        && flag.state != State::EmergencyOff
        && matches!(flag.kind(), FlagKind::Boolean | FlagKind::Percentage | FlagKind::Multivariate)
}

impl Flag {
    /// The variant that everybody gets, if nothing that is written or controlled could decide otherwise; else [`NONE`].
    pub(super) fn plain_variant(&self) -> u32 {
        match self.serve {
            Serving::Variant(variant)
                if !self.gates.any() && self.rules.is_empty() && self.percentage == Percentage::HUNDRED =>
            {
                variant
            }
            _ => NONE,
        }
    }

    /// Whether the state as written is the kill state.
    pub(crate) fn is_killed_by_state(&self) -> bool {
        self.state == State::EmergencyOff
    }
}

impl Split {
    /// The variant at a position. Every arm is looked at: where a draw falls cannot be guessed, so a loop that ends there
    /// would be guessed wrong.
    #[inline]
    pub(crate) fn variant_at(&self, arms: &[Arm], position: u32) -> u32 {
        let arms = self.arms.of(arms);
        let index = arms.iter().map(|arm| usize::from(position >= arm.until)).sum::<usize>();
        arms.get(index).map_or(NONE, |arm| arm.variant)
    }
}
