//! `variants`, and the type of a flag where it is not written.

use flags_core::{Value, ValueType, definition::VariantDefinition};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, Reader, entries, rule::weight};
use crate::{Code, leaf, shape::MOST_ENTRIES};

/// A variant as it was read, and where its value stands.
struct Read<'t> {
    definition: VariantDefinition,
    place: &'t Spanned<DeValue<'t>>,
    /// The type of its value, if it is one that can be served.
    value_type: Option<ValueType>,
}

impl Reader<'_> {
    /// The variants, and the flag's type: the one that is written, else that of the variants, else boolean.
    pub(super) fn variants(
        &mut self,
        variants: Option<Entry<'_>>,
        written: Option<ValueType>,
    ) -> (Vec<VariantDefinition>, ValueType) {
        let Some(table) = variants.and_then(|entry| entry.value.get_ref().as_table()) else {
            return (vec![], written.unwrap_or_default());
        };
        let mut read: Vec<Read<'_>> =
            entries(table).take(MOST_ENTRIES).map(|(name, entry)| self.variant(name, entry)).collect();
        let value_type = written.unwrap_or_else(|| self.infer(&read));
        if value_type == ValueType::Float {
            for variant in &mut read {
                self.widen(variant);
            }
        }
        (read.into_iter().map(|variant| variant.definition).collect(), value_type)
    }

    fn variant<'t>(&mut self, name: &str, entry: Entry<'t>) -> Read<'t> {
        let (place, share, complete) = match entry.value.get_ref() {
            DeValue::Table(table) => match table.get("value") {
                Some(value) => (value, table.get("weight"), true),
                // A weight without a value was reported.
                None => (entry.value, None, !is_long_form(table)),
            },
            _ => (entry.value, None, true),
        };
        let value = leaf::free(place.get_ref());
        let value_type = value.as_ref().and_then(Value::value_type).filter(|_| complete);
        if matches!(value, Some(Value::List(_))) {
            self.report(Code::WRONG_VARIANT_TYPE, place.span(), format!("variant `{name}` is a list"))
                .label("a list cannot be served by itself")
                .help("put it into a table: `{ value = { items = […] } }`");
        }
        let definition = VariantDefinition {
            name: name.into(),
            value: value.unwrap_or(Value::Boolean(false)),
            weight: share.map_or(1, |share| weight(share.get_ref())),
        };
        Read { definition, place, value_type }
    }

    /// The type the variants share. Where they do not agree, those that differ from the most frequent type are reported.
    fn infer(&mut self, variants: &[Read<'_>]) -> ValueType {
        let count = |wanted: ValueType| variants.iter().filter(|variant| variant.value_type == Some(wanted)).count();
        let numbers = count(ValueType::Integer) + count(ValueType::Float);
        let mixed_numbers = count(ValueType::Integer) > 0 && count(ValueType::Float) > 0;
        // The first of the most frequent, so that a tie is decided by the order in the file.
        let mut most: Option<(usize, ValueType)> = None;
        for found in variants.iter().filter_map(|variant| variant.value_type) {
            let number = matches!(found, ValueType::Integer | ValueType::Float);
            let (found, times) = match number && mixed_numbers {
                true => (ValueType::Float, numbers),
                false => (found, count(found)),
            };
            if most.is_none_or(|(known, _)| times > known) {
                most = Some((times, found));
            }
        }
        let Some((times, agreed)) = most else { return ValueType::default() };
        let known = variants.iter().filter(|variant| variant.value_type.is_some()).count();
        for odd in variants {
            let Some(found) = odd.value_type.filter(|found| !agreed.accepts(*found)) else { continue };
            let others = if known == 2 || times == 1 { "another is" } else { "the others are" };
            let message = format!("variant `{}` is of type {found}, {others} of type {agreed}", odd.definition.name);
            self.report(Code::VARIANT_TYPES_DIFFER, odd.place.span(), message)
                .label(format!("this is of type {found}"))
                .help("the variants of a flag have one type; write `type` to say which");
        }
        agreed
    }

    /// An integer where a float is served.
    fn widen(&mut self, variant: &mut Read<'_>) {
        /// The largest integer up to which a float tells all of them apart.
        const EXACT: u64 = 1 << 53;
        let Value::Integer(integer) = variant.definition.value else { return };
        if integer.unsigned_abs() > EXACT {
            let message = format!("variant `{}` cannot be a float without rounding", variant.definition.name);
            self.report(Code::OUT_OF_RANGE, variant.place.span(), message)
                .label("expected an integer up to 2^53, or a float");
            return;
        }
        #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53, which is checked above")]
        let float = integer as f64;
        variant.definition.value = Value::Float(float);
    }
}

/// Whether a table is a variant in its long form rather than an object that is served.
fn is_long_form(table: &DeTable<'_>) -> bool {
    table.contains_key("value") || table.contains_key("weight")
}
