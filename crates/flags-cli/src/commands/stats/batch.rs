//! `flags stats --batch`: a question a line, an answer a line, whatever is in them.

use std::path::Path;

use flags_ab::catalog::{ArgumentError, Function};
use serde_json::{Map, Value as Json};

use crate::{
    failure::Failure,
    input,
    output::{Output, Status},
    suggest::closest,
};

/// Answers every line of a file.
pub(super) fn answer(path: &Path, output: &mut Output) -> Result<Status, Failure> {
    let mut bad = false;
    input::each_line(path, |line, text| match answer_line(text) {
        Ok(answer) => output.json_line(&answer),
        Err(refusal) => {
            bad = true;
            output.json_line(&refusal.to_json(line))
        }
    })?;
    Ok(Status::bad_if(bad))
}

/// Why a line has no answer.
#[derive(Debug, Default)]
struct Refusal {
    function: Option<String>,
    argument: Option<String>,
    error: String,
}

impl Refusal {
    fn of(error: impl Into<String>) -> Self {
        Self { error: error.into(), ..Self::default() }
    }

    /// With what is known of the question.
    fn to_json(&self, line: usize) -> Json {
        let mut object = Map::new();
        object.insert("line".to_owned(), line.into());
        for (name, value) in [("function", &self.function), ("argument", &self.argument)] {
            object.extend(value.as_ref().map(|value| (name.to_owned(), value.as_str().into())));
        }
        object.insert("error".to_owned(), self.error.as_str().into());
        Json::Object(object)
    }
}

fn answer_line(text: &[u8]) -> Result<Json, Refusal> {
    let line: Json = serde_json::from_slice(text).map_err(|error| Refusal::of(input::json_error(&error)))?;
    let question = line.as_object().ok_or_else(|| {
        Refusal::of(
            "expected an object such as {\"function\":\"wilson_interval\",\"args\":{\"conversions\":1,\"users\":2}}",
        )
    })?;
    let name = match question.get("function") {
        Some(Json::String(name)) => name,
        Some(other) => return Err(Refusal::of(format!("`function` is {other}; expected the name of a function"))),
        None => return Err(Refusal::of("`function` is missing; expected the name of a function")),
    };
    let blame = |error: String, argument: Option<&str>| Refusal {
        function: Some(name.clone()),
        argument: argument.map(str::to_owned),
        error,
    };
    let function = Function::named(name).ok_or_else(|| blame(no_such_function(name), None))?;
    let arguments = match question.get("args") {
        Some(Json::Object(arguments)) => arguments,
        Some(_) => return Err(blame("`args` is no object; expected one with the arguments by name".to_owned(), None)),
        None => return Err(blame("`args` is missing; expected an object with the arguments by name".to_owned(), None)),
    };
    match function.answer(arguments) {
        Ok(answer) => Ok(answer.to_json()),
        Err(error) => Err(blame(explain(&error), error.argument())),
    }
}

fn no_such_function(name: &str) -> String {
    match closest(name, Function::ALL.map(|function| function.name)) {
        Some(meant) => format!("there is no function `{name}`; did you mean `{meant}`?"),
        None => format!("there is no function `{name}`; `flags stats --list` shows those there are"),
    }
}

/// What is wrong, and what was probably meant.
fn explain(error: &ArgumentError) -> String {
    match error {
        ArgumentError::Unknown { argument, known } => match closest(argument, known.iter().copied()) {
            Some(meant) => format!("there is no argument `{argument}`; did you mean `{meant}`?"),
            None => error.to_string(),
        },
        _ => error.to_string(),
    }
}
