//! The shapes of the format: one table that says what may stand where.
//!
//! [`tables::FILE`] describes a whole file. From it come the check of every key and value with its place ([`walk`]), the JSON
//! Schema for editors ([`schema`]) and the page of the reference ([`reference`]), so that the three never disagree. What a
//! table cannot say, such as which operators go together in a condition, is checked where the value is read.

mod reference;
mod schema;
mod tables;
mod walk;

use toml::de::DeValue;

pub use self::{reference::reference, schema::schema};
pub(crate) use self::{
    tables::{FILE, SCENARIO},
    walk::{correction::percent_as_share, header_span, on_separate_lines, walk, walk_as, with_article},
};

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape {
    /// Whatever TOML can hold, if its numbers are finite and fit 64 bits.
    Any,
    /// The version of the format, 1.
    FormatVersion,
    /// True or false.
    Boolean,
    /// True.
    True,
    /// An integer from one number to another.
    Integer { least: i64, most: i64 },
    /// An integer or a float from one number to another, both included.
    Number { least: f64, most: f64 },
    /// A number between 0 and 1, both excluded.
    Quantile,
    /// A number from 0 to 100 with at most three decimals.
    Percentage,
    /// A string, which may be empty.
    Text,
    /// A string that is not empty.
    Name,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A datetime with offset, or an RFC 3339 string.
    Instant,
    /// A date without a time.
    Date,
    /// A string such as `5m`.
    Duration,
    /// An instant, or a time of the day.
    InstantOrTime,
    /// An offset from UTC, such as `+01:00`.
    UtcOffset,
    /// A regular expression. Whether it compiles is found out where it is read, as that is not cheap.
    Pattern,
    /// A version requirement.
    Version,
    /// An IP address or CIDR range.
    IpRange,
    /// An `http` or `https` address.
    Url,
    /// A variant's name; `true` and `false` for those of a boolean flag.
    VariantName,
    /// A list of values of one shape.
    List(&'static ListShape),
    /// A table with known keys.
    Table(&'static TableShape),
    /// A table with free keys.
    Map(&'static MapShape),
    /// One of several shapes, each of another TOML type.
    OneOf(&'static [Shape]),
    /// A variant: its value, or a table with `value`.
    Variant(&'static TableShape),
}

/// A list of values of one shape.
#[derive(Debug)]
pub(crate) struct ListShape {
    pub(crate) item: Shape,
    /// The smallest number of elements.
    pub(crate) least: usize,
    /// The largest number of elements.
    pub(crate) most: usize,
}

/// A table with known keys.
#[derive(Debug)]
pub(crate) struct TableShape {
    /// What one such table is called, such as `flag`.
    pub(crate) noun: &'static str,
    /// Where it stands, as a heading of the reference, such as `[features.KEY]`.
    pub(crate) place: &'static str,
    /// What it is for.
    pub(crate) doc: &'static str,
    pub(crate) fields: &'static [Field],
    pub(crate) groups: &'static [Group],
    /// What to say of a key it does not have, where there is more to say than which keys it has.
    pub(crate) hint: &'static str,
    /// Whether it is a flag's form in one environment: fields of the identity are refused, and nothing is required.
    pub(crate) partial: bool,
}

/// A table with free keys.
#[derive(Debug)]
pub(crate) struct MapShape {
    /// What one entry is called, such as `flag`; the name is shown with it. Empty where an entry is not worth naming.
    pub(crate) noun: &'static str,
    /// Whether the keys have the restricted alphabet of flags and segments; otherwise anything but the empty text goes.
    pub(crate) strict_keys: bool,
    pub(crate) value: Shape,
    /// The largest number of entries.
    pub(crate) most: usize,
}

/// How many entries a table of free data, of variants or of weights may have: looking them up takes longer the more there
/// are.
pub(crate) const MOST_ENTRIES: usize = 1_000;

/// One key of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// What it does, in one or two sentences without a break.
    pub(crate) doc: &'static str,
    pub(crate) required: bool,
    /// What counts where it is not written, in the words of the reference; empty if nothing needs saying.
    pub(crate) default: &'static str,
    /// What others call it, for a suggestion.
    pub(crate) aliases: &'static [&'static str],
    /// Whether it identifies the flag, so that no environment may change it.
    pub(crate) identity: bool,
}

/// Keys that belong together.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) names: &'static [&'static str],
    pub(crate) rule: GroupRule,
}

/// How many keys of a group there have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupRule {
    One,
    NoneOrOne,
    OneOrMore,
}

impl TableShape {
    pub(crate) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

impl Shape {
    /// What is expected, for a message: "… must be `expected`".
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Any => "a value".into(),
            Self::FormatVersion => "1".into(),
            Self::Boolean => "true or false".into(),
            Self::True => "true".into(),
            Self::Integer { .. } => "a whole number".into(),
            Self::Number { .. } => "a number".into(),
            Self::Quantile => "a number between 0 and 1".into(),
            Self::Percentage => "a percentage, a number from 0 to 100".into(),
            Self::Text | Self::Name => "a string".into(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Instant => "an instant such as `2026-12-01T09:00:00Z`".into(),
            Self::Date => "a date such as `2027-03-31`".into(),
            Self::Duration => "a duration such as `\"5m\"`".into(),
            Self::InstantOrTime => {
                "an instant such as `2026-12-24T00:00:00Z`, or a time of the day such as `\"16:00\"`".into()
            }
            Self::UtcOffset => "an offset from UTC such as `\"+01:00\"`".into(),
            Self::Pattern => "a regular expression in a string".into(),
            Self::Version => "a version requirement such as `\">=2.4.0\"`".into(),
            Self::IpRange => "an IP address or range such as `\"10.0.0.0/8\"`".into(),
            Self::Url => "an address such as `\"https://hooks.example/flags\"`".into(),
            Self::VariantName => "the name of a variant".into(),
            Self::List(list) => match list.item.plural() {
                Some(items) => format!("a list of {items}"),
                None => "a list".into(),
            },
            Self::Table(_) | Self::Map(_) => "a table".into(),
            Self::OneOf(shapes) => {
                let mut texts: Vec<String> = shapes.iter().map(Self::expected).collect();
                texts.dedup();
                texts.join(" or ")
            }
            Self::Variant(_) => "a variant".into(),
        }
    }

    /// Whether a value of that TOML type may have this shape, whatever its content.
    pub(crate) fn takes(&self, value: &DeValue<'_>) -> bool {
        match self {
            Self::Any | Self::FormatVersion | Self::Variant(_) => true,
            Self::Boolean | Self::True => value.is_bool(),
            Self::Integer { .. } => value.is_integer(),
            Self::Number { .. } | Self::Quantile | Self::Percentage => value.is_integer() || value.is_float(),
            Self::Text
            | Self::Name
            | Self::Word(_)
            | Self::Duration
            | Self::UtcOffset
            | Self::Pattern
            | Self::Version
            | Self::IpRange
            | Self::Url => value.is_str(),
            Self::Instant | Self::Date | Self::InstantOrTime => value.is_datetime() || value.is_str(),
            Self::VariantName => value.is_str() || value.is_bool(),
            Self::List(_) => value.is_array(),
            Self::Table(_) | Self::Map(_) => value.is_table(),
            Self::OneOf(shapes) => shapes.iter().any(|shape| shape.takes(value)),
        }
    }

    /// The tables a value of this shape may hold directly.
    fn tables(&self) -> Vec<&'static TableShape> {
        match self {
            Self::Table(table) | Self::Variant(table) => vec![table],
            Self::List(list) => list.item.tables(),
            Self::Map(map) => map.value.tables(),
            Self::OneOf(shapes) => shapes.iter().flat_map(Self::tables).collect(),
            _ => vec![],
        }
    }

    /// What several of them are called, for a list.
    fn plural(&self) -> Option<&'static str> {
        Some(match self {
            Self::Text | Self::Name => "strings",
            Self::Number { .. } => "numbers",
            Self::IpRange => "IP addresses and ranges",
            Self::Word(_) => "words",
            Self::Table(_) => "tables",
            _ => return None,
        })
    }
}

/// Every table of the format, each once, in the order in which the tables above name them.
pub(crate) fn all_tables() -> Vec<&'static TableShape> {
    fn visit(table: &'static TableShape, found: &mut Vec<&'static TableShape>) {
        if !found.iter().any(|known| std::ptr::eq(*known, table)) {
            found.push(table);
            for field in table.fields {
                for inner in field.shape.tables() {
                    visit(inner, found);
                }
            }
        }
    }
    let mut found = vec![];
    visit(&FILE, &mut found);
    found
}

/// Words in back-quotes, joined by commas.
pub(crate) fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Whether conditions have a key of that name.
pub(crate) fn is_condition_key(name: &str) -> bool {
    tables::is_condition_key(name)
}

/// Whether a section of a file is a table of named tables.
pub(crate) fn is_map_section(name: &str) -> bool {
    FILE.field(name).is_some_and(|field| matches!(field.shape, Shape::Map(_)))
}
