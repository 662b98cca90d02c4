//! `schedule`, the dated changes of a flag, and the words for its state.

use flags_core::{Percentage, ScheduleStep, State, Timestamp};
use toml::de::DeValue;

use super::entries;
use crate::leaf;

pub(super) fn schedule(value: &DeValue<'_>) -> Vec<ScheduleStep> {
    let items = value.as_array().map_or(&[][..], |items| items);
    items.iter().map(|item| step(item.get_ref())).collect()
}

fn step(value: &DeValue<'_>) -> ScheduleStep {
    let mut step = ScheduleStep::at(Timestamp::default());
    let Some(table) = value.as_table() else { return step };
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "at" => step.at = leaf::instant(value).unwrap_or_default(),
            "enabled" => step.state = value.as_bool().map(enabled),
            "state" => step.state = value.as_str().and_then(State::from_name),
            "rollout_percentage" => step.rollout_percentage = Some(percentage_or_zero(value)),
            _ => {}
        }
    }
    step
}

/// The state that `enabled` stands for.
pub(super) fn enabled(on: bool) -> State {
    if on { State::Enabled } else { State::Disabled }
}

/// The percentage; 0 in place of one that was refused, so that it does not count as missing as well.
pub(super) fn percentage_or_zero(value: &DeValue<'_>) -> Percentage {
    leaf::percentage(value).and_then(Result::ok).unwrap_or(Percentage::ZERO)
}
