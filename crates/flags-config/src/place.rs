//! From a path in the definitions to the bytes it came from.

use std::{collections::HashMap, ops::Range};

use flags_core::PathPart;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use crate::{read::Entry, shape::header_span};

/// A flag, a segment or another named table, and the file it stands in.
#[derive(Clone, Copy)]
pub(crate) struct Defined<'t> {
    pub(crate) source: usize,
    pub(crate) entry: Entry<'t>,
}

/// Every named table of all files, by section and key.
#[derive(Default)]
pub(crate) struct Index<'t> {
    tables: HashMap<&'t str, HashMap<&'t str, Defined<'t>>>,
    settings: Option<&'t DeTable<'t>>,
}

/// Where something in the definitions stands.
pub(crate) struct Place<'t> {
    pub(crate) source: usize,
    /// The key before the value; of an element of a list, that of the list.
    pub(crate) key: Range<usize>,
    /// What stands there: a value, or the header of a table.
    pub(crate) value: Range<usize>,
    pub(crate) node: &'t Spanned<DeValue<'t>>,
    /// The header of the flag or segment it is in.
    pub(crate) header: Range<usize>,
    /// The section it is in, such as `features`.
    pub(crate) section: &'t str,
    /// The environment the path went through where the place is outside of it, and where that stands.
    pub(crate) environment: Option<(Box<str>, Range<usize>)>,
}

impl<'t> Index<'t> {
    /// Notes a table; returns the one that has its key already.
    pub(crate) fn define(&mut self, section: &'t str, defined: Defined<'t>) -> Option<Defined<'t>> {
        use std::collections::hash_map::Entry::{Occupied, Vacant};
        match self.tables.entry(section).or_default().entry(defined.entry.key.get_ref()) {
            Occupied(known) => Some(*known.get()),
            Vacant(free) => {
                free.insert(defined);
                None
            }
        }
    }

    /// Notes `[settings]`.
    pub(crate) fn set_settings(&mut self, table: &'t DeTable<'t>) {
        self.settings = Some(table);
    }

    pub(crate) fn settings(&self) -> Option<&'t DeTable<'t>> {
        self.settings
    }

    pub(crate) fn get(&self, section: &str, key: &str) -> Option<Defined<'t>> {
        self.tables.get(section)?.get(key).copied()
    }

    /// The tables of a section, in no order.
    pub(crate) fn section(&self, section: &str) -> impl Iterator<Item = Defined<'t>> {
        self.tables.get(section).into_iter().flat_map(|tables| tables.values().copied())
    }

    /// How many tables a section has.
    pub(crate) fn count(&self, section: &str) -> usize {
        self.tables.get(section).map_or(0, HashMap::len)
    }

    /// The keys of a section.
    pub(crate) fn keys(&self, section: &str) -> impl Iterator<Item = &'t str> {
        self.tables.get(section).into_iter().flat_map(|tables| tables.keys().copied())
    }

    /// The place a path leads to, or as near to it as the file goes.
    pub(crate) fn locate(&self, path: &[PathPart], texts: &[&str]) -> Option<Place<'t>> {
        let [PathPart::Key(section), PathPart::Key(key), rest @ ..] = path else { return None };
        let (section, tables) = self.tables.get_key_value(&**section)?;
        let Defined { source, entry } = *tables.get(&**key)?;
        let text = texts[source];
        let header = header_span(text, Some(entry.key), entry.value);
        let (key, value) = (entry.key.span(), header.clone());
        let mut place = Place { source, key, value, node: entry.value, header, section, environment: None };
        place.descend(rest, text);
        Some(place)
    }
}

impl<'t> Place<'t> {
    /// Follows a path from a flag or segment on.
    fn descend(&mut self, path: &[PathPart], text: &str) {
        let mut path = path;
        // An environment takes what it does not say from the flag.
        if let [PathPart::Key(environments), PathPart::Key(name), rest @ ..] = path
            && &**environments == "environments"
        {
            let flag = self.node;
            self.step("environments", text);
            self.step(name, text);
            path = rest;
            if let [PathPart::Key(field), ..] = rest
                && !self.has(field)
                && field_of(flag, field)
            {
                self.node = flag;
                self.environment = Some((name.clone(), self.key.clone()));
            }
        }
        let mut at = 0;
        while let Some(part) = path.get(at) {
            match part {
                PathPart::Key(name) => {
                    // Two ends of a range stand in one table and are `all` of two conditions for the evaluator.
                    if !self.step(name, text) && !matches!(&**name, "all") {
                        return;
                    }
                }
                PathPart::Index(index) => self.element(*index, text),
            }
            at += 1;
        }
    }

    fn has(&self, name: &str) -> bool {
        field_of(self.node, name)
    }

    /// Goes to the entry of a table; whether there is one.
    fn step(&mut self, name: &str, text: &str) -> bool {
        let Some(table) = self.node.get_ref().as_table() else { return false };
        let Some((key, value)) = entry_of(table, name) else { return false };
        self.key = key.span();
        self.value = header_span(text, None, value);
        self.node = value;
        true
    }

    /// Goes to the element of a list. What is no list is taken for its only element.
    fn element(&mut self, index: usize, text: &str) {
        if let Some(item) = self.node.get_ref().as_array().and_then(|items| items.get(index)) {
            self.value = header_span(text, None, item);
            self.node = item;
        }
    }
}

fn field_of(node: &Spanned<DeValue<'_>>, name: &str) -> bool {
    node.get_ref().as_table().is_some_and(|table| entry_of(table, name).is_some())
}

/// The entry of that name, or of the name it has in a file: a boolean flag's `on` may be written `true`.
fn entry_of<'a, 't>(
    table: &'a DeTable<'t>,
    name: &str,
) -> Option<(&'a Spanned<toml::de::DeString<'t>>, &'a Spanned<DeValue<'t>>)> {
    table.get_key_value(name).or_else(|| match name {
        "on" => table.get_key_value("true"),
        "off" => table.get_key_value("false"),
        _ => None,
    })
}
