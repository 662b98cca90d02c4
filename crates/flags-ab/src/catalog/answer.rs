//! What a function answers: fields in order, each with a value or the reason why there is none.

use std::fmt::Display;

use serde_json::{Map, Value as Json};

use crate::statistics::{Estimate, Interval, PValues};

/// The fields of an answer, in the order of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    fields: Vec<Answered>,
}

#[derive(Clone, Debug, PartialEq)]
struct Answered {
    name: &'static str,
    value: Result<Json, String>,
}

impl Answer {
    /// The fields with their values, or with the reasons why there is none.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Result<&Json, &str>)> {
        self.fields.iter().map(|field| (field.name, field.value.as_ref().map_err(String::as_str)))
    }

    /// The fields as an object. What has no value is `null`; `reasons` holds why, if there is such a field.
    pub fn to_json(&self) -> Json {
        let mut object = Map::new();
        let mut reasons = Map::new();
        for (name, value) in self.fields() {
            object.insert(name.to_owned(), value.ok().cloned().unwrap_or(Json::Null));
            if let Err(reason) = value {
                reasons.insert(name.to_owned(), reason.into());
            }
        }
        if !reasons.is_empty() {
            object.insert("reasons".to_owned(), Json::Object(reasons));
        }
        Json::Object(object)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|field| field.name)
    }

    /// The next field, which always has a value.
    pub(super) fn with(self, name: &'static str, value: impl Into<Json>) -> Self {
        self.or_reason(name, Ok::<_, &str>(value))
    }

    /// The next field, if it is defined.
    pub(super) fn maybe<T: Into<Json>>(self, name: &'static str, value: Estimate<T>) -> Self {
        self.or_reason(name, value)
    }

    /// The next field, with a reason in words of its own.
    pub(super) fn or_reason(mut self, name: &'static str, value: Result<impl Into<Json>, impl Display>) -> Self {
        let value = value.map(Into::into).map_err(|reason| reason.to_string());
        self.fields.push(Answered { name, value });
        self
    }

    /// The next fields: the ends of an interval.
    pub(super) fn interval(self, names: [&'static str; 2], interval: Estimate<Interval>) -> Self {
        self.maybe(names[0], interval.map(|interval| interval.lower))
            .maybe(names[1], interval.map(|interval| interval.upper))
    }

    /// The next fields: two-sided, greater and less.
    pub(super) fn p_values(self, names: [&'static str; 3], p: Estimate<PValues>) -> Self {
        self.maybe(names[0], p.map(|p| p.two_sided.value()))
            .maybe(names[1], p.map(|p| p.greater.value()))
            .maybe(names[2], p.map(|p| p.less.value()))
    }
}
