//! Each metric: the arms beside the control, as intervals and in a table.

use flags_core::definition::{Goal, MetricRole};

use super::{
    summary::capital,
    write::{Style, count, measured, p_text, style, time},
};
use crate::{
    analysis::{Comparison, Evidence, Measured, MetricAnalysis, Unavailable, Verdict, display::percent},
    report::{
        ReportInput,
        document::{Block, Cell, Table, Tone},
        plot::intervals::{IntervalRow, Intervals},
        writing::{LIFT, NUMBER, PERCENT, Writing},
    },
};

pub(super) fn blocks(input: &ReportInput<'_>) -> Vec<Block> {
    let mut blocks = vec![Block::Section("Metrics")];
    for metric in &input.analysis.metrics {
        let style = style(metric.kind);
        blocks.push(Block::Topic(metric.name.to_string()));
        blocks.push(Block::Paragraph(about(input, metric)));
        let plot = intervals(input, metric, style);
        if plot.is_known() {
            blocks.push(Block::Intervals(plot));
        }
        blocks.push(Block::Table(table(input, metric, style)));
        let notes = notes(metric);
        if !notes.is_empty() {
            blocks.push(Block::List(notes));
        }
    }
    blocks
}

fn about(input: &ReportInput<'_>, metric: &MetricAnalysis) -> String {
    let role = match (metric.role, metric.primary, metric.margin) {
        (MetricRole::Success, true, _) => "Primary success metric".to_owned(),
        (MetricRole::Success, false, _) => "Success metric".to_owned(),
        (MetricRole::Guardrail, _, Some(margin)) => {
            format!("Guardrail that may be worse by {} at most", percent(margin))
        }
        (MetricRole::Guardrail, _, None) => "Guardrail that must not be worse".to_owned(),
    };
    let goal = match metric.goal {
        Goal::Increase => "more is better",
        Goal::Decrease => "less is better",
    };
    let mut text = format!("{role} ({}); {goal}", metric.kind.name());
    let window =
        input.definition.metrics.iter().find(|known| *known.name == *metric.name).and_then(|known| known.window);
    if let Some(window) = window {
        text.push_str(&format!("; events count for {} from the first exposure", time(window)));
    }
    if let Some(effect) = metric.minimum_detectable_effect {
        text.push_str(&format!("; an effect of {} is looked for", percent(effect)));
    }
    text.push('.');
    text
}

/// The relative effects, or the differences where no arm has a relative one.
fn intervals(input: &ReportInput<'_>, metric: &MetricAnalysis, style: Style) -> Intervals {
    let relative = metric.arms.iter().any(|arm| arm.lift.is_ok());
    let writing = if relative { LIFT } else { style.difference };
    let rows = metric.arms.iter().map(|arm| {
        let known = if relative { &arm.lift } else { &arm.effect };
        row(&arm.arm, input.arm_class(&arm.arm), known, writing)
    });
    let what = if relative { "relative effect" } else { "difference to the control" };
    Intervals {
        title: format!("{}: {what}", metric.name),
        rows: rows.collect(),
        lines: if relative { limits(metric) } else { vec![] },
        writing,
    }
}

fn row(name: &str, class: String, known: &Result<Measured, Unavailable>, writing: Writing) -> IntervalRow {
    let interval = known.and_then(|known| known.interval).ok();
    IntervalRow {
        name: name.to_owned(),
        class,
        value: known.ok().map(|known| known.value),
        interval: interval.map(|interval| (interval.lower, interval.upper)),
        words: match known {
            Ok(known) => super::write::with_interval(known.value, interval, writing),
            Err(why) => why.to_string(),
        },
    }
}

/// The margin of a guardrail and the effect that is looked for, on the side on which they are.
fn limits(metric: &MetricAnalysis) -> Vec<(f64, String)> {
    let better = match metric.goal {
        Goal::Increase => 1.0,
        Goal::Decrease => -1.0,
    };
    let margin = metric.margin.map(|margin| (-better * margin, "margin"));
    let looked_for = metric.minimum_detectable_effect.filter(|_| metric.role == MetricRole::Success);
    let looked_for = looked_for.map(|effect| (better * effect, "looked for"));
    let limits = [margin, looked_for].into_iter().flatten();
    limits.map(|(at, what)| (at, format!("{what} {}", LIFT.round(at)))).collect()
}

fn table(input: &ReportInput<'_>, metric: &MetricAnalysis, style: Style) -> Table {
    let mut rows = vec![vec![
        Cell::words(format!("{} (control)", input.analysis.plan.control)),
        Cell::number(count(metric.control.units)),
        measured(&metric.control.value, style.value),
        Cell::none(),
        Cell::none(),
        Cell::none(),
        Cell::words(""),
    ]];
    rows.extend(metric.arms.iter().map(|arm| {
        vec![
            Cell::words(&*arm.arm),
            Cell::number(count(arm.value.units)),
            measured(&arm.value.value, style.value),
            measured(&arm.effect, style.difference),
            measured(&arm.lift, LIFT),
            evidence(arm),
            Cell::words(capital(&arm.verdict.to_string())).tone(tone(&arm.verdict)),
        ]
    }));
    Table {
        caption: format!("{}: the numbers", metric.name),
        head: vec![
            Cell::words("Arm"),
            Cell::number("Units"),
            Cell::number("Value"),
            Cell::number("Difference"),
            Cell::number("Relative"),
            Cell::number(evidence_head(metric)),
            Cell::words("Verdict"),
        ],
        rows,
        long: false,
    }
}

/// What the column of evidence says.
fn evidence_head(metric: &MetricAnalysis) -> &'static str {
    let first = metric.arms.iter().find_map(|arm| arm.evidence.ok());
    match (first, metric.role, metric.margin) {
        (Some(Evidence::Posterior { .. }), ..) => "Chance to win",
        (Some(Evidence::GuardrailPosterior { .. }), ..) => "Chance to hold",
        (Some(Evidence::Guardrail { p_holds: Some(_), .. }), ..) => "p, that it holds",
        (Some(Evidence::Guardrail { p_holds: None, .. }), ..) => "p, of harm",
        (_, MetricRole::Success, _) => "p, corrected",
        (_, MetricRole::Guardrail, Some(_)) => "p, that it holds",
        (_, MetricRole::Guardrail, None) => "p, of harm",
    }
}

fn evidence(arm: &Comparison) -> Cell {
    Cell::number(match arm.evidence {
        Ok(Evidence::Test { adjusted, .. }) => p_text(adjusted),
        Ok(Evidence::Guardrail { p_holds, p_breached }) => p_text(p_holds.unwrap_or(p_breached).value()),
        Ok(Evidence::Posterior { chance_to_win, expected_loss }) => {
            format!("{}, expected loss {}", PERCENT.one(chance_to_win), NUMBER.one(expected_loss))
        }
        Ok(Evidence::GuardrailPosterior { chance_to_hold }) => PERCENT.one(chance_to_hold),
        Err(_) => return Cell::none(),
    })
}

fn tone(verdict: &Verdict) -> Tone {
    match verdict {
        Verdict::Better | Verdict::NonInferior => Tone::Good,
        Verdict::Worse | Verdict::Inferior => Tone::Bad,
        Verdict::NotShown | Verdict::Underpowered(_) | Verdict::Undefined(_) => Tone::Warning,
        Verdict::NoDifferenceSeen | Verdict::NotYet(_) => Tone::Plain,
    }
}

/// How the arms were judged, why numbers are missing, and what was left out; what holds for several arms is said once.
fn notes<'a>(metric: &'a MetricAnalysis) -> Vec<String> {
    let mut notes: Vec<(String, Vec<&'a str>)> = vec![];
    let mut note = |arm: &'a str, text: String| match notes.iter_mut().find(|(known, _)| *known == text) {
        Some((_, arms)) if arms.contains(&arm) => {}
        Some((_, arms)) => arms.push(arm),
        None => notes.push((text, vec![arm])),
    };
    for arm in &metric.arms {
        if !arm.method.is_empty() {
            note(&arm.arm, arm.method.clone());
        }
        let missing = [arm.value.value.err(), arm.effect.err(), arm.lift.err(), arm.evidence.err()];
        let intervals = [&arm.effect, &arm.lift].map(|known| known.and_then(|known| known.interval).err());
        for why in missing.into_iter().chain(intervals).flatten() {
            note(&arm.arm, why.to_string());
        }
    }
    let mut lines: Vec<String> = notes
        .into_iter()
        .map(|(text, arms)| {
            let who =
                if arms.len() > 1 && arms.len() == metric.arms.len() { "All arms".to_owned() } else { arms.join(", ") };
            format!("{who}: {text}")
        })
        .collect();
    let values = std::iter::once(("The control", &metric.control));
    for (name, value) in values.chain(metric.arms.iter().map(|arm| (&*arm.arm, &arm.value))) {
        for (left, what) in [(value.open_windows, "left out with an open window"), (value.capped, "cut by winsorising")]
        {
            if left > 0 {
                lines.push(format!("{name}: {} {what}", count(left)));
            }
        }
    }
    lines
}
