//! The workload's flags in the format of flags, written as a person would write them.

use std::fmt::Write as _;

use crate::workload::{CONTROL, Condition, EARLY, FlagSet, Kind, TREATMENT, Test, VARIANTS};

/// The definitions of a set of flags.
pub(crate) fn to_toml(set: &FlagSet) -> String {
    let mut text = String::new();
    for flag in &set.flags {
        // Writing to a string does not fail.
        let _ = write_flag(&mut text, &flag.name, &flag.kind);
    }
    text
}

fn write_flag(text: &mut String, name: &str, kind: &Kind) -> std::fmt::Result {
    writeln!(text, "[features.{name}]\nenabled = true")?;
    match kind {
        Kind::On => Ok(()),
        Kind::Rollout => writeln!(text, "rollout_percentage = 50"),
        Kind::Variants => {
            let variants =
                VARIANTS.map(|(name, weight)| format!("{name} = {{ value = \"{name}\", weight = {weight} }}"));
            writeln!(text, "variants = {{ {} }}", variants.join(", "))
        }
        Kind::Rules(rules) => {
            let variants = [CONTROL, EARLY, TREATMENT].map(|name| format!("{name} = \"{name}\""));
            writeln!(text, "variants = {{ {} }}\nserve = \"{CONTROL}\"\nrules = [", variants.join(", "))?;
            for rule in rules {
                let when = rule.conditions.each_ref().map(condition).join(", ");
                writeln!(text, "  {{ when = [{when}], serve = \"{}\" }},", rule.serves)?;
            }
            writeln!(text, "]")
        }
    }
}

fn condition(condition: &Condition) -> String {
    let test = match &condition.test {
        Test::In(list) => format!("in = {list:?}"),
        Test::Equals(value) => format!("equals = {value:?}"),
        Test::AtLeast(number) => format!("at_least = {number}"),
        Test::Below(number) => format!("less_than = {number}"),
        Test::VersionAtLeast(version) => format!("version = \">={version}\""),
    };
    format!("{{ attribute = \"{}\", {test} }}", condition.attribute)
}
