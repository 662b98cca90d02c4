//! What a set is compiled from: the definitions as they were given or read, and the changes made at run time on top.

use std::collections::BTreeMap;

use flags_core::{CheckedDefinitions, DefinitionErrors, FlagDefinition};

/// The definitions below the run-time changes.
///
/// What came from text is kept as text, which is a fifth of the size, and read again when a run-time change needs it.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    Definitions(CheckedDefinitions),
    #[cfg(feature = "config")]
    Text(flags_config::Sources),
}

impl Base {
    pub(crate) fn definitions(&self) -> CheckedDefinitions {
        match self {
            Self::Definitions(definitions) => definitions.clone(),
            #[cfg(feature = "config")]
            Self::Text(sources) => {
                let document = flags_config::load(sources).document;
                // The text was accepted before, or it would not be the base.
                document.map(|document| document.definitions).unwrap_or_default()
            }
        }
    }
}

/// Flags that the program has created, changed or removed itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct RuntimeChanges {
    changes: BTreeMap<Box<str>, RuntimeChange>,
}

#[derive(Clone, Debug)]
enum RuntimeChange {
    Put(Box<FlagDefinition>),
    Removed,
}

impl RuntimeChanges {
    pub(crate) fn put(&mut self, flag: FlagDefinition) {
        self.changes.insert(flag.key.clone(), RuntimeChange::Put(Box::new(flag)));
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.changes.insert(key.into(), RuntimeChange::Removed);
    }

    /// Forgets the changes to one flag; whether there were any.
    pub(crate) fn revert(&mut self, key: &str) -> bool {
        self.changes.remove(key).is_some()
    }

    pub(crate) fn contains(&self, key: &str) -> bool {
        self.changes.contains_key(key)
    }

    /// Lays the changes over the definitions and checks the whole.
    pub(crate) fn apply(&self, definitions: CheckedDefinitions) -> Result<CheckedDefinitions, DefinitionErrors> {
        if self.changes.is_empty() {
            return Ok(definitions);
        }
        let mut definitions = definitions.into_inner();
        definitions.flags.retain(|flag| !self.changes.contains_key(&flag.key));
        for change in self.changes.values() {
            if let RuntimeChange::Put(flag) = change {
                definitions.flags.push(FlagDefinition::clone(flag));
            }
        }
        definitions.check()
    }
}
