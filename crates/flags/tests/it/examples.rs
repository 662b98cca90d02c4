//! The examples, run as they stand.

use flags::ab::analysis::DecisionKind;

#[path = "../../examples/actor.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod actor;
#[path = "../../examples/experiment.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod experiment;
#[cfg(feature = "metrics")]
#[path = "../../examples/metrics.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod metrics;
#[cfg(feature = "rollouts")]
#[path = "../../examples/rollout.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod rollout;
#[path = "../../examples/web.rs"]
#[expect(dead_code, reason = "`main` is for who runs it")]
mod web;

// C3
#[tokio::test]
async fn an_actor_is_reconfigured_and_restarted_when_its_flags_change() {
    let mut out = Vec::new();
    actor::run(&mut out).await.unwrap();
    let expected = "\
pricing-7 starts: engine classic, batches of 2
  a quote: 4 pieces at 3 EUR: 12 EUR
  an order: sold for 12 EUR
pricing-7 goes on: batches of 50
  a quote: 12 EUR
pricing-7 stops: classic
pricing-7 starts: engine vector, batches of 50
  an order: sold for 15 EUR
";
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

// C5
#[tokio::test]
async fn handlers_ask_for_the_flags_of_their_request() {
    let mut out = Vec::new();
    web::run(&mut out).await.unwrap();
    let expected = r#"[] -> the cart, light
[("x-user", "ada")] -> the new cart, light
[("cookie", "session=7f3a"), ("x-country", "NL")] -> the cart, dark
[("x-user", "grace"), ("x-forwarded-for", "192.0.2.7")] -> the new cart, light, welcome to the office
"#;
    assert_eq!(String::from_utf8(out).unwrap(), expected);
}

/// The counts of caches are those of the process, so the example runs in one of its own.
// C1, C3, D5
#[cfg(feature = "metrics")]
#[test]
fn a_shop_answers_from_memory_999_times_in_1000_and_seldom_fails() {
    let child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["examples::the_shop_alone", "--exact", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{said}{}", String::from_utf8_lossy(&child.stderr));
    assert!(said.contains("1 passed"), "{said}");
}

#[cfg(feature = "metrics")]
#[test]
#[ignore = "run by another test, in a process of its own"]
fn the_shop_alone() {
    let mut out = Vec::new();
    let numbers = metrics::run(&mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(numbers.call_site_hit_rate >= 0.999, "{out}");
    assert!(numbers.bound_hit_rate >= 0.999, "{out}");
    assert!(numbers.error_rate > 0.0 && numbers.error_rate < 0.001, "{out}");
    let (ok, errors, slow) = numbers.new_payments;
    assert!(ok > 1_000 && slow > 10, "{out}");
    assert_eq!(errors, numbers.fall_backs, "{out}");
    assert!(errors > 10, "{out}");
    assert_eq!(numbers.compared, 400, "one call in fifty: {out}");
    assert!(out.contains("flags_cache_requests_total{cache=\"call_site\",result=\"hit\"}"), "{out}");
}

// F1 to F9
#[test]
fn an_experiment_finds_seven_percent_against_five() {
    let analysis = experiment::run(None).unwrap();
    let treatment = &analysis.metric("conversion").unwrap().arms[0];
    let lift = treatment.lift.as_ref().unwrap();
    assert!(lift.value > 0.3 && lift.interval.as_ref().unwrap().lower > 0.0, "{analysis}");
    assert!(treatment.p().unwrap() < 0.05, "{analysis}");
    assert_eq!(analysis.decision.kind, DecisionKind::RecommendWinner, "{analysis}");
    assert_eq!(analysis.decision.arm.as_deref(), Some("treatment"), "{analysis}");
}

// E5: by the clock on the wall, since that is what is promised.
#[cfg(feature = "rollouts")]
#[test]
fn a_broken_branch_is_taken_back_within_ten_seconds() {
    let mut out = Vec::new();
    let took = rollout::run(&mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(took < std::time::Duration::from_secs(10), "{out}");
    assert!(out.contains("the rollout is rolled back: "), "{out}");
    assert!(out.contains("from the first failing call to 5 %, as another client evaluates: "), "{out}");
}
