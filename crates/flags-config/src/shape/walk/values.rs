//! What is wrong with values: their type, their range, and what their text stands for.

use flags_core::{PercentageError, VersionRequirement};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{
    Place, Subject, Walker,
    correction::{correction, percent_as_share},
    shown,
};
use crate::{
    Code,
    leaf::{self, InstantFault, UrlFault},
    shape::{ListShape, Shape, quoted},
    suggest::closest,
};

/// What a share of 1 has to be.
const SHARE: &str = "a number from 0 to 1";

impl Walker<'_> {
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
        if found > list.most {
            let message = format!("{subject} has {found} elements, and {} are allowed", list.most);
            let diagnostic = self.diagnostic(Code::LIST_LENGTH, value.span(), message).label("too many");
            self.report(diagnostic, place);
            return;
        }
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
            Shape::FormatVersion => {
                if leaf::integer(content) != Some(1) {
                    let raw = shown(self.text.get(value.span()).unwrap_or_default());
                    let message = format!("this file is in format {raw}, which this version does not read");
                    let diagnostic =
                        self.diagnostic(Code::UNSUPPORTED_FORMAT, value.span(), message).label("expected 1");
                    self.report(diagnostic.help("update the program, or convert the file"), place);
                }
            }
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
            Shape::Quantile => match leaf::float(content) {
                None => self.unrepresentable(subject, value, place),
                Some(number) if number <= 0.0 || number >= 1.0 => self.bad_quantile(subject, number, value, place),
                Some(_) => {}
            },
            Shape::True => {
                if content.as_bool() == Some(false) {
                    let diagnostic = self
                        .diagnostic(Code::OUT_OF_RANGE, value.span(), format!("{subject} can only be true"))
                        .label("expected `true`")
                        .help("to be without it, remove the whole table");
                    self.report(diagnostic, place);
                }
            }
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
            Shape::InstantOrTime => match leaf::instant(content) {
                Err(fault @ (InstantFault::NoOffset | InstantFault::DateOnly)) => {
                    self.bad_instant(subject, value, fault, place);
                }
                Err(_) if leaf::time(content).is_none() => self.bad_time(subject, value, place),
                _ => {}
            },
            Shape::UtcOffset => {
                if leaf::utc_offset(content.as_str().unwrap_or_default()).is_none() {
                    let diagnostic = self
                        .diagnostic(Code::INVALID_TIME, value.span(), format!("{subject} is not an offset from UTC"))
                        .label("expected an offset such as `\"+01:00\"`")
                        .help("write a sign, hours and minutes, such as `\"-05:30\"`, or `\"Z\"` for UTC itself");
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
            Shape::Url => {
                if let Err(fault) = leaf::url(content) {
                    self.bad_url(subject, fault, value, place);
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
        let share = if range == SHARE { leaf::float(value.get_ref()) } else { None };
        let diagnostic = match share.filter(|number| *number > 1.0).and_then(percent_as_share) {
            Some(share) => diagnostic.help(format!("did you mean `{share}`?")).suggest(value.span(), share),
            None => diagnostic,
        };
        self.report(diagnostic, place);
    }

    fn bad_quantile(&mut self, subject: Subject<'_>, number: f64, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        let raw = self.text.get(value.span()).unwrap_or_default();
        let diagnostic = self
            .diagnostic(
                Code::OUT_OF_RANGE,
                value.span(),
                format!("{subject} must be a number between 0 and 1, both excluded, found {raw}"),
            )
            .label("expected a number such as `0.99`");
        let diagnostic = match percent_as_share(number).filter(|_| number > 1.0) {
            Some(share) => diagnostic.help(format!("did you mean `{share}`?")).suggest(value.span(), share),
            None => diagnostic,
        };
        self.report(diagnostic, place);
    }

    fn bad_url(&mut self, subject: Subject<'_>, fault: UrlFault, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        let (message, label) = match fault {
            UrlFault::Scheme => ("does not start with `https://` or `http://`", "an address of which kind?"),
            UrlFault::Host => ("names no host that can be looked up", "expected a host in ASCII letters"),
            UrlFault::Password => ("holds a user name or a password", "for everybody to read"),
            UrlFault::Syntax => ("is not an address", "cannot be understood"),
        };
        let help = match fault {
            UrlFault::Password => {
                "write the address alone, and say with `token_file` or `token_env` where the token is"
            }
            _ => "write an address such as `https://hooks.example/flags`",
        };
        let diagnostic =
            self.diagnostic(Code::INVALID_URL, value.span(), format!("{subject} {message}")).label(label).help(help);
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

    fn bad_time(&mut self, subject: Subject<'_>, value: &Spanned<DeValue<'_>>, place: &Place<'_>) {
        let diagnostic = self
            .diagnostic(Code::INVALID_TIME, value.span(), format!("{subject} is not a time of the day"))
            .label("expected hours and minutes such as `\"16:00\"`");
        let diagnostic = if value.get_ref().as_str() == Some("24:00") {
            diagnostic.help("midnight is the first minute of the next day").suggest(value.span(), "\"00:00\"")
        } else {
            diagnostic.help("write hours from 00 to 23 and minutes, such as `\"08:30\"`")
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
