//! Contexts: who asks, with what attributes, and when.

use flags_core::{Context, Object, Timestamp, Value};

use super::{
    choices::Choices,
    pool::{ADDRESSES, DATE_TIMES, NODES, ODD_FLOATS, TEXTS, UNITS, VALID_DATE_TIMES, VERSIONS, numbers},
};

/// A context out of the same alphabets as the definitions: most attributes are there and of the type people expect, some are
/// missing, some are of another type.
#[must_use]
pub fn context(choices: &mut Choices<'_>) -> Context {
    let mut context = if choices.chance(55) { Context::new(choices.pick(&UNITS)) } else { Context::anonymous() };
    let mut put = |choices: &mut Choices<'_>, name: &str, percent: u16, value: &dyn Fn(&mut Choices<'_>) -> Value| {
        if choices.chance(percent) {
            let usual = choices.below(20) < 19;
            let value = if usual { value(choices) } else { any_value(choices) };
            context.insert(name, value);
        }
    };
    put(choices, "user_id", 55, &|choices| Value::from(choices.pick(&UNITS)));
    put(choices, "node_id", 45, &|choices| Value::from(choices.pick(&NODES)));
    put(choices, "session_id", 20, &|choices| Value::from(choices.pick(&UNITS)));
    put(choices, "request_id", 10, &|choices| Value::from(choices.pick(&UNITS)));
    put(choices, "tenant", 30, &|choices| choices.pick(&[Value::Integer(7), Value::Integer(-1), Value::from("7")]));
    put(choices, "country", 80, &text);
    put(choices, "email", 60, &text);
    put(choices, "age", 80, &number);
    put(choices, "chain_height", 60, &number);
    put(choices, "sync_progress", 60, &number);
    put(choices, "app_version", 80, &|choices| Value::from(choices.pick(&VERSIONS)));
    put(choices, "ip_address", 80, &|choices| Value::from(choices.pick(&ADDRESSES)));
    put(choices, "validator_key", 60, &|choices| Value::from(choices.pick(&NODES)));
    put(choices, "signup", 80, &|choices| Value::from(choices.pick(&DATE_TIMES)));
    put(choices, "beta", 60, &|choices| Value::Boolean(choices.chance(50)));
    put(choices, "groups", 70, &groups);
    put(choices, "profile", 70, &profile);
    // An attribute that really has a dot in its name comes before the one inside the structured attribute.
    put(choices, "profile.plan", 10, &text);
    context
}

/// An instant: about one of those definitions name, just before it, or any other.
#[must_use]
pub fn instant(choices: &mut Choices<'_>) -> Timestamp {
    let named = named_instant(choices);
    let offset = choices.pick(&[0, 0, 1, -1, 86_400_000_000, -86_400_000_000]);
    Timestamp::from_micros(named.as_micros() + offset)
}

/// One of the instants of the alphabet.
pub(super) fn named_instant(choices: &mut Choices<'_>) -> Timestamp {
    let text = choices.pick(&DATE_TIMES[..VALID_DATE_TIMES]);
    Timestamp::parse(text).expect("the first of the date-times are valid")
}

fn text(choices: &mut Choices<'_>) -> Value {
    Value::from(choices.pick(&TEXTS))
}

fn number(choices: &mut Choices<'_>) -> Value {
    if choices.chance(10) { Value::Float(choices.pick(&ODD_FLOATS)) } else { choices.pick(&numbers()) }
}

fn groups(choices: &mut Choices<'_>) -> Value {
    let mut groups: Vec<Value> = choices.some(&TEXTS, 0, 3).into_iter().map(Value::from).collect();
    if choices.chance(15) {
        groups.push(any_value(choices));
    }
    Value::List(groups)
}

fn profile(choices: &mut Choices<'_>) -> Value {
    let mut profile = Object::new();
    if choices.chance(70) {
        profile.insert("plan", text(choices));
    }
    if choices.chance(50) {
        profile.insert("level", Object::new().set("years", number(choices)));
    }
    if choices.chance(15) {
        profile.insert("level.years", number(choices));
    }
    Value::Object(profile)
}

fn any_value(choices: &mut Choices<'_>) -> Value {
    match choices.below(7) {
        0 => Value::Boolean(choices.chance(50)),
        1 => Value::Integer(choices.pick(&[7, 0, -1])),
        2 => number(choices),
        3 => text(choices),
        4 => Value::List(vec![]),
        5 => Value::Object(Object::new()),
        _ => Value::from([choices.pick(&TEXTS)]),
    }
}
