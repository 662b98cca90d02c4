//! Changing flags from the program itself, in memory: create, update, toggle, remove, list.
//!
//! A run-time change lies on top of the files and stays when they are reloaded, until [`Flags::revert`]. It is gone when
//! the program ends. A flag that is `protected` is not changed so: that takes a second person, and a program is one.

use std::fmt;

use flags_core::{DefinitionErrors, Definitions, FlagDefinition, State, Timestamp};

use crate::Flags;

/// A flag as [`Flags::list`] tells of it.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FlagInfo {
    /// Its definition, as it is in the client's environment.
    pub definition: FlagDefinition,
    /// Whether the program has created or changed it since it started.
    pub changed_at_run_time: bool,
}

impl Flags {
    /// Adds a flag.
    ///
    /// # Errors
    ///
    /// When there is a flag of that key, or when the flags would not be consistent with it.
    pub fn create(&self, flag: FlagDefinition) -> Result<(), RuntimeError> {
        self.change(|runtime, definitions| {
            if definitions.flag(&flag.key).is_some() {
                return Err(RuntimeError::AlreadyExists { key: flag.key.clone() });
            }
            runtime.put(flag);
            Ok(())
        })
    }

    /// Changes a flag: `change` is given its definition and returns the new one. The key stays.
    ///
    /// It is given the flag as it is written, with its forms in single environments beside it: what an environment writes
    /// for itself is changed there, in `environments`.
    ///
    /// # Errors
    ///
    /// When there is no such flag, when it is protected, or when the flags would not be consistent with the new definition.
    pub fn update(&self, key: &str, change: impl FnOnce(FlagDefinition) -> FlagDefinition) -> Result<(), RuntimeError> {
        self.change(|runtime, definitions| {
            let flag = changeable(definitions, key, self.environment())?;
            runtime.put(FlagDefinition { key: flag.key.clone(), ..change(flag.clone()) });
            Ok(())
        })
    }

    /// Switches a flag off if it is enabled in the client's environment, and on if it is not; returns whether it is now.
    ///
    /// The state becomes `disabled` or `enabled`. Steps of the schedule that have come no longer change it; those to come do.
    ///
    /// # Errors
    ///
    /// When there is no such flag, when it is protected, or when it is in `emergency_off`: an emergency is ended by
    /// [`update`](Self::update), which says so, not by a switch.
    pub fn toggle(&self, key: &str) -> Result<bool, RuntimeError> {
        let environment = self.environment().to_owned();
        let now = self.now();
        self.change(|runtime, definitions| {
            let mut flag = changeable(definitions, key, &environment)?.clone();
            let form = match flag.environments.iter().position(|(name, _)| **name == *environment) {
                Some(place) => &mut flag.environments[place].1,
                None => &mut flag,
            };
            let enabled = switch(form, &environment, now).ok_or_else(|| RuntimeError::Emergency { key: key.into() })?;
            runtime.put(flag);
            Ok(enabled)
        })
    }

    /// Removes a flag.
    ///
    /// # Errors
    ///
    /// When there is no such flag, when it is protected, or when others depend on it.
    pub fn remove(&self, key: &str) -> Result<(), RuntimeError> {
        self.change(|runtime, definitions| {
            changeable(definitions, key, self.environment())?;
            runtime.remove(key);
            Ok(())
        })
    }

    /// Takes back every run-time change to a flag: it is again what the files say, or gone if they do not name it.
    ///
    /// # Errors
    ///
    /// When it has not been changed at run time, or when other run-time changes depend on the change.
    pub fn revert(&self, key: &str) -> Result<(), RuntimeError> {
        self.change(|runtime, _| if runtime.revert(key) { Ok(()) } else { Err(RuntimeError::unknown(key)) })
    }

    /// Every flag with its definition, run-time changes included, in the order of the keys.
    ///
    /// # Errors
    ///
    /// Never in practice: what is listed has been checked before.
    pub fn list(&self) -> Result<Vec<FlagInfo>, RuntimeError> {
        let mut flags: Vec<FlagInfo> = self
            .runtime_definitions()?
            .into_inner()
            .flags
            .into_iter()
            .map(|flag| FlagInfo {
                changed_at_run_time: self.is_changed_at_run_time(&flag.key),
                definition: flag.in_environment(self.environment()).clone(),
            })
            .collect();
        flags.sort_by(|a, b| a.definition.key.cmp(&b.definition.key));
        Ok(flags)
    }
}

/// The flag called `key`, if one program may change it by itself.
fn changeable<'d>(
    definitions: &'d Definitions,
    key: &str,
    environment: &str,
) -> Result<&'d FlagDefinition, RuntimeError> {
    let flag = definitions.flag(key).ok_or_else(|| RuntimeError::unknown(key))?;
    if flag.protected || flag.in_environment(environment).protected {
        Err(RuntimeError::Protected { key: key.into() })
    } else {
        Ok(flag)
    }
}

/// Switches a form of a flag by the state in force at `now`, and returns whether it is enabled then; `None` if it is killed.
fn switch(form: &mut FlagDefinition, environment: &str, now: Timestamp) -> Option<bool> {
    let mut steps: Vec<_> = form.schedule.iter_mut().filter(|step| step.at <= now).collect();
    steps.sort_by_key(|step| step.at);
    let in_force = steps.iter().filter_map(|step| step.state).next_back().unwrap_or(form.state);
    if form.state == State::EmergencyOff || in_force == State::EmergencyOff {
        return None;
    }
    for step in steps {
        step.state = None;
    }
    let enabled = !in_force.is_on_in(environment);
    form.state = if enabled { State::Enabled } else { State::Disabled };
    Some(enabled)
}

/// Why a run-time change was refused; nothing has changed.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RuntimeError {
    /// There is a flag of that key already.
    AlreadyExists {
        /// The key.
        key: Box<str>,
    },
    /// There is no flag of that key, or, of a revert, no change to it.
    NotFound {
        /// The key.
        key: Box<str>,
    },
    /// The flag is protected: a change of it takes two people.
    Protected {
        /// The key.
        key: Box<str>,
    },
    /// The flag is in `emergency_off`, which a switch does not end.
    Emergency {
        /// The key.
        key: Box<str>,
    },
    /// The flags would not be consistent.
    Invalid(DefinitionErrors),
}

impl RuntimeError {
    fn unknown(key: &str) -> Self {
        Self::NotFound { key: key.into() }
    }
}

impl fmt::Display for RuntimeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AlreadyExists { key } => {
                write!(f, "there is a flag `{key}` already; update it, or choose another key")
            }
            Self::NotFound { key } => write!(f, "there is no flag `{key}` to change"),
            Self::Protected { key } => {
                write!(
                    f,
                    "flag `{key}` is protected; change its definition in the file, or propose a control, which a second \
                     person approves"
                )
            }
            Self::Emergency { key } => {
                write!(f, "flag `{key}` is in emergency_off; end the emergency by an update that sets another state")
            }
            Self::Invalid(errors) => write!(f, "the change was refused: {errors}"),
        }
    }
}

impl std::error::Error for RuntimeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Invalid(errors) => Some(errors),
            _ => None,
        }
    }
}
