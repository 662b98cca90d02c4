//! What the program that drives saw at its last look, for the others on the same state folder.
//!
//! What guardrails say is gathered by the one that leads and is nobody else's; a file beside the journals tells it to whoever
//! shows rollouts. It is replaced as a whole at each look and need not outlive a crash.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use flags_core::Timestamp;
use flags_rollout::{
    machine::{Event, Observation},
    wire::{event_from_json, event_to_json},
};
use serde_json::{Map, Value, json};

use super::enabled::FOLDER;

/// What the program that drives the rollouts of a state folder saw at its last look.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct LastLook {
    /// When it looked.
    pub at: Timestamp,
    /// The environment it runs in, whose plans it follows.
    pub environment: Box<str>,
    rollouts: BTreeMap<Box<str>, Observation>,
    migrations: BTreeMap<Box<str>, Observation>,
}

impl LastLook {
    /// Reads what is told in a state folder; `None` where no program has looked yet.
    ///
    /// # Errors
    ///
    /// When there is something that cannot be read.
    pub fn read(state_folder: &Path) -> io::Result<Option<Self>> {
        Self::read_in(&state_folder.join(FOLDER))
    }

    pub(super) fn read_in(folder: &Path) -> io::Result<Option<Self>> {
        let text = match fs::read(path(folder)) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let damaged =
            || io::Error::new(io::ErrorKind::InvalidData, "it is not what was written; it will be written anew");
        let value: Value = serde_json::from_slice(&text).map_err(|_| damaged())?;
        let observations = |field: &str| {
            let seen = value[field].as_object()?.iter();
            let seen = seen.map(|(key, value)| match event_from_json(value) {
                Ok(Event::Tick(observation)) => Some((key.as_str().into(), observation)),
                _ => None,
            });
            seen.collect::<Option<BTreeMap<Box<str>, Observation>>>()
        };
        Ok(Some(Self {
            at: Timestamp::from_micros(value["at"].as_i64().ok_or_else(damaged)?),
            environment: value["environment"].as_str().ok_or_else(damaged)?.into(),
            rollouts: observations("rollouts").ok_or_else(damaged)?,
            migrations: observations("migrations").ok_or_else(damaged)?,
        }))
    }

    /// Tells what was seen, to whoever reads it in the folder.
    pub(super) fn write(
        folder: &Path,
        (at, environment): (Timestamp, &str),
        rollouts: impl Iterator<Item = (Box<str>, Observation)>,
        migrations: impl Iterator<Item = (Box<str>, Observation)>,
    ) -> io::Result<()> {
        let seen = |seen: &mut dyn Iterator<Item = (Box<str>, Observation)>| -> Map<String, Value> {
            seen.map(|(key, observation)| (key.into(), event_to_json(&Event::Tick(observation)))).collect()
        };
        let (mut rollouts, mut migrations) = (rollouts, migrations);
        let value = json!({
            "format": 1,
            "at": at.as_micros(),
            "environment": environment,
            "rollouts": seen(&mut rollouts),
            "migrations": seen(&mut migrations),
        });
        let temporary = folder.join("last-look.tmp");
        fs::write(&temporary, value.to_string())?;
        fs::rename(&temporary, path(folder))
    }

    /// What was seen of the rollout of a flag.
    #[must_use]
    pub fn rollout(&self, flag: &str) -> Option<&Observation> {
        self.rollouts.get(flag)
    }

    /// What was seen of a migration.
    #[must_use]
    pub fn migration(&self, key: &str) -> Option<&Observation> {
        self.migrations.get(key)
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join("last-look.json")
}
