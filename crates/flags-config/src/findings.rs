//! What the lints find, as diagnostics with places.

use toml::de::DeValue;

use crate::{
    Code, Diagnostic, Finding, Linter,
    place::{Defined, Index},
    problems::Problems,
    shape::on_separate_lines,
};

/// Adds what the lints find in definitions that hold.
pub(crate) fn report(linter: Linter<'_>, index: &Index<'_>, texts: &[&str], problems: &mut Problems) {
    let linter = index.section("experiments").fold(linter, |linter, experiment| uses_of(experiment, linter));
    for finding in linter.findings() {
        problems.push(diagnostic(finding, index, texts));
    }
}

/// What an experiment names is in use.
fn uses_of<'d>(experiment: Defined<'_>, linter: Linter<'d>) -> Linter<'d> {
    fn visit<'d>(name: &str, value: &DeValue<'_>, linter: Linter<'d>) -> Linter<'d> {
        match (name, value) {
            ("segment", DeValue::String(segment)) => linter.uses_segment(&**segment),
            ("overrides", DeValue::Table(table)) => table.iter().fold(linter, |linter, (flag, variant)| {
                let flag: &str = flag.get_ref();
                match variant.get_ref() {
                    DeValue::String(variant) => linter.serves_variant(flag, &**variant),
                    DeValue::Boolean(on) => linter.serves_variant(flag, if *on { "on" } else { "off" }),
                    _ => linter,
                }
            }),
            (_, DeValue::Table(table)) => {
                table.iter().fold(linter, |linter, (name, value)| visit(name.get_ref(), value.get_ref(), linter))
            }
            (name, DeValue::Array(items)) => {
                items.iter().fold(linter, |linter, item| visit(name, item.get_ref(), linter))
            }
            _ => linter,
        }
    }
    visit("", experiment.entry.value.get_ref(), linter)
}

fn diagnostic(finding: Finding, index: &Index<'_>, texts: &[&str]) -> Diagnostic {
    let code = Code::from(finding.code);
    let Some(place) = index.locate(&finding.path, texts) else {
        return Diagnostic::new(code, 0, 0..0, finding.message);
    };
    let mut diagnostic = Diagnostic::new(code, place.source, place.value.clone(), finding.message);
    diagnostic.help = finding.help;
    if on_separate_lines(texts[place.source], &place.header, &place.value) {
        let noun = match place.section {
            "segments" => "segment",
            "channels" => "channel",
            _ => "flag",
        };
        diagnostic = diagnostic.related(place.source, place.header, format!("in this {noun}"));
    }
    if let Some((_, environment)) = place.environment {
        diagnostic = diagnostic.related(place.source, environment, "in this environment");
    }
    diagnostic
}
