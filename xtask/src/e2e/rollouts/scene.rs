//! Who takes part: a shop with three rollouts, and a Prometheus that scrapes it and that its guardrails ask.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    e2e::{http, prometheus::Prometheus, server::Server},
    failure::Failure,
    process,
    workspace::Workspace,
};

/// Everybody, until dropped.
pub(super) struct Scene {
    pub(super) folder: PathBuf,
    pub(super) prometheus: Prometheus,
    shop: Server,
}

/// Three plans, each guarded by Prometheus alone: the shop's own counts decide nothing but the number of runs a stage needs.
///
/// A look is taken four times a second, and the stages last a few, so that minutes become seconds.
fn definitions(prometheus: SocketAddr) -> String {
    let counted = |flag: &str| {
        let query =
            |arm: &str, only: &str| format!("sum(flags_rollout_runs_total{{flag=\"{flag}\",arm=\"{arm}\"{only}}})");
        let arm = |arm: &str| {
            let (bad, runs) = (query(arm, ",outcome=\"error\""), query(arm, ""));
            format!("{{ bad = '{bad}', runs = '{runs}' }}")
        };
        let (treatment, control) = (arm("treatment"), arm("control"));
        format!(
            r#"
[features.{flag}]
enabled = true
rollout_percentage = 0

[features.{flag}.rollout]
strategy = "custom"
min_samples = 100
stages = [{{ percentage = 20, hold = "3s" }}, {{ percentage = 50, hold = "3s" }}, {{ percentage = 100, hold = "3s" }}]
guardrails = [{{ metric = "{flag}_runs", max = 0.1, max_increase = 0.5, window = "30s", min_samples = 50 }}]

[signals.{flag}_runs]
prometheus = "http://{prometheus}"
treatment = {treatment}
control = {control}
interval = "1s"
timeout = "2s"
"#
        )
    };
    format!(
        r#"[settings]
environment = "e2e"
{}{}
[features.new_cart]
enabled = true
rollout_percentage = 0

[features.new_cart.rollout]
strategy = "custom"
grace = "12s"
stages = [{{ percentage = 20, hold = "6s" }}, {{ percentage = 100, hold = "3s" }}]
guardrails = [{{ metric = "cart_errors", max = 0.1, window = "15s" }}]

[signals.cart_errors]
prometheus = "http://{prometheus}"
query = 'sum(rate(flags_rollout_runs_total{{flag="new_cart",outcome="error"}}[10s])) / sum(rate(flags_rollout_runs_total{{flag="new_cart"}}[10s]))'
interval = "1s"
timeout = "2s"
"#,
        counted("new_search"),
        counted("new_checkout"),
    )
}

impl Scene {
    /// Builds the shop and starts them, with what they keep in `folder`.
    pub(super) fn set(workspace: &Workspace, folder: &Path) -> Result<Self, Failure> {
        // As the tests build it, so that it is there already where they ran before.
        let example = ["build", "--workspace", "--all-features", "--example=guarded_rollouts", "--locked"];
        process::run(workspace.cargo().args(example))?;
        let free = || http::free_address().map_err(Failure::file("127.0.0.1:0"));
        let (shop, prometheus) = (free()?, free()?);
        let path = folder.join("flags.toml");
        fs::write(&path, definitions(prometheus)).map_err(Failure::file(&path))?;
        let program = format!("debug/examples/guarded_rollouts{}", std::env::consts::EXE_SUFFIX);
        let mut command = Command::new(workspace.target.join(program));
        command.arg(&path).arg(folder.join("state")).arg(shop.to_string());
        let server = Server::run(&mut command, shop, "/metrics")?;
        let rules = workspace.root.join("config/prometheus/flags-rules.yml");
        let prometheus = Prometheus::start(folder, prometheus, &rules, shop, None)?;
        Ok(Self { folder: folder.to_owned(), prometheus, shop: server })
    }

    /// Starts the rollout of a flag.
    pub(super) fn start(&self, flag: &str) -> Result<(), Failure> {
        let path = format!("/start/{flag}");
        let answer = http::post(self.shop.address(), &path, "").map_err(Failure::file(&path))?;
        match answer.status {
            200 => Ok(()),
            status => Err(Failure::Problems { problems: vec![format!("{path} answered {status}: {}", answer.body)] }),
        }
    }

    /// What the shop's metrics say.
    pub(super) fn scrape(&self) -> Result<String, Failure> {
        http::get(self.shop.address(), "/metrics").map(|answer| answer.body).map_err(Failure::file("/metrics"))
    }

    /// Where the rollout of a flag stands: its state, and its percentage as a share.
    pub(super) fn stands(&self, flag: &str) -> Result<(String, String), Failure> {
        let scrape = self.scrape()?;
        let states = format!("flags_rollout_state{{flag=\"{flag}\",state=\"");
        let state =
            scrape.lines().filter_map(|line| line.strip_prefix(&states)).find_map(|rest| rest.strip_suffix("\"} 1"));
        let share = format!("flags_rollout_percentage_ratio{{flag=\"{flag}\"}} ");
        let share = scrape.lines().find_map(|line| line.strip_prefix(&share));
        Ok((state.unwrap_or("nowhere").to_owned(), share.unwrap_or("nothing").to_owned()))
    }

    /// What the guardrail of a flag says.
    pub(super) fn verdict(&self, flag: &str, guard: &str) -> Result<String, Failure> {
        let scrape = self.scrape()?;
        let verdicts = format!("flags_rollout_guard_verdict{{flag=\"{flag}\",guard=\"{guard}\",verdict=\"");
        let verdict =
            scrape.lines().filter_map(|line| line.strip_prefix(&verdicts)).find_map(|rest| rest.strip_suffix("\"} 1"));
        Ok(verdict.unwrap_or("nothing").to_owned())
    }
}
