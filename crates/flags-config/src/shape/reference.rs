//! The page of the reference that lists every table and key (`docs/reference/format.md`).

use std::fmt::Write as _;

use super::{Field, GroupRule, Shape, TableShape, all_tables, quoted};

/// The page of the reference that lists every table and key of the format (`docs/reference/format.md`).
#[must_use]
pub fn reference() -> String {
    let mut page = String::from(
        "# The definition file\n\nEvery table and key. This page is generated from the shapes in `flags-config`; the guide \
         explains what they are for.\n\nInstants are TOML datetimes with offset, or the same as a string \
         (`2026-12-01T09:00:00Z`). Durations are strings such as `\"30s\"`, `\"1h 30m\"`, `\"7d\"`. Percentages are numbers from \
         0 to 100 with at most three decimals. Keys of flags, segments and experiments have 1 to 128 of `A-Z a-z 0-9 _ - .` \
         and start with a letter or digit.\n",
    );
    for table in all_tables() {
        describe(table, &mut page);
    }
    page
}

fn describe(table: &TableShape, page: &mut String) {
    let place = if table.place.starts_with('[') { format!("`{}`", table.place) } else { table.place.to_owned() };
    let _ = writeln!(page, "\n## {place}\n\n{}\n", table.doc);
    if table.partial {
        // The keys are those of the flag.
        return;
    }
    page.push_str("| key | takes | default | meaning |\n| --- | --- | --- | --- |\n");
    for field in table.fields {
        let default = if field.required { "required" } else { field.default };
        let _ = writeln!(page, "| `{}` | {} | {} | {} |", field.name, takes(field), default, field.doc);
    }
    for group in table.groups {
        let names = quoted(group.names);
        let _ = match group.rule {
            GroupRule::One => writeln!(page, "\nExactly one of {names} is required."),
            GroupRule::NoneOrOne => writeln!(page, "\nAt most one of {names}."),
            GroupRule::OneOrMore => writeln!(page, "\nAt least one of {names} is required."),
        };
    }
}

fn takes(field: &Field) -> String {
    shape(&field.shape).replace('|', "\\|")
}

fn shape(shape_: &Shape) -> String {
    match shape_ {
        Shape::Any => "anything".into(),
        Shape::FormatVersion => "`1`".into(),
        Shape::Boolean => "`true` or `false`".into(),
        Shape::True => "`true`".into(),
        Shape::Integer { least, most: i64::MAX } => format!("integer from {least}"),
        Shape::Integer { least, most } => format!("integer, {least} to {most}"),
        Shape::Number { least, most } => match (*least == f64::MIN, *most == f64::MAX) {
            (true, _) => "number".into(),
            (false, true) => format!("number from {least}"),
            (false, false) => format!("number, {least} to {most}"),
        },
        Shape::Quantile => "number between 0 and 1".into(),
        Shape::Percentage => "percentage".into(),
        Shape::Text | Shape::Name => "string".into(),
        Shape::Word(words) => quoted(words),
        Shape::Instant => "instant".into(),
        Shape::Date => "date".into(),
        Shape::Duration => "duration".into(),
        Shape::InstantOrTime => "instant, or time of the day".into(),
        Shape::UtcOffset => "offset from UTC".into(),
        Shape::Pattern => "regular expression".into(),
        Shape::Version => "version requirement".into(),
        Shape::IpRange => "IP address or range".into(),
        Shape::Url => "address".into(),
        Shape::VariantName => "variant".into(),
        Shape::List(list) => {
            let count = match (list.least, list.most) {
                (least, most) if least == most => format!(" ({least})"),
                (0, _) => String::new(),
                (least, _) => format!(" (at least {least})"),
            };
            format!("list of {}{count}", shape(&list.item))
        }
        Shape::Table(table) => format!("table: {}", table.noun),
        Shape::Map(map) => match map.noun {
            "" => format!("table of {}", shape(&map.value)),
            noun => format!("table of tables: {noun}"),
        },
        Shape::OneOf(shapes) => shapes.iter().map(shape).collect::<Vec<_>>().join(", or "),
        Shape::Variant(_) => "a value, or its long form".into(),
    }
}
