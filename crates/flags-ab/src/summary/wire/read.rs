//! A summary out of rows, with the place of whatever is wrong with them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Deserializer, Map, Value};

use super::{EXPOSURES, FIELDS};
use crate::{
    Name,
    statistics::{Estimate, JointMoments, Moments, Proportion, Summary},
    summary::{Day, ExperimentSummary, MetricSum, MetricSummary, RowName, Slice, Split, SummaryError},
};

/// The summary of an experiment out of rows.
pub(in crate::summary) fn read(experiment: &str, text: &str) -> Result<ExperimentSummary, SummaryError> {
    let mut rows = vec![];
    let mut others = BTreeSet::new();
    for (row, value) in (1..).zip(values(text)?) {
        let row = Fields::new(row, value)?;
        let of = row.text("experiment")?;
        if of == experiment {
            rows.push(row.parse()?);
        } else {
            others.insert(of.to_owned());
        }
    }
    if rows.is_empty() {
        return Err(SummaryError::NoRows { experiment: experiment.to_owned(), others: listed(&others) });
    }
    assemble(experiment, &rows)
}

/// The rows, whether they stand in an array or one after the other.
fn values(text: &str) -> Result<Vec<Value>, SummaryError> {
    let mut values = vec![];
    for value in Deserializer::from_str(text).into_iter::<Value>() {
        match value {
            Ok(Value::Array(rows)) => values.extend(rows),
            Ok(value) => values.push(value),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                let problem = error.to_string();
                let problem = problem.split(" at line ").next().unwrap_or(&problem).to_owned();
                return Err(SummaryError::Syntax { line, column, problem });
            }
        }
    }
    Ok(values)
}

fn listed(others: &BTreeSet<String>) -> String {
    const SHOWN: usize = 5;
    if others.is_empty() {
        return String::new();
    }
    let names: Vec<String> = others.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    let more = others.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("; the rows are of {}{more}", names.join(", "))
}

/// Which units a row is about.
#[derive(Debug, PartialEq)]
enum Cut {
    Whole,
    Segment(Name, Name),
    Day(Day),
}

#[derive(Debug)]
struct Row {
    cut: Cut,
    phase: Name,
    arm: Name,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Exposures { users: u64, in_two_arms: u64 },
    Metric { name: Name, sums: Option<MetricSummary> },
}

fn assemble(experiment: &str, rows: &[Row]) -> Result<ExperimentSummary, SummaryError> {
    let mut summary = ExperimentSummary::new(experiment);
    let has_whole = rows.iter().any(|row| row.cut == Cut::Whole);
    for row in rows {
        match &row.cut {
            Cut::Whole => add(summary.phases.entry(row.phase.clone()).or_default(), row)?,
            Cut::Segment(dimension, value) => {
                add(summary.segments.entry((dimension.clone(), value.clone())).or_default(), row)?;
            }
            Cut::Day(day) => {
                add(summary.days.entry(*day).or_default(), row)?;
                if !has_whole {
                    add(summary.phases.entry(row.phase.clone()).or_default(), row)?;
                }
            }
        }
    }
    // Where nobody counted the exposures, an arm has the units that its metrics have.
    let counted = |wanted: fn(&Row) -> bool| -> BTreeSet<&str> {
        let exposures = rows.iter().filter(|row| wanted(row) && matches!(row.content, Content::Exposures { .. }));
        exposures.map(|row| &*row.arm).collect()
    };
    let whole =
        if has_whole { counted(|row| row.cut == Cut::Whole) } else { counted(|row| matches!(row.cut, Cut::Day(_))) };
    infer_users(summary.phases.values_mut(), &whole);
    infer_users(summary.segments.values_mut(), &counted(|row| matches!(row.cut, Cut::Segment(..))));
    infer_users(summary.days.values_mut(), &counted(|row| matches!(row.cut, Cut::Day(_))));
    Ok(summary)
}

fn add(slice: &mut Slice, row: &Row) -> Result<(), SummaryError> {
    let mut part = Slice::default();
    let arm = part.arms.entry(row.arm.clone()).or_default();
    match &row.content {
        Content::Exposures { users, in_two_arms } => {
            arm.users = *users;
            arm.in_two_arms = *in_two_arms;
        }
        Content::Metric { name, sums: Some(sums) } => {
            arm.metrics.insert(name.clone(), *sums);
        }
        Content::Metric { .. } => {}
    }
    slice.absorb(&part)
}

fn infer_users<'a>(slices: impl Iterator<Item = &'a mut Slice>, counted: &BTreeSet<&str>) {
    for slice in slices {
        for (name, arm) in &mut slice.arms {
            if !counted.contains(&**name) {
                let of_metrics =
                    arm.metrics.values().map(|metric| metric.sum.units().saturating_add(metric.open_windows));
                arm.users = of_metrics.max().unwrap_or(0);
            }
        }
    }
}

/// The fields of a row, under their names in lower case, without those that are null.
struct Fields {
    row: usize,
    fields: BTreeMap<String, Value>,
}

impl Fields {
    fn new(row: usize, value: Value) -> Result<Self, SummaryError> {
        let Value::Object(fields) = value else { return Err(SummaryError::NotARow { row }) };
        let fields = Self { row, fields: lower_case(fields) };
        match fields.fields.keys().find(|field| !FIELDS.contains(&field.as_str())) {
            None => Ok(fields),
            Some(field) => {
                let close = FIELDS.iter().find(|known| known.contains(field.as_str()) || field.contains(*known));
                let hint = match close {
                    Some(known) => format!("; did you mean {known:?}?"),
                    None => format!("; the fields are {}", FIELDS.join(", ")),
                };
                Err(SummaryError::UnknownField { row, of: fields.name(), field: field.clone(), hint })
            }
        }
    }

    fn name(&self) -> RowName {
        let text = |field: &str| self.fields.get(field).and_then(Value::as_str).map(str::to_owned);
        RowName { arm: text("arm"), metric: text("metric") }
    }

    fn has(&self, field: &str) -> bool {
        self.fields.contains_key(field)
    }

    fn wrong(&self, field: &'static str, found: &Value, expected: &'static str) -> SummaryError {
        SummaryError::Value { row: self.row, of: self.name(), field, found: found.to_string(), expected }
    }

    fn missing(&self, field: &'static str) -> SummaryError {
        SummaryError::Missing { row: self.row, of: self.name(), field }
    }

    fn text(&self, field: &'static str) -> Result<&str, SummaryError> {
        let value = self.fields.get(field).ok_or_else(|| self.missing(field))?;
        match value.as_str() {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.wrong(field, value, "a text that is not empty")),
        }
    }

    /// A count, where databases may write `"5000"` or `5000.0`.
    fn count(&self, field: &'static str) -> Result<Option<u64>, SummaryError> {
        let Some(value) = self.fields.get(field) else { return Ok(None) };
        let exact = match value {
            Value::Number(number) => number.as_u64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        // Up to 2^53 a double counts exactly.
        let rounded = || number(value).filter(|x| (0.0..=9_007_199_254_740_992.0).contains(x) && x.fract() == 0.0);
        let count = exact.or_else(|| rounded().map(|count| count as u64));
        count.map(Some).ok_or_else(|| self.wrong(field, value, "a whole number of at least 0"))
    }

    fn number(&self, field: &'static str) -> Result<Option<f64>, SummaryError> {
        let Some(value) = self.fields.get(field) else { return Ok(None) };
        number(value).map(Some).ok_or_else(|| self.wrong(field, value, "a finite number"))
    }

    fn needed(&self, field: &'static str) -> Result<f64, SummaryError> {
        self.number(field)?.ok_or_else(|| self.missing(field))
    }

    fn parse(&self) -> Result<Row, SummaryError> {
        let (arm, metric) = (self.text("arm")?.into(), self.text("metric")?);
        let users = self.count("users")?.ok_or_else(|| self.missing("users"))?;
        let content = if metric == EXPOSURES && !self.has("mean") && !self.has("conversions") {
            Content::Exposures { users, in_two_arms: self.count("in_two_arms")?.unwrap_or(0) }
        } else {
            // Of nobody there is no mean, and databases write none.
            let sums = if users == 0 && !self.has("mean") { None } else { Some(self.sums(users)?) };
            Content::Metric { name: metric.into(), sums }
        };
        Ok(Row { cut: self.cut()?, phase: self.phase()?, arm, content })
    }

    fn phase(&self) -> Result<Name, SummaryError> {
        let Some(value) = self.fields.get("phase") else { return Ok("".into()) };
        match value.as_str().filter(|text| text.is_empty() || Split::parse(text).is_some()) {
            Some(phase) => Ok(phase.into()),
            None => Err(self.wrong("phase", value, "the weights that were in force, such as control=1,treatment=1")),
        }
    }

    fn cut(&self) -> Result<Cut, SummaryError> {
        match (self.has("dimension"), self.fields.get("day")) {
            (false, None) if self.has("value") => Err(self.missing("dimension")),
            (false, None) => Ok(Cut::Whole),
            (true, None) => Ok(Cut::Segment(self.text("dimension")?.into(), self.text("value")?.into())),
            (false, Some(day)) => match day.as_str().and_then(Day::parse) {
                Some(day) => Ok(Cut::Day(day)),
                None => Err(self.wrong("day", day, "a day such as 2026-11-20")),
            },
            (true, Some(day)) => Err(self.wrong("day", day, "absent from a row that has a dimension")),
        }
    }

    fn sums(&self, users: u64) -> Result<MetricSummary, SummaryError> {
        let sum = if self.has("mean_before") {
            let before = self.summary(users, "mean_before", "variance_before")?;
            let after = self.summary(users, "mean", "variance")?;
            MetricSum::WithBefore(self.joint(before, after, "covariance_before")?)
        } else if self.has("mean_denominator") {
            let numerator = self.summary(users, "mean", "variance")?;
            let denominator = self.summary(users, "mean_denominator", "variance_denominator")?;
            MetricSum::Ratio(self.joint(numerator, denominator, "covariance")?)
        } else if let Some(conversions) = self.count("conversions")? {
            MetricSum::Conversion(self.checked(Proportion::new(conversions, users))?)
        } else if self.has("variance") || users == 1 {
            MetricSum::Mean(self.checked(Moments::from_summary(self.summary(users, "mean", "variance")?))?)
        } else {
            let rate = self.needed("mean")?;
            if !(0.0..=1.0).contains(&rate) {
                return Err(self.missing("variance"));
            }
            let conversions = ((rate * users as f64).round() as u64).min(users);
            MetricSum::Conversion(self.checked(Proportion::new(conversions, users))?)
        };
        let open_windows = self.count("open_windows")?.unwrap_or(0);
        Ok(MetricSummary { sum, open_windows, capped: self.count("capped")?.unwrap_or(0) })
    }

    /// Of one user there is no variance, and databases write none.
    fn summary(&self, users: u64, mean: &'static str, variance: &'static str) -> Result<Summary, SummaryError> {
        let spread = if users < 2 { self.number(variance)?.unwrap_or(0.0) } else { self.needed(variance)? };
        if spread < 0.0 {
            return Err(self.wrong(variance, &Value::from(spread), "a finite number of at least 0"));
        }
        self.checked(Summary::new(users, self.needed(mean)?, spread))
    }

    fn joint(&self, x: Summary, y: Summary, covariance: &'static str) -> Result<JointMoments, SummaryError> {
        let shared = if x.users() < 2 { self.number(covariance)?.unwrap_or(0.0) } else { self.needed(covariance)? };
        self.checked(JointMoments::from_summaries(x, y, shared))
    }

    fn checked<T>(&self, made: Estimate<T>) -> Result<T, SummaryError> {
        made.map_err(|reason| SummaryError::Numbers { row: self.row, of: self.name(), reason })
    }
}

fn lower_case(fields: Map<String, Value>) -> BTreeMap<String, Value> {
    let present = fields.into_iter().filter(|(_, value)| !value.is_null());
    present.map(|(field, value)| (field.to_ascii_lowercase(), value)).collect()
}

fn number(value: &Value) -> Option<f64> {
    let number = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}
