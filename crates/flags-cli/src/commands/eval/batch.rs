//! Many questions, a line each, answered in order as they are read.

use std::{borrow::Cow, collections::HashMap, path::Path};

use flags::{Clock as _, FlagSet, SystemClock, Timestamp, ValueType};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};

use crate::{
    arguments::{instant, value_type},
    context,
    failure::Failure,
    input::{self, Definitions},
    operate::Laid,
    output::{Output, Status, note},
    wire::{Answer, revision},
};

/// What a question leaves out.
pub(super) struct Defaults {
    pub(super) at: Option<Timestamp>,
    pub(super) value_type: Option<ValueType>,
    pub(super) default: Json,
    pub(super) environment: Box<str>,
}

/// One line. Other fields are ignored, so that questions may carry what belongs to them.
#[derive(Deserialize)]
struct Question<'a> {
    #[serde(borrow)]
    flag: Cow<'a, str>,
    #[serde(default)]
    context: Option<Map<String, Json>>,
    #[serde(borrow, default)]
    at: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "type")]
    value_type: Option<Cow<'a, str>>,
    #[serde(default)]
    default: Option<Json>,
    #[serde(borrow, default)]
    environment: Option<Cow<'a, str>>,
}

/// Answers each line of `questions`.
pub(super) fn run(
    definitions: &Definitions,
    laid: Option<&Laid>,
    questions: &Path,
    defaults: &Defaults,
    output: &mut Output,
) -> Result<Status, Failure> {
    let mut sets = Sets { definitions, laid, compiled: HashMap::new() };
    for predicate in sets.of(&defaults.environment).0.unregistered_predicates() {
        note(&format!("this program does not know the predicate `{predicate}`; without it, it counts as false"));
    }
    let mut bad = false;
    input::each_line(questions, |line, text| {
        let question = serde_json::from_slice::<Question<'_>>(text).map_err(|error| input::json_error(&error));
        match question.and_then(|question| Asked::new(question, defaults)) {
            Ok(asked) => {
                let (set, revision) = sets.of(asked.environment.as_deref().unwrap_or(&defaults.environment));
                let now = asked.at.unwrap_or_else(|| SystemClock.now());
                let mut decision = set.evaluate(&asked.flag, &asked.context, &now);
                if let Some(wanted) = asked.value_type {
                    decision = decision.expecting(wanted);
                }
                let default = asked.default.as_ref().unwrap_or(&defaults.default);
                output.json_line(&Answer::new(&asked.flag, &decision, default, revision))
            }
            Err(error) => {
                bad = true;
                output.json_line(&json!({ "line": line, "error": error }))
            }
        }
    })?;
    Ok(Status::bad_if(bad))
}

/// A question that makes sense.
struct Asked<'a> {
    flag: Cow<'a, str>,
    context: flags::Context,
    at: Option<Timestamp>,
    value_type: Option<ValueType>,
    default: Option<Json>,
    environment: Option<Cow<'a, str>>,
}

impl<'a> Asked<'a> {
    fn new(question: Question<'a>, defaults: &Defaults) -> Result<Self, String> {
        let at = question.at.as_deref().map(instant).transpose().map_err(|error| format!("at: {error}"))?;
        let wanted = question.value_type.as_deref().map(value_type).transpose();
        Ok(Self {
            flag: question.flag,
            context: question.context.as_ref().map(context::from_json).unwrap_or_default(),
            at: at.or(defaults.at),
            value_type: wanted.map_err(|error| format!("type: {error}"))?.or(defaults.value_type),
            default: question.default,
            environment: question.environment,
        })
    }
}

/// The definitions compiled once for each environment that is asked for, with the revision.
struct Sets<'d> {
    definitions: &'d Definitions,
    laid: Option<&'d Laid>,
    compiled: HashMap<Box<str>, (FlagSet, String)>,
}

impl Sets<'_> {
    fn of(&mut self, environment: &str) -> &(FlagSet, String) {
        if !self.compiled.contains_key(environment) {
            let set = self.definitions.compile_under(environment, self.laid, SystemClock.now());
            let revision = revision(&set);
            self.compiled.insert(environment.into(), (set, revision));
        }
        &self.compiled[environment]
    }
}
