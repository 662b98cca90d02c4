//! The unit: what a percentage or a split is drawn for, and how attributes are found.

use crate::{
    Attributes, Clock, FlagId, FlagSet, Timestamp, ValueRef, Version,
    explain::{Tracer, Untraced},
    set::{Path, Special},
};

use super::Evaluator;

/// A unit: a text as it is, or an integer in decimal.
pub(crate) enum Unit<'a> {
    Text(&'a str),
    Number(Decimal),
}

impl Unit<'_> {
    #[inline]
    pub(crate) fn number(number: i64) -> Self {
        Self::Number(Decimal::new(number))
    }

    #[inline]
    pub(crate) fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(decimal) => decimal.as_str(),
        }
    }
}

/// An integer in decimal, written without allocating.
pub(crate) struct Decimal {
    digits: [u8; 20],
    start: usize,
}

impl Decimal {
    fn new(number: i64) -> Self {
        let mut digits = [b'0'; 20];
        let mut start = digits.len();
        let mut rest = number.unsigned_abs();
        while rest > 0 || start == digits.len() {
            start -= 1;
            let digit = (rest % 10) as u8;
            digits[start] = b'0' + digit;
            rest /= 10;
        }
        if number < 0 {
            start -= 1;
            digits[start] = b'-';
        }
        Self { digits, start }
    }

    fn as_str(&self) -> &str {
        core::str::from_utf8(self.digits.get(self.start..).unwrap_or(&[])).unwrap_or("")
    }
}

impl FlagSet {
    /// Lends the unit that a flag draws for to `read`; `None` if the context has none, or the flag is not of this set.
    ///
    /// It is the first of the flag's `bucket_by` that is there: a text as it is, an integer in decimal.
    ///
    /// ```
    /// use flags_core::{CompileOptions, Context, Definitions, FlagDefinition, FlagSet};
    ///
    /// let definitions = Definitions { flags: vec![FlagDefinition::new("cart")], ..Definitions::default() };
    /// let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
    /// let cart = set.find("cart").expect("because it was just defined");
    /// assert_eq!(set.with_unit(cart, &Context::new("user-42"), str::len), Some(7));
    /// # Ok::<(), flags_core::DefinitionErrors>(())
    /// ```
    #[inline]
    pub fn with_unit<C: Attributes + ?Sized, R>(
        &self,
        flag: FlagId,
        context: &C,
        read: impl FnOnce(&str) -> R,
    ) -> Option<R> {
        let unit = self.flags.get(flag.index())?.unit;
        // A unit depends on no instant.
        let (never, mut nobody) = (Timestamp::default(), Untraced);
        let evaluator = Evaluator::new(self, context, &never, &mut nobody);
        match evaluator.usual_unit(unit) {
            Some(text) => Some(read(text)),
            None => evaluator.unit(unit).map(|unit| read(unit.as_str())),
        }
    }
}

impl<'e, C: Attributes + ?Sized, N: Clock + ?Sized, T: Tracer> Evaluator<'e, C, N, T> {
    /// The targeting key, where that comes first, as it usually does.
    #[inline]
    pub(super) fn usual_unit(&self, place: u32) -> Option<&'e str> {
        let source = self.set.units.get(place as usize)?;
        if source.targeting_key_first { self.context.targeting_key() } else { None }
    }

    /// The unit by the list of attributes at `place`: the first that is there as a text or an integer.
    #[inline]
    pub(super) fn unit(&self, place: u32) -> Option<Unit<'e>> {
        if let Some(text) = self.usual_unit(place) {
            return Some(Unit::Text(text));
        }
        let source = self.set.units.get(place as usize)?;
        source.paths.iter().find_map(|path| match self.attribute(*path)? {
            ValueRef::String(text) => Some(Unit::Text(text)),
            ValueRef::Integer(number) => Some(Unit::number(number)),
            _ => None,
        })
    }

    /// The attribute at `path` as a version, if it is one.
    #[inline]
    pub(super) fn version(&self, path: u32) -> Option<Version<'e>> {
        let path = self.set.paths.get(path as usize)?;
        if path.is_simple {
            return self.context.version(&path.whole);
        }
        match attribute_by_rule(self.context, path)? {
            ValueRef::String(text) => Version::parse(text),
            _ => None,
        }
    }

    /// The attribute at `path`, if the context has it.
    #[inline]
    pub(super) fn attribute(&self, path: u32) -> Option<ValueRef<'e>> {
        let path = self.set.paths.get(path as usize)?;
        if path.is_simple {
            return self.context.attribute(&path.whole);
        }
        attribute_by_rule(self.context, path)
    }
}

/// The attributes whose names have dots, or that a context answers for in its own way.
fn attribute_by_rule<'c, C: Attributes + ?Sized>(context: &'c C, path: &Path) -> Option<ValueRef<'c>> {
    match path.special {
        Special::None => find(context, path),
        Special::TargetingKey => targeting_key(context, path),
        // A context without a user answers for it with its targeting key.
        Special::UserId => find(context, path).or_else(|| targeting_key(context, path)),
    }
}

#[inline]
fn find<'c, C: Attributes + ?Sized>(context: &'c C, path: &Path) -> Option<ValueRef<'c>> {
    match context.attribute(&path.whole) {
        None if !path.parts.is_empty() => descend(context, path),
        found => found,
    }
}

#[inline]
fn targeting_key<'c, C: Attributes + ?Sized>(context: &'c C, path: &Path) -> Option<ValueRef<'c>> {
    match context.targeting_key() {
        Some(key) => Some(ValueRef::String(key)),
        None if path.special == Special::TargetingKey => context.attribute(&path.whole),
        None => None,
    }
}

/// Follows the parts of a dotted name into structured values.
#[cold]
fn descend<'c, C: Attributes + ?Sized>(context: &'c C, path: &Path) -> Option<ValueRef<'c>> {
    let (first, rest) = path.parts.split_first()?;
    rest.iter().try_fold(context.attribute(first)?, |value, part| match value {
        ValueRef::Object(object) => object.attribute(part),
        _ => None,
    })
}

impl FlagSet {
    /// The names of the attributes a unit is taken from.
    pub(crate) fn unit_names(&self, place: u32) -> impl Iterator<Item = &str> {
        let paths = self.units.get(place as usize).map_or(&[][..], |source| &source.paths[..]);
        paths.iter().filter_map(|path| self.paths.get(*path as usize)).map(|path| path.whole.as_str())
    }
}
