//! A flag in the notation of files: what is written here reads back as the same flag.

use std::fmt::Write as _;

use flags::{
    FlagDefinition, State, Value, ValueType,
    config::{condition_toml, rule_toml, value_toml},
    core::{
        Serve,
        definition::{Prerequisite, Targets, VariantDefinition},
    },
};

/// The whole flag, with a table for each environment that differs.
pub(super) fn toml(flag: &FlagDefinition) -> String {
    let own = fields(flag);
    let mut text = format!("[features.{}]\n", key(&flag.key));
    for (name, value) in own.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} = {value}");
    }
    for (environment, form) in &flag.environments {
        let _ = writeln!(text, "\n[features.{}.environments.{}]", key(&flag.key), key(environment));
        for ((name, value), (_, base)) in fields(form).into_iter().zip(&own) {
            if value == *base || name == "created_at" {
                continue;
            }
            // An environment replaces a field or leaves it; only what is a list or a table can be replaced by nothing.
            let nothing = if base.as_ref().is_some_and(|base| base.starts_with('{')) { "{}" } else { "[]" };
            match value {
                Some(value) => _ = writeln!(text, "{name} = {value}"),
                None if base.as_ref().is_some_and(|base| base.starts_with(['{', '['])) => {
                    _ = writeln!(text, "{name} = {nothing}");
                }
                None => {}
            }
        }
    }
    text
}

/// Every field in the order of the format's documentation; `None` where it is not written. `enabled` stands for both states
/// it can say.
fn fields(flag: &FlagDefinition) -> Vec<(&'static str, Option<String>)> {
    let (switch, state) = match flag.state {
        State::Enabled => (Some("true".to_owned()), None),
        State::Disabled => (Some("false".to_owned()), None),
        other => (None, Some(text(other.name()))),
    };
    let (serve, split) = match &flag.serve {
        None => (None, None),
        Some(Serve::Variant(name)) => (Some(variant(flag, name)), None),
        Some(Serve::Split(arms)) => {
            let arms = arms.iter().map(|(name, weight)| (arm(flag, name), weight.to_string()));
            (None, Some(table(arms)))
        }
    };
    let typed = !flag.variants.is_empty() || flag.value_type != ValueType::Boolean;
    vec![
        ("type", typed.then(|| text(flag.value_type.name()))),
        ("description", flag.description.as_deref().map(text)),
        ("owner", flag.owner.as_deref().map(text)),
        ("tags", list(flag.tags.iter().map(|tag| text(tag)))),
        ("metadata", (!flag.metadata.is_empty()).then(|| value_toml(&Value::Object(flag.metadata.clone())))),
        ("expires", flag.expires.map(|date| date.to_string())),
        ("protected", flag.protected.then(|| "true".to_owned())),
        ("created_at", flag.created_at.map(|at| at.to_string())),
        ("updated_at", flag.updated_at.map(|at| at.to_string())),
        ("updated_by", flag.updated_by.as_deref().map(text)),
        ("parent", flag.parent.as_deref().map(text)),
        ("requires", list(flag.requires.iter().map(prerequisite))),
        ("enabled", switch),
        ("state", state),
        ("variants", (!flag.variants.is_empty()).then(|| table(flag.variants.iter().map(variant_entry)))),
        ("off", flag.off.as_deref().map(|name| variant(flag, name))),
        ("serve", serve),
        ("split", split),
        ("rollout_percentage", flag.rollout_percentage.map(|share| share.to_string())),
        ("schedule", lines(flag.schedule.iter().map(schedule_step))),
        ("overrides", overrides(flag)),
        ("conditions", lines(flag.conditions.iter().map(condition_toml))),
        ("targets", targets(&flag.targets)),
        ("rules", lines(flag.rules.iter().map(|rule| rule_toml(flag, rule)))),
        ("bucket_by", list(flag.bucket_by.iter().map(|name| text(name)))),
        ("salt", flag.salt.as_deref().map(text)),
    ]
}

fn schedule_step(step: &flags::ScheduleStep) -> String {
    let mut fields = vec![("at".to_owned(), step.at.to_string())];
    fields.extend(step.state.map(|state| match state {
        State::Enabled => ("enabled".to_owned(), "true".to_owned()),
        State::Disabled => ("enabled".to_owned(), "false".to_owned()),
        other => ("state".to_owned(), text(other.name())),
    }));
    fields.extend(step.rollout_percentage.map(|share| ("rollout_percentage".to_owned(), share.to_string())));
    table(fields)
}

fn overrides(flag: &FlagDefinition) -> Option<String> {
    let entries = flag.overrides.iter().map(|(unit, name)| (key(unit), variant(flag, name)));
    (!flag.overrides.is_empty()).then(|| table(entries))
}

fn targets(targets: &Targets) -> Option<String> {
    let strings = |names: &[Box<str>]| list(names.iter().map(|name| text(name)));
    let dimensions = [
        ("environments", strings(&targets.environments)),
        ("users", strings(&targets.users)),
        ("node_ids", strings(&targets.node_ids)),
        ("validator_keys", strings(&targets.validator_keys)),
        ("ip_ranges", list(targets.ip_ranges.iter().map(|range| text(&range.to_string())))),
        ("segments", strings(&targets.segments)),
    ];
    let written = dimensions.into_iter().filter_map(|(name, entries)| Some((name.to_owned(), entries?)));
    (!targets.is_empty()).then(|| table(written))
}

fn prerequisite(required: &Prerequisite) -> String {
    match &required.variant {
        None => text(&required.flag),
        Some(variant) => table([("flag".to_owned(), text(&required.flag)), ("variant".to_owned(), text(variant))]),
    }
}

fn variant_entry(variant: &VariantDefinition) -> (String, String) {
    let value = value_toml(&variant.value);
    let plain = variant.weight == 1 && !matches!(variant.value, Value::Object(_));
    let written = if plain { value } else { format!("{{ value = {value}, weight = {} }}", variant.weight) };
    (key(&variant.name), written)
}

/// A variant by name; `true` and `false` where the flag has none of its own.
fn variant(flag: &FlagDefinition, name: &str) -> String {
    switch(flag, name).map_or_else(|| text(name), str::to_owned)
}

/// A variant as the key of a split.
fn arm(flag: &FlagDefinition, name: &str) -> String {
    switch(flag, name).map_or_else(|| key(name), str::to_owned)
}

fn switch(flag: &FlagDefinition, name: &str) -> Option<&'static str> {
    match name {
        "on" if flag.variants.is_empty() => Some("true"),
        "off" if flag.variants.is_empty() => Some("false"),
        _ => None,
    }
}

fn text(text: &str) -> String {
    value_toml(&Value::from(text))
}

/// A key, in quotes where TOML asks for them.
fn key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    if bare { key.to_owned() } else { text(key) }
}

fn table(entries: impl IntoIterator<Item = (String, String)>) -> String {
    let entries: Vec<String> = entries.into_iter().map(|(name, value)| format!("{name} = {value}")).collect();
    format!("{{ {} }}", entries.join(", "))
}

fn list(entries: impl IntoIterator<Item = String>) -> Option<String> {
    let entries: Vec<String> = entries.into_iter().collect();
    (!entries.is_empty()).then(|| format!("[{}]", entries.join(", ")))
}

/// A list with each entry on a line of its own.
fn lines(entries: impl IntoIterator<Item = String>) -> Option<String> {
    let entries: Vec<String> = entries.into_iter().map(|entry| format!("  {entry},\n")).collect();
    (!entries.is_empty()).then(|| format!("[\n{}]", entries.concat()))
}

#[cfg(test)]
mod tests {
    use flags::{
        Definitions,
        config::{Difference, Source, load},
    };

    use super::*;

    /// What differs between the flags of a text and the flags of what is shown of them.
    fn round_trip(definition: &str) -> String {
        let read = |text: &str| {
            let loaded = load(&Source::new("flags.toml", text).into());
            loaded.document.unwrap_or_else(|| panic!("{}\n{text}", loaded.report)).definitions
        };
        let flags =
            |definitions: &Definitions| Definitions { flags: definitions.flags.clone(), ..Definitions::default() };
        let definitions = read(definition);
        let mut shown: String = definitions.flags.iter().map(|flag| toml(flag) + "\n").collect();
        // Only flags are shown; what they refer to has to be there.
        for segment in &definitions.segments {
            shown += &format!("[segments.{}]\nmembers = [\"somebody\"]\n", key(&segment.key));
        }
        Difference::between(&flags(&definitions), &flags(&read(&shown))).to_string()
    }

    #[test]
    fn what_is_shown_reads_back() {
        let text = r#"
            [features.a]
            state = "rollout"
            rollout_percentage = 12.5
            description = "two\nlines \"quoted\""
            expires = 2027-03-31
            created_at = 2026-11-20T09:00:00Z
            protected = true
            bucket_by = ["node_id", "user_id"]
            salt = "s"
            overrides = { "user 1" = true, user-2 = false }
            schedule = [{ at = 2026-12-01T09:00:00Z, rollout_percentage = 50 }, { at = 2026-12-20T00:00:00Z, enabled = false }]
            rules = [{ serve = false, when = [{ attribute = "x", exists = true }] }, { name = "half", rollout_percentage = 50 }]
            [features.a.targets]
            environments = ["testnet"]
            ip_ranges = ["10.0.0.0/8"]
            [features.a.environments.production]
            enabled = true
            overrides = {}
            rules = []
            [features."b.c"]
            enabled = true
            parent = "a"
            requires = ["a", { flag = "d", variant = "y" }]
            conditions = [{ not = { flag = "a" } }]
            [features.d]
            enabled = false
            variants = { x = 1, y = { value = 2.5, weight = 3 } }
            off = "x"
            split = { x = 1, y = 0 }
            metadata = { risk = "low", nested = { a = [1, 2] } }
            [features.e]
            enabled = true
            variants = { one = { value = { n = 1 } } }
            serve = "one"
        "#;
        assert_eq!(round_trip(text), "");
    }

    #[test]
    fn samples_and_vectors_read_back() {
        assert_eq!(round_trip(include_str!("../../../../../config/shop.toml")), "");
        assert_eq!(round_trip(include_str!("../../../../../config/features.toml")), "");
        let vectors = include_str!("../../../../flags-testkit/data/vectors/evaluation.json");
        let vectors: Vec<serde_json::Value> = serde_json::from_str(vectors).unwrap();
        for vector in vectors {
            assert_eq!(round_trip(vector["definition"].as_str().unwrap()), "");
        }
    }
}
