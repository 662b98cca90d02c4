//! Flags, and what an environment's table makes of them.

use flags_core::{
    FlagDefinition, RuleDefinition, ScheduleStep, Serve, State, Value, ValueType,
    definition::{Prerequisite, Targets, VariantDefinition},
};
use toml::{Table, Value as Toml};

use super::{
    Read, ReadError, array,
    condition::conditions,
    table, text_of, unexpected,
    value::{boolean, instant, parsed, percentage, texts, value},
};

/// Fields that say the same thing in two ways: where an environment writes one of them, the other of the base goes.
const RIVALS: [[&str; 2]; 2] = [["enabled", "state"], ["serve", "split"]];

/// A flag with its forms in single environments: the base's table with the environment's fields in place of its own.
pub(super) fn flag(key: &str, written: &Table) -> Read<FlagDefinition> {
    let mut base = written.clone();
    let environments = base.remove("environments");
    let mut flag = form(key, &base)?;
    if let Some(environments) = &environments {
        for (environment, fields) in table(environments)? {
            let fields = table(fields)?;
            let mut merged = base.clone();
            for rivals in RIVALS {
                if rivals.iter().any(|rival| fields.contains_key(*rival)) {
                    merged.retain(|field, _| !rivals.contains(&field));
                }
            }
            merged.extend(fields.iter().map(|(field, value)| (field.clone(), value.clone())));
            flag.environments.push((environment.as_str().into(), form(key, &merged)?));
        }
    }
    Ok(flag)
}

fn form(key: &str, written: &Table) -> Read<FlagDefinition> {
    let mut flag = FlagDefinition::new(key);
    let mut value_type = None;
    for (field, value) in written {
        match field.as_str() {
            "type" => value_type = ValueType::from_name(text_of(value)?),
            "enabled" | "state" => flag.state = state(field, value)?,
            "rollout_percentage" => flag.rollout_percentage = Some(percentage(value)?),
            "parent" => flag.parent = Some(text_of(value)?.into()),
            "requires" => flag.requires = array(value)?.iter().map(prerequisite).collect::<Read<_>>()?,
            "variants" => flag.variants = table(value)?.iter().map(variant).collect::<Read<_>>()?,
            "off" => flag.off = Some(variant_name(value)?),
            "serve" | "split" => flag.serve = Some(serve(field, value)?),
            "schedule" => flag.schedule = array(value)?.iter().map(step).collect::<Read<_>>()?,
            "overrides" => {
                let unit = |(unit, variant): (&String, _)| Ok((unit.as_str().into(), variant_name(variant)?));
                flag.overrides = table(value)?.iter().map(unit).collect::<Read<_>>()?;
            }
            "conditions" => flag.conditions = conditions(value)?,
            "targets" => flag.targets = targets(table(value)?)?,
            "rules" => flag.rules = array(value)?.iter().map(|value| rule(table(value)?)).collect::<Read<_>>()?,
            "bucket_by" => flag.bucket_by = texts(value)?,
            "salt" => flag.salt = Some(text_of(value)?.into()),
            // Nothing that an evaluation looks at.
            "description" | "owner" | "tags" | "metadata" | "expires" | "protected" | "created_at" | "updated_at"
            | "updated_by" => {}
            _ => return Err(unexpected("a flag", field)),
        }
    }
    flag.value_type = value_type.unwrap_or_else(|| inferred_type(&flag.variants));
    if flag.value_type == ValueType::Float {
        for variant in &mut flag.variants {
            if let Value::Integer(whole) = variant.value {
                variant.value = Value::Float(whole as f64);
            }
        }
    }
    Ok(flag)
}

/// The type of the variants; a float as soon as one of them is.
fn inferred_type(variants: &[VariantDefinition]) -> ValueType {
    let first = variants.first().and_then(|variant| variant.value.value_type()).unwrap_or_default();
    let some_float = variants.iter().any(|variant| matches!(variant.value, Value::Float(_)));
    if some_float { ValueType::Float } else { first }
}

fn state(field: &str, value: &Toml) -> Read<State> {
    if field == "enabled" {
        return Ok(if boolean(value)? { State::Enabled } else { State::Disabled });
    }
    let name = text_of(value)?;
    State::from_name(name).ok_or_else(|| ReadError(format!("`{name}` is not a state")))
}

fn prerequisite(value: &Toml) -> Read<Prerequisite> {
    if let Toml::String(flag) = value {
        return Ok(Prerequisite { flag: flag.as_str().into(), variant: None });
    }
    let written = table(value)?;
    let flag = written.get("flag").ok_or_else(|| ReadError("a prerequisite names a flag".to_owned()))?;
    let variant = written.get("variant").map(variant_name).transpose()?;
    Ok(Prerequisite { flag: text_of(flag)?.into(), variant })
}

/// A variant is written as its value, or as a table of `value` and perhaps `weight`; a weight not written is 1.
fn variant((name, written): (&String, &Toml)) -> Read<VariantDefinition> {
    let full = written.as_table().and_then(|fields| Some((fields.get("value")?, fields.get("weight"))));
    let (written, weight) = full.unwrap_or((written, None));
    let weight = weight.map_or(Ok(1), weight_of)?;
    Ok(VariantDefinition { name: name.as_str().into(), value: value(written), weight })
}

fn weight_of(value: &Toml) -> Read<u32> {
    let weight = value.as_integer().and_then(|weight| u32::try_from(weight).ok());
    weight.ok_or_else(|| ReadError(format!("expected a weight, found {value:?}")))
}

/// The name of a variant; `true` and `false` name those of a boolean flag.
pub(super) fn variant_name(value: &Toml) -> Read<Box<str>> {
    match value {
        Toml::Boolean(true) => Ok("on".into()),
        Toml::Boolean(false) => Ok("off".into()),
        name => text_of(name).map(Into::into),
    }
}

fn serve(field: &str, value: &Toml) -> Read<Serve> {
    if field == "serve" {
        return Ok(Serve::Variant(variant_name(value)?));
    }
    let arm = |(name, weight): (&String, _)| Ok((name.as_str().into(), weight_of(weight)?));
    Ok(Serve::Split(table(value)?.iter().map(arm).collect::<Read<_>>()?))
}

fn step(value: &Toml) -> Read<ScheduleStep> {
    let written = table(value)?;
    let at = written.get("at").ok_or_else(|| ReadError("a step of a schedule names an instant".to_owned()))?;
    let mut step = ScheduleStep::at(instant(at)?);
    for (field, value) in written {
        match field.as_str() {
            "at" => {}
            "enabled" | "state" => step.state = Some(state(field, value)?),
            "rollout_percentage" => step.rollout_percentage = Some(percentage(value)?),
            _ => return Err(unexpected("a step of a schedule", field)),
        }
    }
    Ok(step)
}

fn targets(written: &Table) -> Read<Targets> {
    let mut targets = Targets::default();
    for (dimension, value) in written {
        match dimension.as_str() {
            "environments" => targets.environments = texts(value)?,
            "users" => targets.users = texts(value)?,
            "node_ids" => targets.node_ids = texts(value)?,
            "validator_keys" => targets.validator_keys = texts(value)?,
            "ip_ranges" => {
                let ranges = array(value)?.iter().map(|range| parsed(range, flags_core::IpRange::parse));
                targets.ip_ranges = ranges.collect::<Read<_>>()?;
            }
            "segments" => targets.segments = texts(value)?,
            _ => return Err(unexpected("targets", dimension)),
        }
    }
    Ok(targets)
}

fn rule(written: &Table) -> Read<RuleDefinition> {
    let mut rule = RuleDefinition::new();
    for (field, value) in written {
        match field.as_str() {
            "name" => rule.name = Some(text_of(value)?.into()),
            "when" => rule.when = conditions(value)?,
            "rollout_percentage" => rule.rollout_percentage = Some(percentage(value)?),
            "serve" | "split" => rule.serve = Some(serve(field, value)?),
            _ => return Err(unexpected("a rule", field)),
        }
    }
    Ok(rule)
}
