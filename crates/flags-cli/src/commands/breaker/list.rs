//! `flags breaker list`: every circuit breaker on a line.

use std::{collections::BTreeSet, io::Write as _};

use anstyle::Style;
use clap::Args;
use flags::{
    Clock as _, SystemClock,
    control::{Action, BreakerState, Control, Slot, Target},
    rollout::breaker::{BreakerOptions, BreakerPhase, Window},
};
use serde_json::{Value as Json, json};

use crate::{
    commands::rollout::lasting,
    failure::Failure,
    operate::{DefinitionsOptions, Known, StateOption, seconds},
    output::{BAD, DIM, Output, Status, WARN, count},
    table::{Table, or_dash},
    wire,
};

/// List the circuit breakers, one line each.
///
/// A breaker that is neither open nor held is closed: each program counts the runs of its own, and nothing of that is written
/// down before it opens.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags breaker list --state-dir var/flags
  flags breaker list --state-dir var/flags --environment production
  flags breaker list --state-dir var/flags --format json

JSON: {\"breakers\":[{\"flag\",\"state\",\"options\":{\"rate\",\"window_seconds\",\"window_runs\",\"min_samples\",\"cooldown_seconds\",
\"permits\",\"half_open_seconds\"},\"control\"}]}; state is closed, open, half_open, forced_open or forced_closed, control is
as in `flags controls` or null, and options are null for a breaker that is not defined here.")]
pub(super) struct List {
    #[command(flatten)]
    state: StateOption,
    #[command(flatten)]
    definitions: DefinitionsOptions,
}

/// One breaker.
struct Row {
    flag: Box<str>,
    phase: BreakerPhase,
    options: Option<BreakerOptions>,
    control: Option<Control>,
}

impl List {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let state = self.state.read()?;
        let known = Known::read(&self.definitions, &self.state.existing()?);
        let now = SystemClock.now();
        let defined = known.definitions();
        let environment = defined.map(|known| known.environment(self.definitions.environment().as_deref()));
        let is_of_breaker = |control: &&Control| control.slot() == Slot::Breaker && control.is_in_force(now);
        let written = state.controls().filter(is_of_breaker).filter_map(|control| control.target.flag_key());
        let sections = defined.iter().flat_map(|known| &known.document.breakers).map(|section| &*section.flag);
        let keys: BTreeSet<&str> = written.chain(sections).collect();
        let rows = keys.into_iter().filter_map(|key| {
            let control = state.in_force(&Target::flag(key).ok()?, &Slot::Breaker, now).cloned();
            let options = defined.zip(environment.as_deref());
            let options = options.and_then(|(known, environment)| known.document.breaker(key, environment));
            if control.is_none() && options.is_none() {
                return None;
            }
            Some(Row { flag: key.into(), phase: phase(control.as_ref()), options, control })
        });
        let rows: Vec<Row> = rows.collect();
        if output.is_json() {
            output.json(&json!({ "breakers": rows.iter().map(Row::to_json).collect::<Vec<Json>>() }))?;
            return Ok(Status::Fine);
        }
        if rows.is_empty() {
            writeln!(output, "there is no flag with a circuit breaker in {}", known.place())?;
            return Ok(Status::Fine);
        }
        let headings = ["FLAG", "STATE", "BY", "SINCE", "UNTIL", "OPENS", "WHY"];
        let mut table = Table::new(headings).optional(&["OPENS", "UNTIL", "SINCE"]);
        for row in &rows {
            table.row(row.cells(), row.style());
        }
        table.write(output)?;
        writeln!(output, "\n{DIM}{} in {}{DIM:#}", count(rows.len(), "circuit breaker"), known.place())?;
        Ok(Status::Fine)
    }
}

impl Row {
    fn cells(&self) -> [String; 7] {
        let control = self.control.as_ref();
        [
            self.flag.to_string(),
            self.phase.to_string(),
            or_dash(control.map(|control| control.author.to_string())),
            or_dash(control.map(|control| seconds(control.at))),
            or_dash(control.and_then(|control| control.expires_at).map(seconds)),
            self.options.as_ref().map_or_else(|| "not defined here".to_owned(), opens),
            or_dash(control.and_then(|control| control.reason.as_deref())),
        ]
    }

    const fn style(&self) -> Style {
        match self.phase {
            BreakerPhase::Open | BreakerPhase::ForcedOpen => BAD,
            BreakerPhase::HalfOpen | BreakerPhase::ForcedClosed => WARN,
            _ => Style::new(),
        }
    }

    fn to_json(&self) -> Json {
        let options = self.options.map(|options| {
            let (seconds, runs) = match options.window {
                Window::Time(time) => (Some(time.as_secs_f64()), None),
                Window::Count(runs) => (None, Some(runs)),
            };
            json!({
                "rate": options.rate,
                "window_seconds": seconds,
                "window_runs": runs,
                "min_samples": options.min_samples,
                "cooldown_seconds": options.cooldown.as_secs_f64(),
                "permits": options.permits,
                "half_open_seconds": options.half_open_for.as_secs_f64(),
            })
        });
        let control = self.control.as_ref().map(wire::control);
        json!({ "flag": self.flag, "state": self.phase.name(), "options": options, "control": control })
    }
}

/// Where a breaker stands by what is written of it.
fn phase(control: Option<&Control>) -> BreakerPhase {
    match control.map(|control| &control.action) {
        Some(Action::Breaker(BreakerState::HalfOpen)) => BreakerPhase::HalfOpen,
        Some(Action::Breaker(BreakerState::ForcedOpen)) => BreakerPhase::ForcedOpen,
        Some(Action::Breaker(BreakerState::ForcedClosed)) => BreakerPhase::ForcedClosed,
        Some(_) => BreakerPhase::Open,
        None => BreakerPhase::Closed,
    }
}

/// When it opens: `above 5 % of at least 10 runs in 5m`, `above 20 % of at least 5 runs of the last 20`.
fn opens(options: &BreakerOptions) -> String {
    // Three decimals, as percentages have.
    let rate = (options.rate * 100_000.0).round() / 1_000.0;
    let window = match options.window {
        Window::Time(time) if time.subsec_nanos() == 0 => format!("in {}", lasting(time)),
        Window::Time(time) => format!("in {} s", time.as_secs_f64()),
        Window::Count(runs) => format!("of the last {runs}"),
    };
    format!("above {rate} % of at least {} runs {window}", options.min_samples)
}
