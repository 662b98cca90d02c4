//! What the demonstration tells, as it happens.

use std::{
    fmt,
    io::Write as _,
    path::Path,
    time::{Duration, Instant},
};

use flags::{
    Clock as _, Flags, Percentage, SystemClock, Timestamp,
    control::Action,
    rollout::{machine::Entry, plan::Phase},
};

use crate::{
    failure::Failure,
    output::{BAD, BOLD, DIM, GOOD, Output, Status},
};

/// The rollouts of the story, with the reasons for which they are started.
const ROLLOUTS: [(&str, &str); 2] =
    [("new_search", "it finds what people look for"), ("express_checkout", "fewer steps, more sales")];
const EXPERIMENT: &str = "buy_button";
/// How many columns a name takes.
const NAMES: usize = 16;

/// The story so far.
pub(super) struct Story {
    begun: Instant,
    /// The instant at which it began.
    from: Timestamp,
    /// How many lines of each rollout's history have been told.
    told: [usize; ROLLOUTS.len()],
    /// Whether each rollout has come to its end.
    ended: [bool; ROLLOUTS.len()],
    is_decided: bool,
}

impl Story {
    /// Tells how it begins, and starts the rollouts.
    pub(super) fn begin(flags: &Flags, visitors: u32, url: &str, output: &mut Output) -> Result<Self, Failure> {
        writeln!(output, "A shop with {visitors} visitors a second, two rollouts and an experiment.")?;
        writeln!(output, "{DIM}What a Prometheus would see of it: {url}/metrics{DIM:#}\n")?;
        output.finish()?;
        let from = SystemClock.now();
        for (flag, because) in ROLLOUTS {
            let demo = flags.rollouts().by("demo").map_err(failed)?;
            demo.because(because).start(flag).map_err(failed)?;
        }
        let ended = [false; ROLLOUTS.len()];
        Ok(Self { begun: Instant::now(), from, told: [0; ROLLOUTS.len()], ended, is_decided: false })
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.begun.elapsed()
    }

    /// Whether both rollouts have come to their end and the experiment is decided.
    pub(super) fn is_over(&self) -> bool {
        self.is_decided && self.ended.iter().all(|ended| *ended)
    }

    /// Tells what has happened since it was last told.
    pub(super) fn tell(&mut self, flags: &Flags, output: &mut Output) -> Result<(), Failure> {
        for (place, (flag, _)) in ROLLOUTS.into_iter().enumerate() {
            let history = flags.rollouts().history(flag).map_err(failed)?;
            for entry in history.iter().skip(self.told[place]).filter_map(|record| record.entry.as_ref()) {
                let (style, text) = told(entry);
                self.line(flag, entry.at, style, &text, output)?;
                self.ended[place] = matches!(entry.to, Phase::Complete | Phase::RolledBack);
            }
            self.told[place] = history.len();
        }
        if !self.is_decided {
            self.tell_winner(flags, output)?;
        }
        output.finish()
    }

    fn tell_winner(&mut self, flags: &Flags, output: &mut Output) -> Result<(), Failure> {
        let Some(experiment) = flags.experiment(EXPERIMENT) else { return Ok(()) };
        let Some(winner) = &experiment.winner else { return Ok(()) };
        self.is_decided = true;
        let at = experiment.controls.iter().map(|control| control.at).max().unwrap_or_else(|| SystemClock.now());
        let mut text = format!("{winner} wins, and is served to all");
        if let Some(because) =
            flags.experiment_analysis(EXPERIMENT).and_then(|known| known.decision.because.first().cloned())
        {
            text = format!("{text}: {because}");
        }
        self.line(EXPERIMENT, at, GOOD, &text, output)
    }

    fn line(
        &self,
        name: &str,
        at: Timestamp,
        style: anstyle::Style,
        text: &str,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let seconds = at.saturating_since(self.from).as_secs_f64();
        Ok(writeln!(output, "{DIM}{seconds:>5.1} s{DIM:#}  {BOLD}{name:<NAMES$}{BOLD:#}  {style}{text}{style:#}")?)
    }

    /// Tells how it has ended, and what can be looked at now.
    pub(super) fn end(&self, flags: &Flags, folder: Option<&Path>, output: &mut Output) -> Result<Status, Failure> {
        writeln!(output)?;
        for (flag, _) in ROLLOUTS {
            let Some(rollout) = flags.rollouts().view(flag).map_err(failed)? else { continue };
            let percentage = flags.control().of(flag).iter().find_map(|control| match control.action {
                Action::Percentage(percentage) => Some(percentage),
                _ => None,
            });
            let percentage = percentage.unwrap_or(Percentage::ZERO);
            writeln!(output, "{BOLD}{flag:<NAMES$}{BOLD:#}  {}, on for {percentage} % of the visitors", rollout.phase)?;
        }
        if let Some(folder) = folder {
            let folder = folder.display();
            writeln!(output, "\n{DIM}Who did what, and why:{DIM:#} flags audit list --state-dir {folder}")?;
        }
        if !self.is_over() {
            writeln!(output, "\nThe story did not come to its end in time. With more visitors, it would.")?;
        }
        output.finish()?;
        Ok(Status::bad_if(!self.is_over()))
    }
}

/// A line of a rollout's history as the story tells it.
fn told(entry: &Entry) -> (anstyle::Style, String) {
    match entry.to {
        Phase::RollingBack => (BAD, format!("rolling back: {}", entry.text)),
        Phase::RolledBack => (BAD, "rolled back: nobody has it any more, and a person has to arm it again".to_owned()),
        Phase::Paused => (BAD, format!("paused: {}", entry.text)),
        Phase::Complete => (GOOD, entry.text.to_string()),
        _ => (anstyle::Style::new(), entry.text.to_string()),
    }
}

fn failed(error: impl fmt::Display) -> Failure {
    Failure::Io(error.to_string())
}
