//! LaunchDarkly's evaluator, the crate its server SDK embeds, over a map of flags that is borrowed: the SDK's own store
//! clones the flag out at each call, which its client would pay on top.

use std::collections::HashMap;

use launchdarkly_server_sdk_evaluation::{Context, ContextBuilder, Flag, FlagValue, Segment, Store, evaluate};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, Condition, EARLY, FlagSet, Kind, TREATMENT, Test, User, VARIANTS, attribute},
};

/// The flags by key.
#[derive(Deserialize)]
pub(crate) struct LaunchDarkly {
    flags: HashMap<String, Flag>,
}

impl Store for LaunchDarkly {
    fn flag(&self, flag_key: &str) -> Option<Flag> {
        self.flags.get(flag_key).cloned()
    }

    fn segment(&self, _segment_key: &str) -> Option<Segment> {
        None
    }
}

impl LaunchDarkly {
    fn value<'a>(&'a self, flag: &str, user: &'a Context) -> Option<&'a FlagValue> {
        evaluate(self, self.flags.get(flag)?, user, None).value
    }
}

impl Peer for LaunchDarkly {
    const ABOUT: About = About {
        name: "LaunchDarkly evaluator",
        package: Some("launchdarkly-server-sdk-evaluation"),
        note: "evaluate over a borrowed map; its client adds a store that clones the flag, and events",
    };

    type User = Context;

    fn document(set: &FlagSet) -> Vec<u8> {
        let flags: serde_json::Map<String, Value> =
            set.flags.iter().map(|flag| (flag.name.clone(), self::flag(&flag.name, &flag.kind))).collect();
        json!({ "flags": flags, "segments": {} }).to_string().into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        serde_json::from_slice(&document).map_err(|error| PeerError::new(&Self::ABOUT, error))
    }

    fn user(user: &User) -> Self::User {
        let mut builder = ContextBuilder::new(user.key.as_str());
        for (name, value) in user.strings() {
            builder.set_string(name, value);
        }
        builder.set_float(attribute::AGE, f64::from(user.age));
        builder.build().expect("a key and plain attributes make a context")
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        matches!(self.value(flag, user), Some(FlagValue::Bool(true)))
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        match self.value(flag, user) {
            Some(FlagValue::Str(value)) => read(value),
            _ => read(""),
        }
    }
}

fn flag(name: &str, kind: &Kind) -> Value {
    let booleans = json!([true, false]);
    let (variations, rules, fallthrough) = match kind {
        Kind::On => (booleans, vec![], json!({ "variation": 0 })),
        Kind::Rollout => (booleans, vec![], rollout(&[50, 50])),
        Kind::Rules(rules) => {
            let variations = [TREATMENT, EARLY, CONTROL];
            let rules = rules
                .iter()
                .enumerate()
                .map(|(index, rule)| {
                    let clauses: Vec<Value> = rule.conditions.iter().map(clause).collect();
                    let variation = variations.iter().position(|variation| *variation == rule.serves);
                    json!({ "id": format!("rule-{index}"), "clauses": clauses, "variation": variation, "trackEvents": false })
                })
                .collect();
            (json!(variations), rules, json!({ "variation": 2 }))
        }
        Kind::Variants => {
            (json!(VARIANTS.map(|(variant, _)| variant)), vec![], rollout(&VARIANTS.map(|(_, weight)| weight)))
        }
    };
    json!({
        "key": name,
        "version": 1,
        "on": true,
        "targets": [],
        "contextTargets": [],
        "rules": rules,
        "prerequisites": [],
        "fallthrough": fallthrough,
        "offVariation": variations.as_array().map(|variations| variations.len() - 1),
        "variations": variations,
        "clientSideAvailability": { "usingMobileKey": false, "usingEnvironmentId": false },
        "salt": name,
    })
}

fn rollout(percentages: &[u32]) -> Value {
    let variations: Vec<Value> = percentages
        .iter()
        .enumerate()
        .map(|(index, percentage)| json!({ "variation": index, "weight": percentage * 1_000 }))
        .collect();
    json!({ "rollout": { "contextKind": "user", "variations": variations } })
}

fn clause(condition: &Condition) -> Value {
    let (operator, values) = match &condition.test {
        Test::In(values) => ("in", json!(values)),
        Test::Equals(value) => ("in", json!([value])),
        Test::AtLeast(number) => ("greaterThanOrEqual", json!([number])),
        Test::Below(number) => ("lessThan", json!([number])),
        // There is no "at least" for versions: the negation of "less than" is how their console says it.
        Test::VersionAtLeast(version) => ("semVerLessThan", json!([version])),
    };
    let negate = matches!(condition.test, Test::VersionAtLeast(_));
    json!({ "contextKind": "user", "attribute": condition.attribute, "op": operator, "values": values, "negate": negate })
}
