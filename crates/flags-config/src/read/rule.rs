//! `[[features.KEY.rules]]`, and what a rule or a flag serves.

use flags_core::{FlagDefinition, RuleDefinition, Serve};
use toml::de::DeValue;

use super::{Entry, Reader, entries, schedule::percentage_or_zero};
use crate::{Code, leaf, shape::MOST_ENTRIES};

impl Reader<'_> {
    pub(super) fn rules(&mut self, value: &DeValue<'_>, flag: &FlagDefinition) -> Vec<RuleDefinition> {
        let items = value.as_array().map_or(&[][..], |items| items);
        items.iter().map(|item| self.rule(item.get_ref(), flag)).collect()
    }

    fn rule(&mut self, value: &DeValue<'_>, flag: &FlagDefinition) -> RuleDefinition {
        let mut rule = RuleDefinition::new();
        let Some(table) = value.as_table() else { return rule };
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "name" => rule.name = leaf::text(value),
                "when" => rule.when = self.conditions(value),
                "rollout_percentage" => rule.rollout_percentage = Some(percentage_or_zero(value)),
                "serve" => rule.serve = self.variant_name(entry, flag).map(Serve::Variant),
                "split" => rule.serve = Some(split(value, flag)),
                _ => {}
            }
        }
        rule
    }

    /// The name of a variant of the flag itself, where `true` and `false` stand for those of a boolean one.
    pub(super) fn variant_name(&mut self, entry: Entry<'_>, flag: &FlagDefinition) -> Option<Box<str>> {
        let Some(boolean) = entry.value.get_ref().as_bool() else { return leaf::text(entry.value.get_ref()) };
        if flag.variants.is_empty() {
            return Some(on_or_off(boolean).into());
        }
        let mut same = flag.variants.iter().filter(|variant| variant.value == boolean.into());
        if let (Some(variant), None) = (same.next(), same.next()) {
            return Some(variant.name.clone());
        }
        let names: Vec<&str> = flag.variants.iter().map(|variant| &*variant.name).collect();
        let message = format!("`{}` must name a variant of flag `{}`", entry.key.get_ref(), flag.key);
        self.report(Code::WRONG_TYPE, entry.value.span(), message)
            .label("this flag serves variants by name")
            .help(format!("it has {}", crate::shape::quoted(&names)));
        None
    }
}

/// The weights of a split. A boolean flag without variants may call them `true` and `false`.
pub(super) fn split(value: &DeValue<'_>, flag: &FlagDefinition) -> Serve {
    let Some(table) = value.as_table() else { return Serve::Split(vec![]) };
    let plain = flag.variants.is_empty();
    let name = |written: &str| match written {
        "true" if plain => "on".into(),
        "false" if plain => "off".into(),
        other => other.into(),
    };
    Serve::Split(
        entries(table)
            .take(MOST_ENTRIES)
            .map(|(written, entry)| (name(written), weight(entry.value.get_ref())))
            .collect(),
    )
}

/// The weight; 1 in place of one that was refused.
pub(super) fn weight(value: &DeValue<'_>) -> u32 {
    leaf::integer(value).and_then(|weight| weight.try_into().ok()).unwrap_or(1)
}

/// The variant of a boolean flag without written variants.
pub(super) fn on_or_off(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}
