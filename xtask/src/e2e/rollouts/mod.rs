//! Rollouts that a real Prometheus guards: a shop is scraped, and its rollouts go by what Prometheus counts of it.
//!
//! One advances to its end. One is rolled back, since its new branch fails. In the midst of a third Prometheus is killed: the
//! rollout holds, then pauses, and goes on by itself when Prometheus is back.

mod scene;

use std::time::{Duration, Instant};

use self::scene::Scene;
use super::{
    prometheus::{PROGRAMS, check_scrape},
    wait::until,
};
use crate::{failure::Failure, packages, report::Tally, workspace::Workspace};

/// Installs what is needed where that can be done unasked; says what is missing.
pub(super) fn missing() -> Option<String> {
    let missing = packages::install(&PROGRAMS);
    (!missing.is_empty()).then(|| format!("not installed: {}", missing.join(", ")))
}

/// One thing to be seen; it comes to nothing, or to what is wrong.
type Check = fn(&mut Scene) -> Result<(), Failure>;

const CHECKS: [(&str, Check); 7] = [
    ("promtool accepts a scrape with rollouts", scrape_is_accepted),
    ("a rollout advances to its end on what Prometheus counts", the_good_one_completes),
    ("another is rolled back, since its new branch fails", the_bad_one_is_rolled_back),
    ("the rules of Prometheus see the rollback", rules_see_the_rollback),
    ("a third starts, and its guardrail passes", the_third_starts),
    ("Prometheus is killed: it holds, and pauses after its grace", without_prometheus_it_holds_and_pauses),
    ("Prometheus is back: it goes on by itself, to its end", it_goes_on),
];

/// Runs the checks, one after the other; each is one test.
pub(super) fn run(workspace: &Workspace) -> Result<Tally, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
    let mut scene = Scene::set(workspace, folder.path())?;
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        println!("    {name}");
        let started = Instant::now();
        match check(&mut scene) {
            Ok(()) => {
                println!("        {:.1} s", started.elapsed().as_secs_f64());
                tally.passed += 1;
            }
            Err(failure) => {
                println!("    {failure}");
                tally.failed += 1;
            }
        }
    }
    Ok(tally)
}

fn scrape_is_accepted(scene: &mut Scene) -> Result<(), Failure> {
    let scrape = scene.scrape()?;
    check_scrape(&scene.folder, &scrape)?;
    let shown = |name: &&str| scrape.lines().any(|line| line.starts_with(*name));
    let names = [
        "flags_rollout_state{",
        "flags_rollout_percentage_ratio{",
        "flags_rollout_transitions_total{",
        "flags_rollout_runs_total{",
        "flags_rollout_controller_leader 1",
        "flags_signal_up{",
    ];
    let absent: Vec<_> = names.iter().filter(|name| !shown(name)).collect();
    if absent.is_empty() { Ok(()) } else { wrong(format!("the scrape has no {absent:?}")) }
}

fn the_good_one_completes(scene: &mut Scene) -> Result<(), Failure> {
    scene.start("new_search")?;
    scene.start("new_checkout")?;
    stands(scene, "new_search", "complete", "1")
}

fn the_bad_one_is_rolled_back(scene: &mut Scene) -> Result<(), Failure> {
    stands(scene, "new_checkout", "rolled_back", "0")
}

fn rules_see_the_rollback(scene: &mut Scene) -> Result<(), Failure> {
    until("FlagsRolloutRolledBack fires for new_checkout", || {
        let alerts = scene.prometheus.alerts("FlagsRolloutRolledBack")?;
        let flags: Vec<_> = alerts.iter().map(|alert| alert["labels"]["flag"].clone()).collect();
        Ok(if flags == ["new_checkout"] { Ok(()) } else { Err(format!("it fires for {flags:?}")) })
    })
}

fn the_third_starts(scene: &mut Scene) -> Result<(), Failure> {
    scene.start("new_cart")?;
    until("the guardrail of new_cart passes", || {
        let verdict = scene.verdict("new_cart", "cart_errors")?;
        Ok(if verdict == "pass" { Ok(()) } else { Err(format!("it says {verdict}")) })
    })?;
    stands(scene, "new_cart", "gradual", "0.2")
}

/// Its stage would be over six seconds after the start, and its grace is twelve.
fn without_prometheus_it_holds_and_pauses(scene: &mut Scene) -> Result<(), Failure> {
    scene.prometheus.kill();
    until("the guardrail of new_cart cannot be read", || {
        let verdict = scene.verdict("new_cart", "cart_errors")?;
        Ok(if verdict == "error" { Ok(()) } else { Err(format!("it says {verdict}")) })
    })?;
    let started = Instant::now();
    loop {
        match scene.stands("new_cart")? {
            (state, share) if state == "paused" && share == "0.2" => break,
            (state, share) if state == "gradual" && share == "0.2" => {}
            (state, share) => return wrong(format!("new_cart is {state} at {share}, and nobody knows how it does")),
        }
        if started.elapsed() > Duration::from_secs(60) {
            return wrong("new_cart holds, and does not pause".into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    if started.elapsed() < Duration::from_secs(8) {
        return wrong(format!("new_cart paused after {:.1} s already", started.elapsed().as_secs_f64()));
    }
    Ok(())
}

fn it_goes_on(scene: &mut Scene) -> Result<(), Failure> {
    scene.prometheus.go_on()?;
    stands(scene, "new_cart", "complete", "1")
}

/// Waits until a rollout stands there.
fn stands(scene: &Scene, flag: &str, state: &str, share: &str) -> Result<(), Failure> {
    until(&format!("{flag} is {state} at {share}"), || {
        let found = scene.stands(flag)?;
        Ok(if found == (state.to_owned(), share.to_owned()) {
            Ok(())
        } else {
            Err(format!("it is {} at {}", found.0, found.1))
        })
    })
}

fn wrong(problem: String) -> Result<(), Failure> {
    Err(Failure::Problems { problems: vec![problem] })
}
