//! Values: what a flag serves, and what a context is made of.
//!
//! [`Value`] owns its data and stands in definitions and in the owned [`Context`](crate::Context). [`ValueRef`] borrows and is
//! what an evaluation reads and returns, so that nothing is copied on the way.

use alloc::{borrow::ToOwned, boxed::Box, string::String, vec::Vec};
use core::{
    fmt,
    hash::{Hash, Hasher},
};

use crate::{AttributeName, Attributes};

/// An owned value: a flag's variant, a piece of metadata, or an attribute of a context.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// True or false.
    Boolean(bool),
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit float. Definitions hold finite ones only; a context may hold any.
    Float(f64),
    /// A piece of text.
    String(Box<str>),
    /// A list of values, in order.
    List(Vec<Value>),
    /// A structured value.
    Object(Object),
}

impl Value {
    /// Borrows the value.
    #[must_use]
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Boolean(value) => ValueRef::Boolean(*value),
            Self::Integer(value) => ValueRef::Integer(*value),
            Self::Float(value) => ValueRef::Float(*value),
            Self::String(text) => ValueRef::String(text),
            Self::List(items) => ValueRef::List(items),
            Self::Object(object) => ValueRef::Object(object),
        }
    }

    /// The flag type this value fits, or `None` for a list, which no flag serves by itself.
    #[must_use]
    pub fn value_type(&self) -> Option<ValueType> {
        Some(match self {
            Self::Boolean(_) => ValueType::Boolean,
            Self::Integer(_) => ValueType::Integer,
            Self::Float(_) => ValueType::Float,
            Self::String(_) => ValueType::String,
            Self::Object(_) => ValueType::Object,
            Self::List(_) => return None,
        })
    }
}

/// Floats hash by their bits, so `0.0` and `-0.0` are equal and hash apart: good for fingerprints, not for hash maps.
impl Hash for Value {
    fn hash<H: Hasher>(&self, state: &mut H) {
        core::mem::discriminant(self).hash(state);
        match self {
            Self::Boolean(value) => value.hash(state),
            Self::Integer(value) => value.hash(state),
            Self::Float(value) => value.to_bits().hash(state),
            Self::String(text) => text.hash(state),
            Self::List(items) => items.hash(state),
            Self::Object(object) => object.hash(state),
        }
    }
}

/// Writes the value as JSON. A float that JSON has no number for (infinite, not a number) is written as `null`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_ref(), f)
    }
}

macro_rules! value_from {
    ($($from:ty => |$value:ident| $make:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $make
            }
        }
    )*};
}

value_from! {
    bool => |value| Self::Boolean(value);
    i64 => |value| Self::Integer(value);
    i32 => |value| Self::Integer(value.into());
    u32 => |value| Self::Integer(value.into());
    f64 => |value| Self::Float(value);
    &str => |value| Self::String(value.into());
    String => |value| Self::String(value.into());
    Box<str> => |value| Self::String(value);
    Object => |value| Self::Object(value);
}

impl<T: Into<Value>> From<Vec<T>> for Value {
    fn from(items: Vec<T>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Value>, const N: usize> From<[T; N]> for Value {
    fn from(items: [T; N]) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }
}

/// A structured value: names and values in the order they were written.
///
/// ```
/// use flags_core::Object;
///
/// let payload = Object::new().set("copy", "Buy now").set("size", 3);
/// assert_eq!(payload.to_string(), r#"{"copy":"Buy now","size":3}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Object {
    fields: Vec<(AttributeName, Value)>,
}

impl Object {
    /// An object without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The object with `name` set to `value`; a field of that name is replaced where it stands.
    #[must_use]
    pub fn set(mut self, name: impl Into<AttributeName>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Sets `name` to `value`; a field of that name is replaced where it stands.
    pub fn insert(&mut self, name: impl Into<AttributeName>, value: impl Into<Value>) {
        self.insert_at(name.into(), value.into());
    }

    /// Sets `name` to `value` and returns the field's place.
    pub(crate) fn insert_at(&mut self, name: AttributeName, value: Value) -> usize {
        match self.fields.iter().position(|(known, _)| *known == name) {
            Some(place) => {
                self.fields[place].1 = value;
                place
            }
            None => {
                self.fields.push((name, value));
                self.fields.len() - 1
            }
        }
    }

    /// The field called `name` and its place.
    pub(crate) fn find(&self, name: &AttributeName) -> Option<(usize, &Value)> {
        self.fields.iter().enumerate().find(|(_, (known, _))| known == name).map(|(place, (_, value))| (place, value))
    }

    /// The value of the field called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known.as_str() == name).map(|(_, value)| value)
    }

    /// The fields in written order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The value of a name that was made beforehand: the path every evaluation takes.
    #[inline]
    pub(crate) fn lookup(&self, name: &AttributeName) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// Two objects are equal when they hold the same fields, in whatever order.
impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.fields.iter().all(|(name, value)| other.lookup(name) == Some(value))
    }
}

/// Writes the object as JSON.
impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&ValueRef::Object(self), f)
    }
}

impl Hash for Object {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fields.hash(state);
    }
}

impl Attributes for Object {
    fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>> {
        self.lookup(name).map(Value::as_ref)
    }

    fn visit(&self, visitor: &mut dyn FnMut(&str, ValueRef<'_>)) {
        for (name, value) in &self.fields {
            visitor(name.as_str(), value.as_ref());
        }
    }
}

impl<N: Into<AttributeName>, V: Into<Value>> FromIterator<(N, V)> for Object {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut object = Self::new();
        for (name, value) in fields {
            object.insert(name, value);
        }
        object
    }
}

/// A borrowed value: what an evaluation reads from a context and what it serves.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum ValueRef<'a> {
    /// True or false.
    Boolean(bool),
    /// A signed 64-bit integer.
    Integer(i64),
    /// A 64-bit float.
    Float(f64),
    /// A piece of text.
    String(&'a str),
    /// A list, whatever holds it.
    List(&'a dyn List),
    /// A structured value, whatever holds it.
    Object(&'a dyn Attributes),
}

impl ValueRef<'_> {
    /// Copies the value. A structured value is copied by [`Attributes::visit`], which a type of the application may leave empty.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self {
            Self::Boolean(value) => Value::Boolean(value),
            Self::Integer(value) => Value::Integer(value),
            Self::Float(value) => Value::Float(value),
            Self::String(text) => Value::String(text.into()),
            Self::List(list) => {
                Value::List((0..list.len()).filter_map(|at| list.item(at)).map(Self::to_value).collect())
            }
            Self::Object(object) => {
                let mut copy = Object::new();
                object.visit(&mut |name, value| copy.insert(name.to_owned(), value.to_value()));
                Value::Object(copy)
            }
        }
    }
}

impl PartialEq for ValueRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a == b,
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::List(_) | Self::Object(_), Self::List(_) | Self::Object(_)) => self.to_value() == other.to_value(),
            _ => false,
        }
    }
}

impl fmt::Debug for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Writes the value as JSON.
impl fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Float(value) if !value.is_finite() => f.write_str("null"),
            // `{:?}` keeps the fraction of a whole float, so that a reader sees a float.
            Self::Float(value) => write!(f, "{value:?}"),
            Self::String(text) => write_json_string(f, text),
            Self::List(list) => {
                f.write_str("[")?;
                for at in 0..list.len() {
                    if at > 0 {
                        f.write_str(",")?;
                    }
                    if let Some(item) = list.item(at) {
                        fmt::Display::fmt(&item, f)?;
                    }
                }
                f.write_str("]")
            }
            Self::Object(object) => {
                f.write_str("{")?;
                let mut result = Ok(());
                let mut first = true;
                object.visit(&mut |name, value| {
                    if result.is_ok() {
                        result = write_field(f, core::mem::take(&mut first), name, value);
                    }
                });
                result?;
                f.write_str("}")
            }
        }
    }
}

fn write_field(f: &mut fmt::Formatter<'_>, first: bool, name: &str, value: ValueRef<'_>) -> fmt::Result {
    if !first {
        f.write_str(",")?;
    }
    write_json_string(f, name)?;
    f.write_str(":")?;
    fmt::Display::fmt(&value, f)
}

fn write_json_string(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_str("\"")?;
    for character in text.chars() {
        match character {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            control if control < ' ' => write!(f, "\\u{:04x}", u32::from(control))?,
            other => write!(f, "{other}")?,
        }
    }
    f.write_str("\"")
}

/// A list that an evaluation can look into without copying it.
///
/// Implemented for vectors, slices and arrays of anything that can be read as a value: `Vec<Value>`, `[&str]`, `Vec<String>`.
pub trait List {
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item at `index`, counted from 0, or `None` past the end.
    fn item(&self, index: usize) -> Option<ValueRef<'_>>;

    /// Whether there is no item.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// What can be read as a value: the items of a [`List`], the fields of a [borrowed context](crate::BorrowedContext).
pub trait AsValue {
    /// Borrows it as a value.
    fn as_value(&self) -> ValueRef<'_>;
}

impl AsValue for Value {
    fn as_value(&self) -> ValueRef<'_> {
        self.as_ref()
    }
}

impl AsValue for ValueRef<'_> {
    fn as_value(&self) -> ValueRef<'_> {
        *self
    }
}

macro_rules! as_value {
    ($($type:ty => |$value:ident| $make:expr;)*) => {$(
        impl AsValue for $type {
            fn as_value(&self) -> ValueRef<'_> {
                let $value = self;
                $make
            }
        }
    )*};
}

as_value! {
    bool => |value| ValueRef::Boolean(*value);
    i64 => |value| ValueRef::Integer(*value);
    f64 => |value| ValueRef::Float(*value);
    &str => |value| ValueRef::String(value);
    String => |value| ValueRef::String(value);
    Box<str> => |value| ValueRef::String(value);
}

impl<T: AsValue> List for [T] {
    fn len(&self) -> usize {
        <[T]>::len(self)
    }

    fn item(&self, index: usize) -> Option<ValueRef<'_>> {
        self.get(index).map(AsValue::as_value)
    }
}

impl<T: AsValue> List for Vec<T> {
    fn len(&self) -> usize {
        self.as_slice().len()
    }

    fn item(&self, index: usize) -> Option<ValueRef<'_>> {
        self.as_slice().item(index)
    }
}

impl<T: AsValue, const N: usize> List for [T; N] {
    fn len(&self) -> usize {
        N
    }

    fn item(&self, index: usize) -> Option<ValueRef<'_>> {
        self.as_slice().item(index)
    }
}

/// The type of a flag's values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// True or false.
    #[default]
    Boolean,
    /// A piece of text.
    String,
    /// A signed 64-bit integer.
    Integer,
    /// A 64-bit float; integers are accepted in its place.
    Float,
    /// A structured value.
    Object,
}

impl ValueType {
    /// Every type, in the order of the format's documentation.
    pub const ALL: [Self; 5] = [Self::Boolean, Self::String, Self::Integer, Self::Float, Self::Object];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::String => "string",
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Object => "object",
        }
    }

    /// The type called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// Whether a value of type `other` may stand where this type is asked for: the same type, or an integer for a float.
    #[must_use]
    pub const fn accepts(self, other: Self) -> bool {
        matches!(
            (self, other),
            (Self::Boolean, Self::Boolean)
                | (Self::String, Self::String)
                | (Self::Integer, Self::Integer)
                | (Self::Float, Self::Float | Self::Integer)
                | (Self::Object, Self::Object)
        )
    }
}

impl fmt::Display for ValueType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
