//! Conditions and their operators.

use super::{BUCKET_BY, Field, ListShape, NAME, NAME_OR_NAMES, Shape, TableShape, field, table};

/// A list of conditions; all of them have to hold.
pub(super) static CONDITIONS: ListShape = ListShape { item: Shape::Table(&CONDITION), least: 0, most: usize::MAX };

const NUMBER: Shape = Shape::Number { least: f64::MIN, most: f64::MAX };
const SCALAR: Shape = Shape::OneOf(&[Shape::Text, NUMBER, Shape::Boolean]);
/// Strings or numbers; that they are not mixed is checked where the list is read.
const OPERANDS: Shape =
    Shape::List(&ListShape { item: Shape::OneOf(&[Shape::Text, NUMBER]), least: 1, most: usize::MAX });
const ENDS: Shape = Shape::List(&ListShape { item: Shape::OneOf(&[NUMBER, Shape::Instant]), least: 2, most: 2 });
const RANGES: Shape = Shape::List(&ListShape { item: Shape::IpRange, least: 1, most: usize::MAX });

pub(super) static CONDITION: TableShape = table(
    "condition",
    "A condition",
    "One table holds one condition: a test of an attribute, or one of the other forms. A list of them means all of it. A test \
     of a missing attribute, or of one of another type, is false whatever the operator, except `exists = false`.",
    FIELDS,
);

static FIELDS: &[Field] = &[
    field("attribute", NAME, "The attribute to test. `a.b` descends into structured attributes.")
        .also(&["attr", "field", "property", "context"]),
    field("equals", SCALAR, "It is the value.").also(&["eq", "is", "equal", "value"]),
    field("not_equals", SCALAR, "It is of the value's type and another value.").also(&["ne", "neq", "is_not"]),
    field("in", OPERANDS, "It is one of the values: all strings or all numbers.").also(&["one_of", "any_of", "values"]),
    field("not_in", OPERANDS, "It is of the values' type and none of them.").also(&["none_of"]),
    field("contains", Shape::Text, "The string contains the text, or the list has that element."),
    field("not_contains", Shape::Text, "The string does not contain the text, or the list lacks that element."),
    field("starts_with", NAME_OR_NAMES, "The string starts with the text, or with one of the texts.").also(&["prefix"]),
    field("ends_with", NAME_OR_NAMES, "The string ends with the text, or with one of the texts.").also(&["suffix"]),
    field("matches", Shape::Pattern, "The regular expression is found in the string; anchor it to match all of it.")
        .also(&["regex", "pattern"]),
    field("greater_than", NUMBER, "The number is above this.").also(&["gt"]),
    field("less_than", NUMBER, "The number is below this.").also(&["lt"]),
    field("at_least", NUMBER, "The number is this or above.").also(&["gte", "ge", "min", "minimum"]),
    field("at_most", NUMBER, "The number is this or below.").also(&["lte", "le", "max", "maximum"]),
    field("between", ENDS, "The number or instant lies between the two, both included.").also(&["range"]),
    field(
        "before",
        Shape::Instant,
        "Now is strictly before the instant; beside `attribute`, the RFC 3339 string in the attribute is.",
    )
    .also(&["until"]),
    field("after", Shape::Instant, "Now is at or after the instant; beside `attribute`, the RFC 3339 string in it is.")
        .also(&["since", "from"]),
    field("version", Shape::Version, "The string is a version that meets all comparators, by SemVer precedence.")
        .also(&["semver"]),
    field("ip_in", RANGES, "The string is an IP address in one of the ranges.").also(&[
        "cidr",
        "ip_range",
        "ip_ranges",
    ]),
    field("exists", Shape::Boolean, "The attribute is there (`true`) or missing (`false`).").also(&["present"]),
    field("ignore_case", Shape::Boolean, "Beside an operator on strings: the case of letters does not count.")
        .default("`false`")
        .also(&["case_insensitive"]),
    field("segment", NAME, "The context is in the segment.").also(&["segments", "in_segment", "cohort"]),
    field("predicate", NAME, "The predicate the application registered under that name says so.").also(&["custom"]),
    field("flag", NAME, "That flag is on for the same context.").also(&["feature"]),
    field("variant", Shape::VariantName, "Beside `flag`: the variant it has to serve."),
    field("environment", NAME_OR_NAMES, "The environment is that, or one of those.").also(&["environments", "env"]),
    field(
        "chain_height",
        Shape::Integer { least: 0, most: i64::MAX },
        "The attribute `chain_height` is this or above.",
    ),
    field(
        "sync_progress",
        Shape::Number { least: 0.0, most: 1.0 },
        "The attribute `sync_progress`, from 0 to 1, is this or above.",
    ),
    field("percentage", Shape::Percentage, "The unit's bucket is below.").also(&["percent", "rollout_percentage"]),
    field("salt", NAME, "Beside `percentage`: what keys the draw.")
        .default("the salt of the flag or segment it stands in"),
    field("bucket_by", BUCKET_BY, "Beside `percentage`: the attribute the unit is taken from.")
        .default("that of the flag or segment it stands in"),
    field("all", Shape::List(&CONDITIONS), "All of these hold; true of an empty list.").also(&["and"]),
    field("any", Shape::List(&CONDITIONS), "At least one of these holds; false of an empty list.").also(&["or"]),
    field("not", Shape::Table(&CONDITION), "This does not hold."),
];

/// The short form of a flag's `conditions`.
pub(super) static SHORT_CONDITIONS: TableShape = table(
    "short conditions",
    "[features.KEY.conditions]",
    "The short form of a flag's conditions: all that are written have to hold. A list of conditions stands in its place where \
     it does not suffice.",
    &[
        field("after", Shape::Instant, "Now is at or after the instant."),
        field("before", Shape::Instant, "Now is strictly before the instant."),
        field("chain_height", Shape::Integer { least: 0, most: i64::MAX }, "The chain has at least that many blocks."),
        field(
            "sync_progress",
            Shape::Number { least: 0.0, most: 1.0 },
            "The node has at least that share of the chain, from 0 to 1.",
        ),
        field("custom", NAME_OR_NAMES, "A predicate the application registered, or several.").also(&["predicate"]),
    ],
)
.hint("every other condition is written in a list: `conditions = [{ attribute = \"country\", equals = \"NL\" }]`");
