//! What the flags are at present, and what is different from before.

use std::{fmt, sync::Arc};

use flags::{
    Clock as _, Context, FlagSet, FlagView, SystemClock,
    config::Report,
    core::{ChangeKind, FlagChange},
    watch::Documents,
};
use serde_json::Value as Json;

use super::tell::Event;
use crate::{
    failure::Failure,
    input::{self, Definitions},
    operate::Followed,
    wire::JsonValue,
};

/// The definitions in force and what is asked of them.
pub(super) struct State {
    context: Context,
    /// The flags that are asked for; none means all.
    wanted: Vec<String>,
    environment: Option<String>,
    controls: Option<Followed>,
    definitions: Option<Definitions>,
    set: FlagSet,
    answers: Vec<Answer>,
}

/// What a flag serves for the context.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    pub(super) flag: String,
    pub(super) on: bool,
    pub(super) variant: Option<String>,
    pub(super) value: Json,
    pub(super) reason: &'static str,
}

/// What became of a flag.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) flag: String,
    pub(super) kind: ChangeKind,
}

impl State {
    pub(super) fn new(
        context: Context,
        wanted: Vec<String>,
        environment: Option<String>,
        controls: Option<Followed>,
    ) -> Self {
        Self { context, wanted, environment, controls, definitions: None, set: FlagSet::default(), answers: vec![] }
    }

    /// The definitions in force.
    pub(super) fn definitions(&self) -> Option<&Definitions> {
        self.definitions.as_ref()
    }

    pub(super) fn set(&self) -> &FlagSet {
        &self.set
    }

    /// What the flags serve for the context.
    pub(super) fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// A flag that is asked for and is not there.
    pub(super) fn unknown_flag(&self) -> Option<&str> {
        self.wanted.iter().map(String::as_str).find(|key| self.set.find(key).is_none())
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &str> {
        self.set.flags().map(FlagView::key)
    }

    /// Puts other definitions in force. Gives what became of the flags that are asked for, and their answers that are
    /// another; `None` for the first definitions.
    pub(super) fn replace(&mut self, definitions: Definitions) -> Option<(Vec<Change>, Vec<Answer>)> {
        let set = self.compile(&definitions);
        let is_first = self.definitions.replace(definitions).is_none();
        let (changes, answers) = self.swap(set);
        (!is_first).then_some((changes, answers))
    }

    /// Time has passed: controls may be others, and schedules may have taken effect.
    pub(super) fn tick(&mut self) -> Result<Event, Failure> {
        if let Some(controls) = &mut self.controls
            && controls.look()?
            && let Some(definitions) = &self.definitions
        {
            let set = self.compile(definitions);
            let (changes, answers) = self.swap(set);
            // What waits for its flag changes nothing.
            return Ok(if changes.is_empty() { Event::Time { answers } } else { Event::Change { changes, answers } });
        }
        Ok(Event::Time { answers: self.ask_again() })
    }

    fn compile(&self, definitions: &Definitions) -> FlagSet {
        let environment = definitions.environment(self.environment.as_deref());
        definitions.compile_under(&environment, self.controls.as_ref().map(Followed::laid), SystemClock.now())
    }

    /// Puts another set in force. Gives what became of the flags that are asked for, and their answers that are another.
    fn swap(&mut self, set: FlagSet) -> (Vec<Change>, Vec<Answer>) {
        let former = std::mem::replace(&mut self.set, set);
        let wants = |change: &FlagChange<'_>| self.wanted.is_empty() || self.wanted.iter().any(|key| key == change.key);
        let changes = self.set.changes_since(&former).into_iter().filter(wants);
        let changes = changes.map(|change| Change { flag: change.key.to_owned(), kind: change.kind }).collect();
        (changes, self.ask_again())
    }

    /// Asks the flags for the context as of now. Gives the answers that are another than before.
    pub(super) fn ask_again(&mut self) -> Vec<Answer> {
        let now = SystemClock.now();
        let ask = |key: &str| {
            let decision = self.set.evaluate(key, &self.context, &now);
            let value = decision.value().and_then(|value| serde_json::to_value(JsonValue(value)).ok());
            Answer {
                flag: key.to_owned(),
                on: decision.is_on(),
                variant: decision.variant().map(str::to_owned),
                value: value.unwrap_or_default(),
                reason: decision.error().map_or(decision.reason().name(), flags::ErrorCode::name),
            }
        };
        let answers: Vec<Answer> = if self.wanted.is_empty() {
            self.keys().map(ask).collect()
        } else {
            self.wanted.iter().map(|key| ask(key)).collect()
        };
        let former = std::mem::replace(&mut self.answers, answers);
        self.answers.iter().filter(|answer| !former.contains(answer)).cloned().collect()
    }
}

/// Turns documents into definitions, on the watcher's thread.
pub(super) fn accept(documents: &Documents) -> Result<Definitions, Refused> {
    input::accept(&input::of_documents(documents)).map_err(|failure| match failure {
        Failure::Refused(report) => Refused(report.into()),
        // Accepting does no input or output; an empty report would show if that changed.
        _ => Refused(Arc::new(Report::new(input::of_documents(documents), vec![]))),
    })
}

/// Definitions that were refused.
#[derive(Clone, Debug)]
pub(super) struct Refused(Arc<Report>);

impl Refused {
    pub(super) fn report(&self) -> Report {
        Report::clone(&self.0)
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.summary())
    }
}

impl std::error::Error for Refused {}
