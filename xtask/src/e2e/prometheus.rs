//! A real Prometheus, from its Debian package: on a loopback port, with its data in a folder of the test's.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{http, server::Server, wait::json};
use crate::{
    failure::Failure,
    packages::{Program, program},
    process,
};

/// What it takes.
pub(super) const PROGRAMS: [Program; 2] = [program("prometheus"), Program { name: "promtool", package: "prometheus" }];

/// A Prometheus that scrapes and evaluates every second; it may be killed, and started again on what it had.
pub(super) struct Prometheus {
    folder: PathBuf,
    address: SocketAddr,
    running: Option<Server>,
}

impl Prometheus {
    /// Starts it on an address. It scrapes the target as the job `flags`, loads the rules, and alerts the Alertmanager if there
    /// is one.
    pub(super) fn start(
        folder: &Path,
        address: SocketAddr,
        rules: &Path,
        target: SocketAddr,
        alertmanager: Option<SocketAddr>,
    ) -> Result<Self, Failure> {
        let alerting = alertmanager.map_or_else(String::new, |alertmanager| {
            format!("alerting:\n  alertmanagers:\n    - static_configs:\n        - targets: ['{alertmanager}']\n")
        });
        let text = format!(
            "global:\n  scrape_interval: 1s\n  evaluation_interval: 1s\nrule_files:\n  - '{}'\n\
             scrape_configs:\n  - job_name: flags\n    static_configs:\n      - targets: ['{target}']\n{alerting}",
            rules.display()
        );
        let config = folder.join("prometheus.yml");
        fs::write(&config, text).map_err(Failure::file(&config))?;
        let mut prometheus = Self { folder: folder.to_owned(), address, running: None };
        prometheus.go_on()?;
        Ok(prometheus)
    }

    /// Starts it again after it was killed.
    pub(super) fn go_on(&mut self) -> Result<(), Failure> {
        let mut command = Command::new("prometheus");
        command
            .arg(format!("--config.file={}", self.folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", self.folder.join("prometheus").display()))
            .arg(format!("--web.listen-address={}", self.address))
            .arg("--log.level=error");
        self.running = Some(Server::run(&mut command, self.address, "/-/ready")?);
        Ok(())
    }

    /// Kills it, without a chance to say good-bye.
    pub(super) fn kill(&mut self) {
        self.running = None;
    }

    /// What its API answers.
    pub(super) fn api(&self, path: &str) -> Result<Value, Failure> {
        json("Prometheus", http::get(self.address, path))
    }

    /// The series that an expression comes to now.
    pub(super) fn query(&self, expression: &str) -> Result<Vec<Value>, Failure> {
        let answer = self.api(&format!("/api/v1/query?query={}", http::encoded(expression)))?;
        Ok(answer["data"]["result"].as_array().cloned().unwrap_or_default())
    }

    /// The alerts of its rules with that name.
    pub(super) fn alerts(&self, name: &str) -> Result<Vec<Value>, Failure> {
        let alerts = self.api("/api/v1/alerts")?;
        let alerts = alerts["data"]["alerts"].as_array().cloned().unwrap_or_default();
        Ok(alerts.into_iter().filter(|alert| alert["labels"]["alertname"] == name).collect())
    }
}

/// Has promtool check what a scrape says.
pub(super) fn check_scrape(folder: &Path, scrape: &str) -> Result<(), Failure> {
    let path = folder.join("scrape.txt");
    fs::write(&path, scrape).map_err(Failure::file(&path))?;
    let file = fs::File::open(&path).map_err(Failure::file(&path))?;
    let mut command = Command::new("promtool");
    let status = command.args(["check", "metrics"]).stdin(Stdio::from(file)).status();
    let status = status.map_err(|source| Failure::Start { command: process::shown(&command), source })?;
    if status.success() { Ok(()) } else { Err(Failure::Command { command: process::shown(&command), status }) }
}
