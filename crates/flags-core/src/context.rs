//! The ready-made contexts: an owned one with a builder, and one over borrowed pairs.

use alloc::{boxed::Box, vec::Vec};
use core::fmt;

use crate::{AsValue, AttributeName, Attributes, Object, Value, ValueRef, Version, version::ReadVersion};

/// An owned evaluation context: who is asking, and what is known about them.
///
/// ```
/// use flags_core::{Context, Object};
///
/// let context = Context::new("user-42")
///     .set("country", "NL")
///     .set("account_age_days", 45)
///     .set("groups", ["beta", "ops"])
///     .set("profile", Object::new().set("plan", "gold"));
/// assert_eq!(context.key(), Some("user-42"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Context {
    targeting_key: Option<Box<str>>,
    attributes: Object,
    /// What the texts that look like versions were read as, in the order of their attributes' places.
    versions: Vec<(usize, ReadVersion)>,
}

impl Context {
    /// A context whose targeting key is `targeting_key`.
    #[must_use]
    pub fn new(targeting_key: impl Into<Box<str>>) -> Self {
        Self { targeting_key: Some(targeting_key.into()), ..Self::default() }
    }

    /// A context without a targeting key. What needs no draw is decided all the same.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::default()
    }

    /// The context with the attribute `name` set to `value`, in place of an older value.
    ///
    /// The name `targeting_key` with a text or an integer as its value sets the targeting key.
    #[must_use]
    pub fn set(mut self, name: impl Into<AttributeName>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Sets the attribute `name` to `value`, in place of an older value.
    ///
    /// The name `targeting_key` with a text or an integer as its value sets the targeting key.
    pub fn insert(&mut self, name: impl Into<AttributeName>, value: impl Into<Value>) {
        let name = name.into();
        match value.into() {
            Value::String(key) if name.as_str() == "targeting_key" => self.targeting_key = Some(key),
            Value::Integer(key) if name.as_str() == "targeting_key" => {
                self.targeting_key = Some(alloc::format!("{key}").into());
            }
            value => {
                let version = if let Value::String(text) = &value { ReadVersion::of(text) } else { None };
                let place = self.attributes.insert_at(name, value);
                self.versions.retain(|(known, _)| *known != place);
                self.versions.extend(version.map(|version| (place, version)));
            }
        }
    }

    /// The targeting key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.targeting_key.as_deref()
    }

    /// The attributes, in the order they were first set.
    #[must_use]
    pub fn attributes(&self) -> &Object {
        &self.attributes
    }

    /// Sets `user_id`, the person.
    #[must_use]
    pub fn user_id(self, id: impl Into<Box<str>>) -> Self {
        self.set("user_id", Value::String(id.into()))
    }

    /// Sets `session_id`, the session.
    #[must_use]
    pub fn session_id(self, id: impl Into<Box<str>>) -> Self {
        self.set("session_id", Value::String(id.into()))
    }

    /// Sets `request_id`, the single request.
    #[must_use]
    pub fn request_id(self, id: impl Into<Box<str>>) -> Self {
        self.set("request_id", Value::String(id.into()))
    }

    /// Sets `node_id`, the machine or process.
    #[must_use]
    pub fn node_id(self, id: impl Into<Box<str>>) -> Self {
        self.set("node_id", Value::String(id.into()))
    }

    /// Sets `validator_key`, the public key of a validator.
    #[must_use]
    pub fn validator_key(self, key: impl Into<Box<str>>) -> Self {
        self.set("validator_key", Value::String(key.into()))
    }

    /// Sets `ip_address`, which `targets.ip_ranges` reads.
    #[must_use]
    pub fn ip_address(self, address: core::net::IpAddr) -> Self {
        self.set("ip_address", alloc::format!("{address}"))
    }

    /// Sets `chain_height`, the height of the chain in blocks.
    #[must_use]
    pub fn chain_height(self, height: i64) -> Self {
        self.set("chain_height", height)
    }

    /// Sets `sync_progress`, from 0.0 (nothing) to 1.0 (in step).
    #[must_use]
    pub fn sync_progress(self, progress: f64) -> Self {
        self.set("sync_progress", progress)
    }
}

/// Two contexts are equal when their targeting keys and attributes are.
impl PartialEq for Context {
    fn eq(&self, other: &Self) -> bool {
        (&self.targeting_key, &self.attributes) == (&other.targeting_key, &other.attributes)
    }
}

impl Attributes for Context {
    #[inline]
    fn targeting_key(&self) -> Option<&str> {
        self.key()
    }

    #[inline]
    fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>> {
        self.attributes.attribute(name)
    }

    fn version(&self, name: &AttributeName) -> Option<Version<'_>> {
        let (place, value) = self.attributes.find(name)?;
        let Value::String(text) = value else { return None };
        self.versions.iter().find(|(known, _)| *known == place).map(|(_, version)| version.in_text(text))
    }

    fn visit(&self, visitor: &mut dyn FnMut(&str, ValueRef<'_>)) {
        self.attributes.visit(visitor);
    }
}

/// A context over pairs that somebody else owns; making one copies nothing.
///
/// ```
/// use flags_core::{BorrowedContext, ValueRef};
///
/// let (user, country) = (String::from("user-42"), String::from("NL"));
/// let pairs = [("country", ValueRef::String(&country)), ("age", ValueRef::Integer(45))];
/// let context = BorrowedContext::new(Some(&user), &pairs);
/// # let _ = context;
/// ```
#[derive(Clone, Copy)]
pub struct BorrowedContext<'a, V = ValueRef<'a>> {
    targeting_key: Option<&'a str>,
    attributes: &'a [(&'a str, V)],
}

impl<'a, V: AsValue> BorrowedContext<'a, V> {
    /// A context of a targeting key and pairs; where a name stands twice, the first counts.
    #[must_use]
    pub const fn new(targeting_key: Option<&'a str>, attributes: &'a [(&'a str, V)]) -> Self {
        Self { targeting_key, attributes }
    }
}

impl<V: AsValue> Attributes for BorrowedContext<'_, V> {
    #[inline]
    fn targeting_key(&self) -> Option<&str> {
        self.targeting_key
    }

    #[inline]
    fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>> {
        self.attributes.iter().find(|(known, _)| *known == name.as_str()).map(|(_, value)| value.as_value())
    }

    fn visit(&self, visitor: &mut dyn FnMut(&str, ValueRef<'_>)) {
        for (name, value) in self.attributes {
            visitor(name, value.as_value());
        }
    }
}

impl<V: AsValue> fmt::Debug for BorrowedContext<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        map.entry(&"targeting_key", &self.targeting_key);
        self.visit(&mut |name, value| {
            map.entry(&name, &value);
        });
        map.finish()
    }
}
