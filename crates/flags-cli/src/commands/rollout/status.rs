//! `flags rollout status`: where a rollout stands, once or as it goes.

use std::{io::Write as _, thread, time::Duration};

use clap::Args;
use flags::{RolloutView, Timestamp, control::Target, rollout::machine::Status as Standing};

use super::{RolloutOptions, json as wire, words};
use crate::{
    arguments::target,
    failure::Failure,
    operate::{Driven, seconds},
    output::{self, BOLD, DIM, Output, Status, WARN, facts},
};

/// How often it is looked again.
const TICK: Duration = Duration::from_millis(500);

/// Show where a rollout stands.
///
/// What its guardrails say is what the program that drives saw at its last look. With --watch it is shown as it goes, in place
/// on a terminal and otherwise with a line for each change, until it is complete (status 0) or rolled back (status 1).
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags rollout status checkout --state-dir var/flags
  flags rollout status checkout --state-dir var/flags --watch

JSON: {\"flag\",\"phase\",\"status\",\"step\",\"paused\",\"breach\",\"percentage\",\"stage\",\"stages\":[{\"percentage\",\"hold_seconds\",
\"min_samples\",\"approval\"}],\"stage_seconds\",\"approved\",\"progress\",\"complete_not_before\",\"started_at\",\"since\",
\"rearm_after\",\"by\",\"because\",\"guardrails\":[{\"metric\",\"on_breach\",\"verdict\",\"text\"}],\"driven_by\"}; with --watch a line for
each change. The phases are planned, canary, gradual, majority, complete, paused, rolling_back and rolled_back; the verdicts
pass, fail, inconclusive, no_data and error.")]
pub(super) struct Show {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    #[command(flatten)]
    options: RolloutOptions,
    /// Shows it as it goes, until it is over.
    #[arg(long, short)]
    watch: bool,
}

impl Show {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let mut driven = self.options.open()?;
        let key = self.flag.key();
        let mut view = find(&driven, key)?;
        if !self.watch {
            if output.is_json() {
                output.json(&json(&view, &driven))?;
            } else {
                write(&view, &driven, self.next(&view, driven.now()), output)?;
            }
            return Ok(Status::Fine);
        }
        let is_live = !output.is_json() && output::is_live();
        let mut told: Option<String> = None;
        loop {
            let is_news = is_live || told.as_deref() != Some(&gist(&view));
            if is_news {
                told = Some(gist(&view));
                if output.is_json() {
                    output.json_line(&json(&view, &driven))?;
                } else if is_live {
                    // Erases the screen and goes to its first place (ECMA-48, ED and CUP).
                    write!(output, "\x1b[2J\x1b[H")?;
                    write(&view, &driven, self.next(&view, driven.now()), output)?;
                    writeln!(output, "\n{DIM}{}; Ctrl-C ends{DIM:#}", driven.now())?;
                } else {
                    writeln!(output, "{DIM}{}{DIM:#} {}", seconds(driven.now()), line(&view))?;
                }
                output.finish()?;
            }
            match view.status {
                Standing::Complete => return Ok(Status::Fine),
                Standing::RolledBack { .. } => return Ok(Status::Bad),
                _ => thread::sleep(TICK),
            }
            driven.refresh();
            view = find(&driven, key)?;
        }
    }

    /// The command that most likely comes next.
    fn next(&self, view: &RolloutView, now: Timestamp) -> Option<String> {
        use flags::rollout::machine::Step;
        let command = match view.status {
            Standing::Planned => "start",
            Standing::Running(Step::AwaitingApproval) => "approve",
            Standing::Paused(_) => "resume",
            Standing::RolledBack { rearm_after } if rearm_after <= now => "rearm",
            _ => return None,
        };
        Some(self.options.of_same(command, &view.flag))
    }
}

/// The rollout of a flag.
pub(super) fn find(driven: &Driven, key: &str) -> Result<RolloutView, Failure> {
    let found = driven.flags.rollouts().view(key).map_err(|error| super::failure(&error, driven, Some(key)))?;
    found.ok_or_else(|| match driven.flags.snapshot().set().flag(key) {
        None => driven.no_such_flag(key),
        Some(_) => Failure::NotFound(super::no_plan(key, driven)),
    })
}

fn json(view: &RolloutView, driven: &Driven) -> serde_json::Value {
    let mut json = wire::rollout(view, driven.now());
    json["driven_by"] = wire::leader(driven);
    json
}

/// What tells a state from the one before, for whoever reads line by line.
fn gist(view: &RolloutView) -> String {
    let verdicts: Vec<&str> =
        view.guardrails.iter().map(|guard| guard.verdict.map_or("", |verdict| verdict.name())).collect();
    format!("{} {}", view.state.version, verdicts.join(" "))
}

/// A rollout on one line.
fn line(view: &RolloutView) -> String {
    let (key, phase) = (&view.flag, view.phase);
    let style = words::style(phase);
    let verdicts: Vec<String> =
        view.guardrails.iter().filter_map(|guard| Some(format!("{} {}", guard.metric, guard.verdict?))).collect();
    let verdicts = if verdicts.is_empty() { String::new() } else { format!(" [{}]", verdicts.join(", ")) };
    let share = view.percentage.map(|share| format!(" {share} %,")).unwrap_or_default();
    let done = (view.progress * 100.0).floor();
    let why = if view.because.is_empty() { String::new() } else { format!(": {}", view.because) };
    format!("{BOLD}{key}{BOLD:#} {style}{phase}{style:#},{share} {done:.0} % done{verdicts}{why}")
}

/// A rollout with everything a person wants to know of it.
fn write(view: &RolloutView, driven: &Driven, next: Option<String>, output: &mut Output) -> Result<(), Failure> {
    let (key, phase) = (&view.flag, view.phase);
    let style = words::style(phase);
    writeln!(output, "{BOLD}{key}{BOLD:#}: {style}{phase}{style:#}, {}", words::stage(view))?;
    let mut lines = vec![
        ("done", format!("{}  complete: {}", words::bar(view.progress), words::estimate(view))),
        ("now", words::doing(view, driven.now())),
    ];
    if !view.because.is_empty() {
        lines.push(("because", view.because.to_string()));
        lines.push(("by", format!("{} at {}", view.by, seconds(view.state.at))));
    }
    if view.plan.is_none() {
        lines.push((
            "plan",
            format!("{WARN}not defined any more{WARN:#}: it can be rolled back, or its plan brought back"),
        ));
    } else if view.plan.as_ref().is_some_and(|plan| plan.definition().dry_run) {
        lines.push(("plan", format!("{WARN}a dry run{WARN:#}: it judges, and changes nothing")));
    }
    lines.push(("driven by", driven.driven_by()));
    for request in driven.flags.rollouts().requests().unwrap_or_default() {
        if *request.flag == **key && request.waits_at(driven.now()) {
            let command = super::word(&request.command);
            lines.push(("waits", format!("{} asks to {command} it, and somebody else has to agree", request.by)));
        }
    }
    lines.extend(next.map(|command| ("next", command)));
    facts(output, &lines)?;
    guardrails(&view.guardrails, output)
}

/// What each guardrail says, one a line.
pub(crate) fn guardrails(guardrails: &[flags::GuardrailView], output: &mut Output) -> Result<(), Failure> {
    if guardrails.is_empty() {
        return Ok(());
    }
    writeln!(output, "  {DIM}guardrails{DIM:#}")?;
    let name =
        |guard: &flags::GuardrailView| guard.verdict.map_or_else(|| "not known".to_owned(), |known| known.to_string());
    let width = guardrails.iter().map(|guard| name(guard).len()).max().unwrap_or_default();
    for guard in guardrails {
        let style = guard.verdict.map_or(DIM, words::verdict_style);
        let text = if guard.text.is_empty() { "nobody has looked yet" } else { &guard.text };
        writeln!(output, "    {style}{:width$}{style:#}  {}: {text}", name(guard), guard.metric)?;
    }
    Ok(())
}
