//! Experiments, layers and holdouts: what an assignment looks at.

use flags_core::{
    Percentage, Value,
    definition::{
        ArmDefinition, ExperimentDefinition, ExperimentStatus, HeldOutFrom, HoldoutDefinition, LayerDefinition,
    },
};
use toml::Table;

use super::{
    Read, ReadError, array,
    condition::conditions,
    flag::variant_name,
    table, text_of, unexpected,
    value::{boolean, instant, percentage, texts, value},
};

pub(super) fn layer(key: &str, written: &Table) -> Read<LayerDefinition> {
    let mut layer = LayerDefinition::new(key);
    for (field, value) in written {
        match field.as_str() {
            "salt" => layer.salt = Some(text_of(value)?.into()),
            "description" => layer.description = Some(text_of(value)?.into()),
            _ => return Err(unexpected("a layer", field)),
        }
    }
    Ok(layer)
}

pub(super) fn holdout(key: &str, written: &Table) -> Read<HoldoutDefinition> {
    let mut holdout = HoldoutDefinition::new(key, Percentage::ZERO);
    for (field, value) in written {
        match field.as_str() {
            "percentage" => holdout.percentage = percentage(value)?,
            "experiments" => holdout.experiments = HeldOutFrom::Experiments(texts(value)?),
            "all" => {}
            "salt" => holdout.salt = Some(text_of(value)?.into()),
            "description" => holdout.description = Some(text_of(value)?.into()),
            _ => return Err(unexpected("a holdout", field)),
        }
    }
    Ok(holdout)
}

pub(super) fn experiment(key: &str, written: &Table) -> Read<ExperimentDefinition> {
    let mut experiment = ExperimentDefinition::new(key);
    for (field, value) in written {
        match field.as_str() {
            "status" => {
                let name = text_of(value)?;
                experiment.status = ExperimentStatus::from_name(name)
                    .ok_or_else(|| ReadError(format!("`{name}` is not the status of an experiment")))?;
            }
            "start" => experiment.start = Some(instant(value)?),
            "end" => experiment.end = Some(instant(value)?),
            "layer" => experiment.layer = Some(text_of(value)?.into()),
            "traffic" => experiment.traffic = Some(percentage(value)?),
            "bucket_by" => experiment.bucket_by = texts(value)?,
            "salt" => experiment.salt = Some(text_of(value)?.into()),
            "audience" => experiment.audience = conditions(value)?,
            "arms" => experiment.arms = array(value)?.iter().map(|value| arm(table(value)?)).collect::<Read<_>>()?,
            "analysis" => {
                experiment.winner =
                    table(value)?.get("winner").map(|name| text_of(name).map(Into::into)).transpose()?;
            }
            // Nothing that an assignment looks at.
            "hypothesis" | "description" | "owner" | "metrics" => {}
            _ => return Err(unexpected("an experiment", field)),
        }
    }
    Ok(experiment)
}

fn arm(written: &Table) -> Read<ArmDefinition> {
    let mut arm = ArmDefinition::new("");
    for (field, written) in written {
        match field.as_str() {
            "name" => arm.name = text_of(written)?.into(),
            "control" => arm.control = boolean(written)?,
            "weight" => {
                let weight = written.as_integer().and_then(|weight| u32::try_from(weight).ok());
                arm.weight = weight.ok_or_else(|| ReadError(format!("expected a weight, found {written:?}")))?;
            }
            "overrides" => {
                let served = |(flag, variant): (&String, _)| Ok((flag.as_str().into(), variant_name(variant)?));
                arm.overrides = table(written)?.iter().map(served).collect::<Read<_>>()?;
            }
            "payload" => {
                if let Value::Object(payload) = value(written) {
                    arm.payload = payload;
                }
            }
            "description" => {}
            _ => return Err(unexpected("an arm", field)),
        }
    }
    Ok(arm)
}
