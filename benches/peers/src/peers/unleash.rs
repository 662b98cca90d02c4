//! Unleash's engine, Yggdrasil, which its SDKs and its Edge embed. Its metrics are not counted here.

use std::collections::HashMap;

use chrono::Utc;
use serde_json::{Value, json};
use unleash_types::client_features::{ClientFeatures, Context};
use unleash_yggdrasil::{EngineState, UpdateMessage, state::EnrichedContext};

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, Condition, FlagSet, Kind, Test, User, VARIANTS, attribute},
};

/// The compiled state.
pub(crate) struct Unleash(EngineState);

impl Peer for Unleash {
    const ABOUT: About = About {
        name: "Unleash Yggdrasil",
        package: Some("unleash-yggdrasil"),
        note: "check_enabled and check_variant, its metrics not counted; attributes are strings only",
    };

    type User = Context;

    fn document(set: &FlagSet) -> Vec<u8> {
        let features: Vec<Value> = set.flags.iter().map(|flag| feature(&flag.name, &flag.kind)).collect();
        json!({ "version": 2, "features": features }).to_string().into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        let features: ClientFeatures =
            serde_json::from_slice(&document).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        let engine = EngineState::initial_state(Utc::now());
        match engine.take_state(UpdateMessage::FullResponse(features)) {
            Some(warnings) if !warnings.is_empty() => Err(PeerError::new(&Self::ABOUT, format!("{warnings:?}"))),
            _ => Ok(Self(engine)),
        }
    }

    fn user(user: &User) -> Self::User {
        let mut properties: HashMap<String, String> =
            user.strings().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        properties.insert(attribute::AGE.to_owned(), user.age.to_string());
        Context { user_id: Some(user.key.clone()), properties: Some(properties), ..Context::default() }
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        self.0.check_enabled(&EnrichedContext::from(user, flag, None)).unwrap_or(false)
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        match self.0.check_variant(&EnrichedContext::from(user, flag, None)) {
            Some(variant) => read(&variant.name),
            None => read(""),
        }
    }
}

fn feature(name: &str, kind: &Kind) -> Value {
    let strategies = match kind {
        Kind::On => vec![strategy(json!([]), json!([]))],
        Kind::Rollout => vec![rollout(name, 50, json!([]))],
        Kind::Rules(rules) => {
            let mut strategies: Vec<Value> = rules
                .iter()
                .map(|rule| {
                    let constraints: Vec<Value> = rule.conditions.iter().map(constraint).collect();
                    strategy(json!(constraints), json!([variant(rule.serves, 1_000)]))
                })
                .collect();
            strategies.push(strategy(json!([]), json!([variant(CONTROL, 1_000)])));
            strategies
        }
        Kind::Variants => {
            let variants: Vec<Value> = VARIANTS.iter().map(|(name, weight)| variant(name, weight * 10)).collect();
            vec![rollout(name, 100, json!(variants))]
        }
    };
    json!({ "name": name, "type": "release", "project": "default", "enabled": true, "strategies": strategies })
}

fn strategy(constraints: Value, variants: Value) -> Value {
    let mut strategy = json!({ "name": "default", "parameters": {} });
    strategy["constraints"] = constraints;
    strategy["variants"] = variants;
    strategy
}

fn rollout(name: &str, percentage: u32, variants: Value) -> Value {
    let mut strategy = json!({
        "name": "flexibleRollout",
        "constraints": [],
        "parameters": { "groupId": name, "rollout": percentage.to_string(), "stickiness": "userId" },
    });
    strategy["variants"] = variants;
    strategy
}

fn variant(name: &str, weight: u32) -> Value {
    json!({ "name": name, "weight": weight, "stickiness": "userId" })
}

fn constraint(condition: &Condition) -> Value {
    let (operator, operand, value) = match &condition.test {
        Test::In(values) => ("IN", "values", json!(values)),
        Test::Equals(value) => ("IN", "values", json!([value])),
        Test::AtLeast(number) => ("NUM_GTE", "value", json!(number.to_string())),
        Test::Below(number) => ("NUM_LT", "value", json!(number.to_string())),
        Test::VersionAtLeast(version) => ("SEMVER_GTE", "value", json!(version)),
    };
    let mut constraint = json!({ "contextName": condition.attribute, "operator": operator });
    constraint[operand] = value;
    constraint
}
