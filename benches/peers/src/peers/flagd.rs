//! flagd's evaluation engine: its parser and its JSONLogic operator, joined as the file resolver of its in-process
//! provider joins them, without the provider's three asynchronous locks, its boxed future, and its copies of the flag and of the context.

use flagd_evaluation_engine::{FeatureFlag, FlagParser, Operator};
use open_feature::EvaluationContext;
use serde_json::{Value, json};

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, Condition, EARLY, FlagSet, Kind, TREATMENT, Test, User, VARIANTS, attribute},
};

/// The parsed flags and the operator that evaluates their targeting.
pub(crate) struct Flagd {
    flags: std::collections::HashMap<String, FeatureFlag>,
    operator: Operator,
}

impl Flagd {
    /// The steps of the provider's `resolve_value`: the state, the targeting if there is any, then the variant's value.
    fn resolve<R>(&self, key: &str, user: &EvaluationContext, read: impl FnOnce(Option<&Value>) -> R) -> R {
        let Some(flag) = self.flags.get(key) else {
            return read(None);
        };
        if flag.state == "DISABLED" {
            return read(None);
        }
        let targeting = flag.get_targeting();
        if targeting == "{}" {
            return read(flag.variants.get(&flag.default_variant));
        }
        match self.operator.apply(key, &targeting, user) {
            Ok(Some(variant)) => read(flag.variants.get(&variant)),
            Ok(None) => read(flag.variants.get(&flag.default_variant)),
            Err(_) => read(None),
        }
    }
}

impl Peer for Flagd {
    const ABOUT: About = About {
        name: "flagd engine",
        package: Some("flagd-evaluation-engine"),
        note: "its parser and JSONLogic operator, joined as its in-process resolver does, but without its locks and \
               its copies of flag and context; the targeting is compiled at each evaluation",
    };

    type User = EvaluationContext;

    fn document(set: &FlagSet) -> Vec<u8> {
        let flags: serde_json::Map<String, Value> =
            set.flags.iter().map(|flag| (flag.name.clone(), self::flag(&flag.kind))).collect();
        json!({ "flags": flags }).to_string().into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        let text = String::from_utf8(document).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        let parsed = FlagParser::parse_string(&text).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        Ok(Self { flags: parsed.flags, operator: Operator::new() })
    }

    fn user(user: &User) -> Self::User {
        user.strings().into_iter().fold(
            EvaluationContext::default()
                .with_targeting_key(user.key.as_str())
                .with_custom_field(attribute::AGE, i64::from(user.age)),
            |context, (name, value)| context.with_custom_field(name, value),
        )
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        self.resolve(flag, user, |value| value.and_then(Value::as_bool).unwrap_or(false))
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        self.resolve(flag, user, |value| read(value.and_then(Value::as_str).unwrap_or_default()))
    }
}

fn flag(kind: &Kind) -> Value {
    let booleans = json!({ "on": true, "off": false });
    match kind {
        Kind::On => json!({ "state": "ENABLED", "variants": booleans, "defaultVariant": "on" }),
        Kind::Rollout => json!({
            "state": "ENABLED",
            "variants": booleans,
            "defaultVariant": "off",
            "targeting": { "fractional": [["on", 50], ["off", 50]] },
        }),
        Kind::Rules(rules) => {
            let mut branches = Vec::new();
            for rule in rules {
                let conditions: Vec<Value> = rule.conditions.iter().map(condition).collect();
                branches.push(json!({ "and": conditions }));
                branches.push(json!(rule.serves));
            }
            branches.push(json!(CONTROL));
            json!({
                "state": "ENABLED",
                "variants": { CONTROL: CONTROL, EARLY: EARLY, TREATMENT: TREATMENT },
                "defaultVariant": CONTROL,
                "targeting": { "if": branches },
            })
        }
        Kind::Variants => {
            let variants: serde_json::Map<String, Value> =
                VARIANTS.iter().map(|(variant, _)| ((*variant).to_owned(), json!(variant))).collect();
            json!({
                "state": "ENABLED",
                "variants": variants,
                "defaultVariant": "a",
                "targeting": { "fractional": VARIANTS },
            })
        }
    }
}

fn condition(condition: &Condition) -> Value {
    let attribute = json!({ "var": condition.attribute });
    match &condition.test {
        Test::In(values) => json!({ "in": [attribute, values] }),
        Test::Equals(value) => json!({ "==": [attribute, value] }),
        Test::AtLeast(number) => json!({ ">=": [attribute, number] }),
        Test::Below(number) => json!({ "<": [attribute, number] }),
        Test::VersionAtLeast(version) => json!({ "sem_ver": [attribute, ">=", version] }),
    }
}
