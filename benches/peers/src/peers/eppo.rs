//! Eppo's evaluator, as its SDKs call it: a configuration store behind an `RwLock`, and `Evaluator::get_assignment`.

use std::sync::Arc;

use eppo_core::{
    Attributes, Configuration, SdkMetadata, Str,
    configuration_store::ConfigurationStore,
    eval::{Evaluator, EvaluatorConfig},
    ufc::{UniversalFlagConfig, VariationType},
};

use super::universal;
use crate::{
    peer::{About, Peer, PeerError},
    workload::{FlagSet, User, attribute},
};

const METADATA: SdkMetadata = SdkMetadata { name: "flags-peers", version: "1" };

/// The evaluator with its store.
pub(crate) struct Eppo(Evaluator);

impl Peer for Eppo {
    const ABOUT: About = About {
        name: "Eppo core",
        package: Some("eppo_core"),
        note: "Evaluator::get_assignment; logging off; reads the clock each time",
    };

    type User = (Str, Arc<Attributes>);

    fn document(set: &FlagSet) -> Vec<u8> {
        universal::document(set, "GTE")
    }

    fn load(document: Vec<u8>) -> Result<Self, PeerError> {
        let config =
            UniversalFlagConfig::from_json(METADATA, document).map_err(|error| PeerError::new(&Self::ABOUT, error))?;
        let store = ConfigurationStore::new();
        store.set_configuration(Arc::new(Configuration::from_server_response(config, None)));
        Ok(Self(Evaluator::new(EvaluatorConfig { configuration_store: Arc::new(store), sdk_metadata: METADATA })))
    }

    fn user(user: &User) -> Self::User {
        let mut attributes: Attributes =
            user.strings().into_iter().map(|(name, value)| (Str::from(name), value.into())).collect();
        attributes.insert(Str::from(attribute::AGE), f64::from(user.age).into());
        (Str::from(user.key.as_str()), Arc::new(attributes))
    }

    fn is_on(&self, flag: &str, (key, attributes): &Self::User) -> bool {
        matches!(self.0.get_assignment(flag, key, attributes, Some(VariationType::Boolean)),
            Ok(Some(assignment)) if assignment.value.as_boolean() == Some(true))
    }

    fn variant<R>(&self, flag: &str, (key, attributes): &Self::User, read: impl FnOnce(&str) -> R) -> R {
        match self.0.get_assignment(flag, key, attributes, Some(VariationType::String)) {
            Ok(Some(assignment)) => read(assignment.value.as_str().unwrap_or_default()),
            _ => read(""),
        }
    }
}
