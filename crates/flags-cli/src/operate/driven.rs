//! Rollouts and migrations of a state folder, through a client that drives nothing: what is asked for lasts, and whichever
//! program drives goes on from there.

use std::path::PathBuf;

use flags::{
    BuildError, Clock as _, FlagView, Flags, LastLook, RecordedDefinitions, SystemClock, Timestamp,
    config::Sources,
    control::Actor,
    rollout::controller::{JournalError, Leader},
};

use super::{CommandLine, DefinitionsOptions, OperatorOptions, StateOption, actor::person, desk::unreadable, seconds};
use crate::{
    failure::Failure,
    input,
    output::{WARN, note},
    suggest,
};

/// How old the last look of a program that drives may be before that is said.
const STALE_SECONDS: u64 = 15;

/// The rollouts and migrations of a state folder.
pub(crate) struct Driven {
    pub(crate) flags: Flags,
    pub(crate) leader: Option<Leader>,
    /// When the program that drives has looked last, if it has.
    looked_at: Option<Timestamp>,
    folder: PathBuf,
    /// The file that was named, for the command that drives.
    file: Option<PathBuf>,
    /// What names are looked up in, for messages.
    place: String,
}

impl Driven {
    /// Opens the state folder, with the definitions that were named, or those that programs have recorded.
    pub(crate) fn open(state: &StateOption, definitions: &DefinitionsOptions) -> Result<Self, Failure> {
        let folder = state.existing()?;
        let recorded = RecordedDefinitions::read(&folder).ok().flatten();
        let recorded = recorded.map(|recorded| {
            let place = format!("the definitions recorded at {}", seconds(recorded.recorded_at));
            (recorded.sources, place)
        });
        let (sources, place) = match (definitions.path(), recorded) {
            (Some(path), recorded) => match (accepted(&path), recorded) {
                (Ok(sources), _) => (sources, path.display().to_string()),
                // Whoever has to take something back does not wait for a file to be mended.
                (Err(failure), Some((sources, place))) => {
                    note(&format!("{} is of no use ({}); {place} are used instead", path.display(), failure.brief()));
                    (sources, place)
                }
                (Err(failure), None) => return Err(failure),
            },
            (None, Some(recorded)) => recorded,
            (None, None) => {
                return Err(Failure::Usage(
                    "which definitions? no program has recorded any in the state folder; give --file FILE, or set FLAGS_FILE"
                        .to_owned(),
                ));
            }
        };
        let look = LastLook::read(&folder).unwrap_or_else(|error| {
            note(&format!("what the program that drives has seen cannot be read: {error}"));
            None
        });
        let environment = definitions.environment().or_else(|| Some(look.as_ref()?.environment.to_string()));
        let mut builder = Flags::builder().sources(sources).state_dir(&folder);
        if let Some(environment) = environment.filter(|name| !name.is_empty()) {
            builder = builder.environment(&*environment);
        }
        let flags = builder.build().map_err(|error| match error {
            BuildError::Controls(error) => unreadable(&error, &CommandLine::of_state(state)),
            BuildError::Rejected(report) => Failure::Refused(Box::new((*report).clone())),
            other => Failure::Io(other.to_string()),
        })?;
        let leader = flags.rollouts().leader().map_err(|error| Failure::Io(error.to_string()))?;
        let looked_at = look.map(|look| look.at);
        Ok(Self { flags, leader, looked_at, folder, file: definitions.path(), place })
    }

    /// The present instant.
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// Looks again who drives.
    pub(crate) fn refresh(&mut self) {
        self.leader = self.flags.rollouts().leader().ok().flatten();
        self.looked_at = LastLook::read(&self.folder).ok().flatten().map(|look| look.at);
    }

    /// Who drives, in a few words; or the command that would.
    pub(crate) fn driven_by(&self) -> String {
        let Some(leader) = self.leader else { return format!("{WARN}nobody{WARN:#}: {}", self.how_to_drive()) };
        let by = format!("process {} since {}", leader.pid, seconds(leader.since));
        let ago = self.looked_at.map(|at| SystemClock.now().saturating_since(at).as_secs());
        match ago {
            Some(ago) if ago >= STALE_SECONDS => format!("{by}, {WARN}which has not looked for {ago} s{WARN:#}"),
            _ => by,
        }
    }

    /// The command that drives.
    pub(crate) fn how_to_drive(&self) -> String {
        let file = self.file.as_ref().map_or_else(|| "FILE".to_owned(), |path| path.display().to_string());
        format!("flags serve {file} --state-dir {} --drive-rollouts", self.folder.display())
    }

    /// Says, on standard error, that what was asked for waits for somebody who drives.
    pub(crate) fn note_if_nobody_drives(&self, what: &str) {
        if self.leader.is_none() {
            note(&format!(
                "nobody drives {what}, so they neither go on nor back by themselves: {}",
                self.how_to_drive()
            ));
        }
    }

    /// What to say where there is no flag of that key.
    pub(crate) fn no_such_flag(&self, key: &str) -> Failure {
        let snapshot = self.flags.snapshot();
        let keys: Vec<&str> = snapshot.set().flags().map(FlagView::key).collect();
        Failure::NotFound(suggest::no_such_flag(key, &self.place, keys))
    }

    /// What to say where there is no migration of that key.
    pub(crate) fn no_such_migration(&self, key: &str) -> Failure {
        let all = self.flags.migrations().list().unwrap_or_default();
        let keys: Vec<&str> = all.iter().map(|view| &*view.migration).collect();
        let hint = match suggest::closest(key, keys.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if keys.is_empty() => "there are none".to_owned(),
            None => format!("there are {}", keys.join(", ")),
        };
        Failure::NotFound(format!("there is no migration `{key}` in {}; {hint}", self.place))
    }

    /// What names are looked up in.
    pub(crate) fn place(&self) -> &str {
        &self.place
    }
}

/// Whoever acts, for the journal.
pub(crate) fn actor(options: &OperatorOptions) -> Result<Actor, Failure> {
    Ok(person(options)?.actor)
}

/// A journal that cannot be used.
pub(crate) fn journal_failure(error: &JournalError) -> Failure {
    Failure::Io(error.to_string())
}

/// The texts at a path, if they are accepted.
fn accepted(path: &std::path::Path) -> Result<Sources, Failure> {
    let sources = input::sources(path)?;
    input::accept(&sources)?;
    Ok(sources)
}
