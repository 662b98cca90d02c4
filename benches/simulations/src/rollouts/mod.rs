//! The studies of rollouts: whether their guardrails are neither trigger-happy nor blind.

mod bounds;
mod harmful;
mod harmless;
mod plans;
mod traffic;
mod unknown;

use std::time::Duration;

use flags_core::Percentage;
use flags_rollout::plan::{GuardMetric, GuardrailDefinition, Plan, RolloutDefinition, StageDefinition, Surroundings};

use crate::{page::Heading, studies::Study};

/// What their page is about.
pub(crate) const HEADING: Heading = Heading {
    title: "Rollouts",
    about: "Whether the guardrails of rollouts undo what harms and leave the rest alone. Rollouts whose truth is known were simulated in\n\
            virtual time, on the machine and the guardrails that run in earnest, and what became of them was counted.",
    runs: "rollouts",
};

/// Every study with its title.
pub(crate) const ALL: &[(&str, Study)] = &[
    ("False rollbacks: comparison with the control", harmless::study),
    ("Harm that is found", harmful::study),
    ("How soon harm can be found at all", bounds::study),
    ("Whole plans", plans::study),
    ("What is not known", unknown::study),
];

/// The level of a plan, over all its looks.
const ALPHA: f64 = 0.05;

/// One stage at half of the units that lasts longer than any simulation, with one guardrail at the whole level.
fn watched(guardrail: GuardrailDefinition) -> Plan {
    let half = Percentage::from_thousandths(50_000).expect("50 % is a percentage");
    let stage = StageDefinition::new(half).hold(Duration::from_secs(365 * 24 * 3_600));
    checked(&RolloutDefinition::custom([stage]).guardrail(guardrail))
}

/// A guardrail on errors that allows so much more than the control.
fn errors(max_increase: f64) -> GuardrailDefinition {
    GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(max_increase)
}

fn checked(definition: &RolloutDefinition) -> Plan {
    definition.check(&Surroundings::default()).expect("the plans of the studies hold together")
}

#[cfg(test)]
mod tests {
    use std::num::NonZero;

    use super::*;
    use crate::{
        claim::Verdict,
        lab::Lab,
        page::{Section, page, rows},
    };

    // E8: with few runs the bands are wide, so what is broken here is broken by far.
    #[test]
    fn every_study_runs_and_no_promise_is_broken_by_far() {
        let lab = Lab::new(1, 200, NonZero::new(2).unwrap());
        let sections: Vec<Section> = ALL.iter().map(|(title, study)| study(&lab).unwrap().titled(title)).collect();
        let broken: Vec<_> = rows(&sections).filter(|(_, row)| row.verdict() == Verdict::Broken).collect();
        assert!(broken.is_empty(), "{broken:#?}");
        assert!(page(&lab, HEADING, &sections).contains("promises hold.**"));
    }
}
