//! `flags rollout simulate`: what a plan does with traffic whose truth is known, in virtual time.

mod log;
mod many;

use std::{path::PathBuf, sync::Arc};

use clap::Args;
use flags::config::{Source, load_scenario};
use flags_rollout::{
    plan::Plan,
    simulate::{Scenario, simulate},
};

use crate::{
    arguments::EnvironmentOption,
    failure::Failure,
    input::{self, Definitions},
    output::{Output, Status},
    suggest,
};

/// Simulate a rollout: what does its plan do when the flag is harmless, and how soon does it undo a harmful one?
///
/// It runs the plan that is written for the flag, by the code that runs it in earnest, on simulated traffic and in virtual time.
/// Without --runs it tells one rollout from start to end; with it, how often which end came and how soon harm was found. A scenario
/// says how the arms fare over time; without one there are 2000 runs of all units every five seconds for a day at most, of which 1 % fail
/// in both arms, or what --errors says. The same seed gives the same rollouts.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags rollout simulate config checkout                               1 % fail with and without the flag: it should complete
  flags rollout simulate config checkout --errors 0.01,0.05            5 % fail with the flag: it should be rolled back
  flags rollout simulate config checkout --errors 0.01,0.05 --runs 1000
  flags rollout simulate config checkout --scenario outage.toml --seed 7

JSON, one rollout: {\"flag\",\"seed\",\"outcome\",\"after\",\"harm_from\",\"looks\",\"percentage\",\"runs\":{\"control\":{\"runs\",\"bad\"},
\"treatment\"},\"log\":[{\"at\",\"phase\",\"percentage\",\"by\",\"text\"}],\"alerts\"}; with --runs: {\"flag\",\"seed\",\"runs\",\"harm_from\",\"advanced\",
\"completed\",\"rolled_back\",\"false_rollbacks\",\"paused\",\"unfinished\",\"rolled_back_at\":[{\"percentage\",\"runs\"}],\"detection\":{\"half\",
\"p90\",\"p99\",\"longest\"}}. Times are in seconds.")]
pub(super) struct Simulate {
    /// A file, a folder, or - for standard input.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The flag's key.
    #[arg(value_name = "FLAG")]
    flag: String,
    /// What the rollout meets, in TOML.
    #[arg(long, value_name = "FILE", conflicts_with = "errors")]
    scenario: Option<PathBuf>,
    /// The share of runs that fail: in both arms, or without and with the flag.
    #[arg(long, value_name = "SHARES", value_delimiter = ',', num_args = 1, value_parser = share)]
    errors: Option<Vec<f64>>,
    /// Which random numbers.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// How many rollouts are simulated, from this seed on, to tell how often which end came.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    runs: Option<u64>,
    #[command(flatten)]
    environment: EnvironmentOption,
}

/// Reads a share of runs, or says what one is.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "expected a share from 0 to 1: 0.05 is five in a hundred".to_owned())
}

impl Simulate {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let definitions = input::definitions(&self.file)?;
        let plan = self.plan(&definitions)?;
        let scenario = self.scenario()?;
        match self.runs {
            None => log::show(&self.flag, &plan, &scenario, &simulate(&plan, &scenario, self.seed), output)?,
            Some(runs) => many::show(&self.flag, &plan, &scenario, self.seed, runs, output)?,
        }
        Ok(Status::Fine)
    }

    /// The plan of the flag, in the environment that is asked for.
    fn plan(&self, definitions: &Definitions) -> Result<Arc<Plan>, Failure> {
        let document = &definitions.document;
        if document.definitions.flag(&self.flag).is_none() {
            let keys = document.definitions.flags.iter().map(|flag| &*flag.key);
            return Err(Failure::NotFound(suggest::no_such_flag(&self.flag, &self.file.display().to_string(), keys)));
        }
        let environment = definitions.environment(self.environment.asked());
        document.rollout(&self.flag, &environment).cloned().ok_or_else(|| {
            Failure::NotFound(format!(
                "flag `{flag}` has no plan for a rollout: write one as `[features.{flag}.rollout]`",
                flag = self.flag
            ))
        })
    }

    /// What it meets: as the file says, else as the options do.
    fn scenario(&self) -> Result<Scenario, Failure> {
        if let Some(path) = &self.scenario {
            let source = Source::new(path.display().to_string(), input::text(path)?);
            return load_scenario(&source).map_err(|report| Failure::Refused(Box::new(report)));
        }
        match self.errors.as_deref() {
            None => Ok(Scenario::of_all(0.01, 0.01)),
            Some([both]) => Ok(Scenario::of_all(*both, *both)),
            Some([control, treatment]) => Ok(Scenario::of_all(*control, *treatment)),
            Some(_) => Err(Failure::Usage("--errors takes one share, or two: without and with the flag".to_owned())),
        }
    }
}
