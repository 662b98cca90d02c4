//! Whole plans: how often a harmless flag completes, and where and how soon a harmful one is taken back.

use std::time::Duration;

use flags_ab::statistics::Estimate;
use flags_rollout::{
    guardrail::Arms,
    plan::{GuardMetric, GuardrailDefinition, LatencyQuantile, Plan, RolloutDefinition, Strategy},
    simulate::{Outcome, Run, Scenario, Span, Traffic, simulate},
};

use super::{ALPHA, checked, errors};
use crate::{
    claim::{Claim, Row},
    lab::Lab,
    page::Section,
};

const TEXT: &str = "\
A linear plan of 10, 25, 50, 75 and 100 percent, ten minutes each, with guardrails on errors and latency that allow a tenth more than\n\
the control, so that each comparison has an eighth of the level. All units together make 4000 runs in every ten seconds. The last\n\
stage has no control group; its guardrail on errors has a bound of 5 % besides. Single looks are over-dispersed with c = 200.";

/// The plan of this study.
fn linear() -> Plan {
    let definition =
        RolloutDefinition { duration: Some(Duration::from_secs(3_000)), ..RolloutDefinition::new(Strategy::Linear) };
    let latency = GuardrailDefinition::new(GuardMetric::Latency(LatencyQuantile::P99)).max_increase(0.1);
    checked(&definition.guardrail(errors(0.1).max(0.05)).guardrail(latency))
}

/// Errors of both arms, and runs that are slow, over time.
fn world(spans: &[(u64, Arms<f64>, Arms<f64>)]) -> Scenario {
    let span = |(minute, errors, slow): &(u64, Arms<f64>, Arms<f64>)| Span {
        errors: *errors,
        slow: *slow,
        ..Span::new(Duration::from_secs(60 * minute), 0.0, 0.0)
    };
    Scenario {
        look: Duration::from_secs(10),
        limit: Duration::from_secs(6 * 3_600),
        traffic: Traffic::Total(4_000),
        concentration: Some(200.0),
        spans: spans.iter().map(span).collect(),
        ..Scenario::constant(0.0, 0.0)
    }
}

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let plan = linear();
    let same = |rate: f64| Arms::new(rate, rate);
    let (fine, errors_double, slow) = (same(0.01), Arms::new(0.01, 0.02), Arms::new(0.01, 0.1));
    let broken = Arms::new(0.01, 0.5);
    let mut rows = vec![];

    let setting = "harmless: 1 % fail with and without the flag";
    let harmless = world(&[(0, fine, fine)]);
    let [completed, rolled_back, paused] = ends(lab, setting, &plan, &harmless, |run| {
        [Outcome::Completed, Outcome::RolledBack, Outcome::Paused].map(|outcome| run.outcome == outcome)
    });
    rows.push(Row::share("completed within six hours", setting, completed, Claim::at_least(0.9).unpromised()));
    rows.push(Row::share("rolled back", setting, rolled_back, Claim::at_most(ALPHA)));
    rows.push(Row::share(
        "paused: it looked bad for a quarter of an hour",
        setting,
        paused,
        Claim::at_most(0.1).unpromised(),
    ));

    let setting = "harmless, 60 % fail in both arms from minute 12 to 17";
    let outage = world(&[(0, fine, fine), (12, same(0.6), fine), (17, fine, fine)]);
    let [comparison] =
        ends(lab, setting, &checked_without_bound(), &outage, |run| [run.outcome == Outcome::RolledBack]);
    rows.push(Row::share("rolled back", setting, comparison, Claim::at_most(ALPHA)));

    for (setting, scenario, stage, soon) in [
        ("2 % fail instead of 1 %", world(&[(0, errors_double, fine)]), 1, 3_600),
        ("10 % are slow instead of 1 %", world(&[(0, fine, slow)]), 0, 300),
        ("half of the runs fail", world(&[(0, broken, fine)]), 0, 20),
        ("half of the runs fail from minute 25 on", world(&[(0, fine, fine), (25, broken, fine)]), 2, 20),
    ] {
        let harm = scenario.harm_begins().unwrap_or_default();
        let [found, early, in_time] = ends(lab, setting, &plan, &scenario, |run| {
            let found = run.outcome == Outcome::RolledBack;
            let after = run.after.checked_sub(harm).is_some_and(|after| after <= Duration::from_secs(soon));
            [found, found && run.state.stage <= stage, found && after]
        });
        let name = plan.stage(stage).percentage;
        rows.push(Row::share("rolled back", setting, found, Claim::at_least(0.99)));
        rows.push(Row::share(format!("rolled back at {name} % or before"), setting, early, Claim::at_least(0.95)));
        // What was rolled back for nothing before the harm is not found in time either.
        rows.push(Row::share(format!("rolled back within {soon} s"), setting, in_time, Claim::at_least(0.95)));
    }
    Ok(Section::new(TEXT, rows))
}

/// The same plan without a bound on errors, which an outage of both arms breaks as it should.
fn checked_without_bound() -> Plan {
    let mut definition = linear().definition().clone();
    for guardrail in &mut definition.guardrails {
        guardrail.max = None;
    }
    checked(&definition)
}

/// How often runs of a scenario ended how.
fn ends<const N: usize>(
    lab: &Lab,
    setting: &str,
    plan: &Plan,
    scenario: &Scenario,
    judge: impl Fn(&Run) -> [bool; N] + Sync,
) -> [crate::lab::Tally; N] {
    lab.count(setting, lab.runs(100), |rng| judge(&simulate(plan, scenario, rng.u64(..))))
}
