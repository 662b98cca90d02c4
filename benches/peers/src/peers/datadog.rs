//! Datadog's evaluator: a fork of Eppo's core. It keeps no store, so the configuration is borrowed here.

use std::{collections::HashMap, sync::Arc};

use libdd_ffe::rules_based::{
    Assignment, Attribute, Configuration, EvaluationContext, ExpectedFlagType, Str, UniversalFlagConfig,
    get_assignment, now,
};

use super::universal;
use crate::{
    peer::{About, Peer, PeerError},
    workload::{FlagSet, User, attribute},
};

/// The configuration, without any store around it.
pub(crate) struct Datadog(Configuration);

impl Datadog {
    fn assignment(&self, flag: &str, user: &EvaluationContext, expected: ExpectedFlagType) -> Option<Assignment> {
        get_assignment(Some(&self.0), flag, user, expected, now()).ok()
    }
}

impl Peer for Datadog {
    const ABOUT: About = About {
        name: "Datadog libdd-ffe",
        package: Some("libdd-ffe"),
        note: "get_assignment over a borrowed configuration: no store, no lock; reads the clock each time",
    };

    type User = EvaluationContext;

    fn document(set: &FlagSet) -> Vec<u8> {
        universal::document(set, "SEMVER_GTE")
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        UniversalFlagConfig::from_json(document)
            .map(|config| Self(Configuration::from_server_response(config)))
            .map_err(|error| PeerError::new(&Self::ABOUT, error))
    }

    fn user(user: &User) -> Self::User {
        let mut attributes: HashMap<Str, Attribute> =
            user.strings().into_iter().map(|(name, value)| (Str::from(name), Attribute::from(value))).collect();
        attributes.insert(Str::from(attribute::AGE), f64::from(user.age).into());
        EvaluationContext::new(Some(Str::from(user.key.as_str())), Arc::new(attributes))
    }

    fn is_on(&self, flag: &str, user: &Self::User) -> bool {
        self.assignment(flag, user, ExpectedFlagType::Boolean)
            .is_some_and(|assignment| assignment.value.as_boolean() == Some(true))
    }

    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R {
        match self.assignment(flag, user, ExpectedFlagType::String) {
            Some(assignment) => read(assignment.value.as_str().unwrap_or_default()),
            None => read(""),
        }
    }
}
