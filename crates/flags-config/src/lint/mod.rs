//! Lint: what is well formed and yet most likely not what anybody wants.
//!
//! Each lint has a file of its own. They look at the definitions as they are written, and report only what is certain: a
//! finding that is wrong would teach people to ignore the rest.

mod always_true;
mod breaker;
mod canary;
mod codes;
mod contradiction;
mod dependency;
mod deprecated;
mod experiment;
mod expiry;
mod guardrail;
mod kill;
mod members;
mod migration;
mod number;
mod plan;
#[cfg(feature = "sample-size")]
mod sample_size;
mod satisfiable;
mod sections;
mod short_rollout;
mod stale;
mod subject;
mod unreachable;
mod unused_channel;
mod unused_segment;
mod unused_signal;
mod versions;
mod without_end;

use std::collections::HashSet;

use flags_core::{Definitions, FlagDefinition, PathPart, Timestamp};

pub use self::codes::LintCode;
use self::{sections::Sections, subject::Subject};
use crate::{AlertDefinition, ChannelDefinition, Document};

/// One thing a lint found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub code: LintCode,
    /// Where: keys and positions from the top, as they are written in a file.
    pub path: Vec<PathPart>,
    /// What was found, without a full stop.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

/// What the lints find in `definitions` as of `now`.
///
/// A flag's form in an environment is looked at like the flag itself; what is found in both is reported once, for the flag.
///
/// ```
/// use flags_config::{LintCode, lint};
/// use flags_core::{Definitions, SegmentDefinition, Timestamp};
///
/// let definitions = Definitions { segments: vec![SegmentDefinition::new("staff")], ..Definitions::default() };
/// let now = Timestamp::parse("2026-11-20T12:00:00Z").unwrap();
/// let findings = lint(&definitions, now);
/// assert_eq!(findings[0].code, LintCode::UnusedSegment);
/// ```
#[must_use]
pub fn lint(definitions: &Definitions, now: Timestamp) -> Vec<Finding> {
    Linter::new(definitions, now).findings()
}

/// The lints together with what they have to know beyond the definitions.
///
/// A program that serves variants or asks for segments in a way of its own tells them; they would call those unused.
///
/// ```
/// use flags_config::Linter;
/// use flags_core::{Definitions, SegmentDefinition, Timestamp};
///
/// let definitions = Definitions { segments: vec![SegmentDefinition::new("beta")], ..Definitions::default() };
/// let linter = Linter::new(&definitions, Timestamp::default()).uses_segment("beta");
/// assert!(linter.findings().is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Linter<'d> {
    definitions: &'d Definitions,
    now: Timestamp,
    segments: HashSet<Box<str>>,
    variants: HashSet<(Box<str>, Box<str>)>,
    sections: Sections<'d>,
}

/// A lint that looks at one form of a flag: the flag itself, or the flag in one of its environments. Paths start at the form.
type FormLint = fn(&Subject<'_>, &FlagDefinition, &mut Vec<Finding>);

const FORM_LINTS: [FormLint; 9] = [
    unreachable::check,
    unreachable::check_empty,
    contradiction::check_flag,
    always_true::check_flag,
    dependency::check,
    canary::check,
    short_rollout::check,
    deprecated::check,
    kill::check,
];

/// A lint that looks at a flag as a whole. Paths start at the flag.
const FLAG_LINTS: [FormLint; 2] = [expiry::check, stale::check];

/// A lint that looks at a segment. Paths start at the segment.
type SegmentLint = fn(&Subject<'_>, &flags_core::SegmentDefinition, &mut Vec<Finding>);

const SEGMENT_LINTS: [SegmentLint; 5] = [
    unused_segment::check,
    contradiction::check_segment,
    always_true::check_segment,
    deprecated::check_segment,
    members::check,
];

/// A lint that looks at an experiment. Paths start at the experiment.
type ExperimentLint = fn(&Subject<'_>, &flags_core::ExperimentDefinition, &mut Vec<Finding>);

const EXPERIMENT_LINTS: &[ExperimentLint] = &[
    experiment::check_over,
    experiment::check_flags,
    experiment::check_arms,
    without_end::check,
    contradiction::check_experiment,
    always_true::check_experiment,
    deprecated::check_experiment,
    #[cfg(feature = "sample-size")]
    sample_size::check,
];

impl<'d> Linter<'d> {
    /// The lints over `definitions` as of `now`.
    #[must_use]
    pub fn new(definitions: &'d Definitions, now: Timestamp) -> Self {
        Self { definitions, now, segments: HashSet::new(), variants: HashSet::new(), sections: Sections::default() }
    }

    /// The segment is used by something that is not in the definitions.
    #[must_use]
    pub fn uses_segment(mut self, key: impl Into<Box<str>>) -> Self {
        self.segments.insert(key.into());
        self
    }

    /// The variant of the flag is served by something that is not in the definitions.
    #[must_use]
    pub fn serves_variant(mut self, flag: impl Into<Box<str>>, variant: impl Into<Box<str>>) -> Self {
        self.variants.insert((flag.into(), variant.into()));
        self
    }

    /// The alerts and channels that stand beside the flags: they are looked at as well.
    #[must_use]
    pub fn operations(mut self, alerts: &'d [AlertDefinition], channels: &'d [ChannelDefinition]) -> Self {
        (self.sections.alerts, self.sections.channels) = (alerts, channels);
        self
    }

    /// Everything else that stands in the document: alerts, channels, rollout plans, circuit breakers, signals and
    /// migrations are looked at as well, and count for what they do to flags.
    #[must_use]
    pub fn document(mut self, document: &'d Document) -> Self {
        self.sections = Sections {
            alerts: &document.alerts,
            channels: &document.channels,
            rollouts: &document.rollouts,
            breakers: &document.breakers,
            signals: &document.signals,
            migrations: &document.migrations,
        };
        self
    }

    /// What they find: flags first, then segments, experiments, layers, channels, rollout plans, guardrails, circuit breakers,
    /// signals and migrations, each in the order of the definitions.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let subject =
            Subject::new(self.definitions, self.now, &self.segments, &self.variants).driven_by(&self.sections);
        let mut findings = Vec::new();
        for flag in &self.definitions.flags {
            let place = ["features".into(), PathPart::Key(flag.key.clone())];
            let mut base = Vec::new();
            for lint in FORM_LINTS {
                lint(&subject, flag, &mut base);
            }
            let mut own = Vec::new();
            for (name, form) in &flag.environments {
                let mut found = Vec::new();
                for lint in FORM_LINTS {
                    lint(&subject, form, &mut found);
                }
                found.retain(|finding| !base.contains(finding));
                let environment = ["environments".into(), PathPart::Key(name.clone())];
                own.extend(found.into_iter().map(|finding| finding.below(&environment)));
            }
            for lint in FLAG_LINTS {
                lint(&subject, flag, &mut base);
            }
            findings.extend(base.into_iter().chain(own).map(|finding| finding.below(&place)));
        }
        for segment in &self.definitions.segments {
            let place = ["segments".into(), PathPart::Key(segment.key.clone())];
            let mut found = Vec::new();
            for lint in SEGMENT_LINTS {
                lint(&subject, segment, &mut found);
            }
            findings.extend(found.into_iter().map(|finding| finding.below(&place)));
        }
        for experiment in &self.definitions.experiments {
            let place = ["experiments".into(), PathPart::Key(experiment.key.clone())];
            let mut found = Vec::new();
            for lint in EXPERIMENT_LINTS {
                lint(&subject, experiment, &mut found);
            }
            findings.extend(found.into_iter().map(|finding| finding.below(&place)));
        }
        experiment::check_layers(self.definitions, &mut findings);
        unused_channel::check(self.sections.alerts, self.sections.channels, &mut findings);
        plan::check(&subject, &self.sections, &mut findings);
        guardrail::check(&self.sections, &mut findings);
        breaker::check(&self.sections, &mut findings);
        unused_signal::check(&self.sections, &mut findings);
        migration::check(&subject, &self.sections, &mut findings);
        findings
    }
}

impl Finding {
    fn new(code: LintCode, path: impl IntoIterator<Item = PathPart>, message: impl Into<String>) -> Self {
        Self { code, path: path.into_iter().collect(), message: message.into(), help: None }
    }

    fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The finding with its path starting further up.
    fn below(mut self, place: &[PathPart]) -> Self {
        self.path.splice(0..0, place.iter().cloned());
        self
    }
}

/// What the tests of the lints share.
#[cfg(test)]
mod test_support {
    use flags_core::{Definitions, FlagDefinition, PathPart, SegmentDefinition, Timestamp};

    use super::{Finding, Linter};

    /// The day the tests are read on.
    pub(super) fn now() -> Timestamp {
        at("2026-11-20T12:00:00Z")
    }

    pub(super) fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    /// The findings, each as `name path: message`.
    pub(super) fn shown(findings: &[Finding]) -> Vec<String> {
        findings
            .iter()
            .map(|finding| {
                let path = finding.path.iter().fold(String::new(), |path, part| match part {
                    PathPart::Key(key) if path.is_empty() => key.to_string(),
                    PathPart::Key(key) => format!("{path}.{key}"),
                    PathPart::Index(index) => format!("{path}[{index}]"),
                });
                format!("{} {path}: {}", finding.code.name(), finding.message)
            })
            .collect()
    }

    /// What the lints find in these flags, segments assumed to be used elsewhere.
    pub(super) fn found(flags: impl IntoIterator<Item = FlagDefinition>) -> Vec<String> {
        found_with(flags, [])
    }

    pub(super) fn found_with(
        flags: impl IntoIterator<Item = FlagDefinition>,
        segments: impl IntoIterator<Item = SegmentDefinition>,
    ) -> Vec<String> {
        let definitions = Definitions {
            flags: flags.into_iter().collect(),
            segments: segments.into_iter().collect(),
            ..Definitions::default()
        };
        let linter = Linter::new(&definitions, now());
        let linter =
            definitions.segments.iter().fold(linter, |linter, segment| linter.uses_segment(segment.key.clone()));
        shown(&linter.findings())
    }
}
