//! A naive reader of the definition file: the parts an evaluation looks at, and no diagnostics.
//!
//! It is a second reading of the format, beside that of `flags-config`: the suite and the vectors are read by both, and have to
//! mean the same. It takes for granted that a file is well formed and says only that something is wrong, not where.

mod condition;
mod experiment;
mod flag;
mod value;

use flags_core::{Definitions, SegmentDefinition};
use toml::{Table, Value as Toml};

pub use self::value::{context, value};
pub(crate) use self::value::{instant, percentage};
use self::{condition::conditions, value::texts};

/// What a definition file says: the flags, segments and experiments, and the environment its settings name.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Flags, segments, experiments and the shared defaults.
    pub definitions: Definitions,
    /// The environment of `settings`, or `development`.
    pub environment: String,
}

/// Why a text could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError(pub(crate) String);

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ReadError {}

pub(crate) type Read<T> = Result<T, ReadError>;

/// Reads the text of a definition file.
///
/// # Errors
///
/// When the text is no TOML, or has a key or a value the naive reader does not expect.
pub fn read(text: &str) -> Result<Document, ReadError> {
    let mut top: Table = text.parse().map_err(|error: toml::de::Error| ReadError(error.to_string()))?;
    let mut document = Document { definitions: Definitions::default(), environment: "development".to_owned() };
    if let Some(settings) = top.remove("settings") {
        for (key, value) in table(&settings)? {
            match key.as_str() {
                "environment" => document.environment = text_of(value)?.to_owned(),
                "bucket_by" => document.definitions.bucket_by = texts(value)?,
                "events" => document.definitions.events = texts(value)?,
                "cache_ttl" | "audit_evaluations" => {}
                _ => return Err(unexpected("settings", key)),
            }
        }
    }
    if let Some(features) = top.remove("features") {
        for (key, written) in table(&features)? {
            document.definitions.flags.push(flag::flag(key, table(written)?)?);
        }
    }
    if let Some(segments) = top.remove("segments") {
        for (key, written) in table(&segments)? {
            document.definitions.segments.push(segment(key, table(written)?)?);
        }
    }
    if let Some(layers) = top.remove("layers") {
        for (key, written) in table(&layers)? {
            document.definitions.layers.push(experiment::layer(key, table(written)?)?);
        }
    }
    if let Some(holdouts) = top.remove("holdouts") {
        for (key, written) in table(&holdouts)? {
            document.definitions.holdouts.push(experiment::holdout(key, table(written)?)?);
        }
    }
    if let Some(experiments) = top.remove("experiments") {
        for (key, written) in table(&experiments)? {
            document.definitions.experiments.push(experiment::experiment(key, table(written)?)?);
        }
    }
    match top.keys().find(|key| *key != "format") {
        Some(key) => Err(unexpected("the file", key)),
        None => Ok(document),
    }
}

fn segment(key: &str, written: &Table) -> Read<SegmentDefinition> {
    let mut segment = SegmentDefinition::new(key);
    for (field, value) in written {
        match field.as_str() {
            "description" => segment.description = Some(text_of(value)?.into()),
            "members" => segment.members = texts(value)?,
            "exclude" => segment.exclude = texts(value)?,
            "when" => segment.when = conditions(value)?,
            "bucket_by" => segment.bucket_by = texts(value)?,
            "salt" => segment.salt = Some(text_of(value)?.into()),
            _ => return Err(unexpected("a segment", field)),
        }
    }
    Ok(segment)
}

pub(crate) fn table(value: &Toml) -> Read<&Table> {
    value.as_table().ok_or_else(|| ReadError(format!("expected a table, found {value:?}")))
}

pub(crate) fn text_of(value: &Toml) -> Read<&str> {
    value.as_str().ok_or_else(|| ReadError(format!("expected a string, found {value:?}")))
}

fn array(value: &Toml) -> Read<&[Toml]> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| ReadError(format!("expected an array, found {value:?}")))
}

pub(crate) fn unexpected(place: &str, key: &str) -> ReadError {
    ReadError(format!("unexpected key `{key}` in {place}"))
}
