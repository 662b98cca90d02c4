//! The long run: value and retention by age and cohort.

use super::write::{count, effect, p_of, share, style, with_interval};
use crate::{
    analytics::{Analytics, LifetimeAge, LifetimeArm, LifetimeResult},
    report::{
        ReportInput,
        document::{Block, Cell, Table, Tone},
        plot::lines::{Line, LinePoint, Lines},
        writing::{NUMBER, PERCENT},
    },
    summary::Day,
};

pub(super) fn blocks(input: &ReportInput<'_>, analytics: &Analytics) -> Vec<Block> {
    let Some(lifetime) = &analytics.lifetime else { return vec![] };
    let active = lifetime.active.iter().map(|event| &**event).collect::<Vec<&str>>().join(" or ");
    let mut blocks = vec![
        Block::Section("In the long run"),
        Block::Paragraph(format!(
            "What a unit came to by {} from its first exposure, by age in weeks, and the share that was active by {active} in \
             that week. Cohorts are the units first exposed in one week; an age is known once all of its cohort has had it. \
             Younger ages have more cohorts in them. Nothing is extrapolated.",
            lifetime.value
        )),
    ];
    let known =
        |arm: &LifetimeArm| arm.ages.iter().filter(|age| matches!(age.lifetime, LifetimeAge::Complete(_))).count();
    if lifetime.arms.iter().any(|arm| known(arm) > 1) {
        blocks.push(Block::Legend(
            lifetime.arms.iter().map(|arm| (input.arm_class(&arm.arm), arm.arm.to_string())).collect(),
        ));
        blocks.push(Block::Lines(plot(input, lifetime)));
    }
    blocks.push(Block::Table(pooled(analytics, lifetime)));
    for arm in lifetime.arms.iter().filter(|arm| !arm.cohorts.is_empty()) {
        blocks.push(Block::Table(cohorts(arm)));
    }
    blocks
}

fn plot(input: &ReportInput<'_>, lifetime: &LifetimeResult) -> Lines {
    let series = lifetime.arms.iter().map(|arm| {
        let points = arm.ages.iter().enumerate().filter_map(|(age, pooled)| {
            let LifetimeAge::Complete(known) = &pooled.lifetime else { return None };
            let interval = known.interval.ok().map(|interval| (interval.lower, interval.upper));
            Some(LinePoint { at: age as f64, value: known.value.ok()?, interval, marked: false })
        });
        Line { class: input.arm_class(&arm.arm), points: points.collect() }
    });
    let series: Vec<Line> = series.collect();
    let oldest = series.iter().flat_map(|line| &line.points).fold(0.0, |oldest: f64, point| oldest.max(point.at));
    let words = lifetime.arms.iter().zip(&series).filter_map(|(arm, line)| {
        let last = line.points.last()?;
        Some(format!("{}: {} by age {}", arm.arm, NUMBER.one(last.value), last.at))
    });
    Lines {
        title: format!("Value per unit by {} and age", lifetime.value),
        description: words.collect::<Vec<_>>().join("; "),
        labels: (0..=oldest as u32)
            .map(|age| (f64::from(age), format!("week {age}")))
            .filter(thinned(oldest))
            .collect(),
        series,
        writing: NUMBER,
        zero: true,
    }
}

/// At most some seven labels.
fn thinned(oldest: f64) -> impl FnMut(&(f64, String)) -> bool {
    let every = (oldest as u64 / 7).max(1);
    move |(age, _)| (*age as u64).is_multiple_of(every)
}

fn pooled(analytics: &Analytics, lifetime: &LifetimeResult) -> Table {
    let mean = style(flags_core::definition::MetricKind::Mean);
    let mut rows = vec![];
    for arm in &lifetime.arms {
        for (age, pooled) in arm.ages.iter().enumerate() {
            let mut row = vec![Cell::words(&*arm.arm), Cell::number(age.to_string())];
            match &pooled.lifetime {
                LifetimeAge::TooYoung { complete } => {
                    let from = Day::of(*complete);
                    row.extend([
                        Cell::none(),
                        Cell::number(format!("from {from}")).tone(Tone::Quiet),
                        Cell::none(),
                        Cell::none(),
                        Cell::none(),
                    ]);
                }
                LifetimeAge::Complete(known) => {
                    row.push(Cell::number(count(known.users)));
                    row.push(share(&known.retention));
                    row.push(known.value.map_or_else(
                        |_| Cell::none(),
                        |value| Cell::number(with_interval(value, known.interval.ok(), NUMBER)),
                    ));
                    row.push(pooled.effect.as_ref().map_or_else(Cell::none, |known| effect(known, mean)));
                    row.push(
                        pooled.effect.as_ref().map_or_else(Cell::none, |known| p_of(known, analytics.judgement.alpha)),
                    );
                }
            }
            rows.push(row);
        }
    }
    Table {
        caption: "All cohorts together, by age".to_owned(),
        head: vec![
            Cell::words("Arm"),
            Cell::number("Age in weeks"),
            Cell::number("Units"),
            Cell::number("Active in that week"),
            Cell::number("Value so far"),
            Cell::number("Relative effect"),
            Cell::number("p, corrected"),
        ],
        rows,
        long: false,
    }
}

/// The retention of each cohort by age.
fn cohorts(arm: &LifetimeArm) -> Table {
    let ages = arm.ages.len();
    let rows = arm.cohorts.iter().map(|cohort| {
        let mut row = vec![Cell::words(Day::of(cohort.start).to_string()), Cell::number(count(cohort.users))];
        row.extend(cohort.ages.iter().map(|age| match age {
            LifetimeAge::TooYoung { .. } => Cell::number("too young").tone(Tone::Quiet),
            LifetimeAge::Complete(known) => known.retention.map_or_else(
                |_| Cell::none(),
                |share| {
                    let tenths = libm::round(share.rate * 10.0) as u8;
                    Cell::number(PERCENT.one(share.rate)).tone(Tone::Shade(tenths))
                },
            ),
        }));
        row
    });
    let head = [Cell::words("Week of"), Cell::number("Units")].into_iter();
    Table {
        caption: format!("{}: active by cohort and age in weeks", arm.arm),
        head: head.chain((0..ages).map(|age| Cell::number(age.to_string()))).collect(),
        rows: rows.collect(),
        long: false,
    }
}
