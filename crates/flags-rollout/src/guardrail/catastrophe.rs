//! The catastrophe rule: a branch that nearly always fails is taken back after a handful of runs.

use super::{
    Arms, Counts,
    share::{ALPHA_PER_WINDOW, percent, shown, surely_above},
};

/// From how many runs on anything is said.
const FEWEST_RUNS: u64 = 20;

/// Why the recent past is a catastrophe, if it is one: the share of failures is surely above the ceiling, and more than twice
/// the control's. An outage that hits both arms is a catastrophe, but not of the flag's making.
pub(super) fn catastrophe(recent: Arms<Counts>, ceiling: f64) -> Option<String> {
    let Arms { control, treatment } = recent;
    if treatment.runs < FEWEST_RUNS {
        return None;
    }
    let lower = surely_above(treatment, FEWEST_RUNS * 2, ALPHA_PER_WINDOW).ok()?;
    let of_its_own = control.rate().is_none_or(|control| treatment.rate().is_some_and(|rate| rate > 2.0 * control));
    (lower > ceiling && of_its_own).then(|| {
        let without = if control.runs > 0 { format!(", {} without", shown(control)) } else { String::new() };
        format!("{} runs failed with the flag{without}: surely more than {}", shown(treatment), percent(ceiling))
    })
}
