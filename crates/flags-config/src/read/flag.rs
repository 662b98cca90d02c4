//! `[features.KEY]`, and the flag as it is in single environments.

use flags_core::{FlagDefinition, Serve, State, ValueType, definition::Prerequisite};
use toml::de::{DeTable, DeValue};

use super::{
    Entry, Reader, entries, name_or_names, names,
    rule::{on_or_off, split},
    schedule::{enabled, percentage_or_zero, schedule},
    targets::targets,
};
use crate::leaf;

/// The entries of a flag by name, so that an environment can put its own in their place before anything is read.
macro_rules! raw_flag {
    ($($field:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Default)]
        struct RawFlag<'t> {
            $($field: Option<Entry<'t>>,)*
        }

        impl<'t> RawFlag<'t> {
            fn set(&mut self, name: &str, entry: Entry<'t>) {
                match name {
                    $($name => self.$field = Some(entry),)*
                    _ => {}
                }
            }
        }
    };
}

raw_flag! {
    enabled = "enabled",
    state = "state",
    value_type = "type",
    description = "description",
    owner = "owner",
    tags = "tags",
    metadata = "metadata",
    expires = "expires",
    protected = "protected",
    created_at = "created_at",
    updated_at = "updated_at",
    updated_by = "updated_by",
    parent = "parent",
    requires = "requires",
    variants = "variants",
    off = "off",
    serve = "serve",
    split = "split",
    rollout_percentage = "rollout_percentage",
    schedule = "schedule",
    overrides = "overrides",
    conditions = "conditions",
    targets = "targets",
    rules = "rules",
    bucket_by = "bucket_by",
    salt = "salt",
    environments = "environments",
}

impl<'t> RawFlag<'t> {
    fn of(table: &'t DeTable<'t>) -> Self {
        let mut raw = Self::default();
        for (name, entry) in entries(table) {
            raw.set(name, entry);
        }
        raw
    }

    /// The flag with an environment's entries in place of its own.
    fn overlaid(mut self, table: &'t DeTable<'t>) -> Self {
        if table.contains_key("enabled") || table.contains_key("state") {
            (self.enabled, self.state) = (None, None);
        }
        if table.contains_key("serve") || table.contains_key("split") {
            (self.serve, self.split) = (None, None);
        }
        for (name, entry) in entries(table) {
            if !matches!(name, "type" | "created_at" | "environments") {
                self.set(name, entry);
            }
        }
        self
    }
}

impl Reader<'_> {
    pub(crate) fn flag(&mut self, key: &str, table: &DeTable<'_>) -> FlagDefinition {
        let raw = RawFlag::of(table);
        let mut flag = self.flag_form(key, &raw);
        if let Some(environments) = raw.environments.and_then(|entry| entry.value.get_ref().as_table()) {
            for (name, entry) in entries(environments) {
                if let Some(table) = entry.value.get_ref().as_table() {
                    let form = self.flag_form(key, &raw.overlaid(table));
                    flag.environments.push((name.into(), form));
                }
            }
        }
        flag
    }

    /// The flag as its entries say, apart from its environments.
    fn flag_form(&mut self, key: &str, raw: &RawFlag<'_>) -> FlagDefinition {
        let written = content(raw.value_type).and_then(DeValue::as_str).and_then(ValueType::from_name);
        let (variants, value_type) = self.variants(raw.variants, written);
        let mut flag = FlagDefinition {
            value_type,
            variants,
            state: state(raw),
            description: content(raw.description).and_then(leaf::text),
            owner: content(raw.owner).and_then(leaf::text),
            tags: content(raw.tags).map(names).unwrap_or_default(),
            metadata: content(raw.metadata).and_then(DeValue::as_table).map(leaf::object).unwrap_or_default(),
            expires: content(raw.expires).and_then(leaf::date),
            protected: content(raw.protected).and_then(DeValue::as_bool).unwrap_or_default(),
            created_at: content(raw.created_at).and_then(|value| leaf::instant(value).ok()),
            updated_at: content(raw.updated_at).and_then(|value| leaf::instant(value).ok()),
            updated_by: content(raw.updated_by).and_then(leaf::text),
            parent: content(raw.parent).and_then(leaf::text),
            requires: content(raw.requires).map(prerequisites).unwrap_or_default(),
            rollout_percentage: content(raw.rollout_percentage).map(percentage_or_zero),
            schedule: content(raw.schedule).map(schedule).unwrap_or_default(),
            targets: content(raw.targets).map(targets).unwrap_or_default(),
            bucket_by: content(raw.bucket_by).map(name_or_names).unwrap_or_default(),
            salt: content(raw.salt).and_then(leaf::text),
            ..FlagDefinition::new(key)
        };
        // What names variants is read last: in a boolean flag without any, `true` and `false` are names.
        flag.off = raw.off.and_then(|entry| self.variant_name(entry, &flag));
        flag.serve = match (raw.serve, raw.split) {
            (Some(serve), _) => self.variant_name(serve, &flag).map(Serve::Variant),
            (None, Some(arms)) => Some(split(arms.value.get_ref(), &flag)),
            (None, None) => None,
        };
        if let Some(table) = content(raw.overrides).and_then(DeValue::as_table) {
            let named =
                entries(table).filter_map(|(unit, entry)| Some((unit.into(), self.variant_name(entry, &flag)?)));
            flag.overrides = named.collect();
        }
        flag.conditions = content(raw.conditions).map(|value| self.flag_conditions(value)).unwrap_or_default();
        flag.rules = content(raw.rules).map(|value| self.rules(value, &flag)).unwrap_or_default();
        flag
    }
}

fn content<'t>(entry: Option<Entry<'t>>) -> Option<&'t DeValue<'t>> {
    entry.map(|entry| entry.value.get_ref())
}

fn state(raw: &RawFlag<'_>) -> State {
    let by_name = content(raw.state).and_then(DeValue::as_str).and_then(State::from_name);
    by_name.or_else(|| content(raw.enabled).and_then(DeValue::as_bool).map(enabled)).unwrap_or_default()
}

fn prerequisites(value: &DeValue<'_>) -> Vec<Prerequisite> {
    let items = value.as_array().map_or(&[][..], |items| items);
    items.iter().map(|item| prerequisite(item.get_ref())).collect()
}

fn prerequisite(value: &DeValue<'_>) -> Prerequisite {
    let Some(table) = value.as_table() else {
        return Prerequisite { flag: leaf::text(value).unwrap_or_default(), variant: None };
    };
    let flag = table.get("flag").and_then(|flag| leaf::text(flag.get_ref())).unwrap_or_default();
    Prerequisite { flag, variant: table.get("variant").and_then(|variant| named_variant(variant.get_ref())) }
}

/// The name of a variant of another flag; `true` and `false` are those of a boolean one.
pub(super) fn named_variant(value: &DeValue<'_>) -> Option<Box<str>> {
    leaf::text(value).or_else(|| value.as_bool().map(|value| on_or_off(value).into()))
}
