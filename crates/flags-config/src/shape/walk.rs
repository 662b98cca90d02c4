//! The walk over a parsed file along the shapes: unknown keys, wrong types, values out of bounds, keys that are missing or
//! exclude each other.

use std::{cell::RefCell, ops::Range};

use toml::{
    Spanned,
    de::{DeString, DeTable, DeValue},
};

use super::{FILE, Field, GroupRule, MOST_ENTRIES, MapShape, Shape, TableShape};
use crate::{Code, Diagnostic, leaf, problems::Problems};

pub(crate) mod correction;
mod keys;
mod values;

/// Checks a whole file of definitions.
pub(crate) fn walk(root: &DeTable<'_>, text: &str, source: usize, problems: &mut Problems) {
    walk_as(&FILE, root, text, source, problems);
}

/// Checks a file of another kind.
pub(crate) fn walk_as(
    shape: &'static TableShape,
    root: &DeTable<'_>,
    text: &str,
    source: usize,
    problems: &mut Problems,
) {
    let place = Place { shape, name: None, span: 0..0, listed: false, parent: None, meant: RefCell::default() };
    Walker { text, source, problems }.table(root, &place);
}

struct Walker<'w> {
    text: &'w str,
    source: usize,
    problems: &'w mut Problems,
}

/// A table on the way from the top of the file.
struct Place<'p> {
    shape: &'static TableShape,
    /// The field it stands in, and the key of the entry where that is a table of named entries.
    name: Option<Named<'p>>,
    span: Range<usize>,
    /// Whether it is an element of a list.
    listed: bool,
    parent: Option<&'p Place<'p>>,
    /// What unknown keys found so far were probably meant to be: not to be reported as missing as well.
    meant: RefCell<Vec<&'static str>>,
}

#[derive(Clone, Copy)]
enum Named<'p> {
    /// An entry, such as a flag, with its key.
    Entry(&'static str, &'p str),
    /// The field of that name.
    Field(&'p str),
}

impl Place<'_> {
    /// The place in words: "flag `checkout`", "a rule of flag `checkout`".
    fn words(&self) -> String {
        let own = match self.name {
            None => return with_article(self.shape.noun),
            Some(Named::Entry(noun, key)) => format!("{noun} `{key}`"),
            Some(Named::Field(_)) if self.listed => with_article(self.shape.noun),
            Some(Named::Field(name)) => format!("`{name}`"),
        };
        // A condition in a condition in a rule: the innermost and the nearest that has a name say enough.
        let mut outer = self.parent;
        while let Some(place) = outer {
            if let Some(Named::Entry(noun, key)) = place.name {
                return if matches!(self.name, Some(Named::Entry(..))) {
                    format!("{own} of {noun} `{key}`")
                } else {
                    match place.parent.and_then(Place::entry) {
                        Some(above) => format!("{own} of {noun} `{key}` of {above}"),
                        None => format!("{own} of {noun} `{key}`"),
                    }
                };
            }
            outer = place.parent;
        }
        own
    }

    /// Whether an unknown key was probably meant to be one of these.
    fn means(&self, names: &[&str]) -> bool {
        self.meant.borrow().iter().any(|meant| names.contains(meant))
    }

    fn entry(&self) -> Option<String> {
        match self.name {
            Some(Named::Entry(noun, key)) => Some(format!("{noun} `{key}`")),
            _ => self.parent.and_then(Place::entry),
        }
    }
}

pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

/// What a value belongs to, for messages.
#[derive(Clone, Copy)]
enum Subject<'s> {
    Key(&'s str),
    Element(&'s str),
}

impl std::fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(key) => write!(f, "`{key}`"),
            Self::Element(list) => write!(f, "an element of `{list}`"),
        }
    }
}

impl Walker<'_> {
    fn report(&mut self, diagnostic: Diagnostic, place: &Place<'_>) {
        let diagnostic = self.in_context(diagnostic, place);
        self.problems.push(diagnostic);
    }

    fn diagnostic(&self, code: Code, span: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.source, span, message)
    }

    /// Adds the header of the flag (or segment, …) the place is in, unless it is on the same line.
    fn in_context(&self, diagnostic: Diagnostic, place: &Place<'_>) -> Diagnostic {
        let mut at = Some(place);
        while let Some(inner) = at {
            if let Some(Named::Entry(noun, _)) = inner.name {
                return if on_separate_lines(self.text, &inner.span, &diagnostic.span) {
                    let (span, label) = (inner.span.clone(), format!("in this {noun}"));
                    let source = self.source;
                    diagnostic.related(source, span, label)
                } else {
                    diagnostic
                };
            }
            at = inner.parent;
        }
        diagnostic
    }

    fn table(&mut self, table: &DeTable<'_>, place: &Place<'_>) {
        let shape = place.shape;
        for (key, value) in table {
            match shape.field(key.get_ref()) {
                Some(field) if shape.partial && field.identity => self.identity(key, place),
                Some(field) => self.field(field, key, value, place),
                None => self.unknown_key(key, place),
            }
        }
        if !shape.partial {
            for field in shape.fields.iter().filter(|field| field.required) {
                if !table.contains_key(field.name) && !place.means(&[field.name]) {
                    self.missing(&[field.name], place);
                }
            }
        }
        for group in shape.groups {
            let mut written = group.names.iter().filter_map(|name| table.get_key_value(*name));
            match (written.next(), written.next()) {
                (Some((first, _)), Some((second, _))) if group.rule != GroupRule::OneOrMore => {
                    self.exclusive(first, second, place);
                }
                (None, _) if group.rule != GroupRule::NoneOrOne && !shape.partial && !place.means(group.names) => {
                    self.missing(group.names, place);
                }
                _ => {}
            }
        }
    }

    fn field(&mut self, field: &Field, key: &Spanned<DeString<'_>>, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        self.value(&field.shape, Subject::Key(field.name), value, place, Some(key));
    }

    /// Checks one value. `key` is the key before it, whose span stands for the table that follows.
    fn value(
        &mut self,
        shape: &Shape,
        subject: Subject<'_>,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
        key: Option<&Spanned<DeString<'_>>>,
    ) {
        if let Shape::OneOf(shapes) = shape {
            match shapes.iter().find(|shape| shape.takes(value.get_ref())) {
                Some(found) => self.value(found, subject, value, place, key),
                None => self.wrong_type(shape, subject, value, place),
            }
            return;
        }
        if !shape.takes(value.get_ref()) {
            self.wrong_type(shape, subject, value, place);
            return;
        }
        match (shape, value.get_ref()) {
            (Shape::Table(inner), DeValue::Table(table)) => {
                let (Subject::Key(name) | Subject::Element(name)) = subject;
                let inner = Place {
                    shape: inner,
                    name: Some(Named::Field(name)),
                    span: header_span(self.text, key, value),
                    listed: matches!(subject, Subject::Element(_)),
                    parent: Some(place),
                    meant: RefCell::default(),
                };
                self.table(table, &inner);
            }
            (Shape::Map(map), DeValue::Table(table)) => self.map(map, subject, table, place),
            (Shape::Variant(long), DeValue::Table(table)) if table.contains_key("value") => {
                let (Subject::Key(name) | Subject::Element(name)) = subject;
                let inner = Place {
                    shape: long,
                    name: Some(Named::Entry("variant", name)),
                    span: header_span(self.text, key, value),
                    listed: false,
                    parent: Some(place),
                    meant: RefCell::default(),
                };
                self.table(table, &inner);
            }
            (Shape::Variant(_), DeValue::Table(table)) if table.contains_key("weight") => {
                self.weight_without_value(subject, table, value, place);
            }
            (Shape::List(list), DeValue::Array(items)) => {
                let (Subject::Key(name) | Subject::Element(name)) = subject;
                if items.len() < list.least || items.len() > list.most {
                    self.list_length(list, subject, items.len(), value, place);
                }
                for item in items {
                    self.value(&list.item, Subject::Element(name), item, place, None);
                }
            }
            _ => self.leaf(shape, subject, value, place),
        }
    }

    fn map(&mut self, map: &MapShape, subject: Subject<'_>, table: &DeTable<'_>, place: &Place<'_>) {
        self.bound_entries(map.most, subject, table, place);
        for (key, value) in table {
            self.map_key(map, subject, key, place);
            let name: &str = key.get_ref();
            match (&map.value, value.get_ref()) {
                (Shape::Table(shape), DeValue::Table(inner)) => {
                    let span = header_span(self.text, Some(key), value);
                    let entry = Named::Entry(map.noun, name);
                    let inner_place = Place {
                        shape,
                        name: Some(entry),
                        span,
                        listed: false,
                        parent: Some(place),
                        meant: RefCell::default(),
                    };
                    self.table(inner, &inner_place);
                }
                _ => self.value(&map.value, Subject::Key(name), value, place, Some(key)),
            }
        }
    }

    /// Any value at all: only numbers can be wrong.
    fn free(&mut self, subject: Subject<'_>, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        match value.get_ref() {
            DeValue::Array(items) => items.iter().for_each(|item| self.free(subject, item, place)),
            DeValue::Table(table) => {
                self.bound_entries(MOST_ENTRIES, subject, table, place);
                for (key, value) in table {
                    self.free(Subject::Key(key.get_ref()), value, place);
                }
            }
            DeValue::Integer(_) | DeValue::Float(_) if leaf::number(value.get_ref()).is_none() => {
                self.unrepresentable(subject, value, place);
            }
            _ => {}
        }
    }
}

/// Whether a line break stands between two spans.
pub(crate) fn on_separate_lines(text: &str, a: &Range<usize>, b: &Range<usize>) -> bool {
    text.get(a.end.min(b.end)..a.start.max(b.start)).is_some_and(|between| between.contains('\n'))
}

/// What stands for a table in a report: its header if it has one, else the key before it, else its first line.
pub(crate) fn header_span(
    text: &str,
    key: Option<&Spanned<DeString<'_>>>,
    value: &Spanned<DeValue<'_>>,
) -> Range<usize> {
    let span = value.span();
    match key {
        _ if text[span.clone()].starts_with('[') => span,
        Some(key) => key.span(),
        None => {
            let first = text[span.clone()].lines().next().map_or(0, str::len);
            span.start..span.start + first
        }
    }
}

/// Text of a file as it can be shown in a message: on one line and not too long.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    for character in text.chars().take(40) {
        if character.is_control() {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    if text.chars().nth(40).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use crate::shape::all_tables;

    #[test]
    fn every_field_of_every_table_is_unique_and_documented() {
        for table in all_tables() {
            for (at, field) in table.fields.iter().enumerate() {
                assert!(table.fields[..at].iter().all(|earlier| earlier.name != field.name), "{}", field.name);
                assert!(field.doc.ends_with('.'), "{} of {}", field.name, table.noun);
                for alias in field.aliases {
                    assert!(table.field(alias).is_none(), "{alias} of {} is a key itself", table.noun);
                }
            }
            for group in table.groups {
                assert!(group.names.iter().all(|name| table.field(name).is_some()), "{}", table.noun);
            }
        }
    }
}
