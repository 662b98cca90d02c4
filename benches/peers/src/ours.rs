//! This workspace's own evaluator, through the client that applications use: definitions in TOML, a snapshot that is swapped
//! while it runs, and a decision with its reason.

use flags::{Context, Flags, ValueRef};
use serde_json::{Map, Value, json};

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, Condition, EARLY, FlagSet, Kind, TREATMENT, Test, User, VARIANTS, attribute},
};

/// The client.
pub(crate) struct Ours(Flags);

impl Peer for Ours {
    const ABOUT: About = About {
        name: "flags (ours)",
        package: Some("flags"),
        note: "Flags::is_enabled, and Flags::evaluate for variants: the decision with value, variant, reason and cause",
    };

    type User = Context;

    fn document(set: &FlagSet) -> Vec<u8> {
        let features: Map<String, Value> =
            set.flags.iter().map(|flag| (flag.name.clone(), feature(&flag.kind))).collect();
        toml::to_string(&json!({ "features": features })).expect("tables of strings and numbers are TOML").into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        let text = String::from_utf8(document).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        let client = Flags::builder().toml(text).environment("production").build();
        client.map(Self).map_err(|error| PeerError::new(&Self::ABOUT, error.to_string()))
    }

    fn user(user: &User) -> Self::User {
        let context = Context::new(user.key.as_str()).set(attribute::AGE, i64::from(user.age));
        user.strings().into_iter().fold(context, |context, (name, value)| context.set(name, value))
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        self.0.is_enabled(flag, user)
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        match self.0.evaluate(flag, user).value() {
            Some(ValueRef::String(value)) => read(value),
            _ => read(""),
        }
    }
}

fn feature(kind: &Kind) -> Value {
    match kind {
        Kind::On => json!({ "enabled": true }),
        Kind::Rollout => json!({ "enabled": true, "rollout_percentage": 50 }),
        Kind::Rules(rules) => {
            let rules: Vec<Value> = rules
                .iter()
                .map(|rule| {
                    let when: Vec<Value> = rule.conditions.iter().map(condition).collect();
                    json!({ "when": when, "serve": rule.serves })
                })
                .collect();
            json!({
                "enabled": true,
                "variants": { CONTROL: CONTROL, EARLY: EARLY, TREATMENT: TREATMENT },
                "off": CONTROL,
                "serve": CONTROL,
                "rules": rules,
            })
        }
        Kind::Variants => {
            let variants: Map<String, Value> = VARIANTS
                .iter()
                .map(|(variant, weight)| ((*variant).to_owned(), json!({ "value": variant, "weight": weight })))
                .collect();
            json!({ "enabled": true, "variants": variants })
        }
    }
}

fn condition(condition: &Condition) -> Value {
    let (operator, operand) = match &condition.test {
        Test::In(values) => ("in", json!(values)),
        Test::Equals(value) => ("equals", json!(value)),
        Test::AtLeast(number) => ("at_least", json!(number)),
        Test::Below(number) => ("less_than", json!(number)),
        Test::VersionAtLeast(version) => ("version", json!(format!(">={version}"))),
    };
    let mut condition = json!({ "attribute": condition.attribute });
    condition[operator] = operand;
    condition
}
