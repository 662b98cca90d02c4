//! Rollouts in words, for tables, sentences and the live view.

use std::time::Duration;

use flags::{
    RolloutView, Timestamp,
    rollout::{
        machine::{Estimate, Pause, Status, Step, Verdict},
        plan::Phase,
    },
};

use anstyle::Style;

use crate::{
    operate::seconds,
    output::{BAD, DIM, GOOD, WARN},
};

/// How wide a bar is, in columns.
const BAR: usize = 24;

/// How much of the way is done, as a bar.
pub(crate) fn bar(progress: f64) -> String {
    let share = progress.clamp(0.0, 1.0);
    let done = (share * BAR as f64).round() as usize;
    format!("{}{} {:>3.0} %", "█".repeat(done), "░".repeat(BAR.saturating_sub(done)), (share * 100.0).floor())
}

/// A time in its two largest units.
pub(crate) fn lasting(time: Duration) -> String {
    let seconds = time.as_secs();
    let parts = [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")];
    let largest = parts.iter().position(|(number, _)| *number > 0).unwrap_or(3);
    let shown = parts[largest..].iter().take(2).filter(|(number, _)| *number > 0);
    let words: Vec<String> = shown.map(|(number, unit)| format!("{number}{unit}")).collect();
    if words.is_empty() { "0s".to_owned() } else { words.join(" ") }
}

/// What the phase looks like.
pub(super) fn style(phase: Phase) -> Style {
    match phase {
        Phase::Complete => GOOD,
        Phase::RollingBack | Phase::RolledBack => BAD,
        Phase::Paused => WARN,
        Phase::Planned => DIM,
        _ => Style::new(),
    }
}

/// What a verdict looks like.
pub(crate) fn verdict_style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Pass => GOOD,
        Verdict::Fail => BAD,
        _ => WARN,
    }
}

/// When it will be complete.
pub(super) fn estimate(view: &RolloutView) -> String {
    match view.estimate {
        Estimate::NotBefore(at) => format!("not before {}", seconds(at)),
        Estimate::Over => "over".to_owned(),
        _ => "nobody can say".to_owned(),
    }
}

/// The percentage and the stage.
pub(super) fn stage(view: &RolloutView) -> String {
    match view.percentage {
        Some(percentage) if matches!(view.status, Status::RolledBack { .. }) => {
            format!("from {percentage} %, stage {} of {}", view.stage, view.stages)
        }
        Some(percentage) => format!("{percentage} %, stage {} of {}", view.stage, view.stages),
        None => format!("{} stages", view.stages),
    }
}

/// What it is doing, and what it waits for.
pub(super) fn doing(view: &RolloutView, now: Timestamp) -> String {
    let since = || seconds(view.since);
    match view.status {
        Status::Planned => match view.plan.as_ref().and_then(|plan| plan.definition().not_before) {
            Some(date) => format!("has not been started; it may start by itself from {} on", seconds(date)),
            None => "has not been started".to_owned(),
        },
        Status::Running(Step::Settling) => {
            let percentage = view.percentage.map(|share| format!("{share} %")).unwrap_or_default();
            format!("{percentage} has been asked for and is not in force yet")
        }
        Status::Running(Step::Baking) => watched(view, now),
        Status::Running(Step::AwaitingApproval) => format!("waits for an approval since {}", since()),
        Status::Paused(reason) => format!("stays where it is since {}: {}", since(), paused(reason)),
        Status::RollingBack { attempts, .. } => match attempts {
            0 | 1 => "is being taken back".to_owned(),
            attempts => format!("is being taken back: asked for {attempts} times, and not in force yet"),
        },
        Status::RolledBack { rearm_after } if now < rearm_after => {
            format!("cools down until {}, and may be armed again then", seconds(rearm_after))
        }
        Status::RolledBack { .. } => "may be armed again".to_owned(),
        Status::Complete => format!("has been complete since {}", since()),
        _ => view.phase.to_string(),
    }
}

fn watched(view: &RolloutView, now: Timestamp) -> String {
    let baked = view.state.baked_at(now);
    let Some(stage) = view.plan.as_ref().map(|plan| plan.stage(view.state.stage)) else {
        return "is being watched".to_owned();
    };
    let mut words = format!("is being watched: {} of {}", lasting(baked.min(stage.hold)), lasting(stage.hold));
    if baked >= stage.hold && view.state.held.is_some() {
        words.push_str(", which is over: it waits for its guardrails");
    }
    if stage.approval && !view.state.approved {
        words.push_str("; an approval is needed after that");
    }
    words
}

/// Why it is paused.
const fn paused(reason: Pause) -> &'static str {
    match reason {
        Pause::Manual => "somebody has paused it",
        Pause::NoData => "there are no data; it goes on by itself when they are back",
        Pause::Unreadable => "the data cannot be read; it goes on by itself when they can",
        Pause::Inconclusive => "a guardrail does not settle, so a person decides",
        Pause::Breach(_) => "a guardrail has failed that asks for a pause",
        Pause::Mismatch => "the arms do not get their shares of the units",
        Pause::Storm => "many flags wanted to be rolled back at once; it goes on when the storm is over",
        Pause::DefinitionChanged => "its definition has changed; resumed, it follows the new one",
        Pause::Interference => "somebody else has changed what it had set",
        Pause::Deadline => "it has taken longer than its deadline allows",
        other => other.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_their_two_largest_units() {
        for (seconds, words) in
            [(0, "0s"), (59, "59s"), (61, "1m 1s"), (3_600, "1h"), (90_061, "1d 1h"), (86_405, "1d")]
        {
            assert_eq!(lasting(Duration::from_secs(seconds)), words);
        }
    }

    #[test]
    fn a_bar_is_never_full_before_the_end() {
        assert_eq!(bar(0.0), "░░░░░░░░░░░░░░░░░░░░░░░░   0 %");
        assert_eq!(bar(0.5), "████████████░░░░░░░░░░░░  50 %");
        assert!(bar(0.999).ends_with(" 99 %"));
        assert_eq!(bar(1.5), "████████████████████████ 100 %");
    }
}
