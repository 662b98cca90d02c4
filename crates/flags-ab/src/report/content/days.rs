//! Days out of the ordinary.

use super::{over_time::day_labels, summary::capital};
use crate::{
    analytics::{ActivitySeries, Analytics, Anomalies, Measured},
    report::{
        document::{Block, Cell, Table, Tone},
        plot::lines::{Line, LinePoint, Lines},
        writing::NUMBER,
    },
    statistics::special::normal,
};

/// The most plots of days; the table has all series.
const PLOTS: usize = 6;

pub(super) fn blocks(analytics: &Analytics) -> Vec<Block> {
    if analytics.activity.is_empty() {
        return vec![];
    }
    let mut blocks = vec![Block::Section("Days out of the ordinary"), Block::Paragraph(about(analytics))];
    let pooled = analytics.activity.iter().filter(|series| series.arm.is_none() && series.measured != mean(series));
    for series in pooled.take(PLOTS) {
        if let Ok(anomalies) = &series.anomalies {
            blocks.push(Block::Lines(plot(series, anomalies)));
        }
    }
    let unusual = unusual(analytics);
    if unusual.rows.is_empty() {
        if analytics.activity.iter().any(|series| series.anomalies.is_ok()) {
            blocks.push(Block::Paragraph("No day is out of the ordinary.".to_owned()));
        }
    } else {
        blocks.push(Block::Table(unusual));
    }
    let notes = notes(analytics);
    if !notes.is_empty() {
        blocks.push(Block::List(notes));
    }
    blocks
}

/// What is looked for, and how often chance alone would find it.
fn about(analytics: &Analytics) -> String {
    let mut text =
        "What happened on each day, beside what is ordinary at that time and on that day of the week, in robust \
                    standard deviations. The first day and the one that is not over are left out."
            .to_owned();
    let scored: Vec<&Anomalies> =
        analytics.activity.iter().filter_map(|series| series.anomalies.as_ref().ok()).collect();
    let days: usize = scored.iter().map(|anomalies| anomalies.days.len()).sum();
    if let Some(first) = scored.first() {
        let by_chance = 2.0 * normal::sf(first.threshold) * days as f64;
        text.push_str(&format!(
            " Beyond {} counts as out of the ordinary; of the {days} days looked at in all series, chance alone would bring {} \
             of them there if deviations were normal.",
            first.threshold,
            NUMBER.one(by_chance)
        ));
    }
    text
}

/// The series' own mean value, which is plotted less readily than counts.
fn mean(series: &ActivitySeries) -> Measured {
    match &series.measured {
        Measured::NewUnits => Measured::MeanValue("".into()),
        Measured::Events(event) | Measured::MeanValue(event) => Measured::MeanValue(event.clone()),
    }
}

fn plot(series: &ActivitySeries, anomalies: &Anomalies) -> Lines {
    let points: Vec<LinePoint> = anomalies
        .days
        .iter()
        .map(|day| LinePoint { at: day.day.number() as f64, value: day.value, interval: None, marked: day.unusual })
        .collect();
    let count = anomalies.unusual().count();
    Lines {
        title: format!("{} by day", capital(&series.measured.to_string())),
        description: match count {
            0 => "no day is out of the ordinary".to_owned(),
            1 => "1 day is out of the ordinary".to_owned(),
            many => format!("{many} days are out of the ordinary"),
        },
        labels: day_labels(points.iter().map(|point| point.at)),
        series: vec![Line { class: "day".to_owned(), points }],
        writing: NUMBER,
        zero: true,
    }
}

fn unusual(analytics: &Analytics) -> Table {
    let mut rows = vec![];
    for series in &analytics.activity {
        for day in series.anomalies.iter().flat_map(Anomalies::unusual) {
            rows.push((
                day.day,
                vec![
                    Cell::words(day.day.to_string()),
                    Cell::words(series.measured.to_string()),
                    Cell::words(series.arm.as_deref().unwrap_or("all")),
                    Cell::number(NUMBER.one(day.value)),
                    Cell::number(NUMBER.one(day.expected)),
                    Cell::number(format!("{:+.1}", day.score).replace('-', "−")).tone(Tone::Warning),
                ],
            ));
        }
    }
    rows.sort_by_key(|(day, _)| *day);
    Table {
        caption: "Days out of the ordinary".to_owned(),
        head: vec![
            Cell::words("Day"),
            Cell::words("What"),
            Cell::words("Arm"),
            Cell::number("Measured"),
            Cell::number("Ordinary"),
            Cell::number("Robust z"),
        ],
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        long: false,
    }
}

/// Why series have no scores, and which days are not known.
fn notes(analytics: &Analytics) -> Vec<String> {
    let mut notes: Vec<String> = vec![];
    for series in &analytics.activity {
        let note = match &series.anomalies {
            Err(why) => format!("{}: {why}", capital(&series.measured.to_string())),
            Ok(found) if series.arm.is_none() && !found.missing.is_empty() => {
                let days: Vec<String> = found.missing.iter().take(10).map(ToString::to_string).collect();
                let more = if found.missing.len() > 10 { ", …" } else { "" };
                format!("{}: nothing is known of {}{more}", capital(&series.measured.to_string()), days.join(", "))
            }
            Ok(_) => continue,
        };
        if !notes.contains(&note) {
            notes.push(note);
        }
    }
    notes
}
