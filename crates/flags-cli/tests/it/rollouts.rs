//! `flags rollout simulate`: plans tried before they run.

use serde_json::Value as Json;

use crate::support::Folder;

const FLAGS: &str = r#"
[features.checkout]
enabled = true
rollout_percentage = 0

[features.checkout.rollout]
strategy = "linear"
duration = "5h"
guardrails = [{ metric = "error_rate", max_increase = 0.1, max = 0.05 }]

[features.checkout.environments.staging.rollout]
strategy = "blue_green"
duration = "10m"
guardrails = [{ metric = "error_rate", max = 0.05 }]

[features.search]
enabled = true
"#;

const SCENARIO: &str = r#"
look = "10s"
traffic = { total = 10_000 }

[[spans]]
errors = 0.01

[[spans]]
from = "20m"
errors = { control = 0.01, treatment = 0.5 }
"#;

fn folder() -> Folder {
    Folder::with(&[("flags.toml", FLAGS), ("broken.toml", SCENARIO), ("wrong.toml", "[[spans]]\nerors = 0.01\n")])
}

fn simulated(arguments: &[&str]) -> String {
    let mut all = vec!["rollout", "simulate", "flags.toml", "checkout"];
    all.extend(arguments);
    let ran = folder().run(&all);
    assert!(ran.stderr.is_empty(), "{}", ran.stderr);
    ran.stdout
}

// E1, E3
#[test]
fn one_rollout_is_told_from_start_to_end() {
    insta::assert_snapshot!(simulated(&["--scenario", "broken.toml"]));
}

#[test]
fn a_harmless_flag_completes_and_the_environment_has_its_own_plan() {
    insta::assert_snapshot!(simulated(&["--environment", "staging"]));
}

// E3, E8
#[test]
fn many_rollouts_are_counted() {
    insta::assert_snapshot!(simulated(&["--scenario", "broken.toml", "--runs", "40", "--seed", "7"]));
}

#[test]
fn programs_get_it_as_json() {
    let json: Json = serde_json::from_str(&simulated(&["--errors", "0.01,0.2", "--format", "json"])).unwrap();
    assert_eq!(
        (&json["flag"], &json["outcome"], &json["harm_from"]),
        (&"checkout".into(), &"rolled_back".into(), &0.0.into())
    );
    assert_eq!(json["log"][0]["text"], "started at 10 %");
    assert_eq!(json["log"][0]["percentage"], 10.0);
    assert!(json["runs"]["treatment"]["bad"].as_u64() > json["runs"]["control"]["bad"].as_u64(), "{json}");

    let many = simulated(&["--errors", "0.01,0.2", "--format", "json", "--runs", "20"]);
    let json: Json = serde_json::from_str(&many).unwrap();
    assert_eq!((&json["runs"], &json["rolled_back"], &json["false_rollbacks"]), (&20.into(), &20.into(), &0.into()));
    assert_eq!(json["rolled_back_at"][0]["percentage"], 10.0);
    assert!(json["detection"]["half"].as_f64() <= json["detection"]["longest"].as_f64(), "{json}");
}

#[test]
fn the_same_seed_gives_the_same_rollouts() {
    let run = |seed: &str| simulated(&["--errors", "0.01,0.02", "--seed", seed]);
    assert_eq!(run("3"), run("3"));
    assert_ne!(run("3"), run("4"));
}

#[test]
fn what_cannot_be_simulated_is_told() {
    let told = |arguments: &[&str], status: i32| {
        let mut all = vec!["rollout", "simulate", "flags.toml"];
        all.extend(arguments);
        let ran = folder().run(&all);
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{}", ran.stderr);
        ran.stderr
    };
    assert_eq!(told(&["chekout"], 1), "error: there is no flag `chekout` in flags.toml; did you mean `checkout`?\n");
    assert_eq!(
        told(&["search"], 1),
        "error: flag `search` has no plan for a rollout: write one as `[features.search.rollout]`\n"
    );
    assert!(told(&["checkout", "--scenario", "wrong.toml"], 1).contains("did you mean `errors`?"));
    assert!(told(&["checkout", "--scenario", "nothing.toml"], 3).contains("cannot read nothing.toml"));
    assert!(told(&["checkout", "--errors", "0.1,0.2,0.3"], 2).contains("--errors takes one share, or two"));
    assert!(told(&["checkout", "--errors", "5"], 2).contains("expected a share from 0 to 1"));
}
