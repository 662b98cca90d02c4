//! How each effect came about, day by day.

use super::write::{Style, count, effect, style_of};
use crate::{
    Name,
    analytics::{Analytics, Effect, TimeSeries},
    report::{
        ReportInput,
        document::{Block, Cell, Table},
        plot::lines::{Line, LinePoint, Lines},
        writing::LIFT,
    },
    summary::Day,
};

pub(super) fn blocks(input: &ReportInput<'_>, analytics: &Analytics) -> Vec<Block> {
    let mut metrics: Vec<&Name> = vec![];
    for series in &analytics.time_series {
        if !metrics.contains(&&series.metric) {
            metrics.push(&series.metric);
        }
    }
    if metrics.is_empty() {
        return vec![];
    }
    let mut about =
        "Each day shows the effect over all units that were first exposed until then. The bands hold over all days \
                     together, so that one may look on every day. Units of the last days have had less time."
            .to_owned();
    let effects = analytics.time_series.iter().flat_map(|series| &series.days).filter_map(|day| day.cumulative.ok());
    if effects.into_iter().any(|effect| effect.lift.is_ok() && effect.lift_interval.is_err()) {
        about.push_str(" Where there is no band, there are too few units so far, or the control is too close to zero to bound a relative effect.");
    }
    let mut blocks = vec![Block::Section("Over time"), Block::Paragraph(about)];
    for metric in metrics {
        let series: Vec<&TimeSeries> = analytics.time_series.iter().filter(|series| series.metric == *metric).collect();
        let style = style_of(input, metric);
        blocks.push(Block::Topic(metric.to_string()));
        if let Some(plot) = plot(input, metric, &series, style) {
            blocks.push(Block::Legend(
                series.iter().map(|one| (input.arm_class(&one.arm), one.arm.to_string())).collect(),
            ));
            blocks.push(Block::Lines(plot));
        }
        blocks.push(Block::Table(table(metric, &series, style)));
    }
    blocks
}

fn plot(input: &ReportInput<'_>, metric: &str, series: &[&TimeSeries], style: Style) -> Option<Lines> {
    let relative = |effect: &Effect| Some((effect.lift.ok()?, effect.lift_interval.ok()));
    let is_relative = series
        .iter()
        .flat_map(|one| &one.days)
        .any(|day| day.cumulative.is_ok_and(|effect| relative(&effect).is_some()));
    let known = |effect: &Effect| {
        if is_relative { relative(effect) } else { Some((effect.difference, effect.interval.ok())) }
    };
    let lines = series.iter().map(|one| {
        let points = one.days.iter().filter_map(|day| {
            let (value, interval) = known(&day.cumulative.ok()?)?;
            let interval = interval.map(|interval| (interval.lower, interval.upper));
            Some(LinePoint { at: day.day.number() as f64, value, interval, marked: false })
        });
        Line { class: input.arm_class(&one.arm), points: points.collect() }
    });
    let lines: Vec<Line> = lines.collect();
    if lines.iter().all(|line| line.points.len() < 2) {
        return None;
    }
    let writing = if is_relative { LIFT } else { style.difference };
    let last = series.iter().map(|one| {
        let known = one.days.last().and_then(|day| known(&day.cumulative.ok()?));
        let words = known.map_or_else(
            || "not known".to_owned(),
            |(value, interval)| super::write::with_interval(value, interval, writing),
        );
        format!("{} on the last day {words}", one.arm)
    });
    let what = if is_relative { "relative effect" } else { "difference" };
    let days = lines.iter().flat_map(|line| &line.points).map(|point| point.at);
    Some(Lines {
        title: format!("{metric}: cumulative {what} by day"),
        description: last.collect::<Vec<_>>().join("; "),
        labels: day_labels(days),
        series: lines,
        writing,
        zero: true,
    })
}

/// The first and the last of days, and one between them.
pub(super) fn day_labels(days: impl Iterator<Item = f64>) -> Vec<(f64, String)> {
    let Some((first, last)) = days.fold(None, |span: Option<(f64, f64)>, day| {
        Some(span.map_or((day, day), |(first, last)| (first.min(day), last.max(day))))
    }) else {
        return vec![];
    };
    let middle = libm::floor(first + (last - first) / 2.0);
    let mut labels = vec![first, middle, last];
    labels.dedup();
    labels.into_iter().map(|day| (day, Day::from_number(day as i64).to_string())).collect()
}

fn table(metric: &str, series: &[&TimeSeries], style: Style) -> Table {
    let mut days: Vec<Day> = series.iter().flat_map(|one| &one.days).map(|day| day.day).collect();
    days.sort_unstable();
    days.dedup();
    let mut head = vec![Cell::words("Day")];
    for one in series {
        head.push(Cell::number(format!("units: control and {}", one.arm)));
        head.push(Cell::number(format!("{} so far", one.arm)));
    }
    let rows = days.iter().map(|day| {
        let mut row = vec![Cell::words(day.to_string())];
        for one in series {
            match one.days.iter().find(|known| known.day == *day) {
                Some(known) => {
                    let [control, treatment] = known.cumulative_users;
                    row.push(Cell::number(format!("{} + {}", count(control), count(treatment))));
                    row.push(effect(&known.cumulative, style));
                }
                None => row.extend([Cell::none(), Cell::none()]),
            }
        }
        row
    });
    Table { caption: format!("{metric}: the effect by day"), rows: rows.collect(), head, long: true }
}
