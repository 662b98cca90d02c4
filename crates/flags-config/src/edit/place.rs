//! Where things stand in the text of a file.

use std::ops::Range;

use toml_edit::{ArrayOfTables, Document, InlineTable, Item, Key, Table, Value};

use super::{EditError, field::Step};

/// A table, however it is written.
#[derive(Clone, Copy, Debug)]
pub(super) enum Container<'d> {
    /// Under a header, made by dotted keys, or the top of the file.
    Table(&'d Table),
    /// In braces, or made by dotted keys in such a table.
    Inline(&'d InlineTable),
}

/// An entry of a table: its key and what stands behind it.
#[derive(Clone, Debug)]
pub(super) struct Slot<'d> {
    /// The key itself, without what comes before it in a dotted one.
    pub(super) key: Range<usize>,
    pub(super) entry: Entry<'d>,
}

/// What stands behind a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry<'d> {
    Value(&'d Value),
    Table(&'d Table),
    Tables(&'d ArrayOfTables),
}

/// How far the way to a field exists in the file.
#[derive(Debug)]
pub(super) struct Found<'d, 's> {
    /// The tables on the way, from the top of the file on, each with the key it has in the one before; elements of lists have none.
    pub(super) tables: Vec<(Option<&'s str>, Container<'d>)>,
    /// The field, if it is there.
    pub(super) slot: Option<Slot<'d>>,
    /// What of the way is not there.
    pub(super) missing: &'s [Step],
}

/// Goes along `steps` as far as the file does. `path` is what the person wrote, for the errors.
pub(super) fn find<'d, 's>(top: &'d Table, steps: &'s [Step], path: &str) -> Result<Found<'d, 's>, EditError> {
    let mut tables: Vec<(Option<&str>, Container<'_>)> = Vec::new();
    let mut container = Container::Table(top);
    tables.push((None, container));
    let mut rest = steps;
    while let [Step::Key(key), after @ ..] = rest {
        let Some(slot) = container.slot(key) else {
            if let Some(Step::Element(element)) = after.first() {
                return Err(unknown_entry(path, element, vec![]));
            }
            return Ok(Found { tables, slot: None, missing: rest });
        };
        rest = after;
        let not_a_table = |found| EditError::NotATable { field: path.to_owned(), at: key.clone(), found };
        match rest.first() {
            None => return Ok(Found { tables, slot: Some(slot), missing: &[] }),
            Some(Step::Key(_)) => {
                container = slot.entry.container().ok_or_else(|| not_a_table(slot.entry.type_name()))?;
                tables.push((Some(key), container));
            }
            Some(Step::Element(element)) => {
                let elements = slot.entry.elements().ok_or_else(|| not_a_table(slot.entry.type_name()))?;
                container = element_of(&elements, element, path)?;
                tables.push((None, container));
                rest = &rest[1..];
            }
        }
    }
    Err(EditError::Unplaceable { field: path.to_owned() })
}

/// The keys of the flags of the file.
pub(super) fn flag_keys<S: AsRef<str>>(document: &Document<S>) -> Vec<String> {
    let features = Container::Table(document.as_table()).slot("features").and_then(|slot| slot.entry.container());
    features.map_or_else(Vec::new, |features| features.names().map(str::to_owned).collect())
}

/// The element of that name, or at that position.
fn element_of<'d>(elements: &[Container<'d>], wanted: &str, path: &str) -> Result<Container<'d>, EditError> {
    let name = |element: &Container<'d>| match element.slot("name")?.entry {
        Entry::Value(Value::String(name)) => Some(name.value().clone()),
        _ => None,
    };
    let by_name = elements.iter().find(|element| name(element).is_some_and(|name| name == wanted));
    let by_position = || wanted.parse::<usize>().ok().and_then(|at| elements.get(at));
    by_name.or_else(by_position).copied().ok_or_else(|| {
        let known = elements.iter().enumerate().map(|(at, element)| match name(element) {
            Some(name) => format!("`{name}`"),
            None => format!("`{at}`"),
        });
        unknown_entry(path, wanted, known.collect())
    })
}

fn unknown_entry(path: &str, entry: &str, known: Vec<String>) -> EditError {
    EditError::UnknownEntry { field: path.to_owned(), entry: entry.to_owned(), known }
}

impl<'d> Container<'d> {
    /// The entry of that name.
    pub(super) fn slot(self, name: &str) -> Option<Slot<'d>> {
        match self {
            Self::Table(table) => slot(table.key(name)?, table.get(name)?),
            Self::Inline(table) => {
                let key = table.key(name)?.span()?;
                Some(Slot { key, entry: Entry::Value(table.get(name)?) })
            }
        }
    }

    /// The keys of its entries, in the order of their first mention.
    pub(super) fn names(self) -> impl Iterator<Item = &'d str> {
        let (table, inline) = match self {
            Self::Table(table) => (Some(table), None),
            Self::Inline(table) => (None, Some(table)),
        };
        let table = table.into_iter().flat_map(Table::iter).map(|(name, _)| name);
        table.chain(inline.into_iter().flat_map(InlineTable::iter).map(|(name, _)| name))
    }

    /// Whether it is made by dotted keys, so that it has no braces and no header of its own.
    pub(super) fn is_dotted(self) -> bool {
        match self {
            Self::Table(table) => table.is_dotted(),
            Self::Inline(table) => table.is_dotted(),
        }
    }

    /// The keys with a value that stand in it, those of dotted tables in it too, but not what stands under other headers;
    /// in the order of the text.
    pub(super) fn leaves(self) -> Vec<Leaf> {
        let mut leaves = Vec::new();
        self.collect_leaves(&mut leaves);
        leaves.sort_by_key(|leaf| leaf.value.end);
        leaves
    }

    fn collect_leaves(self, leaves: &mut Vec<Leaf>) {
        for slot in self.names().filter_map(|name| self.slot(name)) {
            match slot.entry {
                Entry::Value(Value::InlineTable(table)) if table.is_dotted() => {
                    Container::Inline(table).collect_leaves(leaves);
                }
                Entry::Value(value) => {
                    leaves.extend(value.span().map(|value| Leaf { key: slot.key, value }));
                }
                Entry::Table(table) if table.is_dotted() => Container::Table(table).collect_leaves(leaves),
                Entry::Table(_) | Entry::Tables(_) => {}
            }
        }
    }
}

/// A key with a value.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
}

/// Where the last thing that belongs to a table ends, other headers below it included.
pub(super) fn end_of(table: &Table) -> usize {
    let own = table.span().map_or(0, |span| span.end);
    let below = table.iter().map(|(_, item)| match item {
        Item::None => 0,
        Item::Value(value) => value.span().map_or(0, |span| span.end),
        Item::Table(table) => end_of(table),
        Item::ArrayOfTables(tables) => tables.iter().map(end_of).max().unwrap_or(0),
    });
    below.fold(own, usize::max)
}

fn slot<'d>(key: &Key, item: &'d Item) -> Option<Slot<'d>> {
    let entry = match item {
        Item::Value(value) => Entry::Value(value),
        Item::Table(table) => Entry::Table(table),
        Item::ArrayOfTables(tables) => Entry::Tables(tables),
        Item::None => return None,
    };
    Some(Slot { key: key.span()?, entry })
}

impl<'d> Entry<'d> {
    /// The table it is, if it is one.
    pub(super) fn container(self) -> Option<Container<'d>> {
        match self {
            Self::Value(Value::InlineTable(table)) => Some(Container::Inline(table)),
            Self::Table(table) => Some(Container::Table(table)),
            Self::Value(_) | Self::Tables(_) => None,
        }
    }

    /// The tables of the list it is, if it is one.
    fn elements(self) -> Option<Vec<Container<'d>>> {
        match self {
            Self::Tables(tables) => Some(tables.iter().map(Container::Table).collect()),
            Self::Value(Value::Array(list)) => {
                Some(list.iter().filter_map(|value| Self::Value(value).container()).collect())
            }
            Self::Value(_) | Self::Table(_) => None,
        }
    }

    pub(super) fn type_name(self) -> &'static str {
        match self {
            Self::Value(value) => value.type_name(),
            Self::Table(_) => "table",
            Self::Tables(_) => "array of tables",
        }
    }
}
