//! Many simulated rollouts: how often which end came, and how soon harm was found.

use std::{io::Write as _, num::NonZero, thread};

use flags::Percentage;
use flags_ab::statistics::{Alpha, Proportion, wilson_interval};
use flags_rollout::{
    plan::Plan,
    simulate::{Rates, Scenario, rates},
};
use serde_json::{Value as Json, json};

use super::log::{elapsed, in_words, percentage};
use crate::{
    failure::Failure,
    output::{BOLD, DIM, Output},
};

/// Simulates so many rollouts and writes what became of them.
pub(super) fn show(
    flag: &str,
    plan: &Plan,
    scenario: &Scenario,
    seed: u64,
    runs: u64,
    output: &mut Output,
) -> Result<(), Failure> {
    let rates = on_all_threads(plan, scenario, seed, runs);
    if output.is_json() {
        return output.json(&to_json(flag, plan, scenario, seed, &rates));
    }
    writeln!(output, "{BOLD}{flag}{BOLD:#}: {}", in_words(plan))?;
    writeln!(output, "{runs} rollouts, seed {seed}")?;
    let ends = [
        ("completed", rates.completed),
        ("rolled back", rates.rolled_back),
        ("  without harm", rates.false_rollbacks),
        ("paused", rates.paused),
        ("unfinished", rates.unfinished),
        ("passed the first stage", rates.advanced),
    ];
    for (end, count) in ends {
        let percent = |share: f64| format!("{:.1}", share * 100.0);
        let interval = Proportion::new(count, runs).and_then(|counts| wilson_interval(counts, Alpha::FIVE_PERCENT));
        let interval = interval.map_or_else(
            |_| String::new(),
            |interval| format!("({} to {})", percent(interval.lower), percent(interval.upper)),
        );
        let share = percent(count as f64 / runs as f64);
        writeln!(output, "  {end:<22}  {count:>7}  {share:>5} %  {DIM}{interval}{DIM:#}")?;
    }
    let at: Vec<String> = rolled_back_at(plan, &rates).map(|(share, count)| format!("{count} at {share} %")).collect();
    if !at.is_empty() {
        writeln!(output, "rolled back: {}", at.join(", "))?;
    }
    if let [Some(half), Some(most), Some(nearly), Some(longest)] =
        QUANTILES.map(|share| rates.detection_quantile(share))
    {
        writeln!(
            output,
            "harm was found within {} in half of them, {} in 90 %, {} in 99 %, {} at the longest",
            elapsed(half),
            elapsed(most),
            elapsed(nearly),
            elapsed(longest)
        )?;
    }
    Ok(())
}

/// The shares of detections whose times are told.
const QUANTILES: [f64; 4] = [0.5, 0.9, 0.99, 1.0];

/// The rates, each thread taking a part of the seeds; the same for any number of threads.
fn on_all_threads(plan: &Plan, scenario: &Scenario, seed: u64, runs: u64) -> Rates {
    let threads = thread::available_parallelism().map_or(1, NonZero::get) as u64;
    let size = runs.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let part = |first: u64| {
            let count = size.min(runs - first);
            scope.spawn(move || rates(plan, scenario, seed.wrapping_add(first), count))
        };
        let parts: Vec<_> = (0..runs).step_by(usize::try_from(size).unwrap_or(usize::MAX)).map(part).collect();
        let mut total = Rates::default();
        for part in parts {
            total.merge(part.join().expect("a simulation does not panic"));
        }
        total
    })
}

/// The percentages at which rollouts were rolled back, and how many.
fn rolled_back_at(plan: &Plan, rates: &Rates) -> impl Iterator<Item = (Percentage, u64)> {
    let stages = plan.stages().iter().zip(rates.rolled_back_at.clone());
    stages.map(|(stage, count)| (stage.percentage, count)).filter(|(_, count)| *count > 0)
}

fn to_json(flag: &str, plan: &Plan, scenario: &Scenario, seed: u64, rates: &Rates) -> Json {
    let [half, p90, p99, longest] =
        QUANTILES.map(|share| rates.detection_quantile(share).map(|after| after.as_secs_f64()));
    let at = rolled_back_at(plan, rates).map(|(share, runs)| json!({ "percentage": percentage(share), "runs": runs }));
    json!({
        "flag": flag,
        "seed": seed,
        "runs": rates.runs,
        "harm_from": scenario.harm_begins().map(|from| from.as_secs_f64()),
        "advanced": rates.advanced,
        "completed": rates.completed,
        "rolled_back": rates.rolled_back,
        "false_rollbacks": rates.false_rollbacks,
        "paused": rates.paused,
        "unfinished": rates.unfinished,
        "rolled_back_at": at.collect::<Vec<_>>(),
        "detection": { "half": half, "p90": p90, "p99": p99, "longest": longest },
    })
}
