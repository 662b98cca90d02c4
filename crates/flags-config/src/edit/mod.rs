//! Edits of a definition file that leave everything else in it as it is, byte for byte.
//!
//! The text is read with its spans, and an edit is a splice of the text: comments, order, white space, quoting, line ends and
//! the byte-order mark stay, because nothing but the value is written. The result is text again; whoever asked for the edit
//! loads it before it is kept.

mod error;
mod field;
mod place;
mod splice;
mod value;

use flags_core::Timestamp;
use toml_edit::{Document, Table, Value};

pub use self::error::EditError;
use self::{
    field::{Field, Kind, Step},
    place::{Container, Entry, Found, find, flag_keys},
    splice::Splice,
};
use crate::{diff::value_toml, suggest::closest};

/// A definition file that is being edited.
///
/// A field is named by its path in the flag, joined by dots and quoted as TOML asks: `enabled`, `metadata.risk`,
/// `rules.staff.rollout_percentage` or `rules.0.rollout_percentage`, `environments.development.state`, `overrides.user-42`.
/// A value is written as in the file; where the field is a text, it need not be quoted.
///
/// ```
/// use flags_config::Edit;
///
/// let text = "[features.checkout]\nenabled = false   # until the launch\n";
/// let edited = Edit::new(text)?.set("checkout", "enabled", "true")?.set("checkout", "owner", "payments")?;
/// assert_eq!(edited.text(), "[features.checkout]\nenabled = true   # until the launch\nowner = \"payments\"\n");
/// # Ok::<(), flags_config::EditError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Edit {
    text: String,
    /// The flags that were edited, for the stamp.
    edited: Vec<String>,
}

impl Edit {
    /// Starts from the text of a file.
    ///
    /// # Errors
    ///
    /// When the text is not TOML.
    pub fn new(text: impl Into<String>) -> Result<Self, EditError> {
        let text = text.into();
        parse(&text)?;
        Ok(Self { text, edited: vec![] })
    }

    /// Whether the file defines the flag. Of several files, this finds the one to edit.
    #[must_use]
    pub fn has_flag(&self, flag: &str) -> bool {
        parse(&self.text).is_ok_and(|document| flag_keys(&document).iter().any(|key| key == flag))
    }

    /// Sets a field of a flag.
    ///
    /// Setting `enabled` takes the place of `state`, and the other way round. Setting the weight of a variant that is written
    /// as a plain value makes it `{ value = …, weight = … }`.
    ///
    /// # Errors
    ///
    /// When the file has no such flag, a flag has no such field, the value is not one for that field, or the way the flag is
    /// written leaves no place for it.
    pub fn set(mut self, flag: &str, field: &str, value: &str) -> Result<Self, EditError> {
        self.text = set(&self.text, flag, field, value)?;
        self.touch(flag);
        Ok(self)
    }

    /// Removes a field of a flag, with the line it stands on.
    ///
    /// # Errors
    ///
    /// When the file has no such flag, a flag has no such field, the field is not written, or it is a table of its own.
    pub fn unset(mut self, flag: &str, field: &str) -> Result<Self, EditError> {
        self.text = unset(&self.text, flag, field)?;
        self.touch(flag);
        Ok(self)
    }

    /// Writes `updated_at` and `updated_by` into every flag edited so far.
    ///
    /// # Errors
    ///
    /// When the way a flag is written leaves no place for them.
    pub fn stamp(mut self, at: Timestamp, by: &str) -> Result<Self, EditError> {
        let (at, by) = (at.to_string(), value_toml(&by.into()));
        for flag in &self.edited {
            self.text = set(&self.text, flag, "updated_at", &at)?;
            self.text = set(&self.text, flag, "updated_by", &by)?;
        }
        Ok(self)
    }

    /// The text as it is now.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text as it is now, taken out.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }

    fn touch(&mut self, flag: &str) {
        if !self.edited.iter().any(|known| known == flag) {
            self.edited.push(flag.to_owned());
        }
    }
}

fn parse(text: &str) -> Result<Document<&str>, EditError> {
    Document::parse(text).map_err(|error| EditError::syntax(text, &error))
}

/// The field behind a path, if the file has the flag and flags have the field.
fn resolve(document: &Document<&str>, flag: &str, path: &str) -> Result<Field, EditError> {
    let known = flag_keys(document);
    if !known.iter().any(|key| key == flag) {
        let suggestion = closest(flag, known.iter().map(String::as_str)).map(str::to_owned);
        return Err(EditError::UnknownFlag { flag: flag.to_owned(), suggestion });
    }
    Field::resolve(flag, path)
}

fn set(text: &str, flag: &str, path: &str, value: &str) -> Result<String, EditError> {
    let document = parse(text)?;
    let field = resolve(&document, flag, path)?;
    let has_variants = || {
        let steps = [Step::key("features"), Step::key(flag), Step::key("variants")];
        find(document.as_table(), &steps, path).is_ok_and(|found| found.slot.is_some())
    };
    let value = value::written(field.kind, value, has_variants).map_err(|expected| EditError::InvalidValue {
        field: path.to_owned(),
        value: value.to_owned(),
        expected,
    })?;
    let splice = assignment(text, &document, &field, path, &value)?;
    let text = splice.apply(text);
    // What was spliced in has to read back: a file is never left worse than it was found.
    let document = Document::parse(text.as_str()).map_err(|_| unplaceable(path))?;
    match find(document.as_table(), &field.steps, path) {
        Ok(found) if found.slot.is_some() => {}
        _ => return Err(unplaceable(path)),
    }
    drop(document);
    Ok(text)
}

fn unset(text: &str, flag: &str, path: &str) -> Result<String, EditError> {
    let document = parse(text)?;
    let field = resolve(&document, flag, path)?;
    let found = find(document.as_table(), &field.steps, path)?;
    let Some(slot) = &found.slot else {
        return Err(EditError::NotSet { flag: flag.to_owned(), field: path.to_owned() });
    };
    if let Entry::Table(_) | Entry::Tables(_) = slot.entry {
        return Err(EditError::IsTable { field: path.to_owned() });
    }
    let text = splice::remove(text, &found, slot).ok_or_else(|| unplaceable(path))?.apply(text);
    let document = Document::parse(text.as_str()).map_err(|_| unplaceable(path))?;
    if find(document.as_table(), &field.steps, path).is_ok_and(|found| found.slot.is_some()) {
        return Err(unplaceable(path));
    }
    drop(document);
    Ok(text)
}

fn unplaceable(path: &str) -> EditError {
    EditError::Unplaceable { field: path.to_owned() }
}

/// The splice that sets a field.
fn assignment(
    text: &str,
    document: &Document<&str>,
    field: &Field,
    path: &str,
    value: &str,
) -> Result<Splice, EditError> {
    let top = document.as_table();
    let found = match find(top, &field.steps, path) {
        Err(EditError::NotATable { .. }) if in_plain_variant(field) => {
            return with_long_form(text, top, field, path, value).ok_or_else(|| unplaceable(path));
        }
        found => found?,
    };
    let splice = match &found.slot {
        Some(slot) => {
            // A variant in its long form keeps its weight.
            let long = slot.entry.container().and_then(|table| table.slot("value"));
            match long {
                Some(inner) if field.kind == Kind::VariantValue && !is_long_form(value) => {
                    splice::replace(&inner, value)
                }
                _ => match slot.entry {
                    Entry::Value(_) => splice::replace(slot, value),
                    Entry::Table(_) | Entry::Tables(_) => return Err(EditError::IsTable { field: path.to_owned() }),
                },
            }
        }
        None => match twin(field, found.tables.last().map(|(_, table)| *table)) {
            Some(splice) => Some(Splice { replacement: format!("{} = {value}", splice.replacement), ..splice }),
            // An object is written like the long form; a weight beside its fields would be one of them.
            None if in_plain_variant(field) && holds_an_object(found.tables.last().map(|(_, table)| *table)) => {
                if let [Step::Key(variant), _] = found.missing {
                    return Err(no_variant(path, variant, &found));
                }
                with_long_form(text, top, field, path, value)
            }
            None => splice::add(text, &found, value),
        },
    };
    splice.ok_or_else(|| unplaceable(path))
}

/// `enabled` and `state` say the same thing, so that one takes the place of the other, on the same line.
fn twin(field: &Field, table: Option<Container<'_>>) -> Option<Splice> {
    let Some(Step::Key(name)) = field.steps.last() else { return None };
    let other = match name.as_str() {
        "enabled" if field.kind == Kind::Boolean => "state",
        "state" if field.kind == Kind::State => "enabled",
        _ => return None,
    };
    let slot = table?.slot(other)?;
    let Entry::Value(value) = slot.entry else { return None };
    Some(Splice { range: slot.key.start..value.span()?.end, replacement: name.clone() })
}

/// Whether the field is one beside the value of a variant: its weight or its description.
fn in_plain_variant(field: &Field) -> bool {
    let beside = |name: &str| name == "weight" || name == "description";
    match field.steps.as_slice() {
        [.., Step::Key(variants), Step::Key(_), Step::Key(name)] => variants == "variants" && beside(name),
        _ => false,
    }
}

/// Whether a variant's table is its value, and not the long form.
fn holds_an_object(table: Option<Container<'_>>) -> bool {
    table.is_some_and(|table| table.slot("value").is_none() && table.slot("weight").is_none())
}

/// Writes a variant that is a plain value in its long form, with one more field beside the value.
fn with_long_form(text: &str, top: &Table, field: &Field, path: &str, value: &str) -> Option<Splice> {
    let (last, variant) = field.steps.split_last()?;
    let Step::Key(name) = last else { return None };
    let found = find(top, variant, path).ok()?;
    let slot = found.slot.as_ref()?;
    let Entry::Value(plain) = slot.entry else { return None };
    let plain = &text[plain.span()?];
    splice::replace(slot, &format!("{{ value = {plain}, {name} = {value} }}"))
}

/// There is no such variant to give a weight to.
fn no_variant(path: &str, variant: &str, found: &Found<'_, '_>) -> EditError {
    let known = match found.tables.last() {
        Some((Some("variants"), table)) => table.names().map(|name| format!("`{name}`")).collect(),
        _ => vec![],
    };
    EditError::UnknownEntry { field: path.to_owned(), entry: variant.to_owned(), known }
}

/// Whether a value for a variant is itself the long form.
fn is_long_form(value: &str) -> bool {
    let table = value.parse::<Value>().ok();
    let table = table.as_ref().and_then(Value::as_inline_table);
    table.is_some_and(|table| table.contains_key("value") || table.contains_key("weight"))
}
