//! Whether the effect is another for some.

use super::write::{Style, count, effect, known, p_of, p_text, style_of};
use crate::{
    analytics::{Analytics, SegmentResult, SegmentTable},
    report::{
        ReportInput,
        document::{Block, Cell, Table},
        plot::intervals::{IntervalRow, Intervals},
        writing::{LIFT, PERCENT},
    },
    statistics::Alpha,
};

pub(super) fn blocks(input: &ReportInput<'_>, analytics: &Analytics) -> Vec<Block> {
    if analytics.segments.tables.is_empty() {
        return vec![];
    }
    let alpha = analytics.judgement.alpha;
    let mut blocks = vec![Block::Section("Segments"), Block::Paragraph(SegmentResult::EXPLORATORY.to_owned())];
    for segments in &analytics.segments.tables {
        let style = style_of(input, &segments.metric);
        blocks.push(Block::Topic(format!("{} by {}: {}", segments.metric, segments.dimension, segments.arm)));
        blocks.push(Block::Paragraph(heterogeneity(segments, alpha)));
        let plot = plot(input, segments, style);
        if plot.is_known() {
            blocks.push(Block::Intervals(plot));
        }
        blocks.push(Block::Table(table(segments, style, alpha)));
    }
    blocks
}

fn heterogeneity(segments: &SegmentTable, alpha: Alpha) -> String {
    match &segments.heterogeneity {
        Ok(found) => {
            let numbers = format!(
                "Cochran's Q = {:.2} with {} degrees of freedom, corrected {}",
                found.q,
                found.degrees_of_freedom,
                p_text(found.adjusted_p)
            );
            if found.adjusted_p <= alpha.value() {
                let share = PERCENT.one(found.beyond_chance);
                format!("The effects differ by more than chance ({numbers}); {share} of their variation is beyond it.")
            } else {
                format!("The effects do not differ by more than chance ({numbers}).")
            }
        }
        Err(why) => format!("Whether the effects differ cannot be told: {why}."),
    }
}

fn plot(input: &ReportInput<'_>, segments: &SegmentTable, style: Style) -> Intervals {
    let effects = segments.rows.iter().filter_map(|row| row.effect.as_ref().ok());
    let relative = effects.clone().any(|effect| effect.lift.is_ok());
    let writing = if relative { LIFT } else { style.difference };
    let rows = segments.rows.iter().map(|row| {
        let numbers = row.effect.as_ref().ok().and_then(|effect| {
            if relative {
                Some((effect.lift.ok()?, effect.lift_interval.ok()))
            } else {
                Some((effect.difference, effect.interval.ok()))
            }
        });
        IntervalRow {
            name: row.value.to_string(),
            class: input.arm_class(&segments.arm),
            value: numbers.map(|(value, _)| value),
            interval: numbers.and_then(|(_, interval)| interval).map(|interval| (interval.lower, interval.upper)),
            words: numbers.map_or_else(
                || "not known".to_owned(),
                |(value, interval)| super::write::with_interval(value, interval, writing),
            ),
        }
    });
    let what = if relative { "relative effect" } else { "difference" };
    Intervals {
        title: format!("{} in {}: {what} by {}", segments.metric, segments.arm, segments.dimension),
        rows: rows.collect(),
        lines: vec![],
        writing,
    }
}

fn table(segments: &SegmentTable, style: Style, alpha: Alpha) -> Table {
    let rows = segments.rows.iter().map(|row| {
        let [control, treatment] = row.users;
        vec![
            Cell::words(&*row.value),
            Cell::number(format!("{} + {}", count(control), count(treatment))),
            known(&row.control, style.value),
            known(&row.treatment, style.value),
            effect(&row.effect, style),
            p_of(&row.effect, alpha),
        ]
    });
    Table {
        caption: format!("{} in {} by {}", segments.metric, segments.arm, segments.dimension),
        head: vec![
            Cell::words(&*segments.dimension),
            Cell::number("Units: control and arm"),
            Cell::number("Control"),
            Cell::number("Arm"),
            Cell::number("Relative effect"),
            Cell::number("p, corrected"),
        ],
        rows: rows.collect(),
        long: false,
    }
}
