//! The codes of the lints: what they find, why it matters, and an example of each.

mod entries;
mod experiments;
mod rollouts;

use std::fmt;

use self::{entries::LINTS, experiments::EXPERIMENT_LINTS, rollouts::ROLLOUT_LINTS};
use crate::{Severity, codes::CodeEntry};

/// What a lint found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LintCode {
    /// The day after which the flag should be gone has passed.
    Expired,
    /// That day comes within two weeks.
    ExpiresSoon,
    /// The flag has said the same to everybody for months.
    Stale,
    /// Nothing refers to the segment.
    UnusedSegment,
    /// Earlier rules take everybody the rule could match.
    UnreachableRule,
    /// The rule's percentage is 0.
    EmptyRule,
    /// Conditions that cannot hold, or not together.
    ContradictoryConditions,
    /// A condition that holds for everybody.
    AlwaysTrueCondition,
    /// A prerequisite that cannot be met.
    UnmetPrerequisite,
    /// A parent that cannot be on.
    ParentNeverOn,
    /// A canary for more than 5 percent.
    LargeCanary,
    /// A schedule that goes to everybody within an hour.
    ShortRollout,
    /// A flag marked as deprecated that is still on.
    DeprecatedFlag,
    /// Something that depends on a flag marked as deprecated.
    DeprecatedReference,
    /// A flag that is killed in the file.
    KillLeftOn,
    /// A member of a segment that is excluded as well.
    ExcludedMember,
    /// No alert goes to the channel.
    UnusedChannel,
    /// An experiment that is over and still said to be running.
    ExperimentOver,
    /// An experiment on a flag that is off.
    ExperimentWithoutEffect,
    /// An experiment whose units all get the same arm.
    SingleArm,
    /// No experiment is in the layer.
    UnusedLayer,
    /// An experiment that ends before it has the units it needs. Found only with the feature `sample-size`.
    SampleOutOfReach,
    /// An experiment that is judged at its end, and has none.
    AnalysisWithoutEnd,
    /// A plan that nothing watches at 100 percent.
    UnwatchedEnd,
    /// A plan that advances by itself while nothing watches it.
    UnwatchedPlan,
    /// A schedule of percentages beside a rollout plan.
    ScheduleBesidePlan,
    /// A plan that moves nobody.
    PlanWithoutEffect,
    /// A plan that starts with fewer units than the flag is on for.
    PlanStartsLower,
    /// A guardrail whose window is shorter than the interval of its signal.
    ShortWindow,
    /// A plan whose stages take longer than its deadline allows.
    ShortDeadline,
    /// Two guardrails that bound the same metric in the same way.
    DuplicateGuardrail,
    /// No guardrail is on the signal.
    UnusedSignal,
    /// A circuit breaker that never opens.
    IdleBreaker,
    /// A phase whose flag is on before its migration.
    PhaseAlreadyOn,
    /// A flag that more than one migration or plan drives.
    TwoDrivers,
}

impl LintCode {
    /// Every code, in the order of their numbers.
    pub const ALL: [Self; 35] = [
        Self::Expired,
        Self::ExpiresSoon,
        Self::Stale,
        Self::UnusedSegment,
        Self::UnreachableRule,
        Self::EmptyRule,
        Self::ContradictoryConditions,
        Self::AlwaysTrueCondition,
        Self::UnmetPrerequisite,
        Self::ParentNeverOn,
        Self::LargeCanary,
        Self::ShortRollout,
        Self::DeprecatedFlag,
        Self::DeprecatedReference,
        Self::KillLeftOn,
        Self::ExcludedMember,
        Self::UnusedChannel,
        Self::ExperimentOver,
        Self::ExperimentWithoutEffect,
        Self::SingleArm,
        Self::UnusedLayer,
        Self::SampleOutOfReach,
        Self::AnalysisWithoutEnd,
        Self::UnwatchedEnd,
        Self::UnwatchedPlan,
        Self::ScheduleBesidePlan,
        Self::PlanWithoutEffect,
        Self::PlanStartsLower,
        Self::ShortWindow,
        Self::ShortDeadline,
        Self::DuplicateGuardrail,
        Self::UnusedSignal,
        Self::IdleBreaker,
        Self::PhaseAlreadyOn,
        Self::TwoDrivers,
    ];

    /// `FLG` and three digits, from `FLG100` on.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.entry().id
    }

    /// A few words joined by hyphens, such as `unreachable-rule`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// How serious a finding of this code is: never an error.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.entry().severity
    }

    /// Its entry in the tables, which stand in the order of the variants (a test holds them together).
    pub(crate) fn entry(self) -> &'static CodeEntry {
        let mut place = self as usize;
        for area in [&LINTS[..], &EXPERIMENT_LINTS] {
            match area.get(place) {
                Some(entry) => return entry,
                None => place -= area.len(),
            }
        }
        &ROLLOUT_LINTS[place]
    }
}

impl fmt::Display for LintCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Linter, Source, lint::test_support::now, load};

    // B7
    #[test]
    fn every_example_does_what_it_says() {
        let codes = |text: &str| -> Vec<LintCode> {
            let loaded = load(&Source::new("example.toml", text).into());
            let report = loaded.report.render_human(false);
            let document = loaded.document.unwrap_or_else(|| panic!("{report}"));
            Linter::new(&document.definitions, now())
                .document(&document)
                .findings()
                .iter()
                .map(|finding| finding.code)
                .collect()
        };
        for code in LintCode::ALL {
            assert_eq!(codes(code.entry().bad), [code], "the bad example of {code}");
            assert_eq!(codes(code.entry().good), [], "the good example of {code}");
        }
    }

    #[test]
    fn the_table_stands_in_the_order_of_the_codes() {
        assert_eq!(LintCode::ALL.len(), LINTS.len() + EXPERIMENT_LINTS.len() + ROLLOUT_LINTS.len());
        for (at, (code, entry)) in
            LintCode::ALL.into_iter().zip(LINTS.iter().chain(&EXPERIMENT_LINTS).chain(&ROLLOUT_LINTS)).enumerate()
        {
            assert_eq!(code as usize, at);
            assert_eq!(code.id(), format!("FLG{}", 100 + at));
            // `UnusedSegment` is `unused-segment`.
            let words = format!("{code:?}").chars().fold(String::new(), |mut words, letter| {
                if letter.is_ascii_uppercase() && !words.is_empty() {
                    words.push('-');
                }
                words.push(letter.to_ascii_lowercase());
                words
            });
            assert_eq!(code.name(), words);
            assert_ne!(code.severity(), Severity::Error, "{}", entry.id);
        }
    }
}
