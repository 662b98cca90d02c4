//! Scenarios of simulated rollouts: those that are shipped, and what is told of broken ones.

use std::{fs, path::Path};

use flags_config::{Source, load_scenario};
use flags_rollout::{
    plan::{GuardMetric, GuardrailDefinition, LatencyQuantile, Plan, RolloutDefinition, Strategy, Surroundings},
    simulate::{Outcome, Run, Scenario, simulate},
};

fn shipped(name: &str) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/scenarios").join(format!("{name}.toml"));
    load_scenario(&Source::new(name, fs::read_to_string(path).unwrap())).unwrap_or_else(|report| panic!("{report}"))
}

/// Five stages of an hour, compared with the control by errors and latency.
fn plan() -> Plan {
    let definition = RolloutDefinition {
        duration: Some(std::time::Duration::from_secs(5 * 3_600)),
        ..RolloutDefinition::new(Strategy::Linear)
    };
    let latency = GuardMetric::Latency(LatencyQuantile::P99);
    definition
        .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1))
        .guardrail(GuardrailDefinition::new(latency).max_increase(0.5))
        .check(&Surroundings::default())
        .unwrap()
}

fn run(name: &str) -> Run {
    simulate(&plan(), &shipped(name), 1)
}

/// The percentages it went through, and what it was paused for.
fn way(run: &Run) -> String {
    let shown = |entry: &flags_rollout::machine::Entry| match entry.to {
        flags_rollout::plan::Phase::Paused => "paused".to_owned(),
        _ => entry.percentage.map_or_else(String::new, |share| share.to_string()),
    };
    let mut way: Vec<String> = run.entries.iter().map(shown).collect();
    way.dedup();
    way.join(" ")
}

// E3, E6, E8
#[test]
fn what_the_shipped_scenarios_say_comes_about() {
    for (name, outcome, through) in [
        ("harmless", Outcome::Completed, "10 25 50 75 100"),
        ("small-regression", Outcome::RolledBack, "10"),
        ("broken-branch", Outcome::RolledBack, "10"),
        ("slow-branch", Outcome::RolledBack, "10"),
        ("outage", Outcome::Completed, "10 25 50 75 100"),
        ("dead-prometheus", Outcome::Completed, "10 paused 10 25 50 75 100"),
        ("clock-jump", Outcome::Completed, "10 25 50 75 100"),
    ] {
        let run = run(name);
        assert_eq!((run.outcome, way(&run).as_str()), (outcome, through), "{name}\n{run}");
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/scenarios");
    assert_eq!(fs::read_dir(folder).unwrap().count(), 7, "each shipped scenario is in the list above");
}

// E3
#[test]
fn a_branch_that_breaks_is_rolled_back_within_ten_seconds() {
    let (run, harm) = (run("broken-branch"), shipped("broken-branch").harm_begins());
    let after = run.after.checked_sub(harm.unwrap()).unwrap();
    assert!(after.as_secs() <= 10, "{run}");
}

// E6
#[test]
fn a_clock_that_jumps_leaves_no_stage_out() {
    let run = run("clock-jump");
    assert!(run.looks > 100, "{run}");
}

#[test]
fn everything_that_is_wrong_with_a_scenario_is_told_with_its_place() {
    let text = r#"
look = "0s"
limit = 3600
trafic = { per_arm = 200 }
concentration = 0.5
approve_after = "soon"
clock_jumps = [{ at = "5m", forward = "1h", back = "1h" }, { at = "6m" }]

[[spans]]
eror = 0.01
errors = 1.5

[[spans]]
slow = { control = 0.1 }
data = "gone"
"#;
    let report = load_scenario(&Source::new("scenario.toml", text)).unwrap_err();
    insta::assert_snapshot!(report.to_string());
}

#[test]
fn what_takes_too_long_or_ends_before_it_begins_is_refused() {
    for text in
        ["limit = \"1s\"", "look = \"1ms\"\nlimit = \"30d\"", "traffic = { total = 2_000_000 }", "", "spans = []"]
    {
        let text = if text.contains("spans") { text.to_owned() } else { format!("{text}\n[[spans]]\nerors = 1") };
        assert!(load_scenario(&Source::new("scenario.toml", text.clone())).is_err(), "{text}");
        let good = load_scenario(&Source::new("scenario.toml", "[[spans]]\nerrors = 0.5"));
        assert_eq!(good, Ok(Scenario::of_all(0.5, 0.5)));
    }
    let report = load_scenario(&Source::new("scenario.toml", "spans = [{ errors = 0.1 }\n")).unwrap_err();
    insta::assert_snapshot!(report.to_string());
}
