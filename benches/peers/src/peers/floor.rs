//! The floor: no peer and no proposal, but the least that any evaluator behind a swappable snapshot has to do. A load of
//! the snapshot, one look-up, SipHash-1-3 of the user's key, typed comparisons against a user parsed and hashed beforehand. It has no
//! reasons, no overrides, no schedules, no prerequisites, no events.

use std::{collections::HashMap, hash::Hasher};

use arc_swap::ArcSwap;
use semver::Version;
use serde::Deserialize;
use serde_json::{Value, json};
use siphasher::sip::SipHasher13;

use crate::{
    peer::{About, Peer, PeerError},
    workload::{CONTROL, FlagSet, Kind, Rule, Test, User, VARIANTS, attribute},
};

/// A swappable snapshot of compiled flags.
pub(crate) struct Floor(ArcSwap<Snapshot>);

type Snapshot = HashMap<Box<str>, Compiled, foldhash::fast::RandomState>;

enum Compiled {
    Fixed(bool),
    Rollout { key: [u64; 2], below: u64 },
    Rules(Box<[CompiledRule]>),
    Variants { key: [u64; 2], ends: Box<[(u64, Box<str>)]> },
}

struct CompiledRule {
    conditions: [CompiledTest; 2],
    serves: Box<str>,
}

/// A comparison with its operand; the attribute it reads follows from the type of the operand, or stands beside it.
enum CompiledTest {
    In(Text, Box<[Hashed]>),
    Equals(Text, Hashed),
    AgeAtLeast(u32),
    AgeBelow(u32),
    VersionAtLeast(Version),
}

/// The attributes that are text.
#[derive(Clone, Copy)]
enum Text {
    Country,
    Plan,
    Team,
}

/// A string with its hash: most strings that differ are told apart by one comparison of numbers.
struct Hashed {
    hash: u64,
    text: Box<str>,
}

/// A user whose strings are hashed and whose version is parsed.
pub(crate) struct FloorUser {
    key: Box<str>,
    texts: [Hashed; 3],
    age: u32,
    version: Version,
}

/// The flags as the document has them.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Written {
    On,
    Rollout(u32),
    Rules(Vec<WrittenRule>),
    Variants(Vec<(Box<str>, u32)>),
}

#[derive(Deserialize)]
struct WrittenRule {
    when: [WrittenCondition; 2],
    serve: Box<str>,
}

#[derive(Deserialize)]
struct WrittenCondition {
    attribute: Box<str>,
    #[serde(flatten)]
    test: WrittenTest,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum WrittenTest {
    In(Box<[Box<str>]>),
    Equals(Box<str>),
    AtLeast(u32),
    Below(u32),
    Version(Version),
}

impl Peer for Floor {
    const ABOUT: About = About {
        name: "floor",
        package: None,
        note: "no peer: what is left when reasons, overrides, schedules, prerequisites and events are left out",
    };

    type User = FloorUser;

    fn document(set: &FlagSet) -> Vec<u8> {
        let flags: serde_json::Map<String, Value> = set
            .flags
            .iter()
            .map(|flag| {
                let written = match &flag.kind {
                    Kind::On => json!("on"),
                    Kind::Rollout => json!({ "rollout": 50 }),
                    Kind::Rules(rules) => json!({ "rules": rules.iter().map(rule).collect::<Vec<_>>() }),
                    Kind::Variants => json!({ "variants": VARIANTS }),
                };
                (flag.name.clone(), written)
            })
            .collect();
        Value::Object(flags).to_string().into_bytes()
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        let written: HashMap<Box<str>, Written> =
            serde_json::from_slice(&document).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        let mut snapshot = Snapshot::with_capacity_and_hasher(written.len(), foldhash::fast::RandomState::default());
        for (name, flag) in written {
            let compiled = compile(&name, flag).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
            snapshot.insert(name, compiled);
        }
        Ok(Self(ArcSwap::from_pointee(snapshot)))
    }

    fn user(user: &User) -> Self::User {
        let version = Version::parse(&user.version).expect("the workload's versions are semantic versions");
        // In the order of `Text`.
        let texts = [user.country, user.plan, user.team].map(|text| Hashed::new(text.into()));
        FloorUser { key: user.key.as_str().into(), texts, age: user.age, version }
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        match self.0.load().get(flag) {
            Some(Compiled::Fixed(value)) => *value,
            Some(Compiled::Rollout { key, below }) => hash(*key, &user.key) < *below,
            _ => false,
        }
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        match self.0.load().get(flag) {
            Some(Compiled::Rules(rules)) => {
                let matching = rules.iter().find(|rule| rule.conditions.iter().all(|test| test.holds(user)));
                read(matching.map_or(CONTROL, |rule| &rule.serves))
            }
            Some(Compiled::Variants { key, ends }) => {
                let draw = hash(*key, &user.key);
                let drawn = ends.iter().find(|(end, _)| draw <= *end);
                read(drawn.map_or("", |(_, variant)| variant))
            }
            _ => read(""),
        }
    }
}

impl CompiledTest {
    fn holds(&self, user: &FloorUser) -> bool {
        match self {
            Self::In(text, values) => values.iter().any(|value| value.is(text.of(user))),
            Self::Equals(text, value) => value.is(text.of(user)),
            Self::AgeAtLeast(number) => user.age >= *number,
            Self::AgeBelow(number) => user.age < *number,
            Self::VersionAtLeast(version) => user.version.cmp_precedence(version).is_ge(),
        }
    }
}

impl Text {
    fn of(self, user: &FloorUser) -> &Hashed {
        &user.texts[self as usize]
    }
}

impl Hashed {
    fn new(text: Box<str>) -> Self {
        Self { hash: SipHasher13::new().hash(text.as_bytes()), text }
    }

    fn is(&self, other: &Self) -> bool {
        self.hash == other.hash && self.text == other.text
    }
}

fn hash([k0, k1]: [u64; 2], unit: &str) -> u64 {
    SipHasher13::new_with_keys(k0, k1).hash(unit.as_bytes())
}

/// The key a flag hashes with, so that nothing has to be joined when it is evaluated.
fn key(name: &str) -> [u64; 2] {
    [0, 1].map(|half| {
        let mut hasher = SipHasher13::new();
        hasher.write(name.as_bytes());
        hasher.write_u8(half);
        hasher.finish()
    })
}

/// The hash that so many percent of all hashes are below.
fn threshold(percent: u32) -> u64 {
    u64::MAX / 100 * u64::from(percent)
}

fn rule(rule: &Rule) -> Value {
    let conditions = rule.conditions.each_ref().map(|condition| {
        let (operator, operand) = match &condition.test {
            Test::In(values) => ("in", json!(values)),
            Test::Equals(value) => ("equals", json!(value)),
            Test::AtLeast(number) => ("at_least", json!(number)),
            Test::Below(number) => ("below", json!(number)),
            Test::VersionAtLeast(version) => ("version", json!(version)),
        };
        let mut condition = json!({ "attribute": condition.attribute });
        condition[operator] = operand;
        condition
    });
    json!({ "when": conditions, "serve": rule.serves })
}

fn compile(name: &str, flag: Written) -> Result<Compiled, String> {
    Ok(match flag {
        Written::On => Compiled::Fixed(true),
        Written::Rollout(percent) => Compiled::Rollout { key: key(name), below: threshold(percent) },
        Written::Rules(rules) => Compiled::Rules(
            rules
                .into_iter()
                .map(|rule| {
                    let [first, second] = rule.when;
                    Ok(CompiledRule { conditions: [compile_test(first)?, compile_test(second)?], serves: rule.serve })
                })
                .collect::<Result<_, String>>()?,
        ),
        Written::Variants(variants) => {
            let mut total = 0;
            let mut ends: Vec<(u64, Box<str>)> = Vec::with_capacity(variants.len());
            for (variant, weight) in variants {
                total += weight;
                ends.push((threshold(total), variant));
            }
            if let Some(last) = ends.last_mut() {
                last.0 = u64::MAX;
            }
            Compiled::Variants { key: key(name), ends: ends.into() }
        }
    })
}

fn compile_test(condition: WrittenCondition) -> Result<CompiledTest, String> {
    let text = || match &*condition.attribute {
        attribute::COUNTRY => Ok(Text::Country),
        attribute::PLAN => Ok(Text::Plan),
        attribute::TEAM => Ok(Text::Team),
        other => Err(format!("the attribute {other} is not one of text")),
    };
    Ok(match condition.test {
        WrittenTest::In(values) => CompiledTest::In(text()?, values.into_iter().map(Hashed::new).collect()),
        WrittenTest::Equals(value) => CompiledTest::Equals(text()?, Hashed::new(value)),
        WrittenTest::AtLeast(number) => CompiledTest::AgeAtLeast(number),
        WrittenTest::Below(number) => CompiledTest::AgeBelow(number),
        WrittenTest::Version(version) => CompiledTest::VersionAtLeast(version),
    })
}
