//! What comes first and what comes last: the decision, whether the data can be trusted, and by which rules it was judged.

use flags_core::definition::{AnalysisMethod, Correction, DecisionMode};

use super::write::{count, p_text, plural};
use crate::{
    analysis::{CheckOutcome, DecisionKind, display::percent},
    report::{
        ReportInput,
        document::{Block, Cell, Document, Table, Tone},
    },
};

pub(super) fn document(input: &ReportInput<'_>) -> Document {
    let (definition, analysis) = (input.definition, input.analysis);
    let users = analysis.arms.iter().fold(0_u64, |sum, arm| sum.saturating_add(arm.users));
    let mut facts = vec![
        (
            "Status",
            format!("{}, as of {}", analysis.progress.code().replace('_', " "), moment(&analysis.at.to_string())),
        ),
        ("Users", count(users)),
        (
            "Method",
            format!("{}, confidence {}", method(analysis.plan.method), percent(1.0 - analysis.plan.alpha.value())),
        ),
    ];
    if let Some(owner) = &definition.owner {
        facts.push(("Owner", owner.to_string()));
    }
    let dates = [("from", definition.start), ("to", definition.end)];
    let dates: Vec<String> =
        dates.iter().filter_map(|(word, at)| at.map(|at| format!("{word} {}", day(&at.to_string())))).collect();
    if !dates.is_empty() {
        facts.push(("Dates", dates.join(" ")));
    }
    let decision = &analysis.decision;
    let tone = match decision.kind {
        DecisionKind::RecommendWinner => Tone::Good,
        DecisionKind::RecommendStop => Tone::Bad,
        DecisionKind::KeepRunning => Tone::Plain,
        DecisionKind::NoDecision => Tone::Warning,
    };
    Document {
        title: analysis.experiment.to_string(),
        lead: definition.hypothesis.as_ref().map(ToString::to_string),
        facts,
        headline: capital(&decision.to_string()),
        tone,
        reasons: decision.because.iter().map(|because| capital(&because.to_string())).collect(),
        blocks: vec![Block::Section("Can the data be trusted?"), checks(input), arms(input)],
    }
}

/// An instant as people write it: `2026-12-08 00:00:00 UTC`.
fn moment(instant: &str) -> String {
    instant.replace('T', " ").replace('Z', " UTC")
}

/// The date of an instant.
fn day(instant: &str) -> &str {
    instant.split('T').next().unwrap_or(instant)
}

pub(super) fn capital(sentence: &str) -> String {
    let mut characters = sentence.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn checks(input: &ReportInput<'_>) -> Block {
    let rows = input.analysis.checks.iter().map(|check| {
        let (word, tone) = match check.outcome {
            CheckOutcome::Passed => ("passed", Tone::Good),
            CheckOutcome::Skipped => ("skipped", Tone::Plain),
            CheckOutcome::Warning => ("warning", Tone::Warning),
            CheckOutcome::Failed => ("failed", Tone::Bad),
        };
        vec![
            Cell::words(word).tone(tone),
            Cell::words(capital(&check.text)),
            check.p.map_or_else(Cell::none, |p| Cell::number(p_text(p))),
        ]
    });
    Block::Table(Table {
        caption: "Checks".to_owned(),
        head: ["Check", "What was found"].map(Cell::words).into_iter().chain([Cell::number("p")]).collect(),
        rows: rows.collect(),
        long: false,
    })
}

fn arms(input: &ReportInput<'_>) -> Block {
    let rows = input.analysis.arms.iter().map(|arm| {
        let role = if arm.control { " (control)" } else { "" };
        vec![
            Cell::words(format!("{}{role}", arm.name)),
            Cell::number(count(arm.users)),
            arm.expected.map_or_else(Cell::none, |expected| Cell::number(count(libm::round(expected).max(0.0) as u64))),
        ]
    });
    Block::Table(Table {
        caption: "Arms".to_owned(),
        head: vec![Cell::words("Arm"), Cell::number("Users"), Cell::number("Expected by weight")],
        rows: rows.collect(),
        long: false,
    })
}

/// The rules that everything was judged by.
pub(super) fn rules(input: &ReportInput<'_>) -> Vec<Block> {
    let plan = &input.analysis.plan;
    let mut rules = vec![
        format!("The control is {}; every effect is an arm minus the control.", plan.control),
        match plan.method {
            AnalysisMethod::Fixed => "One look, at the end: before it no result is shown, since looking earlier errs far more often than the level says.",
            AnalysisMethod::Sequential => "Confidence sequences: the intervals hold at all times together, so anybody may look at any time and stop.",
            AnalysisMethod::GroupSequential => "Planned looks with O'Brien-Fleming spending: results are those of the last look that has passed.",
            AnalysisMethod::Bayesian => "Posteriors with a flat prior, which decide at the end only.",
        }
        .to_owned(),
    ];
    if plan.comparisons > 1 {
        let comparisons = plural(plan.comparisons as u64, "comparison", "comparisons");
        rules.push(match plan.correction {
            Correction::None => format!("Nothing is corrected for {comparisons}."),
            Correction::Bonferroni => format!("p-values are corrected for {comparisons} by Bonferroni's method."),
            Correction::Holm => format!("p-values are corrected for {comparisons} by Holm's method; intervals are Bonferroni's."),
            Correction::BenjaminiHochberg => {
                format!("p-values are corrected for {comparisons} by Benjamini and Hochberg's method; intervals are Bonferroni's.")
            }
        });
    }
    if let Some(primary) = &plan.primary {
        rules.push(format!(
            "An arm wins by {primary}, the primary metric, if it is worse by no other and all guardrails hold."
        ));
    }
    rules.push(
        match input.definition.analysis.decide {
            DecisionMode::Off => "Nothing is done with the decision.",
            DecisionMode::Recommend => "The decision is a recommendation; a person declares the winner.",
            DecisionMode::Apply => "A winner is declared as soon as the decision names one.",
        }
        .to_owned(),
    );
    if input.analytics.is_some() {
        rules.push(
            "What is shown by day, step, segment, cohort or age explores; each table is corrected for its own comparisons, \
             and none of it takes part in the decision."
                .to_owned(),
        );
    }
    vec![Block::Section("How it was judged"), Block::List(rules)]
}

fn method(method: AnalysisMethod) -> &'static str {
    match method {
        AnalysisMethod::Fixed => "fixed horizon",
        AnalysisMethod::Sequential => "sequential",
        AnalysisMethod::GroupSequential => "group sequential",
        AnalysisMethod::Bayesian => "Bayesian",
    }
}
