//! The universal flag configuration: the JSON that Eppo's and Datadog's evaluators share, Datadog's being a fork of
//! Eppo's. They differ in how a version is compared.

use serde_json::{Value, json};

use crate::workload::{CONTROL, Condition, FlagSet, Kind, Rule, Test, VARIANTS};

/// The shards a salt divides users into; Eppo's own servers write this number.
const SHARDS: u32 = 10_000;

/// The set as a universal flag configuration. `version_operator` is the operator for "a version of at least".
pub(crate) fn document(set: &FlagSet, version_operator: &str) -> Vec<u8> {
    let flags: serde_json::Map<String, Value> = set
        .flags
        .iter()
        .map(|flag| (flag.name.clone(), self::flag(&flag.name, &flag.kind, version_operator)))
        .collect();
    json!({
        "createdAt": "2026-11-20T00:00:00Z",
        "format": "SERVER",
        "environment": { "name": "production" },
        "flags": flags,
    })
    .to_string()
    .into_bytes()
}

fn flag(name: &str, kind: &Kind, version_operator: &str) -> Value {
    let whole = |variation: &str| json!([{ "variationKey": variation, "shards": [] }]);
    let (variation_type, variations, allocations) = match kind {
        Kind::On => ("BOOLEAN", booleans(), vec![allocation("everyone", &[], whole("on"))]),
        Kind::Rollout => {
            let half = json!([{ "variationKey": "on", "shards": [shard(name, 0, SHARDS / 2)] }]);
            ("BOOLEAN", booleans(), vec![allocation("half", &[], half), allocation("others", &[], whole("off"))])
        }
        Kind::Rules(rules) => {
            let mut allocations: Vec<Value> = rules
                .iter()
                .enumerate()
                .map(|(index, rule)| {
                    allocation(&format!("rule-{index}"), &[self::rule(rule, version_operator)], whole(rule.serves))
                })
                .collect();
            allocations.push(allocation("others", &[], whole(CONTROL)));
            ("STRING", strings([CONTROL, crate::workload::EARLY, crate::workload::TREATMENT]), allocations)
        }
        Kind::Variants => {
            let mut start = 0;
            let splits: Vec<Value> = VARIANTS
                .iter()
                .map(|(variant, weight)| {
                    let end = start + weight * SHARDS / 100;
                    let split = json!({ "variationKey": variant, "shards": [shard(name, start, end)] });
                    start = end;
                    split
                })
                .collect();
            ("STRING", strings(VARIANTS.map(|(variant, _)| variant)), vec![allocation("split", &[], json!(splits))])
        }
    };
    json!({
        "key": name,
        "enabled": true,
        "variationType": variation_type,
        "variations": variations,
        "allocations": allocations,
        "totalShards": SHARDS,
    })
}

fn booleans() -> Value {
    json!({ "on": { "key": "on", "value": true }, "off": { "key": "off", "value": false } })
}

fn strings<const N: usize>(names: [&str; N]) -> Value {
    names.into_iter().map(|name| (name.to_owned(), json!({ "key": name, "value": name }))).collect()
}

/// An allocation whose exposures are not logged, so that no event is built.
fn allocation(key: &str, rules: &[Value], splits: Value) -> Value {
    let mut allocation = json!({ "key": key, "doLog": false });
    allocation["rules"] = json!(rules);
    allocation["splits"] = splits;
    allocation
}

/// A range of shards. Datadog reads the number of shards here, Eppo on the flag.
fn shard(salt: &str, start: u32, end: u32) -> Value {
    json!({ "salt": salt, "totalShards": SHARDS, "ranges": [{ "start": start, "end": end }] })
}

fn rule(rule: &Rule, version_operator: &str) -> Value {
    let conditions: Vec<Value> =
        rule.conditions.iter().map(|condition| self::condition(condition, version_operator)).collect();
    json!({ "conditions": conditions })
}

fn condition(condition: &Condition, version_operator: &str) -> Value {
    let (operator, value) = match &condition.test {
        Test::In(values) => ("ONE_OF", json!(values)),
        Test::Equals(value) => ("ONE_OF", json!([value])),
        Test::AtLeast(number) => ("GTE", json!(number)),
        Test::Below(number) => ("LT", json!(number)),
        Test::VersionAtLeast(version) => (version_operator, json!(version)),
    };
    json!({ "attribute": condition.attribute, "operator": operator, "value": value })
}
