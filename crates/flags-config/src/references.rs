//! References of alerts to channels and flags, and of migrations to flags.
//!
//! Those between flags and segments are the core's to check; it knows neither alerts nor migrations.

use toml::{Spanned, de::DeValue};

use crate::{
    Code, Diagnostic, check,
    knock_on::Known,
    parse::Parsed,
    place::{Defined, Index},
    problems::Problems,
    shape::{header_span, on_separate_lines},
};

/// A name that stands for something in another section.
struct Reference<'t> {
    /// What it stands in, and what that is called.
    within: Defined<'t>,
    noun: &'static str,
    value: &'t Spanned<DeValue<'t>>,
    name: &'t str,
    section: &'static str,
}

/// Reports every name in an alert or a migration that stands for nothing.
pub(crate) fn check(index: &Index<'_>, texts: &[&str], parsed: &[Option<Parsed<'_>>], problems: &mut Problems) {
    // Without one of the files, much would be reported that is defined there.
    if parsed.iter().any(Option::is_none) {
        return;
    }
    let mut dangling: Vec<Reference<'_>> =
        index.section("alerts").flat_map(of_alert).chain(index.section("migrations").flat_map(of_migration)).collect();
    dangling.retain(|reference| !reference.name.is_empty() && index.get(reference.section, reference.name).is_none());
    if dangling.is_empty() {
        return;
    }
    if problems.has_errors() {
        let known = Known::new(problems, index, texts, parsed);
        dangling.retain(|reference| !known.may_define(reference.name));
    }
    let context = check::Context::new(index, texts);
    for reference in dangling {
        problems.push(diagnostic(&reference, &context, texts));
    }
}

/// The names in an alert.
fn of_alert(alert: Defined<'_>) -> Vec<Reference<'_>> {
    let mut found = vec![];
    let Some(table) = alert.entry.value.get_ref().as_table() else { return found };
    let channels = table.get("notify").and_then(|notify| notify.get_ref().as_array());
    for value in channels.into_iter().flatten() {
        if let Some(name) = value.get_ref().as_str() {
            found.push(Reference { within: alert, noun: "alert", value, name, section: "channels" });
        }
    }
    let flag = table.get("when").and_then(|when| when.get_ref().get("flag_error_rate"));
    if let Some(value) = flag.and_then(|rate| rate.get_ref().get("flag"))
        && let Some(name) = value.get_ref().as_str()
    {
        found.push(Reference { within: alert, noun: "alert", value, name, section: "features" });
    }
    found
}

/// The flags in the phases of a migration.
fn of_migration(migration: Defined<'_>) -> Vec<Reference<'_>> {
    let mut found = vec![];
    let phases = migration.entry.value.get_ref().get("phases").and_then(|phases| phases.get_ref().as_array());
    for phase in phases.into_iter().flatten() {
        let field = |name| phase.get_ref().get(name);
        let required = field("requires").and_then(|required| required.get_ref().as_array());
        let named = field("flag").into_iter().chain(required.into_iter().flatten()).chain(field("rollback_flag"));
        for value in named {
            if let Some(name) = value.get_ref().as_str() {
                found.push(Reference { within: migration, noun: "migration", value, name, section: "features" });
            }
        }
    }
    found
}

fn diagnostic(reference: &Reference<'_>, context: &check::Context<'_, '_>, texts: &[&str]) -> Diagnostic {
    let Reference { within: Defined { source, entry }, noun: whose, value, name, section } = reference;
    let (code, noun) = match *section {
        "channels" => (Code::UNKNOWN_CHANNEL, "channel"),
        _ => (Code::UNKNOWN_FLAG, "flag"),
    };
    let span = value.span();
    let mut diagnostic = Diagnostic::new(code, *source, span.clone(), format!("there is no {noun} `{name}`"))
        .label(format!("no such {noun}"));
    diagnostic = match context.closest(name, section) {
        Some(meant) => context.suggest_name(diagnostic, meant, &span, *source),
        None => diagnostic.help(format!("a {noun} is defined by a table `[{section}.{name}]`")),
    };
    let header = header_span(texts[*source], Some(entry.key), entry.value);
    if on_separate_lines(texts[*source], &header, &span) {
        diagnostic = diagnostic.related(*source, header, format!("in this {whose}"));
    }
    diagnostic
}
