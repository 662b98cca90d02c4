//! This workspace's own evaluator, through the client that applications use: definitions in TOML, a snapshot that is swapped
//! while it runs, and a decision with its reason.

use flags::{Context, Flags, ValueRef};

use crate::{
    definitions::to_toml,
    peer::{About, Peer, PeerError},
    workload::{FlagSet, User, attribute},
};

/// The client.
pub(crate) struct Ours(Flags);

impl Peer for Ours {
    const ABOUT: About = About {
        name: "flags (ours)",
        package: Some("flags"),
        note: "Flags::is_enabled, and Flags::decide for variants: the decision with value, variant, reason and cause",
    };

    type User = Context;

    fn document(set: &FlagSet) -> Vec<u8> {
        to_toml(set).into_bytes()
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
        self.0.decide(flag, user, |decision| match decision.value() {
            Some(ValueRef::String(value)) => read(value),
            _ => read(""),
        })
    }
}
