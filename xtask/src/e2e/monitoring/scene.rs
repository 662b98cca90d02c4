//! Who takes part: a server with alerts, a Prometheus that scrapes it, and an Alertmanager that is alerted.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::Value;

use crate::{
    e2e::{http, prometheus::Prometheus, server::Server, wait::json},
    failure::Failure,
    workspace::Workspace,
};

/// Where an alert says that there is more to see.
pub(super) const LINK: &str = "https://grafana.example/d/flags";

/// Everybody, until dropped.
pub(super) struct Scene {
    pub(super) folder: PathBuf,
    definitions: PathBuf,
    pub(super) alertmanager: Server,
    server: Server,
    pub(super) prometheus: Prometheus,
}

/// What the server serves, and whom it alerts.
pub(super) fn definitions(alertmanager: SocketAddr) -> String {
    format!(
        r#"[settings]
environment = "e2e"

[features.checkout]
enabled = true
variants = {{ classic = "classic", express = "express" }}
off = "classic"
rollout_percentage = 50

[features.search]
enabled = false

[alerts.refused]
when = {{ reload_failed = true }}
severity = "critical"
description = "flags check says what is wrong"
notify = ["pager"]

[channels.pager]
kind = "alertmanager"
url = "http://{alertmanager}"
link = "{LINK}"
"#
    )
}

impl Scene {
    /// Starts them, with what they keep in `folder`.
    pub(super) fn set(workspace: &Workspace, program: &Path, folder: &Path) -> Result<Self, Failure> {
        let alertmanager = alertmanager(folder)?;
        let path = folder.join("flags.toml");
        fs::write(&path, definitions(alertmanager.address())).map_err(Failure::file(&path))?;
        let server = Server::start(program, &path)?;
        let rules = workspace.root.join("config/prometheus/flags-rules.yml");
        let address = http::free_address().map_err(Failure::file("127.0.0.1:0"))?;
        let prometheus = Prometheus::start(folder, address, &rules, server.address(), Some(alertmanager.address()))?;
        Ok(Self { folder: folder.to_owned(), definitions: path, alertmanager, server, prometheus })
    }

    /// Saves other definitions, whole or not at all.
    pub(super) fn save(&self, text: &str) -> Result<(), Failure> {
        let new = self.folder.join("flags.new");
        fs::write(&new, text).map_err(Failure::file(&new))?;
        fs::rename(&new, &self.definitions).map_err(Failure::file(&self.definitions))
    }

    /// Evaluates all flags for a few dozen users.
    pub(super) fn evaluate(&self) -> Result<(), Failure> {
        for user in 0..50 {
            let context = format!("{{\"context\":{{\"targetingKey\":\"user-{user}\"}}}}");
            let asked = http::post(self.server.address(), "/ofrep/v1/evaluate/flags", &context);
            json("the server", asked)?;
        }
        Ok(())
    }

    /// What the server answers on a path.
    pub(super) fn server_answers(&self, path: &str) -> Result<String, Failure> {
        let answer = http::get(self.server.address(), path).map_err(Failure::file(path))?;
        Ok(answer.body)
    }

    /// The alert of the refused file, as the Alertmanager holds it.
    pub(super) fn alert(&self) -> Result<Option<Value>, Failure> {
        let held = json("the Alertmanager", http::get(self.alertmanager.address(), "/api/v2/alerts"))?;
        let held = held.as_array().cloned().unwrap_or_default();
        Ok(held.into_iter().find(|alert| alert["labels"]["alertname"] == "refused"))
    }
}

fn alertmanager(folder: &Path) -> Result<Server, Failure> {
    let config = folder.join("alertmanager.yml");
    fs::write(&config, "route:\n  receiver: nobody\nreceivers:\n  - name: nobody\n").map_err(Failure::file(&config))?;
    let address = http::free_address().map_err(Failure::file("127.0.0.1:0"))?;
    let mut command = Command::new("prometheus-alertmanager");
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.join("alertmanager").display()))
        .arg(format!("--web.listen-address={address}"))
        // Alone: it is nobody's peer.
        .arg("--cluster.listen-address=")
        .arg("--log.level=error")
        .stderr(Stdio::inherit());
    Server::run(&mut command, address, "/-/ready")
}
