//! What is wrong, in words, with the likely correction.

use super::{
    Code, DeString, DeTable, DeValue, Diagnostic, Field, MapShape, Place, Range, Shape, Spanned, Subject, TableShape,
    Walker, all_tables, closest, is_key, leaf, quoted, with_article,
};
use crate::{
    leaf::InstantFault,
    shape::{ListShape, tables::FILE},
};
use flags_core::{PercentageError, VersionRequirement};

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
        } else if let Some(tables) = tables_with(name) {
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

    pub(super) fn inactive(
        &mut self,
        field: &Field,
        key: &Spanned<DeString<'_>>,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) {
        let mut notice = |span: Range<usize>, subject: String| {
            let message = format!("{subject} is not active yet: it is checked, and nothing acts on it");
            self.problems.push(Diagnostic::new(Code::NOT_ACTIVE_YET, self.source, span, message));
        };
        match (&field.shape, value.get_ref()) {
            (Shape::Map(map), DeValue::Table(entries)) => {
                for (key, _) in entries {
                    notice(key.span(), format!("{} `{}`", map.noun, key.get_ref()));
                }
            }
            _ => notice(key.span(), format!("`{}` of {}", field.name, place.words())),
        }
    }

    pub(super) fn weight_without_value(
        &mut self,
        subject: Subject<'_>,
        table: &DeTable<'_>,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) {
        let span = table.get_key_value("weight").map_or_else(|| value.span(), |(key, _)| key.span());
        let message = format!("variant {subject} has a `weight` and no `value`");
        let others = table.iter().map(|(key, _)| key).filter(|key| **key.get_ref() != *"weight");
        let misspelled = others.into_iter().find(|key| closest(key.get_ref(), ["value"]).is_some());
        let mut diagnostic = self.diagnostic(Code::WEIGHT_WITHOUT_VALUE, span, message).label("a weight of what?");
        diagnostic = match misspelled {
            Some(key) => diagnostic.help("did you mean `value`?").suggest(key.span(), "value"),
            None => diagnostic.help(
                "write `{ value = …, weight = … }`; to serve a table that has a key `weight` itself, write \
                 `{ value = { … } }`",
            ),
        };
        self.report(diagnostic, place);
    }

    pub(super) fn list_length(
        &mut self,
        list: &ListShape,
        subject: Subject<'_>,
        found: usize,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) {
        let count = |number: usize| match number {
            0 => "none".to_owned(),
            1 => "one".to_owned(),
            2 => "two".to_owned(),
            more => more.to_string(),
        };
        let needed = if list.least == list.most {
            format!("exactly {} elements", count(list.least))
        } else if list.least == 1 {
            "at least one element".to_owned()
        } else {
            format!("at least {} elements", count(list.least))
        };
        let diagnostic = self
            .diagnostic(Code::LIST_LENGTH, value.span(), format!("{subject} needs {needed}, found {}", count(found)))
            .label(format!("expected {needed}"));
        let diagnostic = if found == 0 { diagnostic.help("add an element, or remove the key") } else { diagnostic };
        self.report(diagnostic, place);
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

    pub(super) fn wrong_type(
        &mut self,
        shape: &Shape,
        subject: Subject<'_>,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) {
        let (span, found) = (value.span(), leaf::described(value.get_ref()));
        let expected = shape.expected();
        let diagnostic = self
            .diagnostic(Code::WRONG_TYPE, span.clone(), format!("{subject} must be {expected}, found {found}"))
            .label(if matches!(shape, Shape::Word(_)) {
                "expected a word".into()
            } else {
                format!("expected {expected}")
            });
        let raw = self.text.get(span.clone()).unwrap_or_default();
        let correction = correction(shape, value.get_ref(), raw);
        let diagnostic = match correction {
            Some((help, replacement)) => diagnostic.help(help).suggest(span, replacement),
            None => diagnostic,
        };
        self.report(diagnostic, place);
    }

    pub(super) fn unrepresentable(&mut self, subject: Subject<'_>, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        let (message, label) = if value.get_ref().is_integer() {
            (format!("{subject} does not fit 64 bits"), "expected a number from -2^63 to 2^63 - 1")
        } else {
            (format!("{subject} is not a finite number"), "expected a finite number")
        };
        let diagnostic = self.diagnostic(Code::OUT_OF_RANGE, value.span(), message).label(label);
        self.report(diagnostic, place);
    }

    /// A value of the right TOML type: its content.
    pub(super) fn leaf(
        &mut self,
        shape: &Shape,
        subject: Subject<'_>,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) {
        let content = value.get_ref();
        match shape {
            Shape::Any | Shape::Variant(_) => self.free(subject, value, place),
            Shape::Integer { least, most } => match leaf::integer(content) {
                None => self.unrepresentable(subject, value, place),
                Some(number) if number < *least || number > *most => {
                    let range = match (*least, *most) {
                        (least, i64::MAX) => format!("a whole number from {least}"),
                        (least, most) => format!("a whole number from {least} to {most}"),
                    };
                    self.out_of_range(subject, value, &range, place);
                }
                Some(_) => {}
            },
            Shape::Number { least, most } => match leaf::float(content) {
                None => self.unrepresentable(subject, value, place),
                Some(number) if number < *least || number > *most => {
                    let range = if *most == f64::MAX {
                        format!("a number from {least}")
                    } else {
                        format!("a number from {least} to {most}")
                    };
                    self.out_of_range(subject, value, &range, place);
                }
                Some(_) => {}
            },
            Shape::Percentage => {
                if let Some(Err(error)) = leaf::percentage(content) {
                    self.bad_percentage(subject, value, error, place);
                }
            }
            Shape::Name | Shape::VariantName => {
                if content.as_str() == Some("") {
                    let diagnostic = self
                        .diagnostic(Code::EMPTY_TEXT, value.span(), format!("{subject} is empty"))
                        .label("expected at least one character");
                    self.report(diagnostic, place);
                }
            }
            Shape::Word(words) => {
                let written = content.as_str().unwrap_or_default();
                if !words.contains(&written) {
                    self.unknown_word(subject, words, written, value, place);
                }
            }
            Shape::Instant => {
                if let Err(fault) = leaf::instant(content) {
                    self.bad_instant(subject, value, fault, place);
                }
            }
            Shape::Date => {
                if leaf::date(content).is_none() {
                    self.bad_date(subject, value, place);
                }
            }
            Shape::Duration => {
                if leaf::duration(content.as_str().unwrap_or_default()).is_none() {
                    let diagnostic = self
                        .diagnostic(Code::INVALID_DURATION, value.span(), format!("{subject} is not a duration"))
                        .label("expected a duration such as `\"5m\"`")
                        .help("write numbers with units: `ms`, `s`, `m`, `h`, `d`, `w`, such as `\"1h 30m\"`");
                    self.report(diagnostic, place);
                }
            }
            Shape::Version => self.version(subject, value, place),
            Shape::IpRange => {
                if leaf::ip_range(content).is_none() {
                    let diagnostic = self
                        .diagnostic(
                            Code::INVALID_IP_RANGE,
                            value.span(),
                            format!("{subject} is not an IP address or range"),
                        )
                        .label("expected an address or a CIDR range")
                        .help(
                            "write an address such as `10.0.0.7`, or a range such as `10.0.0.0/8` or `2001:db8::/32`",
                        );
                    self.report(diagnostic, place);
                }
            }
            Shape::Boolean
            | Shape::Text
            | Shape::Pattern
            | Shape::List(_)
            | Shape::Table(_)
            | Shape::Map(_)
            | Shape::OneOf(_) => {}
        }
    }

    fn out_of_range(&mut self, subject: Subject<'_>, value: &Spanned<DeValue<'_>>, range: &str, place: &Place<'_>) {
        let raw = self.text.get(value.span()).unwrap_or_default();
        let diagnostic = self
            .diagnostic(Code::OUT_OF_RANGE, value.span(), format!("{subject} must be {range}, found {raw}"))
            .label(format!("expected {range}"));
        self.report(diagnostic, place);
    }

    fn bad_percentage(
        &mut self,
        subject: Subject<'_>,
        value: &Spanned<DeValue<'_>>,
        error: PercentageError,
        place: &Place<'_>,
    ) {
        let raw = self.text.get(value.span()).unwrap_or_default();
        let diagnostic = match error {
            PercentageError::TooFine => self
                .diagnostic(Code::INVALID_PERCENTAGE, value.span(), format!("{subject} has more than three decimals"))
                .label("shares are exact to a thousandth of a percent"),
            _ => self
                .diagnostic(
                    Code::INVALID_PERCENTAGE,
                    value.span(),
                    format!("{subject} must be from 0 to 100, found {raw}"),
                )
                .label("expected a number from 0 to 100"),
        };
        self.report(diagnostic, place);
    }

    fn unknown_word(
        &mut self,
        subject: Subject<'_>,
        words: &[&'static str],
        written: &str,
        value: &Spanned<DeValue<'_>>,
        place: &Place<'_>,
    ) {
        let diagnostic = self
            .diagnostic(Code::UNKNOWN_WORD, value.span(), format!("{subject} cannot be `{}`", shown(written)))
            .label("not one of the words it takes");
        let list = quoted(words);
        let diagnostic = match closest(written, words.iter().copied()) {
            Some(word) => diagnostic
                .help(format!("did you mean `{word}`? It takes {list}"))
                .suggest(value.span(), format!("\"{word}\"")),
            None => diagnostic.help(format!("it takes {list}")),
        };
        self.report(diagnostic, place);
    }

    fn bad_instant(
        &mut self,
        subject: Subject<'_>,
        value: &Spanned<DeValue<'_>>,
        fault: InstantFault,
        place: &Place<'_>,
    ) {
        let span = value.span();
        let raw = self.text.get(span.clone()).unwrap_or_default();
        // In a string, the addition goes before the closing quote.
        let end = if raw.ends_with(['"', '\'']) { span.end - 1 } else { span.end };
        let new = |message: String| self.diagnostic(Code::INVALID_INSTANT, span.clone(), message);
        let diagnostic = match fault {
            InstantFault::NoOffset => new(format!("{subject} has no offset from UTC"))
                .label("another moment on every machine")
                .help("add `Z` for UTC, or an offset such as `+01:00`")
                .suggest(end..end, "Z"),
            InstantFault::DateOnly => new(format!("{subject} is a date without a time"))
                .label("expected an instant")
                .help("add the time and the offset from UTC; `Z` stands for UTC")
                .suggest(end..end, "T00:00:00Z"),
            InstantFault::TimeOnly => new(format!("{subject} is a time without a date"))
                .label("expected an instant")
                .help("write an instant such as `2026-12-01T09:00:00Z`"),
            InstantFault::Text | InstantFault::Type => new(format!("{subject} is not an instant"))
                .label("expected an instant")
                .help("write an instant such as `2026-12-01T09:00:00Z`"),
        };
        self.report(diagnostic, place);
    }

    fn bad_date(&mut self, subject: Subject<'_>, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        let diagnostic = self
            .diagnostic(Code::INVALID_DATE, value.span(), format!("{subject} is not a date"))
            .label("expected a date");
        let diagnostic = match value.get_ref() {
            DeValue::Datetime(toml::value::Datetime { date: Some(date), .. }) => {
                diagnostic.help("write the day alone, without a time").suggest(value.span(), date.to_string())
            }
            _ => diagnostic.help("write the day as year, month, day: `2027-03-31`"),
        };
        self.report(diagnostic, place);
    }

    fn version(&mut self, subject: Subject<'_>, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        let written = value.get_ref().as_str().unwrap_or_default();
        let Err(error) = VersionRequirement::parse(written) else { return };
        let diagnostic = self
            .diagnostic(Code::INVALID_VERSION, value.span(), format!("{subject} is not a version requirement: {error}"))
            .label("expected comparators such as `>=2.4.0, <3`");
        let diagnostic = match error.suggestion() {
            Some(comparator) => diagnostic
                .help(format!("write `{comparator}` for that very version, or `>{comparator}` for that or a later one"))
                .suggest(value.span(), format!("\"{}\"", written.replacen(error.comparator(), &comparator, 1))),
            None => diagnostic.help("write comparators joined by commas: `=` `>` `>=` `<` `<=` `^` `~` and a version"),
        };
        self.report(diagnostic, place);
    }
}

/// How to write what was probably meant by a value of the wrong type: a sentence, and the text to put there.
fn correction(shape: &Shape, value: &DeValue<'_>, raw: &str) -> Option<(&'static str, String)> {
    match (shape, value) {
        (Shape::Boolean, DeValue::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some(("write it without quotes", "true".into())),
            "false" | "no" | "off" => Some(("write it without quotes", "false".into())),
            _ => None,
        },
        (Shape::Boolean, DeValue::Integer(number)) => match number.as_str() {
            "1" => Some(("write `true`", "true".into())),
            "0" => Some(("write `false`", "false".into())),
            _ => None,
        },
        (Shape::Integer { .. }, DeValue::String(text)) => {
            text.trim().parse::<i64>().ok().map(|number| ("write it without quotes", number.to_string()))
        }
        (Shape::Number { .. } | Shape::Percentage, DeValue::String(text)) => {
            let number = text.trim().trim_end_matches('%').trim_end();
            let plain = number.parse::<f64>().is_ok_and(f64::is_finite)
                && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
                && !number.starts_with('.')
                && !number.ends_with('.');
            let help = if text.contains('%') { "write the number alone" } else { "write it without quotes" };
            plain.then(|| (help, number.to_owned()))
        }
        (Shape::Duration, DeValue::Integer(_)) => Some(("write it with a unit", format!("\"{raw}s\""))),
        (
            Shape::Text | Shape::Name | Shape::VariantName,
            DeValue::Integer(_) | DeValue::Float(_) | DeValue::Boolean(_),
        ) => Some(("write it in quotes", format!("\"{raw}\""))),
        (Shape::Text | Shape::Name, DeValue::Datetime(_)) => Some(("write it as a string", format!("\"{raw}\""))),
        (Shape::List(list), single) if list.item.takes(single) && !raw.contains('\n') => {
            Some(("write it in brackets", format!("[{raw}]")))
        }
        (Shape::OneOf(shapes), value) => shapes.iter().find_map(|shape| correction(shape, value, raw)),
        _ => None,
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
