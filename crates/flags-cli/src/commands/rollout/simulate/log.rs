//! One simulated rollout, told from its start to its end.

use std::{io::Write as _, time::Duration};

use flags::Percentage;
use flags_rollout::{
    guardrail::Counts,
    plan::{GuardMetric, Plan},
    simulate::{Outcome, Run, Scenario},
};
use serde_json::{Value as Json, json};

use crate::{
    failure::Failure,
    number::percent,
    output::{BAD, BOLD, DIM, GOOD, Output, WARN, count},
};

/// Writes what happened.
pub(super) fn show(
    flag: &str,
    plan: &Plan,
    scenario: &Scenario,
    run: &Run,
    output: &mut Output,
) -> Result<(), Failure> {
    if output.is_json() {
        return output.json(&to_json(flag, scenario, run));
    }
    writeln!(output, "{BOLD}{flag}{BOLD:#}: {}", in_words(plan))?;
    for entry in &run.entries {
        let at = elapsed(Duration::from_micros(entry.at.as_micros().try_into().unwrap_or(0)));
        let style = match entry.to.name() {
            "complete" => GOOD,
            "paused" => WARN,
            "rolling_back" | "rolled_back" => BAD,
            _ => DIM,
        };
        writeln!(output, "{at:>10}  {style}{:<12}{style:#}  {}", entry.to.to_string(), entry.text)?;
    }
    let style = if run.outcome == Outcome::RolledBack { BAD } else { BOLD };
    let harm = scenario.harm_begins().map_or_else(String::new, |from| match run.after.checked_sub(from) {
        Some(after) => format!(", {} after harm began", elapsed(after)),
        None => ", before any harm".to_owned(),
    });
    let looks = count(usize::try_from(run.looks).unwrap_or(usize::MAX), "look");
    writeln!(output, "{style}{}{style:#} after {} and {looks}{harm}", ending(run.outcome), elapsed(run.after))?;
    let arms = [("with the flag", run.runs.treatment), ("in the control", run.runs.control)];
    let shown = arms.map(|(arm, Counts { runs, bad })| format!("{bad} of {runs} runs {arm}"));
    writeln!(output, "{DIM}failed: {}; seed {}{DIM:#}", shown.join(", "), run.seed)?;
    Ok(())
}

/// The plan in a line.
pub(super) fn in_words(plan: &Plan) -> String {
    let shares: Vec<String> = plan.stages().iter().map(|stage| stage.percentage.to_string()).collect();
    let mut text = format!("{} %, in {} at least", shares.join(", "), elapsed(plan.shortest()));
    for guardrail in plan.guardrails() {
        let most = guardrail.max.map(|max| match guardrail.metric {
            GuardMetric::ErrorRate | GuardMetric::SignalCounts(_) => format!("at most {}", percent(max)),
            GuardMetric::Latency(_) => format!("at most {max} s"),
            _ => format!("at most {max}"),
        });
        let more =
            guardrail.max_increase.map(|increase| format!("at most {} more than the control", percent(increase)));
        let bounds: Vec<String> = most.into_iter().chain(more).collect();
        // A rule of the application has its bounds itself.
        let bounds = if bounds.is_empty() { String::new() } else { format!(" {}", bounds.join(" and ")) };
        text.push_str(&format!("; {}{bounds}", guardrail.metric));
    }
    text
}

/// How it ended, in words.
pub(super) fn ending(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Completed => "completed",
        Outcome::RolledBack => "rolled back",
        Outcome::Paused => "paused",
        _ => "unfinished",
    }
}

fn to_json(flag: &str, scenario: &Scenario, run: &Run) -> Json {
    let arm = |counts: Counts| json!({ "runs": counts.runs, "bad": counts.bad });
    let log = run.entries.iter().map(|entry| {
        json!({
            "at": entry.at.as_micros() as f64 / 1e6,
            "phase": entry.to.name(),
            "percentage": entry.percentage.map(percentage),
            "by": entry.by.to_string(),
            "text": entry.text,
        })
    });
    json!({
        "flag": flag,
        "seed": run.seed,
        "outcome": run.outcome.name(),
        "after": run.after.as_secs_f64(),
        "harm_from": scenario.harm_begins().map(|from| from.as_secs_f64()),
        "looks": run.looks,
        "percentage": run.state.asked.map(percentage),
        "runs": { "control": arm(run.runs.control), "treatment": arm(run.runs.treatment) },
        "log": log.collect::<Vec<_>>(),
        "alerts": run.alerts.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

/// Exact: a percentage has three decimals, far within what a float can tell apart.
pub(super) fn percentage(percentage: Percentage) -> f64 {
    f64::from(percentage.thousandths()) / 1_000.0
}

/// A time from the start on: `35 s`, `10 min`, `1 h 05 min`, `2 min 30 s`, `1 d 4 h`.
pub(super) fn elapsed(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = |whole: u64, unit: &str, rest: u64, small: &str| match rest {
        0 => format!("{whole} {unit}"),
        rest => format!("{whole} {unit} {rest} {small}"),
    };
    match seconds {
        0 if !time.is_zero() => format!("{} ms", time.as_millis()),
        0..60 => format!("{seconds} s"),
        60..3_600 => parts(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => parts(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => parts(seconds / 86_400, "d", seconds % 86_400 / 3_600, "h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_two_units_at_most() {
        for (seconds, told) in
            [(0, "0 s"), (35, "35 s"), (600, "10 min"), (150, "2 min 30 s"), (3_900, "1 h 5 min"), (100_800, "1 d 4 h")]
        {
            assert_eq!(elapsed(Duration::from_secs(seconds)), told);
        }
        assert_eq!(elapsed(Duration::from_millis(250)), "250 ms");
    }
}
