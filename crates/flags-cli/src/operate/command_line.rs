//! The exact command that would do it, for messages: with the options of the command that was typed, quoted for a shell.

use flags::control::{Action, BreakerState, Change, Slot, Target};

use super::{ChangeOptions, OperatorOptions};

/// What commands that are suggested have in common with the one that was typed.
#[derive(Clone)]
pub(crate) struct CommandLine {
    /// `--state-dir`, if it was given.
    place: Vec<String>,
    /// The options that say what is known of flags.
    lookup: Vec<String>,
    /// `--as`, if it was given.
    actor: Option<String>,
    reason: Option<String>,
}

impl CommandLine {
    pub(crate) fn new(operator: &OperatorOptions, change: Option<&ChangeOptions>) -> Self {
        let mut line = Self::of_state(&operator.state);
        line.actor.clone_from(&operator.actor);
        line.reason.clone_from(&operator.reason);
        if let Some(change) = change {
            let (file, environment) = (&change.definitions.file, &change.definitions.environment);
            let file = file.iter().flat_map(|path| ["--file".to_owned(), path.display().to_string()]);
            let environment = environment.iter().flat_map(|name| ["--environment".to_owned(), name.clone()]);
            line.lookup = file.chain(environment).chain(change.anyway.then(|| "--anyway".to_owned())).collect();
        }
        line
    }

    /// For commands that name nobody.
    pub(crate) fn of_state(state: &super::StateOption) -> Self {
        let place = state.state_dir.iter().flat_map(|path| ["--state-dir".to_owned(), path.display().to_string()]);
        Self { place: place.collect(), lookup: vec![], actor: None, reason: None }
    }

    /// The same where names are looked up in definitions that were named: whoever types what is suggested needs them again.
    pub(crate) fn looking_in(mut self, definitions: &super::DefinitionsOptions) -> Self {
        let file = definitions.file.iter().flat_map(|path| ["--file".to_owned(), path.display().to_string()]);
        let environment = definitions.environment.iter();
        let environment = environment.flat_map(|name| ["--environment".to_owned(), name.clone()]);
        self.place.extend(file.chain(environment));
        self
    }

    /// The same for a change of another kind, which has a reason of its own.
    pub(crate) fn plain(&self) -> Self {
        let lookup = self.lookup.iter().filter(|word| *word != "--anyway").cloned().collect();
        Self { reason: None, lookup, ..self.clone() }
    }

    /// A command that looks.
    pub(crate) fn look(&self, words: &[&str]) -> String {
        write(words.iter().map(|word| (*word).to_owned()).chain(self.place.iter().cloned()))
    }

    /// A command that somebody else gives, under a name of his own.
    pub(crate) fn of_another(&self, words: &[&str]) -> String {
        format!("{} --as NAME", self.look(words))
    }

    /// A command of the same person.
    pub(crate) fn of_same(&self, words: &[&str]) -> String {
        let actor = self.actor.iter().flat_map(|name| ["--as".to_owned(), name.clone()]);
        let words = words.iter().map(|word| (*word).to_owned());
        write(words.chain(self.place.iter().cloned()).chain(actor))
    }

    /// The command of the same person that makes a change, or proposes it.
    pub(crate) fn change(&self, change: &Change, proposed: bool) -> String {
        let words = proposed.then(|| "propose".to_owned()).into_iter().chain(words(change));
        let actor = self.actor.iter().flat_map(|name| ["--as".to_owned(), name.clone()]);
        let reason = self.reason.iter().flat_map(|text| ["--reason".to_owned(), text.clone()]);
        write(words.chain(self.place.iter().cloned()).chain(self.lookup.iter().cloned()).chain(actor).chain(reason))
    }
}

/// The words of a change, as they are typed after `flags` or `flags propose`.
fn words(change: &Change) -> Vec<String> {
    let flag = change.target().key().to_owned();
    if let Target::Experiment(_) = change.target() {
        return std::iter::once("experiment".to_owned()).chain(words_of_experiment(change, flag)).collect();
    }
    let words: Vec<String> = match change {
        Change::Revive { .. } | Change::Clear { slot: Some(Slot::Kill), .. } => vec!["revive".into(), flag],
        Change::Clear { slot: Some(Slot::OverrideUnit(unit)), .. } => {
            vec!["clear".into(), flag, "--unit".into(), unit.to_string()]
        }
        Change::Clear { slot: Some(Slot::Breaker), .. } => vec!["breaker".into(), "release".into(), flag],
        Change::Clear { slot: Some(slot), .. } => vec!["clear".into(), flag, "--kind".into(), slot.to_string()],
        Change::Clear { slot: None, .. } => vec!["clear".into(), flag],
        Change::Set { action, expires_at, .. } => {
            let mut words = match action {
                Action::Override { variant } => vec!["override".into(), flag, variant.to_string()],
                Action::OverrideUnit { unit, variant } => {
                    vec!["override".into(), flag, variant.to_string(), "--unit".into(), unit.to_string()]
                }
                Action::Percentage(share) => vec!["override".into(), flag, "--percentage".into(), share.to_string()],
                Action::Breaker(BreakerState::ForcedClosed) => vec!["breaker".into(), "close".into(), flag],
                Action::Breaker(_) => vec!["breaker".into(), "open".into(), flag],
                // The other kinds are not set by commands.
                _ => vec![action.kind().to_owned(), flag],
            };
            words.extend(expires_at.iter().flat_map(|at| ["--until".to_owned(), at.to_string()]));
            words
        }
        _ => vec![],
    };
    words
}

/// The words of a change of an experiment, as they are typed after `flags experiment`.
fn words_of_experiment(change: &Change, key: String) -> Vec<String> {
    let mut words: Vec<String> = match change {
        Change::Set { action: Action::Extend { end }, .. } => {
            vec!["extend".into(), key, "--until".into(), end.to_string()]
        }
        Change::Set { action: Action::Winner { arm }, .. } => vec!["winner".into(), key, arm.to_string()],
        Change::Set { action, .. } => vec![action.kind().to_owned(), key],
        Change::Clear { slot: Some(slot), .. } => vec!["clear".into(), key, "--kind".into(), slot.to_string()],
        _ => vec!["clear".into(), key],
    };
    if let Change::Set { expires_at: Some(at), .. } = change {
        words.extend(["--until".to_owned(), at.to_string()]);
    }
    words
}

/// The words of the command that confirms what somebody did to a target at once, as they are typed after `flags`.
pub(crate) fn confirming(target: &Target) -> Vec<&str> {
    match target {
        Target::Experiment(key) => vec!["experiment", "confirm", key],
        other => vec!["confirm", other.key()],
    }
}

fn write(words: impl Iterator<Item = String>) -> String {
    std::iter::once("flags".to_owned()).chain(words.map(|word| quoted(&word))).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it back.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_for_a_shell() {
        for (word, expected) in [
            ("checkout", "checkout"),
            ("var/flags", "var/flags"),
            ("payments fail", "'payments fail'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
