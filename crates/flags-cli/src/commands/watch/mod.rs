//! `flags watch`: what the flags are, told again whenever the files change.

mod state;
mod tell;

use std::{path::PathBuf, sync::mpsc, time::Duration};

use clap::Args;
use flags::watch::{Documents, Failure as LoadFailure, Options, Origin, StartError, Update, Watcher};

use self::{
    state::{Refused, State, accept},
    tell::{Event, Teller},
};
use crate::{
    arguments::EnvironmentOption,
    context::ContextOptions,
    failure::Failure,
    input::{self, Definitions},
    operate::StateOption,
    output::{Output, Status},
    suggest,
};

/// How often flags are asked again while the files stand still: schedules take effect by themselves.
const TICK: Duration = Duration::from_secs(1);

/// Follow definitions as they change.
///
/// What became of which flag is told, and what is wrong with a broken save. On a terminal the flags are shown in place;
/// otherwise there is a line for each change. A save that is refused changes nothing: the last good definitions stay in
/// force, here as in every client. Controls of a state folder are laid over them, and looked at every second.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags watch config
  flags watch config --flag checkout --set targeting_key=user-42
  flags watch config --format json

JSON: a line for each event, {\"event\",\"at\",\"revision\",\"changes\":[{\"flag\",\"kind\"}],\"answers\":[{\"flag\",\"on\",\"variant\",
\"value\",\"reason\"}],\"message\",\"diagnostics\"}; the events are start, change, refused, restored and time.")]
pub(crate) struct Watch {
    /// A file or a folder.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Only these flags, with what they serve for the context. Can be given several times.
    #[arg(long = "flag", value_name = "FLAG")]
    flags: Vec<String>,
    #[command(flatten)]
    context: ContextOptions,
    #[command(flatten)]
    environment: EnvironmentOption,
    #[command(flatten)]
    state: StateOption,
    /// Tells how things stand, and ends.
    #[arg(long)]
    once: bool,
    /// Ends after that many changes were told.
    #[arg(long, value_name = "NUMBER", conflicts_with = "once")]
    for_changes: Option<usize>,
}

impl Watch {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if input::is_stdin(&self.file) {
            return Err(Failure::Usage("a file or a folder is followed; standard input cannot be".to_owned()));
        }
        let context = self.context.read()?;
        let (sender, updates) = mpsc::channel();
        // The loop below has ended if nobody receives; there is nobody to tell then.
        let publish = move |update| _ = sender.send(update);
        let load = |documents: &Documents| accept(documents);
        let watcher = Watcher::start(Origin::at(&self.file), Options::default(), load, publish).map_err(not_started)?;
        let mut teller = Teller::new(&self.file, !self.flags.is_empty(), output);
        let controls = self.state.follow()?;
        let mut state = State::new(context, self.flags, self.environment.environment, controls);
        let mut told = 0;
        while self.for_changes != Some(told) {
            let event = match updates.recv_timeout(TICK) {
                Ok(update) => event(update, &mut state)?,
                Err(mpsc::RecvTimeoutError::Timeout) => state.tick()?,
                // The watcher holds the sender as long as it lives.
                Err(mpsc::RecvTimeoutError::Disconnected) => break,
            };
            let starts = matches!(event, Event::Start);
            if let Event::Start = event
                && let Some(unknown) = state.unknown_flag()
            {
                let keys = state.keys();
                return Err(Failure::NotFound(suggest::no_such_flag(unknown, &self.file.display().to_string(), keys)));
            }
            let was_told = teller.tell(&event, &state)?;
            if starts && self.once {
                break;
            }
            told += usize::from(was_told && !starts);
        }
        watcher.stop();
        Ok(Status::Fine)
    }
}

/// Takes in what the watcher says, and makes of it what is to be told.
fn event(update: Update<Definitions, Refused>, state: &mut State) -> Result<Event, Failure> {
    Ok(match update {
        Update::Loaded(loaded) => match state.replace(loaded.value) {
            None => Event::Start,
            Some((changes, answers)) => Event::Change { changes, answers },
        },
        Update::Failed(failure) => match &*failure {
            LoadFailure::Rejected(refused) => Event::Refused { report: refused.report() },
            failure => Event::Unreadable { message: failure.to_string() },
        },
        Update::Restored => Event::Restored,
        // What later versions of the watcher may add.
        _ => Event::Time { answers: vec![] },
    })
}

fn not_started(error: StartError<Refused>) -> Failure {
    match error {
        StartError::Load(LoadFailure::Rejected(refused)) => Failure::Refused(Box::new(refused.report())),
        other => Failure::Io(other.to_string()),
    }
}
