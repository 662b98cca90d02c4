//! What an evaluation asks of a context, so that an application's own request type can answer without being copied.

use alloc::{boxed::Box, string::String};
use core::{fmt, hash::Hash, ops::Deref};

use crate::{ValueRef, Version, prefix};

/// The name of an attribute together with its beginning as a number, so that looking it up seldom compares text.
///
/// It dereferences to `str`:
///
/// ```
/// use flags_core::{AttributeName, Attributes, ValueRef};
///
/// struct Request { user: String, country: String }
///
/// impl Attributes for Request {
///     fn targeting_key(&self) -> Option<&str> {
///         Some(&self.user)
///     }
///
///     fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>> {
///         match &**name {
///             "country" => Some(ValueRef::String(&self.country)),
///             _ => None,
///         }
///     }
/// }
/// ```
#[derive(Clone)]
pub struct AttributeName {
    key: u128,
    text: Box<str>,
}

impl AttributeName {
    /// Makes a name of `text`.
    #[must_use]
    pub fn new(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        Self { key: prefix::name_key(&text), text }
    }

    /// The name as text.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for AttributeName {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        prefix::same_name(&self.text, self.key, &other.text, other.key)
    }
}

impl Eq for AttributeName {}

impl Hash for AttributeName {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl Deref for AttributeName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for AttributeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<&str> for AttributeName {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for AttributeName {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<Box<str>> for AttributeName {
    fn from(text: Box<str>) -> Self {
        Self::new(text)
    }
}

/// What an evaluation reads: a context as a whole, or a structured attribute of one.
///
/// Implement it for the application's own request type and hand that in; nothing is copied. [`Context`](crate::Context) and
/// [`BorrowedContext`](crate::BorrowedContext) are ready-made implementations.
///
/// A name with dots, `a.b`, is asked for as it stands first; if there is no such attribute, `a` is asked for and its
/// structured value for `b`. A context that has no attribute `user_id` answers for it with its targeting key, so an
/// implementation need not.
pub trait Attributes {
    /// Identifies the subject of the evaluation; the first choice for the unit of percentages and splits.
    ///
    /// A structured attribute inside a context has none.
    fn targeting_key(&self) -> Option<&str> {
        None
    }

    /// The value of an attribute, or `None` where the context has none of that name.
    fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>>;

    /// The value of an attribute as a version, or `None` where it is no text or no version.
    ///
    /// The default reads the text each time; a context that is asked often may keep what it has read.
    fn version(&self, name: &AttributeName) -> Option<Version<'_>> {
        match self.attribute(name)? {
            ValueRef::String(text) => Version::parse(text),
            _ => None,
        }
    }

    /// Calls `visitor` for every attribute. Only explanations and copies use it; the default visits nothing.
    fn visit(&self, visitor: &mut dyn FnMut(&str, ValueRef<'_>)) {
        let _ = visitor;
    }
}

impl<T: Attributes + ?Sized> Attributes for &T {
    fn targeting_key(&self) -> Option<&str> {
        T::targeting_key(self)
    }

    fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>> {
        T::attribute(self, name)
    }

    fn version(&self, name: &AttributeName) -> Option<Version<'_>> {
        T::version(self, name)
    }

    fn visit(&self, visitor: &mut dyn FnMut(&str, ValueRef<'_>)) {
        T::visit(self, visitor);
    }
}
