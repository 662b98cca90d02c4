//! Statsig's SDK. Its evaluator cannot be reached without its client, so the client is what runs: without network, without
//! events, and with the logging of exposures off.

use std::{collections::HashMap, error::Error, hash::BuildHasher, sync::Arc};

use serde_json::{Map, Value, json};
use statsig_rust::{
    DynamicConfigEvaluationOptions, DynamicValue, FeatureGateEvaluationOptions, Statsig as Client,
    StatsigBootstrapSpecsAdapter, StatsigOptions, StatsigUser, StatsigUserBuilder,
};
use tokio::runtime::{Builder, Runtime};

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, Condition, FlagSet, Kind, Test, User, VARIANTS, attribute},
};

/// The client and the runtime its tasks live on.
pub(crate) struct Statsig {
    client: Client,
    runtime: Runtime,
}

impl Drop for Statsig {
    fn drop(&mut self) {
        // A client that will not stop is a matter for the runtime, which is dropped next and stops its tasks.
        let _ = self.runtime.block_on(self.client.shutdown());
    }
}

impl Statsig {
    fn start(document: Vec<u8>) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let options = StatsigOptions {
            specs_adapter: Some(Arc::new(StatsigBootstrapSpecsAdapter::new(String::from_utf8(document)?))),
            disable_all_logging: Some(true),
            disable_network: Some(true),
            disable_country_lookup: Some(true),
            disable_disk_access: Some(true),
            ..StatsigOptions::new()
        };
        let client = {
            let _inside = runtime.enter();
            Client::new("secret-peers", Some(Arc::new(options)))
        };
        runtime.block_on(client.initialize()).map_err(|error| error.to_string())?;
        Ok(Self { client, runtime })
    }
}

impl Peer for Statsig {
    const ABOUT: About = About {
        name: "Statsig SDK",
        package: Some("statsig-rust"),
        note: "check_gate and get_dynamic_config of the client; network, events and exposure logging off; parts of its \
               load happen on threads of its own and are not in the heap figure",
    };

    type User = StatsigUser;

    fn document(set: &FlagSet) -> Vec<u8> {
        let mut conditions = Conditions::default();
        let (mut gates, mut configs) = (Map::new(), Map::new());
        for flag in &set.flags {
            let specification = specification(&flag.name, &flag.kind, &mut conditions);
            match flag.kind {
                Kind::On | Kind::Rollout => gates.insert(flag.name.clone(), specification),
                Kind::Rules(_) | Kind::Variants => configs.insert(flag.name.clone(), specification),
            };
        }
        json!({
            "has_updates": true,
            "time": 1_763_600_000_000_u64,
            "company_id": "peers",
            "response_format": "dcs-v2",
            "feature_gates": gates,
            "dynamic_configs": configs,
            "layer_configs": {},
            "experiment_to_layer": {},
            "condition_map": conditions.0,
            "param_stores": {},
        })
        .to_string()
        .into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        Self::start(document).map_err(|error| PeerError::new(&Self::ABOUT, error))
    }

    fn user(user: &User) -> Self::User {
        let custom = HashMap::from([
            (attribute::AGE.to_owned(), DynamicValue::from(i64::from(user.age))),
            (attribute::PLAN.to_owned(), DynamicValue::from(user.plan)),
            (attribute::TEAM.to_owned(), DynamicValue::from(user.team)),
        ]);
        StatsigUserBuilder::new_with_user_id(user.key.clone())
            .country(Some(user.country.to_owned()))
            .app_version(Some(user.version.clone()))
            .custom(Some(custom))
            .build()
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        let options = FeatureGateEvaluationOptions { disable_exposure_logging: true };
        self.client.check_gate_with_options(user, flag, options)
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        let options = DynamicConfigEvaluationOptions { disable_exposure_logging: true };
        let config = self.client.get_dynamic_config_with_options(user, flag, options);
        read(config.value.get("value").and_then(Value::as_str).unwrap_or_default())
    }
}

/// The conditions of all rules, each stored once and referred to by its content, as Statsig's servers do.
#[derive(Default)]
struct Conditions(Map<String, Value>);

impl Conditions {
    fn id(&mut self, condition: Value) -> String {
        let id = format!("{:x}", foldhash::quality::FixedState::default().hash_one(condition.to_string()));
        self.0.insert(id.clone(), condition);
        id
    }

    fn everybody(&mut self) -> String {
        self.id(json!({ "type": "public", "targetValue": null, "operator": null, "field": null,
            "additionalValues": {}, "idType": "userID" }))
    }

    fn bucket_below(&mut self, salt: &str, below: u32) -> String {
        self.id(json!({ "type": "user_bucket", "targetValue": below, "operator": "lt", "field": null,
            "additionalValues": { "salt": salt }, "idType": "userID" }))
    }

    fn attribute(&mut self, condition: &Condition) -> String {
        let field = if condition.attribute == attribute::VERSION { "appVersion" } else { condition.attribute };
        let (operator, target) = match &condition.test {
            Test::In(values) => ("any", json!(values)),
            Test::Equals(value) => ("any", json!([value])),
            Test::AtLeast(number) => ("gte", json!(number)),
            Test::Below(number) => ("lt", json!(number)),
            Test::VersionAtLeast(version) => ("version_gte", json!(version)),
        };
        self.id(json!({ "type": "user_field", "targetValue": target, "operator": operator, "field": field,
            "additionalValues": {}, "idType": "userID" }))
    }
}

fn specification(name: &str, kind: &Kind, conditions: &mut Conditions) -> Value {
    let served = |value: &str| json!({ "value": value });
    let (kind_of, entity, default, rules) = match kind {
        Kind::On => (
            "feature_gate",
            "feature_gate",
            json!(false),
            vec![rule("all", 100, &[conditions.everybody()], json!(true))],
        ),
        Kind::Rollout => (
            "feature_gate",
            "feature_gate",
            json!(false),
            vec![rule("half", 50, &[conditions.everybody()], json!(true))],
        ),
        Kind::Rules(rules) => {
            let rules = rules
                .iter()
                .enumerate()
                .map(|(index, written)| {
                    let ids = written.conditions.each_ref().map(|condition| conditions.attribute(condition));
                    rule(&format!("rule-{index}"), 100, &ids, served(written.serves))
                })
                .collect();
            ("dynamic_config", "dynamic_config", served(CONTROL), rules)
        }
        Kind::Variants => {
            let mut below = 0;
            let rules = VARIANTS
                .iter()
                .map(|(variant, weight)| {
                    below += weight * 10;
                    rule(variant, 100, &[conditions.bucket_below(name, below)], served(variant))
                })
                .collect();
            ("dynamic_config", "dynamic_config", json!({}), rules)
        }
    };
    json!({
        "type": kind_of,
        "entity": entity,
        "salt": name,
        "enabled": true,
        "defaultValue": default,
        "rules": rules,
        "idType": "userID",
        "version": 1,
    })
}

fn rule(id: &str, pass_percentage: u32, conditions: &[String], value: Value) -> Value {
    let mut rule = json!({
        "name": id, "id": id, "salt": id, "passPercentage": pass_percentage, "conditions": conditions, "idType": "userID",
    });
    rule["returnValue"] = value;
    rule
}
