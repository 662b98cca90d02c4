//! What is known of the flags (and, in `experiments.rs`, of experiments): which there are, which are protected, and what lies below which.
//!
//! Definitions come from the file that was named, else from what programs recorded in the state folder. Where there are
//! none, or they are broken, a kill has to get through all the same: then nothing is checked, and every flag counts as
//! protected.

use std::path::Path;

use flags::{
    FlagDefinition, FlagSet, FlagView, RecordedDefinitions,
    control::{Action, Change, Control, ControlState, Protection, Target},
};

use super::DefinitionsOptions;
use crate::{
    failure::Failure,
    input::{self, Definitions},
    output::note,
    references::{self, Named},
    suggest,
};

/// How many names are listed where nothing is close to what was written.
pub(super) const MOST_NAMES: usize = 10;

/// What is known of the flags.
pub(crate) struct Known {
    /// What flags are looked up in, with its name for messages.
    definitions: Option<(Definitions, String)>,
    /// What programs recorded, where flags are looked up in something else. A flag that either calls protected is so: who
    /// acts does not choose the file that says it is not.
    recorded: Option<Definitions>,
    set: FlagSet,
}

impl Known {
    /// Reads what is known, and tells on standard error where it is not what was asked for.
    pub(crate) fn read(options: &DefinitionsOptions, folder: &Path) -> Self {
        Self::look_up(options, Some(folder))
    }

    /// The same where there may be no state folder.
    pub(crate) fn look_up(options: &DefinitionsOptions, folder: Option<&Path>) -> Self {
        let environment = options.environment();
        let recorded = folder.and_then(recorded);
        let named = options.path().and_then(|path| match input::definitions(&path) {
            Ok(definitions) => Some((definitions, path.display().to_string())),
            Err(failure) => {
                let instead = recorded.as_ref().map(|(_, place)| format!("; flags are looked up in {place} instead"));
                let (path, why) = (path.display(), failure.brief());
                note(&format!("{path} is of no use ({why}){}", instead.unwrap_or_default()));
                None
            }
        });
        let (definitions, recorded) = match (named, recorded) {
            (Some(named), recorded) => (Some(named), recorded.map(|(definitions, _)| definitions)),
            (None, recorded) => (recorded, None),
        };
        let set = definitions.as_ref().map(|(known, _)| known.compile(&known.environment(environment.as_deref())));
        Self { definitions, recorded, set: set.unwrap_or_default() }
    }

    /// Tells on standard error, where nothing is known, what that means for a change.
    pub(crate) fn warn_if_nothing(&self) {
        if self.definitions.is_none() {
            note(
                "no definitions are known here, so names are not checked and every flag counts as protected; --file FILE \
                 says where they are",
            );
        }
    }

    /// The flags as they are defined, if that is known.
    pub(crate) fn set(&self) -> Option<&FlagSet> {
        self.definitions.is_some().then_some(&self.set)
    }

    /// The definitions that flags and experiments are looked up in, with what is said of their texts.
    pub(crate) fn definitions(&self) -> Option<&Definitions> {
        self.definitions.as_ref().map(|(definitions, _)| definitions)
    }

    /// The name of what flags and experiments are looked up in, for messages.
    pub(crate) fn place(&self) -> &str {
        self.definitions.as_ref().map_or("nothing", |(_, place)| place)
    }

    /// All definitions that are known here: those that were named, and those that programs recorded.
    pub(super) fn all(&self) -> impl Iterator<Item = &flags::Definitions> {
        let all = self.definitions.iter().map(|(definitions, _)| definitions).chain(&self.recorded);
        all.map(|known| &*known.document.definitions)
    }

    /// Whether a change of the target takes two people, as far as it is known.
    pub(crate) fn protection(&self, target: &Target) -> Protection {
        if self.definitions.is_none() {
            return Protection::Unreadable;
        }
        let Target::Flag(key) = target else { return self.experiment_protection(target.key()) };
        let found: Vec<&FlagDefinition> = self.all().filter_map(|known| known.flag(key)).collect();
        match &found[..] {
            [] => Protection::Absent,
            found if found.iter().any(|flag| is_protected(flag)) => Protection::Protected,
            _ => Protection::Open,
        }
    }

    /// Refuses what names a flag or a variant that is not there: most likely a slip, and a control that does nothing.
    pub(crate) fn check(&self, change: &Change, state: &ControlState, anyway: bool) -> Result<(), Failure> {
        let (Some((_, place)), Some(key), false) = (&self.definitions, change.target().flag_key(), anyway) else {
            return Ok(());
        };
        let Some(flag) = self.set.flag(key) else {
            let has_controls = state.of(change.target()).next().is_some();
            // What programs have is there, even if the file that was named does not have it yet, or any more.
            if self.recorded.as_ref().is_some_and(|known| known.document.definitions.flag(key).is_some()) {
                return Ok(());
            }
            // What waits for a flag that is gone can be taken back.
            if has_controls && !matches!(change, Change::Set { .. }) {
                return Ok(());
            }
            let anyway = match change {
                Change::Set { .. } => " (--anyway: the control is for a flag to come)",
                _ => "",
            };
            return Err(Failure::NotFound(format!("{}{anyway}", self.no_such_flag(key, place))));
        };
        let Change::Set { action: Action::Override { variant } | Action::OverrideUnit { variant, .. }, .. } = change
        else {
            return Ok(());
        };
        let names: Vec<&str> = flag.variants().map(|(name, _)| name).collect();
        if names.contains(&&**variant) {
            return Ok(());
        }
        let meant = suggest::closest(variant, names.iter().copied());
        let meant = meant.map(|name| format!("did you mean `{name}`? It has")).unwrap_or_else(|| "it has".to_owned());
        Err(Failure::NotFound(format!(
            "flag `{key}` has no variant `{variant}`; {meant} {} (--anyway: the control is for a variant to come)",
            names.join(", ")
        )))
    }

    fn no_such_flag(&self, key: &str, place: &str) -> String {
        let keys: Vec<&str> = self.set.flags().map(FlagView::key).collect();
        let hint = match suggest::closest(key, keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if keys.len() <= MOST_NAMES => format!("there are {}", keys.join(", ")),
            None => format!("there are {} flags", keys.len()),
        };
        format!("there is no flag `{key}` in {place}; {hint}")
    }

    /// The flags below a flag, from the top down: a kill takes them along.
    pub(crate) fn subtree(&self, key: &str) -> Vec<String> {
        let mut found = vec![key];
        let mut at = 0;
        while let Some(above) = found.get(at).copied() {
            found.extend(self.set.flags().filter(|flag| flag.parent() == Some(above)).map(FlagView::key));
            at += 1;
        }
        found.into_iter().skip(1).map(str::to_owned).collect()
    }

    /// The flags that ask whether one of these is on, and are not among them.
    pub(crate) fn users_of(&self, keys: &[String]) -> Vec<String> {
        let Some((definitions, _)) = &self.definitions else { return vec![] };
        let mut users: Vec<String> = vec![];
        for key in keys {
            for user in references::users_of(&definitions.document.definitions, &Named::Flag(key.as_str().into())) {
                let Named::Flag(user) = user else { continue };
                if !keys.iter().chain(&users).any(|known| **known == *user) {
                    users.push(user.to_string());
                }
            }
        }
        users
    }

    /// The flags above a flag, the nearest first.
    pub(crate) fn ancestors(&self, key: &str) -> Vec<String> {
        let parent = |key: &str| self.set.flag(key).and_then(FlagView::parent);
        std::iter::successors(parent(key), |above| parent(above)).map(str::to_owned).collect()
    }

    /// The kill of the nearest flag above that has one.
    pub(crate) fn kill_above(&self, key: &str, state: &ControlState) -> Option<Control> {
        let of = |key: &String| {
            let target = Target::flag(key).ok()?;
            state.control(&target, &flags::control::Slot::Kill).cloned()
        };
        self.ancestors(key).iter().find_map(of)
    }

    /// The controls of flags, or with variants, that are not defined; empty where nobody knows.
    pub(crate) fn orphaned<'s>(&self, state: &'s ControlState) -> Vec<&'s Control> {
        self.set().map(|set| state.orphaned(set)).unwrap_or_default()
    }
}

/// What programs recorded in the state folder, with its name for messages.
fn recorded(folder: &Path) -> Option<(Definitions, String)> {
    match RecordedDefinitions::read(folder) {
        Ok(None) => None,
        Ok(Some(recorded)) => {
            let place = format!("the definitions recorded at {}", super::seconds(recorded.recorded_at));
            match input::accept(&recorded.sources) {
                Ok(definitions) => Some((definitions, place)),
                Err(failure) => {
                    note(&format!("{place} cannot be used: {}", failure.brief()));
                    None
                }
            }
        }
        Err(error) => {
            note(&format!("the definitions recorded in {} cannot be read: {error}", folder.display()));
            None
        }
    }
}

/// Whether a flag is protected anywhere. Who acts says for which environment he acts, so that cannot be what lets him.
pub(super) fn is_protected(flag: &FlagDefinition) -> bool {
    flag.protected || flag.environments.iter().any(|(_, form)| form.protected)
}
