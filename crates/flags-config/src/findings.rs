//! What the lints find, as diagnostics with places.

use crate::{
    Code, Diagnostic, Finding, Linter, check::noun_of, place::Index, problems::Problems, shape::on_separate_lines,
};

/// Adds what the lints find in definitions that hold.
pub(crate) fn report(linter: &Linter<'_>, index: &Index<'_>, texts: &[&str], problems: &mut Problems) {
    for finding in linter.findings() {
        problems.push(diagnostic(finding, index, texts));
    }
}

fn diagnostic(finding: Finding, index: &Index<'_>, texts: &[&str]) -> Diagnostic {
    let code = Code::from(finding.code);
    let Some(place) = index.locate(&finding.path, texts) else {
        return Diagnostic::new(code, 0, 0..0, finding.message);
    };
    let mut diagnostic = Diagnostic::new(code, place.source, place.value.clone(), finding.message);
    diagnostic.help = finding.help;
    if on_separate_lines(texts[place.source], &place.header, &place.value) {
        let noun = noun_of(place.section);
        diagnostic = diagnostic.related(place.source, place.header, format!("in this {noun}"));
    }
    if let Some((_, environment)) = place.environment {
        diagnostic = diagnostic.related(place.source, environment, "in this environment");
    }
    diagnostic
}
