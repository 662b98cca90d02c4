//! The reference vectors of the statistics under `data/vectors/stats`, and the comparison their README asks for: relative,
//! absolute and scaled tolerances by field, and `null` for what has no value.

use serde_json::Value as Json;

use crate::reader::{Read, ReadError};

/// One analysis: what it is called, how close an answer has to be, and the cases.
///
/// ```
/// use flags_testkit::vectors::StatisticsVectors;
/// use serde_json::json;
///
/// let vectors = StatisticsVectors::read("two_proportion_z")?;
/// let differences = vectors.differences(|input| {
///     let rate = |arm| input[format!("conversions_{arm}")].as_f64().unwrap() / input[format!("users_{arm}")].as_f64().unwrap();
///     json!({ "diff": rate("b") - rate("a") })
/// });
/// assert!(differences[0].contains("z_pooled: expected null, the answer has no such field"));
/// # Ok::<(), flags_testkit::reader::ReadError>(())
/// ```
#[derive(Clone, Debug)]
pub struct StatisticsVectors {
    /// The name of the analysis, which is the name of its file as well.
    pub function: String,
    /// Inputs and expected results.
    pub cases: Vec<StatisticsCase>,
    tolerances: Vec<(String, Tolerance)>,
}

/// One input and everything that follows from it.
#[derive(Clone, Debug)]
pub struct StatisticsCase {
    /// A name that stays the same.
    pub id: String,
    /// The fields of the question.
    pub input: Json,
    /// The fields of the answer; `null` where the quantity is undefined.
    pub expected: Json,
}

#[derive(Clone, Debug)]
struct Tolerance {
    relative: f64,
    absolute: f64,
    /// The expected field whose size counts as well.
    scale: Option<String>,
    /// What is smaller than this is not compared.
    skip_below: f64,
}

/// Every analysis that has vectors, by name.
pub const STATISTICS: [&str; 26] = [
    "accumulator",
    "asymptotic_confidence_sequence",
    "bayes_beta_binomial",
    "bayes_normal",
    "bayes_prob_best",
    "boschloo",
    "cuped",
    "fisher_exact",
    "group_sequential_boundaries",
    "mann_whitney_u",
    "mde_two_proportions",
    "msprt",
    "multipletests",
    "newcombe_diff_interval",
    "non_inferiority",
    "power_means",
    "power_two_proportions",
    "ratio_metric",
    "relative_lift_interval",
    "sample_size_two_proportions",
    "srm_chi_square",
    "srm_sequential",
    "two_proportion_z",
    "welch_t",
    "wilson_interval",
    "winsorized_mean",
];

impl StatisticsVectors {
    /// Reads the vectors of one analysis.
    ///
    /// # Errors
    ///
    /// When there is no analysis of this name, or its file is damaged.
    pub fn read(function: &str) -> Result<Self, ReadError> {
        let text = text(function).ok_or_else(|| ReadError(format!("there are no vectors for `{function}`")))?;
        let json: Json = serde_json::from_str(text).map_err(|error| ReadError(error.to_string()))?;
        let cases = json["cases"].as_array().ok_or_else(|| ReadError("vectors without `cases`".into()))?;
        let tolerances =
            json["tolerance"].as_object().ok_or_else(|| ReadError("vectors without `tolerance`".into()))?;
        if !tolerances.contains_key("default") {
            return Err(ReadError("vectors without a default tolerance".into()));
        }
        Ok(Self {
            function: function.to_owned(),
            cases: cases.iter().map(case).collect::<Read<_>>()?,
            tolerances: tolerances
                .iter()
                .map(|(pattern, json)| Ok((pattern.clone(), tolerance(json)?)))
                .collect::<Read<_>>()?,
        })
    }

    /// What is wrong with the answers of `compute`: a line for each field that is not as expected; empty when all is well.
    ///
    /// `compute` is given the input of a case and answers with an object. Every expected field has to be there; fields
    /// that are not expected are ignored.
    pub fn differences(&self, mut compute: impl FnMut(&Json) -> Json) -> Vec<String> {
        let mut found = vec![];
        for case in &self.cases {
            let answer = compute(&case.input);
            for (field, expected) in case.expected.as_object().into_iter().flatten() {
                let difference = match answer.get(field) {
                    None => Some(format!("expected {expected}, the answer has no such field")),
                    Some(got) => self.compare(field, got, expected, &case.expected),
                };
                found.extend(difference.map(|text| format!("{} {field}: {text}", case.id)));
            }
        }
        found
    }

    fn compare(&self, field: &str, got: &Json, expected: &Json, all: &Json) -> Option<String> {
        match (got, expected) {
            (Json::Array(got), Json::Array(expected)) => {
                if got.len() != expected.len() {
                    return Some(format!("expected {} elements, got {}", expected.len(), got.len()));
                }
                let mut pairs = got.iter().zip(expected).enumerate();
                pairs.find_map(|(index, (got, expected))| {
                    self.compare(field, got, expected, all).map(|text| format!("[{index}] {text}"))
                })
            }
            (Json::Number(got), Json::Number(expected)) if expected.is_f64() => {
                let (got, expected) = (got.as_f64()?, expected.as_f64()?);
                self.tolerance(field).refuse(got, expected, all)
            }
            _ => (got != expected).then(|| format!("expected {expected}, got {got}")),
        }
    }

    /// The longest pattern that matches wins, else `default`.
    fn tolerance(&self, field: &str) -> &Tolerance {
        let matches = |pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => field.starts_with(beginning),
            None => field == pattern,
        };
        let fitting = self.tolerances.iter().filter(|(pattern, _)| matches(pattern));
        let best = fitting.max_by_key(|(pattern, _)| pattern.len());
        let best = best.or_else(|| self.tolerances.iter().find(|(pattern, _)| pattern == "default"));
        &best.expect("every file of vectors has a default tolerance, which is checked when it is read").1
    }
}

impl Tolerance {
    fn refuse(&self, got: f64, expected: f64, all: &Json) -> Option<String> {
        if expected.abs() < self.skip_below {
            return None;
        }
        let scale = self.scale.as_ref().and_then(|field| all[field].as_f64()).unwrap_or(0.0);
        let allowed = self.absolute.max(self.relative * expected.abs().max(scale.abs()));
        let close = (got - expected).abs() <= allowed;
        (!close)
            .then(|| format!("expected {expected:e}, got {got:e}: off by {:e}, allowed {allowed:e}", got - expected))
    }
}

fn case(json: &Json) -> Read<StatisticsCase> {
    let id = json["id"].as_str().ok_or_else(|| ReadError("a case without `id`".into()))?;
    if !(json["input"].is_object() && json["expected"].is_object()) {
        return Err(ReadError(format!("{id} lacks a proper `input` or `expected`")));
    }
    Ok(StatisticsCase { id: id.to_owned(), input: json["input"].clone(), expected: json["expected"].clone() })
}

fn tolerance(json: &Json) -> Read<Tolerance> {
    let number = |field: &str| json[field].as_f64().ok_or_else(|| ReadError(format!("a tolerance without `{field}`")));
    Ok(Tolerance {
        relative: number("rel")?,
        absolute: number("abs")?,
        scale: json["scale"].as_str().map(str::to_owned),
        skip_below: json["skip_below"].as_f64().unwrap_or(0.0),
    })
}

fn text(function: &str) -> Option<&'static str> {
    macro_rules! file {
        ($name:literal) => {
            include_str!(concat!("../../data/vectors/stats/", $name, ".json"))
        };
    }
    Some(match function {
        "accumulator" => file!("accumulator"),
        "asymptotic_confidence_sequence" => file!("asymptotic_confidence_sequence"),
        "bayes_beta_binomial" => file!("bayes_beta_binomial"),
        "bayes_normal" => file!("bayes_normal"),
        "bayes_prob_best" => file!("bayes_prob_best"),
        "boschloo" => file!("boschloo"),
        "cuped" => file!("cuped"),
        "fisher_exact" => file!("fisher_exact"),
        "group_sequential_boundaries" => file!("group_sequential_boundaries"),
        "mann_whitney_u" => file!("mann_whitney_u"),
        "mde_two_proportions" => file!("mde_two_proportions"),
        "msprt" => file!("msprt"),
        "multipletests" => file!("multipletests"),
        "newcombe_diff_interval" => file!("newcombe_diff_interval"),
        "non_inferiority" => file!("non_inferiority"),
        "power_means" => file!("power_means"),
        "power_two_proportions" => file!("power_two_proportions"),
        "ratio_metric" => file!("ratio_metric"),
        "relative_lift_interval" => file!("relative_lift_interval"),
        "sample_size_two_proportions" => file!("sample_size_two_proportions"),
        "srm_chi_square" => file!("srm_chi_square"),
        "srm_sequential" => file!("srm_sequential"),
        "two_proportion_z" => file!("two_proportion_z"),
        "welch_t" => file!("welch_t"),
        "wilson_interval" => file!("wilson_interval"),
        "winsorized_mean" => file!("winsorized_mean"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors(tolerance: &str, expected: &str) -> StatisticsVectors {
        let tolerances: Json = serde_json::from_str(tolerance).unwrap();
        let expected = serde_json::from_str(expected).unwrap();
        let read = |(pattern, json): (&String, &Json)| (pattern.clone(), super::tolerance(json).unwrap());
        StatisticsVectors {
            function: "t".into(),
            cases: vec![StatisticsCase { id: "t-1".into(), input: Json::Null, expected }],
            tolerances: tolerances.as_object().unwrap().iter().map(read).collect(),
        }
    }

    fn check(tolerance: &str, expected: &str, got: &str) -> Vec<String> {
        vectors(tolerance, expected).differences(|_| serde_json::from_str(got).unwrap())
    }

    const PLAIN: &str = r#"{"default": {"rel": 0.01, "abs": 0.001}}"#;

    #[test]
    fn numbers_are_compared_within_the_tolerance() {
        assert!(check(PLAIN, r#"{"x": 1.0}"#, r#"{"x": 1.009}"#).is_empty());
        assert!(check(PLAIN, r#"{"x": 0.0}"#, r#"{"x": 0.0009}"#).is_empty());
        assert_eq!(check(PLAIN, r#"{"x": 1.0}"#, r#"{"x": 1.02}"#).len(), 1);
        assert_eq!(check(PLAIN, r#"{"x": [1.0, 2.0]}"#, r#"{"x": [1.0, 2.1]}"#).len(), 1);
        assert_eq!(check(PLAIN, r#"{"x": [1.0, 2.0]}"#, r#"{"x": [1.0]}"#).len(), 1);
    }

    #[test]
    fn everything_else_is_compared_exactly() {
        assert!(check(PLAIN, r#"{"x": null, "y": 3, "z": true}"#, r#"{"x": null, "y": 3, "z": true}"#).is_empty());
        assert_eq!(check(PLAIN, r#"{"x": null}"#, r#"{"x": 0.0}"#).len(), 1);
        assert_eq!(check(PLAIN, r#"{"x": 1.0}"#, r#"{"x": null}"#).len(), 1);
        assert_eq!(check(PLAIN, r#"{"y": 1000}"#, r#"{"y": 1001}"#).len(), 1);
        assert_eq!(check(PLAIN, r#"{"y": 3}"#, "{}").len(), 1);
    }

    #[test]
    fn the_longest_pattern_wins() {
        let tolerance =
            r#"{"default": {"rel": 0, "abs": 0}, "p_*": {"rel": 0.1, "abs": 0}, "p_exact": {"rel": 0, "abs": 0}}"#;
        assert!(check(tolerance, r#"{"p_value": 1.0}"#, r#"{"p_value": 1.05}"#).is_empty());
        assert_eq!(check(tolerance, r#"{"p_exact": 1.0}"#, r#"{"p_exact": 1.05}"#).len(), 1);
        assert_eq!(check(tolerance, r#"{"other": 1.0}"#, r#"{"other": 1.05}"#).len(), 1);
    }

    #[test]
    fn a_scale_widens_and_a_floor_skips() {
        let scaled = r#"{"default": {"rel": 0.01, "abs": 0, "scale": "se"}}"#;
        assert!(check(scaled, r#"{"x": 0.0, "se": 5.0}"#, r#"{"x": 0.04, "se": 5.0}"#).is_empty());
        assert_eq!(check(scaled, r#"{"x": 0.0, "se": null}"#, r#"{"x": 0.04, "se": null}"#).len(), 1);
        let floor = r#"{"default": {"rel": 0.01, "abs": 0, "skip_below": 1e-300}}"#;
        assert!(check(floor, r#"{"p": 1e-310}"#, r#"{"p": 0.0}"#).is_empty());
        assert_eq!(check(floor, r#"{"p": 1e-290}"#, r#"{"p": 0.0}"#).len(), 1);
    }
}
