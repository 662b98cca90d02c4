//! What is not known is neither good nor bad: missing data, broken clocks, a broken control, a handful of runs.

use std::time::Duration;

use flags_ab::statistics::Estimate;
use flags_core::Percentage;
use flags_rollout::{
    plan::{Plan, RolloutDefinition, StageDefinition},
    simulate::{Data, Outcome, Run, Scenario, Span, Traffic, simulate},
};

use super::{ALPHA, checked, errors, watched};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
};

const TEXT: &str = "\
A plan of 1, 25 and 100 percent, ten minutes each, and what becomes of it where nothing is seen of the flag, where the clock jumps, where it\n\
is the control that fails, and where there are a handful of runs. *Advanced* is whatever left the stage it was in when data ended.\n\
The catastrophe rule works from twenty runs on, and looks at a minute: the share that fails is surely above one half and more\n\
than twice the control's.";

const MINUTE: Duration = Duration::from_secs(60);

fn three_stages() -> Plan {
    let stage = |thousandths: u32| {
        let share = Percentage::from_thousandths(thousandths).expect("it is at most 100 000");
        StageDefinition::new(share).hold(MINUTE * 10).min_samples(100)
    };
    checked(&RolloutDefinition::custom([1_000, 25_000, 100_000].map(stage)).guardrail(errors(0.1)))
}

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let plan = three_stages();
    let mut rows = vec![];
    for (setting, data) in [
        ("no data arrive, though every run with the flag fails", Data::Missing),
        ("Prometheus is dead, though every run with the flag fails", Data::Unreadable),
    ] {
        let hidden = Span::new(Duration::ZERO, 0.01, 1.0).seen(data);
        rows.extend(unseen(lab, &plan, setting, vec![hidden]));
    }
    let dies = vec![Span::new(Duration::ZERO, 0.01, 0.01), Span::new(MINUTE * 5, 0.01, 0.01).seen(Data::Unreadable)];
    rows.extend(unseen(lab, &plan, "Prometheus dies after five minutes of a harmless flag", dies));

    for (setting, seconds) in
        [("the clock is set back by a day", -86_400), ("the clock is set forward by a day", 86_400)]
    {
        let scenario = Scenario {
            clock_jumps: vec![(MINUTE * 5, seconds)],
            limit: MINUTE * 120,
            ..Scenario::constant(0.01, 0.01)
        };
        let [rolled_back, skipped] = count(lab, setting, &plan, &scenario, |run| {
            // A jump may end the stage it falls into, and no other.
            [run.outcome == Outcome::RolledBack, run.outcome == Outcome::Completed && run.after < MINUTE * 20]
        });
        rows.push(Row::share("rolled back", setting, rolled_back, Claim::at_most(ALPHA)));
        rows.push(Row::share("skipped a stage", setting, skipped, Claim::at_most(0.0)));
    }

    let half = watched(errors(0.0));
    let looks = |looks: u32, scenario: Scenario| Scenario { limit: scenario.look * looks, ..scenario };
    let setting = "half of the control's runs fail, 1 % with the flag, 240 looks";
    let [rolled_back] = count(lab, setting, &half, &looks(240, Scenario::constant(0.5, 0.01)), |run| {
        [run.outcome == Outcome::RolledBack]
    });
    rows.push(Row::share("rolled back", setting, rolled_back, Claim::at_most(0.001)));

    for (setting, rate, claim) in [
        ("every run with the flag fails, one run a look, 25 looks", 1.0, Claim::at_least(0.99)),
        ("nine of ten runs with the flag fail, one run a look, 60 looks", 0.9, Claim::at_least(0.99)),
    ] {
        let most = if rate == 1.0 { 25 } else { 60 };
        let scenario = Scenario { traffic: Traffic::PerArm(1), ..looks(most, Scenario::constant(0.01, rate)) };
        let [rolled_back] = count(lab, setting, &half, &scenario, |run| [run.outcome == Outcome::RolledBack]);
        rows.push(Row::share("rolled back", setting, rolled_back, claim));
    }
    for (setting, rate) in [
        ("a third of all runs fail in both arms, one run a look, 240 looks", 1.0 / 3.0),
        ("every run fails in both arms, 200 runs a look, 240 looks", 1.0),
    ] {
        let traffic = Traffic::PerArm(if rate < 1.0 { 1 } else { 200 });
        let scenario = Scenario { traffic, ..looks(240, Scenario::constant(rate, rate)) };
        let [rolled_back] = count(lab, setting, &half, &scenario, |run| [run.outcome == Outcome::RolledBack]);
        rows.push(Row::share("rolled back", setting, rolled_back, Claim::at_most(ALPHA)));
    }
    Ok(Section::new(TEXT, rows))
}

/// What becomes of a plan whose flag is not seen any more.
fn unseen(lab: &Lab, plan: &Plan, setting: &str, spans: Vec<Span>) -> [Row; 3] {
    let scenario = Scenario { spans, limit: MINUTE * 120, ..Scenario::constant(0.0, 0.0) };
    let [advanced, rolled_back, paused] = count(lab, setting, plan, &scenario, |run| {
        [run.state.stage > 0, run.outcome == Outcome::RolledBack, run.outcome == Outcome::Paused]
    });
    // Five minutes of data are enough for a false rollback, once in a while.
    let some = scenario.spans.len() > 1;
    [
        Row::share("advanced", setting, advanced, Claim::at_most(0.0)),
        Row::share("rolled back", setting, rolled_back, Claim::at_most(if some { ALPHA } else { 0.0 })),
        Row::share("paused", setting, paused, Claim::at_least(if some { 1.0 - ALPHA } else { 1.0 })),
    ]
}

fn count<const N: usize>(
    lab: &Lab,
    setting: &str,
    plan: &Plan,
    scenario: &Scenario,
    judge: impl Fn(&Run) -> [bool; N] + Sync,
) -> [crate::lab::Tally; N] {
    lab.count(setting, lab.runs(100), |rng| judge(&simulate(plan, scenario, rng.u64(..))))
}
