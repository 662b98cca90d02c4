//! The fields of an object, with the way to whatever is wrong with them.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};
use serde_json::{Map, Value};

use super::WireError;
use crate::machine::ControlsInForce;

/// The fields of an object and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Fields<'a> {
    at: String,
    fields: &'a Map<String, Value>,
}

impl<'a> Fields<'a> {
    pub(super) fn new(at: &str, value: &'a Value) -> Result<Self, WireError> {
        match value {
            Value::Object(fields) => Ok(Self { at: at.to_owned(), fields }),
            other => Err(WireError::Value { field: at.to_owned(), found: other.to_string(), expected: "an object" }),
        }
    }

    fn way(&self, field: &str) -> String {
        if self.at.is_empty() { field.to_owned() } else { format!("{}.{field}", self.at) }
    }

    /// A field that is there and not null.
    pub(super) fn present(&self, field: &str) -> Option<&'a Value> {
        self.fields.get(field).filter(|value| !value.is_null())
    }

    pub(super) fn value(&self, field: &str) -> Result<&'a Value, WireError> {
        self.present(field).ok_or_else(|| WireError::Missing { field: self.way(field) })
    }

    pub(super) fn object(&self, field: &str) -> Result<Self, WireError> {
        Self::new(&self.way(field), self.value(field)?)
    }

    pub(super) fn wrong(&self, field: &str, expected: &'static str) -> WireError {
        let found = self.fields.get(field).map_or_else(|| "nothing".to_owned(), Value::to_string);
        WireError::Value { field: self.way(field), found, expected }
    }

    /// A field, read by `read`, which gives `None` for what is not `expected`.
    pub(super) fn read<T>(
        &self,
        field: &str,
        expected: &'static str,
        read: impl FnOnce(&'a Value) -> Option<T>,
    ) -> Result<T, WireError> {
        read(self.value(field)?).ok_or_else(|| self.wrong(field, expected))
    }

    pub(super) fn text(&self, field: &str) -> Result<&'a str, WireError> {
        self.read(field, "a text", Value::as_str)
    }

    pub(super) fn count(&self, field: &str) -> Result<u64, WireError> {
        self.read(field, "a whole number of at least 0", Value::as_u64)
    }

    pub(super) fn small<T: TryFrom<u64>>(&self, field: &str) -> Result<T, WireError> {
        T::try_from(self.count(field)?).map_err(|_| self.wrong(field, "a smaller number"))
    }

    pub(super) fn truth(&self, field: &str) -> Result<bool, WireError> {
        self.read(field, "true or false", Value::as_bool)
    }

    pub(super) fn instant(&self, field: &str) -> Result<Timestamp, WireError> {
        self.read(field, "microseconds since 1970", Value::as_i64).map(Timestamp::from_micros)
    }

    pub(super) fn time(&self, field: &str) -> Result<Duration, WireError> {
        self.count(field).map(Duration::from_micros)
    }

    pub(super) fn percentage(&self, field: &str) -> Result<Option<Percentage>, WireError> {
        if self.present(field).is_none() {
            return Ok(None);
        }
        let thousandths = u32::try_from(self.count(field)?).ok();
        let share = thousandths.and_then(Percentage::from_thousandths);
        share.map(Some).ok_or_else(|| self.wrong(field, "thousandths of a percent, 0 to 100000"))
    }

    pub(super) fn controls(&self, field: &str) -> Result<ControlsInForce, WireError> {
        let fields = self.object(field)?;
        Ok(ControlsInForce { percentage: fields.percentage("percentage")?, killed: fields.truth("killed")? })
    }
}

pub(super) fn instant(at: Timestamp) -> Value {
    at.as_micros().into()
}

pub(super) fn time(time: Duration) -> Value {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).into()
}

pub(super) fn percentage(share: Option<Percentage>) -> Value {
    share.map_or(Value::Null, |share| share.thousandths().into())
}

pub(super) fn controls(controls: ControlsInForce) -> Value {
    serde_json::json!({ "percentage": percentage(controls.percentage), "killed": controls.killed })
}
