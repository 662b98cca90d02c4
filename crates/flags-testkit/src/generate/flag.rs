//! Flags and segments with everything that can be written on them.

use flags_core::{
    FlagDefinition, Object, Percentage, RuleDefinition, ScheduleStep, SegmentDefinition, Serve, State, Value,
    ValueType,
    definition::{Prerequisite, Targets, VariantDefinition},
};

use super::{
    Known,
    choices::Choices,
    condition::{boxed, condition, ranges},
    context::named_instant,
    pool::{BUCKET_BY, ENVIRONMENTS, NODES, PERCENTAGES, SALTS, UNITS, VARIANTS},
};

/// A segment that refers to nothing but what is known already.
pub(super) fn segment(choices: &mut Choices<'_>, key: &str, known: &Known) -> SegmentDefinition {
    let conditions = if choices.chance(60) { 1 + choices.below(2) } else { 0 };
    SegmentDefinition {
        key: key.into(),
        members: boxed(choices.some(&UNITS, 0, 5)),
        exclude: boxed(if choices.chance(40) { choices.some(&UNITS, 1, 2) } else { vec![] }),
        when: (0..conditions).map(|_| condition(choices, known)).collect(),
        bucket_by: bucket_by(choices, 25),
        salt: salt(choices),
        ..SegmentDefinition::default()
    }
}

/// A flag that refers to nothing but what is known already, with a form of its own in some environments.
pub(super) fn flag(choices: &mut Choices<'_>, key: &str, known: &Known) -> FlagDefinition {
    let (value_type, variants) = variants(choices);
    let mut flag = form(choices, key, known, value_type, &variants);
    for environment in ENVIRONMENTS {
        if choices.chance(15) {
            let own = form(choices, key, known, value_type, &variants);
            flag.environments.push((environment.into(), own));
        }
    }
    flag
}

fn form(
    choices: &mut Choices<'_>,
    key: &str,
    known: &Known,
    value_type: ValueType,
    variants: &[VariantDefinition],
) -> FlagDefinition {
    let names: Vec<Box<str>> = if variants.is_empty() {
        vec!["on".into(), "off".into()]
    } else {
        variants.iter().map(|variant| variant.name.clone()).collect()
    };
    let mut flag = FlagDefinition {
        value_type,
        variants: variants.to_vec(),
        off: choices.chance(60).then(|| choices.pick(&names)),
        serve: choices.chance(if variants.is_empty() { 15 } else { 50 }).then(|| serve(choices, &names)),
        ..FlagDefinition::new(key)
    };
    if choices.chance(45) {
        flag.rollout_percentage = Some(percentage(choices));
    }
    flag.state = state(choices, flag.rollout_percentage.is_some());
    if choices.chance(25) && !known.flags.is_empty() {
        flag.parent = Some(known.flag_and_variant(choices).0);
    }
    if choices.chance(20) && !known.flags.is_empty() {
        for _ in 0..=choices.below(2) {
            let (flag_key, variant) = known.flag_and_variant(choices);
            flag.requires.push(Prerequisite { flag: flag_key, variant });
        }
    }
    if choices.chance(35) {
        flag.overrides = overrides(choices, &names);
    }
    if choices.chance(25) {
        flag.conditions = (0..=choices.below(2)).map(|_| condition(choices, known)).collect();
    }
    if choices.chance(20) {
        flag.targets = targets(choices, known);
    }
    if choices.chance(60) {
        flag.rules = (0..=choices.below(3)).map(|_| rule(choices, known, &names)).collect();
    }
    if choices.chance(25) {
        flag.schedule = (0..=choices.below(3)).map(|_| step(choices, flag.rollout_percentage.is_some())).collect();
    }
    flag.bucket_by = bucket_by(choices, 30);
    flag.salt = salt(choices);
    flag
}

/// The type and the variants of a flag; none for half of the boolean ones.
fn variants(choices: &mut Choices<'_>) -> (ValueType, Vec<VariantDefinition>) {
    let value_type = choices.pick(&[
        ValueType::Boolean,
        ValueType::Boolean,
        ValueType::Boolean,
        ValueType::String,
        ValueType::Integer,
        ValueType::Float,
        ValueType::Object,
    ]);
    if value_type == ValueType::Boolean && !choices.chance(40) {
        return (value_type, vec![]);
    }
    let count = 1 + choices.below(VARIANTS.len());
    let mut variants: Vec<VariantDefinition> = Vec::new();
    for (number, name) in (0_i64..).zip(VARIANTS.into_iter().take(count)) {
        let value = match value_type {
            ValueType::Boolean => Value::Boolean(choices.chance(60)),
            ValueType::String => Value::from(format!("value of {name}")),
            ValueType::Integer => Value::Integer(number),
            ValueType::Float if choices.chance(30) => Value::Integer(number),
            ValueType::Float => Value::Float(number as f64 + 0.5),
            ValueType::Object => Value::Object(Object::new().set("number", number).set("list", [name])),
        };
        variants.push(VariantDefinition { name: name.into(), value, weight: weight(choices) });
    }
    if variants.iter().all(|variant| variant.weight == 0) {
        variants[0].weight = 1;
    }
    (value_type, variants)
}

fn weight(choices: &mut Choices<'_>) -> u32 {
    choices.pick(&[1, 1, 0, 2, 3, 50, 500_000_000])
}

fn serve(choices: &mut Choices<'_>, names: &[Box<str>]) -> Serve {
    if choices.chance(50) {
        return Serve::Variant(choices.pick(names));
    }
    // The names in an order of their own, so that the written order of the split is not that of the variants.
    let turn = choices.below(names.len());
    let mut arms: Vec<(Box<str>, u32)> =
        names.iter().cycle().skip(turn).take(names.len()).map(|name| (name.clone(), weight(choices))).collect();
    if choices.chance(20) && arms.len() > 1 {
        arms.pop();
    }
    if arms.iter().all(|(_, weight)| *weight == 0) {
        arms[0].1 = 1;
    }
    Serve::Split(arms)
}

fn percentage(choices: &mut Choices<'_>) -> Percentage {
    Percentage::from_thousandths(choices.pick(&PERCENTAGES)).expect("the alphabet is in range")
}

fn state(choices: &mut Choices<'_>, has_percentage: bool) -> State {
    if !choices.chance(20) {
        return State::Enabled;
    }
    let state = choices.pick(&[
        State::Disabled,
        State::Disabled,
        State::Development,
        State::Development,
        State::EmergencyOff,
        State::Canary,
        State::Rollout,
    ]);
    if matches!(state, State::Canary | State::Rollout) && !has_percentage { State::Enabled } else { state }
}

fn step(choices: &mut Choices<'_>, has_percentage: bool) -> ScheduleStep {
    ScheduleStep {
        at: named_instant(choices),
        state: choices.chance(60).then(|| state(choices, has_percentage)),
        rollout_percentage: choices.chance(60).then(|| percentage(choices)),
    }
}

fn overrides(choices: &mut Choices<'_>, names: &[Box<str>]) -> Vec<(Box<str>, Box<str>)> {
    let mut overrides: Vec<(Box<str>, Box<str>)> = Vec::new();
    for unit in choices.some(&UNITS, 2, 6) {
        if overrides.iter().all(|(known, _)| **known != *unit) {
            overrides.push((unit.into(), choices.pick(names)));
        }
    }
    overrides
}

fn targets(choices: &mut Choices<'_>, known: &Known) -> Targets {
    let mut targets = Targets::default();
    let dimensions = 1 + choices.below(2);
    for _ in 0..dimensions {
        match choices.below(6) {
            0 => targets.environments = boxed(choices.some(&ENVIRONMENTS, 1, 3)),
            1 => targets.users = boxed(choices.some(&UNITS, 3, 9)),
            2 => targets.node_ids = boxed(choices.some(&NODES, 1, 4)),
            3 => targets.validator_keys = boxed(choices.some(&NODES, 1, 4)),
            4 => targets.ip_ranges = ranges(choices),
            _ if known.segments.is_empty() => {}
            _ => targets.segments = choices.some(&known.segments, 1, 2),
        }
    }
    targets
}

fn rule(choices: &mut Choices<'_>, known: &Known, names: &[Box<str>]) -> RuleDefinition {
    let conditions = choices.pick(&[1, 1, 1, 1, 2, 2, 0]);
    RuleDefinition {
        name: choices.chance(50).then(|| "named".into()),
        when: (0..conditions).map(|_| condition(choices, known)).collect(),
        rollout_percentage: choices.chance(40).then(|| percentage(choices)),
        serve: choices.chance(70).then(|| serve(choices, names)),
    }
}

fn bucket_by(choices: &mut Choices<'_>, percent: u16) -> Vec<Box<str>> {
    boxed(if choices.chance(percent) { choices.some(&BUCKET_BY, 1, 2) } else { vec![] })
}

fn salt(choices: &mut Choices<'_>) -> Option<Box<str>> {
    choices.chance(15).then(|| choices.pick(&SALTS).into())
}
