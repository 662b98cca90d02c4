//! The conformance vectors under `data/vectors`, as data.

mod statistics;

use flags_core::{Context, Object, Timestamp, Value};
use serde_json::Value as Json;

use crate::reader::{Document, Read, ReadError, read};

pub use self::statistics::{STATISTICS, StatisticsCase, StatisticsVectors};

/// One case of bucketing: a salt, a purpose and a unit, and every number that follows from them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketingVector {
    /// The salt of the draw.
    pub salt: String,
    /// The purpose of the draw.
    pub purpose: String,
    /// The unit drawn for.
    pub unit: String,
    /// The key that follows from salt and purpose.
    pub key: (u64, u64),
    /// The hash of the unit under that key.
    pub hash: u64,
    /// The bucket, 0 to 99 999.
    pub bucket: u32,
    /// Weights of arms.
    pub weights: Vec<u32>,
    /// The index of the arm.
    pub arm: usize,
}

/// One definition file and what it has to answer.
#[derive(Clone, Debug)]
pub struct EvaluationVector {
    /// The text of the file.
    pub definition: String,
    /// What the naive reader makes of it.
    pub document: Document,
    /// Questions and answers.
    pub cases: Vec<EvaluationCase>,
}

/// One question and its answer; the caller's default is absent.
#[derive(Clone, Debug, PartialEq)]
pub struct EvaluationCase {
    /// The flag asked for.
    pub flag: String,
    /// Who asks.
    pub context: Context,
    /// When.
    pub at: Timestamp,
    /// The value; `None` for the caller's default.
    pub value: Option<Value>,
    /// Variant, reason, cause, rule and error code, in this order.
    pub texts: [Option<String>; 5],
}

/// The bucketing vectors.
///
/// # Errors
///
/// When the file is damaged.
pub fn bucketing() -> Result<Vec<BucketingVector>, ReadError> {
    items(include_str!("../data/vectors/bucketing.json"))?.iter().map(bucketing_vector).collect()
}

/// The evaluation vectors.
///
/// # Errors
///
/// When the file is damaged.
pub fn evaluation() -> Result<Vec<EvaluationVector>, ReadError> {
    items(include_str!("../data/vectors/evaluation.json"))?.iter().map(evaluation_vector).collect()
}

fn items(text: &str) -> Read<Vec<Json>> {
    serde_json::from_str(text).map_err(|error| ReadError(error.to_string()))
}

fn bucketing_vector(json: &Json) -> Read<BucketingVector> {
    let hex = |field| u64::from_str_radix(&text(json, field)?, 16).map_err(|error| ReadError(error.to_string()));
    let weights = json["weights"].as_array().ok_or_else(|| missing("weights"))?;
    Ok(BucketingVector {
        salt: text(json, "salt")?,
        purpose: text(json, "purpose")?,
        unit: text(json, "unit")?,
        key: (hex("k0")?, hex("k1")?),
        hash: hex("hash")?,
        bucket: number(&json["bucket"])?,
        weights: weights.iter().map(number).collect::<Read<_>>()?,
        arm: number(&json["arm"])?,
    })
}

fn evaluation_vector(json: &Json) -> Read<EvaluationVector> {
    let definition = text(json, "definition")?;
    let cases = json["cases"].as_array().ok_or_else(|| missing("cases"))?;
    Ok(EvaluationVector {
        document: read(&definition)?,
        definition,
        cases: cases.iter().map(case).collect::<Read<_>>()?,
    })
}

fn case(json: &Json) -> Read<EvaluationCase> {
    let mut context = Context::anonymous();
    for (name, attribute) in json["context"].as_object().ok_or_else(|| missing("context"))? {
        context.insert(name.as_str(), value(attribute).ok_or_else(|| missing(name))?);
    }
    let expect = &json["expect"];
    let texts = ["variant", "reason", "cause", "rule", "error_code"];
    Ok(EvaluationCase {
        flag: text(json, "flag")?,
        context,
        at: Timestamp::parse(&text(json, "at")?).ok_or_else(|| missing("at"))?,
        value: value(&expect["value"]),
        texts: texts.map(|field| expect[field].as_str().map(str::to_owned)),
    })
}

fn value(json: &Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean(*value),
        Json::Number(number) => match number.as_i64() {
            Some(integer) => Value::Integer(integer),
            None => Value::Float(number.as_f64()?),
        },
        Json::String(text) => Value::from(text.as_str()),
        Json::Array(items) => Value::List(items.iter().map(value).collect::<Option<_>>()?),
        Json::Object(fields) => {
            let mut object = Object::new();
            for (name, field) in fields {
                object.insert(name.as_str(), value(field)?);
            }
            Value::Object(object)
        }
    })
}

fn text(json: &Json, field: &str) -> Read<String> {
    json[field].as_str().map(str::to_owned).ok_or_else(|| missing(field))
}

fn number<T: TryFrom<u64>>(json: &Json) -> Read<T> {
    json.as_u64().and_then(|number| T::try_from(number).ok()).ok_or_else(|| ReadError(format!("{json} is no number")))
}

fn missing(field: &str) -> ReadError {
    ReadError(format!("a vector lacks a proper `{field}`"))
}
