//! Where units are lost, step by step.

use super::write::{count, effect, p_of, plural, share, style, time};
use crate::{
    analytics::{Analytics, FunnelArm, FunnelResult},
    report::{
        ReportInput,
        document::{Block, Cell, Table},
        plot::steps::{StepBar, StepBars, Steps},
        writing::PERCENT,
    },
};

pub(super) fn blocks(input: &ReportInput<'_>, analytics: &Analytics) -> Vec<Block> {
    if analytics.funnels.is_empty() {
        return vec![];
    }
    let mut blocks = vec![
        Block::Section("Funnels"),
        Block::Paragraph(
            "Bars are shares of all units of an arm, with the interval of each share by itself. Arms are compared by these \
             shares; of those at the step before an arm may have brought others, so that their shares compare different people."
                .to_owned(),
        ),
    ];
    for funnel in &analytics.funnels {
        blocks.push(Block::Topic(funnel.name.to_string()));
        let open: u64 = funnel.arms.iter().map(|arm| arm.window_open).sum();
        if open > 0 {
            let units = plural(open, "unit was", "units were");
            blocks.push(Block::Paragraph(format!("{units} exposed so recently that a window is still open.")));
        }
        blocks.push(Block::Legend(
            funnel.arms.iter().map(|arm| (input.arm_class(&arm.arm), arm.arm.to_string())).collect(),
        ));
        blocks.push(Block::Steps(plot(input, funnel)));
        blocks.push(Block::Table(table(analytics, funnel)));
    }
    blocks
}

fn plot(input: &ReportInput<'_>, funnel: &FunnelResult) -> Steps {
    let names: Vec<&str> =
        funnel.arms.first().map_or_else(Vec::new, |arm| arm.steps.iter().map(|step| &*step.event).collect());
    let steps = names.iter().enumerate().map(|(index, name)| {
        let bars = funnel.arms.iter().map(|arm| {
            let share = arm.steps[index].of_all;
            StepBar {
                class: input.arm_class(&arm.arm),
                share: share.ok().map(|share| (share.rate, share.interval.lower, share.interval.upper)),
                words: share.map_or_else(
                    |_| "nobody".to_owned(),
                    |share| format!("{} of {}", PERCENT.one(share.rate), count(arm.users)),
                ),
            }
        });
        StepBars { name: (*name).to_owned(), bars: bars.collect() }
    });
    let last = |arm: &FunnelArm| {
        let share = arm.steps.last().and_then(|step| step.of_all.ok());
        format!(
            "{}: {} take all steps",
            arm.arm,
            share.map_or_else(|| "none".to_owned(), |share| PERCENT.one(share.rate))
        )
    };
    Steps {
        title: format!("{}: shares of all units by step", funnel.name),
        description: funnel.arms.iter().map(last).collect::<Vec<_>>().join("; "),
        steps: steps.collect(),
    }
}

fn table(analytics: &Analytics, funnel: &FunnelResult) -> Table {
    let rate = style(flags_core::definition::MetricKind::Conversion);
    let mut rows = vec![];
    let steps = funnel.arms.first().map_or(0, |arm| arm.steps.len());
    for index in 0..steps {
        for arm in &funnel.arms {
            let step = &arm.steps[index];
            rows.push(vec![
                Cell::words(format!("{}. {}", index + 1, step.event)),
                Cell::words(&*arm.arm),
                Cell::number(count(step.reached)),
                share(&step.of_all),
                share(&step.of_previous),
                Cell::number(count(step.lost)),
                step.median_time.map_or_else(Cell::none, |median| Cell::number(time(median))),
                step.effect.as_ref().map_or_else(Cell::none, |known| effect(known, rate)),
                step.effect.as_ref().map_or_else(Cell::none, |known| p_of(known, analytics.judgement.alpha)),
            ]);
        }
    }
    Table {
        caption: format!("{}: the steps", funnel.name),
        head: vec![
            Cell::words("Step"),
            Cell::words("Arm"),
            Cell::number("Reached"),
            Cell::number("Of all"),
            Cell::number("Of the step before"),
            Cell::number("Lost"),
            Cell::number("Median time"),
            Cell::number("Relative effect"),
            Cell::number("p, corrected"),
        ],
        rows,
        long: false,
    }
}
