//! Experiments that are judged at an end they do not have.

use flags_core::{
    ExperimentDefinition,
    definition::{AnalysisMethod, ExperimentStatus},
};

use super::{Finding, LintCode, subject::Subject};

/// An experiment that is yet to run, or runs, and whose analysis never comes to a look.
pub(super) fn check(_: &Subject<'_>, experiment: &ExperimentDefinition, findings: &mut Vec<Finding>) {
    let is_over = experiment.status == ExperimentStatus::Stopped || experiment.winner.is_some();
    if is_over || experiment.end.is_some() {
        return;
    }
    let judged = match experiment.analysis.method {
        AnalysisMethod::Fixed => "is judged at its end",
        AnalysisMethod::GroupSequential => "is judged at looks that are planned up to its end",
        _ => return,
    };
    let message = format!("experiment `{}` {judged}, and has none", experiment.key);
    let finding = Finding::new(LintCode::AnalysisWithoutEnd, ["analysis".into(), "method".into()], message);
    findings.push(finding.help("write an `end`, or `method = \"sequential\"`, which may look at any time"));
}

#[cfg(test)]
mod tests {
    use flags_core::{
        Definitions,
        definition::{AnalysisDefinition, ArmDefinition},
    };

    use super::*;
    use crate::lint::{
        Linter,
        test_support::{at, now, shown},
    };

    fn experiment(method: AnalysisMethod) -> ExperimentDefinition {
        ExperimentDefinition::new("label")
            .arm(ArmDefinition::control("plain"))
            .arm(ArmDefinition::new("bold"))
            .analysis(AnalysisDefinition { method, ..AnalysisDefinition::default() })
    }

    #[track_caller]
    fn found(experiment: ExperimentDefinition) -> Vec<String> {
        let definitions = Definitions { experiments: vec![experiment], ..Definitions::default() };
        assert!(definitions.clone().check().is_ok());
        shown(&Linter::new(&definitions, now()).findings())
    }

    // F6
    #[test]
    fn a_look_that_never_comes() {
        let place = "analysis-without-end experiments.label.analysis.method: experiment `label` is judged at";
        for status in [ExperimentStatus::Draft, ExperimentStatus::Running] {
            let fixed = experiment(AnalysisMethod::Fixed).status(status);
            assert_eq!(found(fixed), [format!("{place} its end, and has none")]);
            let several = experiment(AnalysisMethod::GroupSequential).status(status);
            assert_eq!(found(several), [format!("{place} looks that are planned up to its end, and has none")]);
        }
    }

    #[test]
    fn what_has_an_end_or_is_over_or_looks_at_any_time_is_left_alone() {
        for method in [AnalysisMethod::Sequential, AnalysisMethod::Bayesian] {
            assert_eq!(found(experiment(method).status(ExperimentStatus::Running)), [""; 0]);
        }
        let fixed = || experiment(AnalysisMethod::Fixed).status(ExperimentStatus::Running);
        assert_eq!(found(fixed().end(at("2026-12-01T00:00:00Z"))), [""; 0]);
        assert_eq!(found(fixed().status(ExperimentStatus::Stopped)), [""; 0]);
        assert_eq!(found(fixed().winner("bold")), [""; 0]);
    }
}
