//! What is wrong with keys: unknown ones, missing ones, two that exclude each other.

use flags_core::definition::is_key;
use toml::{
    Spanned,
    de::{DeString, DeTable},
};

use super::{Place, Subject, Walker, shown, with_article};
use crate::{
    Code,
    shape::{MapShape, TableShape, all_tables, quoted, tables::FILE},
    suggest::closest,
};

impl Walker<'_> {
    pub(super) fn unknown_key(&mut self, key: &Spanned<DeString<'_>>, place: &Place<'_>) {
        let name: &str = key.get_ref();
        let shape = place.shape;
        let mut diagnostic = if std::ptr::eq(shape, &FILE) {
            self.diagnostic(Code::UNKNOWN_KEY, key.span(), format!("unknown section `{}`", shown(name)))
                .label("not a section of the format")
        } else {
            self.diagnostic(
                Code::UNKNOWN_KEY,
                key.span(),
                format!("unknown key `{}` in {}", shown(name), place.words()),
            )
            .label("no such key here")
        };
        let meant =
            shape.fields.iter().find(|field| field.aliases.contains(&name)).or_else(|| {
                closest(name, shape.fields.iter().map(|field| field.name)).and_then(|name| shape.field(name))
            });
        diagnostic = if let Some(outer) = place.parent.filter(|outer| outer.shape.field(name).is_some()) {
            if let Some(field) = outer.shape.field(name) {
                outer.meant.borrow_mut().push(field.name);
            }
            diagnostic.help(format!(
                "`{name}` is a key of {}; what follows a `[header]` belongs to that table, so move it above the header of \
                 this one",
                outer.words()
            ))
        } else if let Some(field) = meant {
            place.meant.borrow_mut().push(field.name);
            diagnostic.help(format!("did you mean `{}`?", field.name)).suggest(key.span(), field.name)
        } else if !shape.hint.is_empty() {
            diagnostic.help(shape.hint)
        } else if let Some(tables) = tables_with(name).filter(|_| is_of_definitions(shape)) {
            diagnostic.help(format!("`{name}` is a key of {tables}"))
        } else {
            diagnostic.help(keys_of(shape))
        };
        self.report(diagnostic, place);
    }

    pub(super) fn identity(&mut self, key: &Spanned<DeString<'_>>, place: &Place<'_>) {
        let message = format!("`{}` belongs to the flag itself and is the same in every environment", key.get_ref());
        let diagnostic = self
            .diagnostic(Code::IDENTITY_IN_ENVIRONMENT, key.span(), message)
            .label("cannot differ by environment")
            .help("write it in the table of the flag, or make another flag");
        self.report(diagnostic, place);
    }

    pub(super) fn missing(&mut self, names: &[&str], place: &Place<'_>) {
        let either = match names {
            [_, _, _, ..] => format!("one of {}", quoted(names)),
            few => few.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or "),
        };
        let diagnostic = self
            .diagnostic(Code::MISSING_KEY, place.span.clone(), format!("{} needs {either}", place.words()))
            .label(format!("{either} is missing"));
        let diagnostic = match names {
            ["enabled", "state"] => diagnostic.help("add `enabled = true` or `enabled = false`"),
            ["prometheus", "http", "source"] => diagnostic.help(
                "write where it comes from: the address of a Prometheus server, the address of a health check, or \
                 `source = \"application\"` if the application pushes it",
            ),
            ["metric", "rule"] => diagnostic.help(
                "`metric` takes `error_rate`, a latency such as `latency_p95`, or the key of a signal; `rule` takes the name of a \
                 rule that the application registers",
            ),
            [name] => match place.shape.field(name) {
                Some(field) => {
                    diagnostic.help(format!("`{name}` takes {}: {}", field.shape.expected(), lower(field.doc)))
                }
                None => diagnostic,
            },
            _ => diagnostic,
        };
        self.report(diagnostic, place);
    }

    pub(super) fn exclusive(
        &mut self,
        first: &Spanned<DeString<'_>>,
        second: &Spanned<DeString<'_>>,
        place: &Place<'_>,
    ) {
        let (first, second) = if first.span().start <= second.span().start { (first, second) } else { (second, first) };
        let (a, b) = (first.get_ref(), second.get_ref());
        let diagnostic = self
            .diagnostic(Code::EXCLUSIVE_KEYS, second.span(), format!("`{a}` and `{b}` exclude each other"))
            .label("or this")
            .related(self.source, first.span(), "either this")
            .help(format!("remove `{a}` or `{b}` from {}", place.words()));
        self.report(diagnostic, place);
    }

    /// Reports the first entry too many.
    pub(super) fn bound_entries(&mut self, most: usize, subject: Subject<'_>, table: &DeTable<'_>, place: &Place<'_>) {
        if let Some((key, _)) = table.iter().nth(most) {
            let message = format!("{subject} has {} entries, and {most} are allowed", table.len());
            let diagnostic = self.diagnostic(Code::LIST_LENGTH, key.span(), message).label("the first one too many");
            self.report(diagnostic, place);
        }
    }

    pub(super) fn map_key(
        &mut self,
        map: &MapShape,
        subject: Subject<'_>,
        key: &Spanned<DeString<'_>>,
        place: &Place<'_>,
    ) {
        let name: &str = key.get_ref();
        if map.strict_keys && !is_key(name) {
            let noun = if map.noun.is_empty() { "key" } else { map.noun };
            let mut diagnostic = self
                .diagnostic(
                    Code::INVALID_KEY,
                    key.span(),
                    format!("`{}` cannot be the key of {}", shown(name), with_article(noun)),
                )
                .label("not a key")
                .help("a key has 1 to 128 of `A-Z a-z 0-9 _ - .` and starts with a letter or digit");
            let mended: String =
                name.chars().map(|c| if c.is_ascii_alphanumeric() || "_-.".contains(c) { c } else { '-' }).collect();
            let mended = mended.trim_matches(['-', '.', '_']);
            // A dot in a bare key would make a table of it, and a word without its letters is none.
            if name.is_ascii() && is_key(mended) && !mended.contains('.') {
                diagnostic = diagnostic.suggest(key.span(), mended);
            }
            self.report(diagnostic, place);
        } else if name.is_empty() {
            let diagnostic = self
                .diagnostic(Code::EMPTY_TEXT, key.span(), format!("a name in {subject} is empty"))
                .label("expected at least one character");
            self.report(diagnostic, place);
        }
    }
}

/// The tables other than the present one that have a key of that name, in words.
fn tables_with(name: &str) -> Option<String> {
    let mut nouns: Vec<String> = all_tables()
        .into_iter()
        .filter(|table| table.field(name).is_some() && !table.partial)
        .map(subject_of)
        .collect();
    nouns.dedup();
    nouns.truncate(3);
    (!nouns.is_empty()).then(|| nouns.join(", "))
}

/// Whether a table belongs to files of definitions; those of a scenario have nothing to do with them.
fn is_of_definitions(shape: &TableShape) -> bool {
    all_tables().into_iter().any(|table| std::ptr::eq(table, shape))
}

/// A table in words: "a flag", "`targets`".
fn subject_of(shape: &TableShape) -> String {
    match shape.noun {
        "file" => "the top of a file".into(),
        noun @ ("settings" | "targets" | "analysis") => format!("`{noun}`"),
        "short conditions" => "the short form of `conditions`".into(),
        noun => with_article(noun),
    }
}

/// Which keys a table has, or where to look them up where they are many.
fn keys_of(shape: &TableShape) -> String {
    /// How many keys a sentence may list.
    const READABLE: usize = 12;
    if shape.fields.len() <= READABLE {
        let names: Vec<&str> = shape.fields.iter().map(|field| field.name).collect();
        return format!("{} takes {}", subject_of(shape), quoted(&names));
    }
    let lookup = format!("the reference of the format lists the keys of {}", subject_of(shape));
    if shape.field("metadata").is_some() { format!("free data goes into `metadata`; {lookup}") } else { lookup }
}

/// A sentence as the continuation of another.
fn lower(sentence: &str) -> String {
    let mut characters = sentence.trim_end_matches('.').chars();
    characters.next().map_or_else(String::new, |first| first.to_lowercase().chain(characters).collect())
}
