//! `flags experiment analyze`: what an experiment has shown so far, and what to do with it.

use std::io::Write as _;

use clap::Args;
use flags::{
    control::{Action, Change, Target},
    core::definition::{DecisionMode, ExperimentDefinition},
};
use flags_ab::analysis::{Analysis, AnalysisOptions, DecisionKind, Finding, analyze};

use super::{
    data::{DataOptions, in_force},
    look,
};
use crate::{
    arguments::{AtOption, experiment},
    failure::Failure,
    number::significant,
    operate::{self, ChangeOptions, Way},
    output::{Output, Status, note},
};

/// Analyse an experiment: is the data sound, what is the effect, what to do.
///
/// It reads the events that programs recorded in the state folder, a file of events, or the sums of a database, and judges by
/// the method that the definition has chosen. Exit status 1 says that the data cannot be trusted.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment analyze checkout_button --state-dir var/flags
  flags experiment analyze checkout_button --file config --from events.csv --by country
  flags experiment analyze checkout_button --file config --from-summary sums.json --format json
  flags experiment analyze checkout_button --state-dir var/flags --apply

A file of events has a header or names such as at, unit, experiment, arm, split, event, value; see
docs/reference/experiment-data.md.

JSON: the checks, the metrics by arm, the segments, the decision and why. With --apply a second object as of `flags kill`.")]
pub(super) struct Analyze {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    #[command(flatten)]
    data: DataOptions,
    #[command(flatten)]
    at: AtOption,
    /// Declares the winner, if the analysis recommends one: a control, with the evidence as its reason.
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    change: ChangeOptions,
}

impl Analyze {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = look::look(&self.change.definitions, &self.change.operator.state)?;
        let (view, definition) = looked.find(self.experiment.key())?;
        let definition = in_force(&looked, view, definition);
        let options = AnalysisOptions::at(self.at.or_now_at_most()?);
        let data = self.data.read(&definition, &options, &self.change.operator.state)?;
        let analysis = analyze(&definition, &data.summary, &options)
            .map_err(|error| Failure::Denied { message: error.to_string(), help: None })?;
        if output.is_json() {
            writeln!(output, "{}", analysis.to_json())?;
        } else {
            write!(output, "{analysis}")?;
        }
        if self.apply {
            apply(self.change, self.experiment, &definition, &analysis, output)?;
        }
        Ok(Status::bad_if(analysis.is_blocked()))
    }
}

/// Declares the winner that the analysis recommends, with its evidence.
fn apply(
    mut options: ChangeOptions,
    experiment: Target,
    definition: &ExperimentDefinition,
    analysis: &Analysis,
    output: &mut Output,
) -> Result<(), Failure> {
    let decision = &analysis.decision;
    let (DecisionKind::RecommendWinner, Some(arm)) = (decision.kind, &decision.arm) else {
        note(&format!("nothing is applied: the decision is to {decision}"));
        return Ok(());
    };
    if definition.analysis.decide == DecisionMode::Off {
        return Err(Failure::Denied {
            message: format!("the definition of {} says that nothing is decided by its analysis", definition.key),
            help: Some(format!(
                "write decide = \"recommend\" or \"apply\" in its analysis, or `flags experiment winner {} {arm}`",
                definition.key
            )),
        });
    }
    if definition.winner.as_deref() == Some(&**arm) {
        note(&format!("nothing is applied: {arm} has been declared the winner already"));
        return Ok(());
    }
    if options.operator.reason.is_none() {
        options.operator.reason = Some(evidence(analysis));
    }
    let change = Change::Set { target: experiment, action: Action::Winner { arm: (&**arm).into() }, expires_at: None };
    operate::make(&options, &change, Way::AtOnce, output)?;
    Ok(())
}

/// What the decision rests on, in the words of a reason for the audit log, which has a thousand characters at most.
fn evidence(analysis: &Analysis) -> String {
    const MOST: usize = 1000;
    let finding = |finding: &Finding| {
        let mut words = format!("{} of {}: {}", finding.metric, finding.arm, finding.verdict.code());
        if let Some(lift) = &finding.lift {
            words.push_str(&format!(", lift {}", significant(lift.value)));
        }
        if let Some(p) = finding.p {
            words.push_str(&format!(", p = {}", significant(p)));
        }
        words
    };
    let findings: Vec<String> = analysis.decision.evidence.iter().map(finding).collect();
    let text = format!(
        "analysis of {} units: {}",
        analysis.arms.iter().map(|arm| arm.users).sum::<u64>(),
        findings.join("; ")
    );
    text.chars().take(MOST).collect()
}
