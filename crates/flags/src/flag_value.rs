//! The Rust types a flag's value can be read as.

use flags_core::{Object, Value, ValueRef, ValueType};

/// A Rust type that flags serve: `bool`, `i64`, `f64`, `String`, [`Object`].
pub trait FlagValue: Sized {
    /// The flag type it stands for.
    const VALUE_TYPE: ValueType;

    /// The value as this type; `None` if it is of another type. An integer is a float, too.
    fn from_value(value: ValueRef<'_>) -> Option<Self>;
}

impl FlagValue for bool {
    const VALUE_TYPE: ValueType = ValueType::Boolean;

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        if let ValueRef::Boolean(value) = value { Some(value) } else { None }
    }
}

impl FlagValue for i64 {
    const VALUE_TYPE: ValueType = ValueType::Integer;

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        if let ValueRef::Integer(value) = value { Some(value) } else { None }
    }
}

impl FlagValue for f64 {
    const VALUE_TYPE: ValueType = ValueType::Float;

    #[inline]
    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value {
            ValueRef::Float(value) => Some(value),
            #[expect(clippy::cast_precision_loss, reason = "an integer satisfies a float; beyond 2^53 the nearest one")]
            ValueRef::Integer(value) => Some(value as Self),
            _ => None,
        }
    }
}

impl FlagValue for String {
    const VALUE_TYPE: ValueType = ValueType::String;

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        if let ValueRef::String(value) = value { Some(value.to_owned()) } else { None }
    }
}

impl FlagValue for Object {
    const VALUE_TYPE: ValueType = ValueType::Object;

    fn from_value(value: ValueRef<'_>) -> Option<Self> {
        match value.to_value() {
            Value::Object(object) => Some(object),
            _ => None,
        }
    }
}
