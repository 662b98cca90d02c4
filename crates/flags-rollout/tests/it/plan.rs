//! Plans: their stages, their check, their schedule.

use std::time::Duration;

use flags_core::{Percentage, Timestamp};
use flags_rollout::plan::{
    Freeze, GuardMetric, GuardrailDefinition, MinuteOfDay, RolloutDefinition, StageDefinition, Strategy, Surroundings,
};

use crate::rig::{check, guarded, minutes, percent, stage, unguarded};

// E1
#[test]
fn the_duration_is_shared_out_over_the_stages_without_a_hold() {
    let mut definition = RolloutDefinition::custom([
        StageDefinition::new(percent(1.0)).hold(minutes(60)),
        StageDefinition::new(percent(10.0)),
        StageDefinition::new(percent(100.0)),
    ]);
    definition.duration = Some(minutes(24 * 60));
    let plan = check(&definition);
    let holds: Vec<u64> = plan.stages().iter().map(|stage| stage.hold.as_secs() / 60).collect();
    assert_eq!(holds, [60, 690, 690]);
    assert_eq!(plan.shortest(), minutes(24 * 60));
}

#[test]
fn samples_are_asked_for_where_runs_are_counted() {
    let counted = check(
        &RolloutDefinition::new(Strategy::Linear).guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.05)),
    );
    assert!(counted.stages().iter().all(|stage| stage.min_samples == 500));
    let signal = GuardrailDefinition::new(GuardMetric::from_name("checkout_5xx")).max(0.05);
    let uncounted = check(&RolloutDefinition::new(Strategy::Linear).guardrail(signal));
    assert!(uncounted.stages().iter().all(|stage| stage.min_samples == 0));
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut definition = RolloutDefinition::custom([stage(25.0), stage(10.0), stage(10.0)]);
    definition.start = Some(percent(1.0));
    definition.target = Some(percent(50.0));
    definition.duration = Some(minutes(20));
    definition.alpha = 0.7;
    definition.catastrophe = f64::NAN;
    definition.freezes = vec![
        Freeze::Between { from: Timestamp::from_millis(5), until: Timestamp::from_millis(5) },
        Freeze::Weekly {
            days: vec![],
            from: MinuteOfDay::new(1, 0).unwrap(),
            until: MinuteOfDay::new(2, 0).unwrap(),
            offset_minutes: 0,
        },
    ];
    let guardrail = |metric: &str| GuardrailDefinition::new(GuardMetric::from_name(metric));
    definition.guardrails = vec![
        guardrail("error_rat").max(0.1),
        guardrail("error_rate"),
        guardrail("error_rate").max(5.0).max_increase(-1.0),
        guardrail("latency_p99").max(f64::INFINITY),
        guardrail("checkout_5xx").max_increase(0.1),
        GuardrailDefinition { window: Duration::ZERO, ..GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.1) },
        GuardrailDefinition::new(GuardMetric::Rule("book".into())).max(1.0),
    ];
    let surroundings =
        Surroundings { signals: vec!["checkout_5xx".into()], counted: vec![], rules: vec!["books".into()] };
    let problems = definition.check(&surroundings).unwrap_err();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn strategies_that_compute_their_stages_refuse_written_ones() {
    let problem = |change: fn(&mut RolloutDefinition)| {
        let mut definition = RolloutDefinition::new(Strategy::Canary);
        change(&mut definition);
        let problems = definition.check(&Surroundings::default()).unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    };
    let told = [
        problem(|definition| definition.stages.push(stage(10.0))),
        problem(|definition| definition.start = Some(Percentage::HUNDRED)),
        problem(|definition| definition.target = Some(Percentage::ZERO)),
        problem(|definition| definition.strategy = Strategy::Custom),
        problem(|definition| {
            definition.strategy = Strategy::BlueGreen;
            definition.start = Some(percent(5.0));
        }),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_plan_without_waiting_is_a_schedule_that_needs_no_process() {
    let plan = check(&unguarded());
    let steps = plan.schedule(Timestamp::from_millis(0)).unwrap();
    let told: Vec<_> = steps.iter().map(|step| (step.at.as_millis() / 60_000, step.rollout_percentage)).collect();
    assert_eq!(told, [(0, Some(percent(1.0))), (10, Some(percent(25.0))), (20, Some(Percentage::HUNDRED))]);

    let mut waits = unguarded();
    waits.stages[1] = waits.stages[1].approval();
    assert_eq!(check(&waits).schedule(Timestamp::from_millis(0)), None);
}

#[test]
fn plans_that_act_alike_have_one_fingerprint_and_others_have_another() {
    let same = check(&guarded()).fingerprint();
    assert_eq!(same, check(&guarded()).fingerprint());
    let changes: [fn(&mut RolloutDefinition); 12] = [
        |plan| plan.stages[0] = stage(2.0),
        |plan| plan.stages[1] = plan.stages[1].approval(),
        |plan| plan.stages[1] = plan.stages[1].hold(minutes(11)),
        |plan| plan.stages[1] = plan.stages[1].min_samples(101),
        |plan| plan.guardrails[0].max = Some(0.5),
        |plan| plan.guardrails[0].max_increase = Some(0.2),
        |plan| plan.guardrails.clear(),
        |plan| plan.guardrails[0].on_missing = flags_rollout::plan::OnMissing::Ignore,
        |plan| plan.grace = minutes(1),
        |plan| plan.deadline = Some(minutes(1)),
        |plan| plan.dry_run = true,
        |plan| plan.alpha = 0.01,
    ];
    let mut seen = vec![same];
    for change in changes {
        let mut definition = guarded();
        change(&mut definition);
        let fingerprint = check(&definition).fingerprint();
        assert!(!seen.contains(&fingerprint));
        seen.push(fingerprint);
    }
}

#[test]
fn the_level_is_shared_out_over_comparisons_and_stages() {
    let second = GuardrailDefinition::new(GuardMetric::from_name("latency_p95")).max_increase(0.1);
    let plan = check(&guarded().guardrail(second).guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.5)));
    // Two comparisons in two stages with a control group; at 100 percent there is none.
    assert!((plan.alpha_per_comparison() - 0.05 / 4.0).abs() < 1e-15);
}

#[test]
fn a_plan_that_only_compares_is_known_to_be_unwatched_once_everybody_has_the_flag() {
    assert!(check(&guarded()).is_unwatched_at_the_end());
    let bounded = guarded().guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.05));
    assert!(!check(&bounded).is_unwatched_at_the_end());
    assert!(!check(&unguarded()).is_unwatched_at_the_end());
    let mut half = guarded();
    half.stages.pop();
    assert!(!check(&half).is_unwatched_at_the_end());
}
