//! Values of flags as JSON, without copying them.

use flags::{Value, ValueRef};
use serde::{
    Serialize, Serializer,
    ser::{SerializeMap as _, SerializeSeq as _},
};

/// A value as JSON. A float without a number in JSON (infinite, not a number) is null.
#[derive(Clone, Copy)]
pub(crate) struct JsonValue<'a>(pub(crate) ValueRef<'a>);

impl<'a> From<&'a Value> for JsonValue<'a> {
    fn from(value: &'a Value) -> Self {
        Self(value.as_ref())
    }
}

impl Serialize for JsonValue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            ValueRef::Boolean(value) => serializer.serialize_bool(value),
            ValueRef::Integer(value) => serializer.serialize_i64(value),
            ValueRef::Float(value) => serializer.serialize_f64(value),
            ValueRef::String(text) => serializer.serialize_str(text),
            ValueRef::List(list) => {
                let mut sequence = serializer.serialize_seq(Some(list.len()))?;
                for item in (0..list.len()).filter_map(|at| list.item(at)) {
                    sequence.serialize_element(&JsonValue(item))?;
                }
                sequence.end()
            }
            ValueRef::Object(object) => {
                let mut map = serializer.serialize_map(None)?;
                let mut result = Ok(());
                object.visit(&mut |name, value| {
                    if result.is_ok() {
                        result = map.serialize_entry(name, &JsonValue(value));
                    }
                });
                result?;
                map.end()
            }
            // What later versions of the core may add.
            _ => serializer.serialize_unit(),
        }
    }
}
