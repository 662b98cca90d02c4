//! GrowthBook's engine, the part of its SDK that evaluates: its client copies every feature out of a lock at each call.

use std::collections::HashMap;

use growthbook_rust::{
    dto::GrowthBookResponse,
    growthbook::GrowthBook as Engine,
    model_public::{GrowthBookAttribute, GrowthBookAttributeValue},
};
use serde_json::{Value, json};

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, Condition, FlagSet, Kind, Test, User, VARIANTS, attribute},
};

/// The engine with its features.
pub(crate) struct GrowthBook(Engine);

impl Peer for GrowthBook {
    const ABOUT: About = About {
        name: "GrowthBook engine",
        package: Some("growthbook-rust"),
        note: "GrowthBook::check; its client adds a deep copy of all features; the two conditions of a rule come out of \
               a hash map, so the second may be spared",
    };

    type User = Option<Vec<GrowthBookAttribute>>;

    fn document(set: &FlagSet) -> Vec<u8> {
        let features: serde_json::Map<String, Value> =
            set.flags.iter().map(|flag| (flag.name.clone(), feature(&flag.name, &flag.kind))).collect();
        json!({ "features": features }).to_string().into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        let response: GrowthBookResponse =
            serde_json::from_slice(&document).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        Ok(Self(Engine {
            forced_variations: None,
            features: response.features.unwrap_or_default(),
            attributes: None,
            sticky_bucket_service: None,
            saved_groups: HashMap::new(),
        }))
    }

    fn user(user: &User) -> Self::User {
        let mut attributes: Vec<GrowthBookAttribute> = user
            .strings()
            .into_iter()
            .chain([("id", user.key.as_str())])
            .map(|(name, value)| {
                GrowthBookAttribute::new(name.to_owned(), GrowthBookAttributeValue::String(value.to_owned()))
            })
            .collect();
        let age = GrowthBookAttributeValue::Int(i64::from(user.age));
        attributes.push(GrowthBookAttribute::new(attribute::AGE.to_owned(), age));
        Some(attributes)
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        self.0.check(flag, user).on
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        read(self.0.check(flag, user).value.as_str().unwrap_or_default())
    }
}

fn feature(name: &str, kind: &Kind) -> Value {
    match kind {
        Kind::On => json!({ "defaultValue": true }),
        Kind::Rollout => json!({
            "defaultValue": false,
            "rules": [{ "force": true, "coverage": 0.5, "hashAttribute": "id", "hashVersion": 2, "seed": name }],
        }),
        Kind::Rules(rules) => {
            let rules: Vec<Value> = rules
                .iter()
                .map(|rule| {
                    let condition: serde_json::Map<String, Value> =
                        rule.conditions.iter().map(self::condition).collect();
                    json!({ "condition": condition, "force": rule.serves })
                })
                .collect();
            json!({ "defaultValue": CONTROL, "rules": rules })
        }
        Kind::Variants => {
            let variations = VARIANTS.map(|(variant, _)| variant);
            let weights = VARIANTS.map(|(_, weight)| f64::from(weight) / 100.0);
            json!({
                "defaultValue": CONTROL,
                "rules": [{
                    "key": name, "seed": name, "hashAttribute": "id", "hashVersion": 2, "coverage": 1.0,
                    "variations": variations, "weights": weights,
                }],
            })
        }
    }
}

fn condition(condition: &Condition) -> (String, Value) {
    let test = match &condition.test {
        Test::In(values) => json!({ "$in": values }),
        Test::Equals(value) => json!(value),
        Test::AtLeast(number) => json!({ "$gte": number }),
        Test::Below(number) => json!({ "$lt": number }),
        Test::VersionAtLeast(version) => json!({ "$vgte": version }),
    };
    (condition.attribute.to_owned(), test)
}
