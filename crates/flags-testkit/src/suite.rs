//! The suites under `data/evaluation` and `data/conditions`: tables of questions and answers, each row a case of its own.
//!
//! A file opens by saying what it proves. `definition` is the text of a definition file, a `[[case]]` asks it one question; a
//! `[[condition]]` is the short form for one condition on an attribute `x`: the values it holds for and those it fails for.

use std::{fs, path::Path};

use flags_core::{Context, Decision, ExperimentAction, FlagSet, Timestamp, Value, ValueType};
use toml::{Table, Value as Toml};

use crate::{
    judge,
    oracle::{self, Control, Expected},
    reader::{self, Document, Read, ReadError, table, text_of, unexpected},
};

/// One file: a definition and the cases about it.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The file's name without its ending.
    pub name: String,
    /// The text of the definition file.
    pub definition: String,
    /// What the naive reader makes of it.
    pub document: Document,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One question, and the answer it has to have.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the case shows; unique in its file.
    pub name: String,
    /// The client's environment.
    pub environment: String,
    /// The controls in force.
    pub controls: Vec<Control>,
    /// The flag asked for.
    pub flag: String,
    /// Who asks.
    pub context: Context,
    /// When.
    pub at: Timestamp,
    /// The type asked for and the caller's default, where the case is about them.
    pub asked: Option<(ValueType, Value)>,
    /// The answer.
    pub expect: Expectation,
}

/// The answer to a case. What is absent is expected to be absent, but for the last three, which are compared where they are
/// written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expectation {
    /// The value; `None` for the caller's default where the case names none.
    pub value: Option<Value>,
    /// The variant.
    pub variant: Option<String>,
    /// The reason.
    pub reason: String,
    /// The cause.
    pub cause: String,
    /// The rule: its name or its number.
    pub rule: Option<String>,
    /// The error code.
    pub error_code: Option<String>,
    /// What the cause names.
    pub named: Option<String>,
    /// Whether the flag is on.
    pub on: Option<bool>,
    /// The bucket of the rollout draw.
    pub bucket: Option<u32>,
}

/// Every suite, in the order of the files' names.
///
/// # Errors
///
/// When a file cannot be read or is malformed; the message names it.
pub fn load_all() -> Result<Vec<Suite>, ReadError> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut suites = Vec::new();
    for folder in ["evaluation", "conditions"] {
        let entries = fs::read_dir(data.join(folder)).map_err(|error| ReadError(format!("{folder}: {error}")))?;
        let mut paths = Vec::new();
        for entry in entries {
            paths.push(entry.map_err(|error| ReadError(format!("{folder}: {error}")))?.path());
        }
        paths.sort();
        for path in paths {
            suites.push(load(&path).map_err(|error| ReadError(format!("{}: {error}", path.display())))?);
        }
    }
    Ok(suites)
}

impl Suite {
    /// What is wrong with the oracle's answer to a case, in words; empty if it is right.
    #[must_use]
    pub fn differences_of_oracle(&self, case: &Case) -> Vec<String> {
        let definitions = &self.document.definitions;
        let found = oracle::evaluate(
            definitions,
            &case.environment,
            &case.controls,
            &judge::registered,
            &case.flag,
            &case.context,
            case.at,
        );
        let found = match &case.asked {
            Some((value_type, default)) => found.asked_as(*value_type, default),
            None => found,
        };
        case.expect.differences(&found)
    }

    /// What is wrong with the evaluator's answer to a case, in words; empty if it is right.
    #[must_use]
    pub fn differences_of_evaluator(&self, case: &Case) -> Vec<String> {
        let set: FlagSet = match judge::compile(&self.document.definitions, &case.environment, &case.controls) {
            Ok(set) => set,
            Err(errors) => return vec![format!("the definition is refused: {errors}")],
        };
        let decision = set.evaluate(&case.flag, &case.context, &case.at);
        let mut differences = case.expect.differences(&asked(decision, case.asked.as_ref()));
        if !differences.is_empty() {
            differences.push(set.explain(&case.flag, &case.context, &case.at).to_string());
        }
        differences
    }
}

/// What a caller gets who asks for a type and gives a default.
fn asked(decision: Decision<'_>, asked: Option<&(ValueType, Value)>) -> Expected {
    let Some((value_type, default)) = asked else { return judge::answer(&decision) };
    let found = judge::answer(&decision.expecting(*value_type));
    Expected { value: found.value.or_else(|| Some(default.clone())), ..found }
}

impl Expectation {
    fn differences(&self, found: &Expected) -> Vec<String> {
        let mut differences = Vec::new();
        let mut compare = |what: &str, same: bool, expected: String, found: String| {
            if !same {
                differences.push(format!("{what}: expected {expected}, found {found}"));
            }
        };
        macro_rules! compare {
            ($($what:literal: $expected:expr, $found:expr;)*) => {$(
                compare($what, $expected == $found, format!("{:?}", $expected), format!("{:?}", $found));
            )*};
        }
        compare! {
            "value": self.value, found.value;
            "variant": self.variant, found.variant;
            "reason": self.reason, found.reason;
            "cause": self.cause, found.cause;
            "rule": self.rule, found.rule;
            "error code": self.error_code.as_deref(), found.error_code;
        }
        if self.named.is_some() {
            compare! { "what the cause names": self.named, found.named; }
        }
        if self.on.is_some() {
            compare! { "on": self.on, Some(found.on); }
        }
        if self.bucket.is_some() {
            compare! { "bucket": self.bucket, found.bucket; }
        }
        differences
    }
}

fn load(path: &Path) -> Read<Suite> {
    let text = fs::read_to_string(path).map_err(|error| ReadError(error.to_string()))?;
    if !text.starts_with("# ") {
        return Err(ReadError("a suite opens with a comment that says what it proves".to_owned()));
    }
    let top: Table = text.parse().map_err(|error: toml::de::Error| ReadError(error.to_string()))?;
    if let Some(key) = top.keys().find(|key| !["definition", "case", "condition"].contains(&key.as_str())) {
        return Err(unexpected("a suite", key));
    }
    let mut definition = top.get("definition").map_or(Ok(""), text_of)?.to_owned();
    let conditions = top.get("condition").and_then(Toml::as_array).map_or(&[][..], Vec::as_slice);
    for (number, written) in conditions.iter().enumerate() {
        let condition = text_of(field(table(written)?, "condition")?)?;
        definition += &format!("[features.condition-{number}]\nenabled = true\nconditions = [{condition}]\n");
    }
    let document = reader::read(&definition)?;
    let mut cases = Vec::new();
    for written in top.get("case").and_then(Toml::as_array).map_or(&[][..], Vec::as_slice) {
        cases.push(case(table(written)?, &document)?);
    }
    for (number, written) in conditions.iter().enumerate() {
        condition_cases(number, table(written)?, &document, &mut cases)?;
    }
    for (at, case) in cases.iter().enumerate() {
        if cases[..at].iter().any(|earlier| earlier.name == case.name) {
            return Err(ReadError(format!("two cases are called `{}`", case.name)));
        }
    }
    let name = path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    Ok(Suite { name, definition, document, cases })
}

fn field<'t>(written: &'t Table, name: &str) -> Read<&'t Toml> {
    written.get(name).ok_or_else(|| ReadError(format!("`{name}` is missing in {written:?}")))
}

fn case(written: &Table, document: &Document) -> Read<Case> {
    let mut case = Case {
        name: text_of(field(written, "name")?)?.to_owned(),
        environment: document.environment.clone(),
        controls: Vec::new(),
        flag: text_of(field(written, "flag")?)?.to_owned(),
        context: reader::context(table(field(written, "context")?)?),
        at: default_instant(),
        asked: None,
        expect: expectation(table(field(written, "expect")?)?)?,
    };
    for (key, value) in written {
        match key.as_str() {
            "name" | "flag" | "context" | "expect" | "default" => {}
            "environment" => case.environment = text_of(value)?.to_owned(),
            "at" => case.at = reader::instant(value)?,
            "controls" => {
                let controls = value.as_array().map_or(&[][..], Vec::as_slice).iter();
                case.controls = controls.map(|control| self::control(table(control)?)).collect::<Read<_>>()?;
            }
            "type" => {
                let name = text_of(value)?;
                let value_type = ValueType::from_name(name).ok_or_else(|| unexpected("`type`", name))?;
                case.asked = Some((value_type, as_asked(reader::value(field(written, "default")?), value_type)));
            }
            _ => return Err(unexpected("a case", key)),
        }
    }
    Ok(case)
}

fn as_asked(default: Value, value_type: ValueType) -> Value {
    debug_assert!(
        default.value_type().is_some_and(|found| value_type.accepts(found)),
        "a default is of the type asked"
    );
    default
}

/// The instant of cases that are not about time.
fn default_instant() -> Timestamp {
    Timestamp::parse("2026-06-01T12:00:00Z").expect("this is an instant")
}

fn expectation(written: &Table) -> Read<Expectation> {
    let mut expect = Expectation::default();
    for (key, value) in written {
        match key.as_str() {
            "value" => expect.value = Some(reader::value(value)),
            "variant" => expect.variant = Some(text_of(value)?.to_owned()),
            "reason" => expect.reason = text_of(value)?.to_owned(),
            "cause" => expect.cause = text_of(value)?.to_owned(),
            "rule" => expect.rule = Some(text_of(value)?.to_owned()),
            "error_code" => expect.error_code = Some(text_of(value)?.to_owned()),
            "named" => expect.named = Some(text_of(value)?.to_owned()),
            "on" => expect.on = value.as_bool(),
            "bucket" => expect.bucket = value.as_integer().and_then(|bucket| u32::try_from(bucket).ok()),
            _ => return Err(unexpected("an expectation", key)),
        }
    }
    Ok(expect)
}

fn control(written: &Table) -> Read<Control> {
    if let Some(experiment) = written.get("experiment") {
        let experiment = text_of(experiment)?.to_owned();
        return Ok(Control::Experiment { experiment, action: experiment_action(written)? });
    }
    let flag = text_of(field(written, "flag")?)?.to_owned();
    if let Some(variant) = written.get("override") {
        let variant = text_of(variant)?.to_owned();
        return Ok(match written.get("unit") {
            Some(unit) => Control::OverrideUnit { flag, unit: text_of(unit)?.to_owned(), variant },
            None => Control::OverrideAll { flag, variant },
        });
    }
    if let Some(percentage) = written.get("percentage") {
        return Ok(Control::Percentage { flag, percentage: reader::percentage(percentage)? });
    }
    if written.get("kill").and_then(Toml::as_bool) == Some(true) {
        return Ok(Control::Kill { flag });
    }
    if written.get("breaker").and_then(Toml::as_str) == Some("open") {
        return Ok(Control::BreakerOpen { flag });
    }
    Err(ReadError(format!("{written:?} is no control")))
}

fn experiment_action(written: &Table) -> Read<ExperimentAction> {
    if let Some(arm) = written.get("winner") {
        return Ok(ExperimentAction::Winner { arm: text_of(arm)?.into() });
    }
    if let Some(end) = written.get("extend") {
        return Ok(ExperimentAction::Extend { end: reader::instant(end)? });
    }
    let words =
        [("start", ExperimentAction::Start), ("pause", ExperimentAction::Pause), ("stop", ExperimentAction::Stop)];
    let found = words.into_iter().find(|(word, _)| written.get(*word).and_then(Toml::as_bool) == Some(true));
    found.map(|(_, action)| action).ok_or_else(|| ReadError(format!("{written:?} is no control of an experiment")))
}

/// One case for every value a condition holds or fails for, and one without the attribute.
fn condition_cases(number: usize, written: &Table, document: &Document, cases: &mut Vec<Case>) -> Read<()> {
    let condition = text_of(field(written, "condition")?)?;
    let missing = written.get("missing").and_then(Toml::as_bool).unwrap_or(false);
    let mut add = |what: &str, context: Context, holds: bool| {
        let expect = if holds { ("on", "STATIC", "fallthrough") } else { ("off", "DEFAULT", "condition") };
        cases.push(Case {
            name: format!("{condition} {} for {what}", if holds { "holds" } else { "fails" }),
            environment: document.environment.clone(),
            controls: Vec::new(),
            flag: format!("condition-{number}"),
            context,
            at: default_instant(),
            asked: None,
            expect: Expectation {
                value: Some(Value::Boolean(holds)),
                variant: Some(expect.0.to_owned()),
                reason: expect.1.to_owned(),
                cause: expect.2.to_owned(),
                on: Some(holds),
                ..Expectation::default()
            },
        });
    };
    add("a missing attribute", Context::new("user-1"), missing);
    for (key, holds) in [("holds", true), ("fails", false)] {
        for value in field(written, key)?.as_array().map_or(&[][..], Vec::as_slice) {
            let value = reader::value(value);
            let shown = match &value {
                Value::Float(number) => format!("the float {number:?}"),
                other => other.to_string(),
            };
            add(&shown, Context::new("user-1").set("x", value), holds);
        }
    }
    Ok(())
}
