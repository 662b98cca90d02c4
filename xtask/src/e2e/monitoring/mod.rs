//! A server watched by a real Prometheus, with a real Alertmanager to alert: what is shipped for them, and what is sent to them.
//!
//! Both come from their Debian packages, listen on free loopback ports, and keep their data in a folder that is removed
//! afterwards.

mod scene;

use std::{path::Path, process::Command};

use self::scene::Scene;
use super::{
    prometheus::{PROGRAMS, check_scrape},
    wait::until,
};
use crate::{
    failure::Failure,
    observability::{panels, rules},
    packages::{self, program},
    process,
    report::Tally,
    workspace::Workspace,
};

/// Installs what is needed where that can be done unasked; says what is missing.
pub(super) fn missing() -> Option<String> {
    let missing = packages::install(&[&PROGRAMS[..], &[program("prometheus-alertmanager")]].concat());
    (!missing.is_empty()).then(|| format!("not installed: {}", missing.join(", ")))
}

/// One thing to be seen; it comes to nothing, or to what is wrong.
type Check = fn(&Workspace, &Scene) -> Result<(), Failure>;

const CHECKS: [(&str, Check); 8] = [
    ("promtool accepts a scrape", scrape_is_accepted),
    ("promtool accepts the rules, and their tests pass", rules_pass_their_tests),
    ("Prometheus scrapes the server", server_is_scraped),
    ("Prometheus loads every rule", rules_are_loaded),
    ("every expression of the dashboard is answered", dashboard_is_answered),
    ("a refused file alerts the Alertmanager", refusal_alerts),
    ("the rules of Prometheus see it as well", rules_see_the_refusal),
    ("a mended file resolves the alert", mending_resolves),
];

/// Runs the checks, one after the other; each is one test.
pub(super) fn run(workspace: &Workspace, program: &Path) -> Result<Tally, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
    let scene = Scene::set(workspace, program, folder.path())?;
    let mut tally = Tally::default();
    for (name, check) in CHECKS {
        println!("    {name}");
        match check(workspace, &scene) {
            Ok(()) => tally.passed += 1,
            Err(failure) => {
                println!("    {failure}");
                tally.failed += 1;
            }
        }
    }
    Ok(tally)
}

fn scrape_is_accepted(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    check_scrape(&scene.folder, &scene.server_answers("/metrics")?)
}

fn rules_pass_their_tests(workspace: &Workspace, _: &Scene) -> Result<(), Failure> {
    let folder = workspace.root.join("config/prometheus");
    process::run(Command::new("promtool").args(["check", "rules"]).arg(folder.join("flags-rules.yml")))?;
    process::run(Command::new("promtool").args(["test", "rules"]).arg(folder.join("flags-rules_test.yml")))
}

fn server_is_scraped(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    until("Prometheus scrapes the server", || {
        let found = scene.prometheus.query("up{job=\"flags\"} == 1")?;
        Ok(if found.is_empty() { Err("up is not 1".to_owned()) } else { Ok(()) })
    })
}

fn rules_are_loaded(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    until("every rule is loaded and evaluated", || {
        let loaded = scene.prometheus.api("/api/v1/rules")?;
        let groups = loaded["data"]["groups"].as_array().cloned().unwrap_or_default();
        let healthy: Vec<&str> = groups
            .iter()
            .flat_map(|group| group["rules"].as_array().into_iter().flatten())
            .filter(|rule| rule["health"] == "ok")
            .filter_map(|rule| rule["name"].as_str())
            .collect();
        let expected = rules::names();
        let absent: Vec<&String> = expected.iter().filter(|name| !healthy.contains(&name.as_str())).collect();
        Ok(if absent.is_empty() { Ok(()) } else { Err(format!("not loaded, or not healthy: {absent:?}")) })
    })
}

/// Those that every server has data for have to have some, after a few scrapes.
fn dashboard_is_answered(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    let queries: Vec<_> =
        panels::rows().into_iter().flat_map(|row| row.panels).flat_map(|panel| panel.queries).collect();
    for query in &queries {
        let expression =
            query.expression.replace("$__rate_interval", "30s").replace("$job", ".*").replace("$flag", ".*");
        until(&expression, || {
            scene.evaluate()?;
            let found = scene.prometheus.query(&expression)?;
            Ok(if found.is_empty() && query.always { Err("no data".to_owned()) } else { Ok(()) })
        })?;
    }
    println!("    {} expressions", queries.len());
    Ok(())
}

fn refusal_alerts(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    scene.save(&scene::definitions(scene.alertmanager.address()).replace("enabled = true", "enabeld = true"))?;
    until("the Alertmanager holds the alert", || {
        let Some(alert) = scene.alert()? else { return Ok(Err("it has no such alert".to_owned())) };
        let summary = alert["annotations"]["summary"].as_str().unwrap_or_default();
        let told = alert["labels"]["severity"] == "critical"
            && alert["labels"]["environment"] == "e2e"
            && alert["generatorURL"] == scene::LINK
            && summary.contains("unknown key `enabeld` in flag `checkout`");
        Ok(if told { Ok(()) } else { Err(format!("it holds {alert}")) })
    })
}

fn rules_see_the_refusal(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    until("FlagsConfigReloadFailing is pending or fires", || {
        let alerts = scene.prometheus.alerts("FlagsConfigReloadFailing")?;
        let found = alerts.iter().any(|alert| alert["state"] == "pending" || alert["state"] == "firing");
        Ok(if found { Ok(()) } else { Err("it is inactive".to_owned()) })
    })
}

fn mending_resolves(_: &Workspace, scene: &Scene) -> Result<(), Failure> {
    scene.save(&(scene::definitions(scene.alertmanager.address()) + "# mended\n"))?;
    until("the Alertmanager holds the alert no more", || {
        Ok(match scene.alert()? {
            None => Ok(()),
            Some(alert) => Err(format!("it holds {alert}")),
        })
    })?;
    // By itself it would have forgotten the alert only after four minutes.
    until("both notifications were counted", || {
        let found =
            scene.prometheus.query("flags_alert_notifications_total{channel=\"pager\",result=\"sent\"} == 2")?;
        Ok(if found.is_empty() { Err("it is not 2".to_owned()) } else { Ok(()) })
    })
}
