//! `flags bucket`: the arithmetic of who gets what, for implementations in other languages and for people who wonder.

use std::path::PathBuf;

use clap::{Args, builder::PossibleValuesParser};
use flags::core::{BucketKey, MAX_TOTAL_WEIGHT, Purpose};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    failure::Failure,
    input,
    output::{Output, Status, facts},
};

/// Show what a unit draws.
///
/// The key that follows from salt and purpose, the hash, the bucket, and the arm of a split. The bucket is 0 to 99999; a
/// unit is admitted to p percent if its bucket is below p times 1000. The arm is the place in the weights, from 0.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags bucket --salt checkout --purpose rollout --unit user-42
  flags bucket --salt checkout --purpose variant --unit user-42 --weights 1,1,2
  flags bucket --batch units.jsonl        lines such as {\"salt\":\"a\",\"purpose\":\"rollout\",\"unit\":\"u\",\"weights\":[1,2]}

JSON: {\"k0\",\"k1\",\"hash\",\"bucket\",\"arm\"}; k0, k1 and hash are 16 hexadecimal digits, arm is null without weights.
A line of a batch that cannot be read is answered by {\"line\",\"error\"}.")]
pub(crate) struct Bucket {
    /// The salt: a flag's own, else its key.
    #[arg(long, required_unless_present = "batch", allow_hyphen_values = true)]
    salt: Option<String>,
    /// What the draw is for.
    #[arg(long, required_unless_present = "batch",
        value_parser = PossibleValuesParser::new(Purpose::ALL.map(Purpose::name)))]
    purpose: Option<String>,
    /// Who draws: the unit's text, most often the targeting key.
    #[arg(long, required_unless_present = "batch", allow_hyphen_values = true)]
    unit: Option<String>,
    /// The weights of the arms, in written order.
    #[arg(long, value_delimiter = ',', value_name = "WEIGHTS")]
    weights: Option<Vec<u32>>,
    /// Answers every line of a file (- for standard input) with one line of JSON.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["salt", "purpose", "unit", "weights"])]
    batch: Option<PathBuf>,
}

/// One draw to make. Other fields of a line are ignored.
#[derive(Deserialize)]
struct Question {
    salt: String,
    purpose: String,
    unit: Unit,
    weights: Option<Vec<u32>>,
}

/// A unit as an attribute may have it: a text, or an integer taken in decimal.
#[derive(Deserialize)]
#[serde(untagged)]
enum Unit {
    Text(String),
    Integer(i64),
}

/// One draw made.
#[derive(Serialize)]
struct Drawn {
    k0: String,
    k1: String,
    hash: String,
    bucket: u32,
    arm: Option<usize>,
}

impl Bucket {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if let Some(path) = &self.batch {
            let mut bad = false;
            input::each_line(path, |line, text| {
                let read = serde_json::from_slice::<Question>(text).map_err(|error| input::json_error(&error));
                match read.and_then(draw) {
                    Ok(drawn) => output.json_line(&drawn),
                    Err(error) => {
                        bad = true;
                        output.json_line(&json!({ "line": line, "error": error }))
                    }
                }
            })?;
            return Ok(Status::bad_if(bad));
        }
        let question = Question {
            salt: self.salt.unwrap_or_default(),
            purpose: self.purpose.unwrap_or_default(),
            unit: Unit::Text(self.unit.unwrap_or_default()),
            weights: self.weights,
        };
        let drawn = draw(question).map_err(Failure::Usage)?;
        if output.is_json() {
            output.json(&drawn)?;
        } else {
            let percent = format!("{}.{:03}", drawn.bucket / 1_000, drawn.bucket % 1_000);
            let bucket = format!("{} of 0 to 99999: admitted to more than {percent} %", drawn.bucket);
            let mut lines = vec![("k0", drawn.k0), ("k1", drawn.k1), ("hash", drawn.hash), ("bucket", bucket)];
            lines.extend(drawn.arm.map(|arm| ("arm", format!("{arm}, counted from 0"))));
            facts(output, &lines)?;
        }
        Ok(Status::Fine)
    }
}

fn draw(question: Question) -> Result<Drawn, String> {
    let Some(purpose) = Purpose::from_name(&question.purpose) else {
        let names = Purpose::ALL.map(Purpose::name).join(", ");
        return Err(format!("there is no purpose `{}`; expected one of {names}", question.purpose));
    };
    let key = BucketKey::new(&question.salt, purpose);
    let draw = match question.unit {
        Unit::Text(unit) => key.hash(&unit),
        Unit::Integer(unit) => key.hash(&unit.to_string()),
    };
    let arm = match &question.weights {
        None => None,
        Some(weights) => {
            let wrong = || format!("the weights have to sum to 1 at least and {MAX_TOTAL_WEIGHT} at most");
            Some(draw.arm(weights).ok_or_else(wrong)?)
        }
    };
    let (k0, k1) = key.halves();
    let hex = |number| format!("{number:016x}");
    Ok(Drawn { k0: hex(k0), k1: hex(k1), hash: hex(draw.hash()), bucket: draw.bucket(), arm })
}
