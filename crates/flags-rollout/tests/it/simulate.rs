//! Neither trigger-happy nor blind: error rates and detection, with fixed seeds.

use std::time::Duration;

use flags_rollout::{
    plan::{GuardMetric, GuardrailDefinition, Plan, RolloutDefinition},
    simulate::{Data, Outcome, Rates, Scenario, Span, Traffic, rates, simulate},
};

use crate::rig::{check, guarded, minutes, stage};

/// Half of the units for as long as the scenario lasts, compared with the other half.
fn watched() -> Plan {
    let guardrail = GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.0);
    let half = stage(50.0).hold(Duration::from_secs(7 * 24 * 3_600));
    check(&RolloutDefinition::custom([half]).guardrail(guardrail))
}

fn looks(looks: u32, scenario: Scenario) -> Scenario {
    Scenario { limit: scenario.look * looks, ..scenario }
}

/// Of so many runs, no more than the level were rolled back for nothing.
#[track_caller]
fn is_not_trigger_happy(rates: &Rates) {
    assert!(rates.false_rollbacks * 20 <= rates.runs, "{rates}");
    assert_eq!(rates.unfinished + rates.false_rollbacks, rates.runs, "{rates}");
}

// E8
#[test]
fn without_an_effect_240_looks_keep_the_level() {
    for rate in [0.01, 0.001] {
        is_not_trigger_happy(&rates(&watched(), &looks(240, Scenario::constant(rate, rate)), 1, 300));
    }
}

// E8
#[test]
fn with_over_dispersed_data_240_looks_keep_the_level() {
    for (concentration, traffic) in [(200.0, 200), (20.0, 200), (200.0, 2_000)] {
        let traffic = Traffic::PerArm(traffic);
        let scenario = Scenario { concentration: Some(concentration), traffic, ..Scenario::constant(0.01, 0.01) };
        is_not_trigger_happy(&rates(&watched(), &looks(240, scenario), 1, 300));
    }
}

// E8: as bad as is allowed is no harm.
#[test]
fn what_is_allowed_to_the_letter_keeps_the_level() {
    let guardrail = GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1);
    let half = stage(50.0).hold(Duration::from_secs(7 * 24 * 3_600));
    let plan = check(&RolloutDefinition::custom([half]).guardrail(guardrail));
    // A tenth more is worse than the control, and still no reason to roll back.
    let seen = rates(&plan, &looks(240, Scenario::constant(0.02, 0.022)), 1, 300);
    assert!(seen.rolled_back * 20 <= seen.runs, "{seen}");
}

// E8: the control's own trouble is not the flag's.
#[test]
fn a_broken_control_group_rolls_nothing_back() {
    let seen = rates(&watched(), &looks(240, Scenario::constant(0.5, 0.01)), 1, 100);
    assert_eq!(seen.rolled_back, 0, "{seen}");
}

// E8
#[test]
fn an_outage_that_hits_both_arms_keeps_the_level() {
    let second = Duration::from_secs;
    for share in [0.05, 0.6, 1.0] {
        let mut scenario = looks(120, Scenario::constant(0.01, 0.01));
        scenario.spans.extend([Span::new(second(200), share, share), Span::new(second(250), 0.01, 0.01)]);
        is_not_trigger_happy(&rates(&watched(), &scenario, 1, 200));
    }
}

#[test]
fn next_to_no_traffic_keeps_the_level() {
    let scenario = Scenario { traffic: Traffic::PerArm(3), ..Scenario::constant(0.01, 0.01) };
    is_not_trigger_happy(&rates(&watched(), &looks(240, scenario), 1, 300));
}

// E3, E8
#[test]
fn a_small_regression_is_found() {
    let found = rates(&watched(), &looks(120, Scenario::constant(0.001, 0.01)), 1, 300);
    assert!(found.rolled_back * 100 >= found.runs * 99, "{found}");
    assert!(found.detection_quantile(0.5) <= Some(Duration::from_secs(50)), "more than ten looks: {found}");
}

// E3, E8: harm that sets in after a long calm is found as soon as harm from the start.
#[test]
fn late_harm_is_found() {
    let mut scenario = looks(600, Scenario::constant(0.01, 0.01));
    let calm = scenario.look * 240;
    scenario.spans.push(Span::new(calm, 0.01, 0.05));
    let found = rates(&watched(), &scenario, 1, 100);
    assert_eq!(found.rolled_back, found.runs, "{found}");
    assert!(found.detection_quantile(0.5) <= Some(scenario.look * 10), "{found}");
}

// E3: a branch that breaks after a calm is found within sixty runs of each arm in half of all cases, within a hundred in all.
#[test]
fn late_failure_of_half_the_runs_is_found() {
    for (calm, rate) in [(20, 0.0), (20, 0.01), (240, 0.001), (240, 0.01)] {
        let traffic = Traffic::PerArm(20);
        let mut scenario = looks(calm + 60, Scenario { traffic, ..Scenario::constant(rate, rate) });
        let calm = scenario.look * calm;
        scenario.spans.push(Span::new(calm, rate, 0.5));
        let found = rates(&watched(), &scenario, 1, 200);
        assert!(found.false_rollbacks * 20 <= found.runs && found.unfinished == 0, "{found}");
        assert!(found.detection_quantile(0.5) <= Some(scenario.look * 3), "{calm:?} {rate} {found}");
        assert!(found.detection_quantile(0.99) <= Some(scenario.look * 5), "{calm:?} {rate} {found}");
    }
}

// E3
#[test]
fn slow_runs_are_found_as_failed_ones_are() {
    let latency = GuardMetric::Latency(flags_rollout::plan::LatencyQuantile::P95);
    let guardrail = GuardrailDefinition::new(latency).max_increase(0.5);
    let plan = check(&RolloutDefinition::custom([stage(50.0).hold(minutes(6_000))]).guardrail(guardrail));
    let mut scenario = looks(120, Scenario::constant(0.0, 0.0));
    scenario.spans[0].slow = flags_rollout::guardrail::Arms::new(0.02, 0.1);
    let found = rates(&plan, &scenario, 1, 100);
    assert_eq!((found.rolled_back, found.false_rollbacks), (found.runs, 0), "{found}");
}

// The rates of parts are the rates of the whole.
#[test]
fn rates_are_put_together_from_parts() {
    let (plan, scenario) = (check(&guarded()), Scenario::constant(0.01, 0.03));
    let whole = rates(&plan, &scenario, 5, 30);
    let mut parts = rates(&plan, &scenario, 5, 10);
    parts.merge(rates(&plan, &scenario, 15, 20));
    assert_eq!(parts, whole);
    assert_eq!(whole.rolled_back_at.iter().sum::<u64>(), whole.rolled_back);
}

// A simulated person approves what waits for it.
#[test]
fn stages_are_approved_as_the_scenario_says() {
    let mut definition = guarded();
    definition.stages[0] = definition.stages[0].approval();
    let plan = check(&definition);
    let waits = simulate(&plan, &Scenario::constant(0.01, 0.01), 1);
    assert_eq!((waits.outcome, waits.state.stage), (Outcome::Unfinished, 0), "{waits}");
    let approved = Scenario { approve_after: Some(minutes(30)), ..Scenario::constant(0.01, 0.01) };
    let run = simulate(&plan, &approved, 1);
    assert_eq!(run.outcome, Outcome::Completed, "{run}");
    assert!(run.after >= minutes(60), "{run}");
}

// E3
#[test]
fn a_broken_branch_is_taken_back_within_sixty_samples() {
    let scenario = Scenario { traffic: Traffic::PerArm(1), ..Scenario::constant(0.01, 0.5) };
    let found = rates(&watched(), &looks(60, scenario), 1, 300);
    assert!(found.rolled_back * 100 >= found.runs * 99, "{found}");
}

// E3
#[test]
fn a_branch_that_breaks_after_a_good_time_is_taken_back_within_ten_seconds() {
    let mut scenario = Scenario { look: Duration::from_secs(1), ..Scenario::constant(0.01, 0.01) };
    scenario.traffic = Traffic::PerArm(100);
    scenario.limit = minutes(31);
    scenario.spans.push(Span::new(minutes(30), 0.01, 1.0));
    let found = rates(&watched(), &scenario, 1, 10);
    assert!(
        found.rolled_back == found.runs && found.detection_quantile(1.0) <= Some(Duration::from_secs(10)),
        "{found}"
    );

    let bounded = GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.05);
    let plan = check(&RolloutDefinition::custom([stage(100.0).hold(minutes(6_000))]).guardrail(bounded));
    let found = rates(&plan, &scenario, 1, 10);
    assert!(
        found.rolled_back == found.runs && found.detection_quantile(1.0) <= Some(Duration::from_secs(60)),
        "{found}"
    );
}

#[test]
fn a_harmless_flag_completes() {
    let completed = rates(&check(&guarded()), &Scenario::constant(0.01, 0.01), 1, 50);
    assert!(completed.completed >= 47, "{completed}");
}

// E6
#[test]
fn without_data_nothing_advances_and_nothing_is_rolled_back() {
    for data in [Data::Missing, Data::Unreadable] {
        let span = Span::new(Duration::ZERO, 0.01, 0.9).seen(data);
        let scenario = Scenario { spans: vec![span], ..Scenario::constant(0.0, 0.0) };
        let run = simulate(&check(&guarded()), &scenario, 1);
        assert_eq!((run.outcome, run.state.stage), (Outcome::Paused, 0), "{run}");

        // When they are back, it goes on by itself.
        let mut scenario = scenario;
        scenario.spans.push(Span::new(minutes(120), 0.01, 0.01));
        let run = simulate(&check(&guarded()), &scenario, 1);
        assert_eq!(run.outcome, Outcome::Completed, "{run}");
    }
}

#[test]
fn clock_jumps_neither_roll_back_nor_skip_what_is_measured() {
    for seconds in [-86_400, 86_400] {
        let mut scenario = Scenario::constant(0.01, 0.01);
        scenario.clock_jumps = vec![(minutes(5), seconds)];
        let run = simulate(&check(&guarded()), &scenario, 1);
        assert_ne!(run.outcome, Outcome::RolledBack, "{run}");
        let stages = run.entries.iter().filter(|entry| entry.text.starts_with("from "));
        assert!(stages.count() <= 2, "{run}");
    }
}

#[test]
fn a_run_can_be_read() {
    let mut scenario = Scenario { traffic: Traffic::Total(2_000), ..Scenario::constant(0.01, 0.01) };
    scenario.spans.push(Span::new(minutes(15), 0.01, 0.3));
    let run = simulate(&check(&guarded()), &scenario, 42);
    assert_eq!(run, simulate(&check(&guarded()), &scenario, 42));
    assert_eq!(run.outcome, Outcome::RolledBack);
    let told = run.to_string();
    assert!(told.starts_with("       0 s  canary       started at 1 %\n"), "{told}");
    assert!(told.contains("surely more than 10 % worse than the control"), "{told}");
}
