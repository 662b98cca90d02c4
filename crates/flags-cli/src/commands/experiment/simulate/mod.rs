//! `flags experiment simulate`: how often the planned analysis is right, tried on experiments whose truth is known.

mod draw;
mod world;

use std::io::Write as _;

use clap::Args;
use fastrand::Rng;
use flags::{
    ExperimentDefinition,
    control::Target,
    core::definition::{AnalysisMethod, MetricKind, MetricRole},
};
use flags_ab::{
    analysis::AnalysisOptions,
    statistics::{Alpha, Proportion, wilson_interval},
};
use serde_json::{Value as Json, json};

use self::world::{Ends, Truth, World};
use super::look::LookOptions;
use crate::{
    arguments::experiment,
    failure::Failure,
    number::significant,
    output::{BOLD, DIM, Output, Status},
};

/// Simulate an experiment many times: how often does its analysis find an effect that is there, and one that is not?
///
/// Units arrive evenly, the analysis of the definition looks as its method allows (sequential: on each of --looks days;
/// group_sequential: at each look; fixed and bayesian: at the end), and its decision ends the experiment. It is done with the effect and
/// without any, for the primary metric at the level of one comparison. The same seed gives the same numbers.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment simulate checkout_button --file config --baseline 0.05 --effect 0.1 --units 60000
  flags experiment simulate checkout_button --file config --baseline 32 --deviation 41 --effect 0.03 --units 40000

JSON: {\"experiment\",\"metric\",\"method\",\"looks\",\"units\",\"runs\",\"seed\",\"worlds\":[{\"effect\",\"winner\",\"harm\",\"nothing\",\"mean_units\",
\"share\",\"interval\"}]}.")]
pub(super) struct Simulate {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Target,
    /// What the primary metric is in the control; otherwise that of the definition.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    baseline: Option<f64>,
    /// Its standard deviation over units, where it is no conversion; otherwise that of the definition.
    #[arg(long, value_name = "NUMBER")]
    deviation: Option<f64>,
    /// The true effect, as a share of the baseline; otherwise the one the definition wants to find.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    effect: Option<f64>,
    /// How many units an experiment has at its end, in all arms together.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(2..=1_000_000_000))]
    units: u64,
    /// How many experiments are simulated for each truth.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    runs: u64,
    /// How often the analysis looks; otherwise on 14 days, and a group-sequential one 5 times.
    #[arg(long, value_name = "COUNT", value_parser = looks)]
    looks: Option<usize>,
    /// Which random numbers.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    options: LookOptions,
}

/// How often it looks where nobody says.
const DAYS: usize = 14;

/// Reads how many looks there are, or says how many there can be.
fn looks(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|looks| (1..=50).contains(looks))
        .ok_or_else(|| "expected a number from 1 to 50".to_owned())
}

impl Simulate {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let looked = self.options.look()?;
        let (_, definition) = looked.find(self.experiment.key())?;
        let looks = self.looks.unwrap_or(match definition.analysis.method {
            AnalysisMethod::GroupSequential => AnalysisOptions::LOOKS,
            AnalysisMethod::Fixed | AnalysisMethod::Bayesian => 1,
            AnalysisMethod::Sequential => DAYS,
        });
        let truth = self.truth(definition)?;
        let world = World::new(definition, self.units, looks).ok_or_else(|| no_success(definition))?;
        let mut rng = Rng::with_seed(self.seed);
        let mut worlds = vec![];
        for effect in [truth.effect, 0.0] {
            let truth = Truth { effect, ..truth };
            let mut ends = Ends::default();
            for _ in 0..self.runs {
                world
                    .run(truth, &mut rng, &mut ends)
                    .map_err(|error| Failure::Denied { message: error.to_string(), help: None })?;
            }
            worlds.push((effect, ends));
        }
        if output.is_json() {
            output.json(&self.json(definition, looks, &worlds))?;
        } else {
            self.show(definition, looks, &worlds, output)?;
        }
        Ok(Status::Fine)
    }

    /// What is true: as it was given, else as the definition says.
    fn truth(&self, definition: &ExperimentDefinition) -> Result<Truth, Failure> {
        let metric = definition.metrics.iter().find(|metric| metric.role == MetricRole::Success);
        let metric = metric.ok_or_else(|| no_success(definition))?;
        let missing = |what: &str, option: &str| {
            Failure::Usage(format!(
                "what is the {what} of metric {}? give --{option}, or write it in the definition",
                metric.name
            ))
        };
        let baseline = self.baseline.or(metric.baseline).ok_or_else(|| missing("baseline", "baseline"))?;
        let is_rate = metric.kind == MetricKind::Conversion;
        if is_rate && !(0.0..=1.0).contains(&baseline) {
            return Err(Failure::Usage(format!("{} is a conversion: its baseline is a rate from 0 to 1", metric.name)));
        }
        let deviation = match self.deviation.or(metric.deviation) {
            Some(deviation) if deviation > 0.0 => deviation,
            Some(_) => return Err(Failure::Usage("a standard deviation is above 0".to_owned())),
            None if is_rate => 0.0,
            None => return Err(missing("standard deviation", "deviation")),
        };
        let planned = metric.minimum_detectable_effect.map(|effect| match metric.goal {
            flags::core::definition::Goal::Increase => effect,
            flags::core::definition::Goal::Decrease => -effect,
        });
        let effect = self.effect.or(planned).ok_or_else(|| missing("true effect", "effect"))?;
        if is_rate && !(0.0..=1.0).contains(&(baseline * (1.0 + effect))) {
            return Err(Failure::Usage(format!(
                "an effect of {} brings a rate of {} out of 0 to 1",
                significant(effect),
                significant(baseline)
            )));
        }
        Ok(Truth { baseline, deviation, effect })
    }

    fn show(
        &self,
        definition: &ExperimentDefinition,
        looks: usize,
        worlds: &[(f64, Ends)],
        output: &mut Output,
    ) -> Result<(), Failure> {
        let method = definition.analysis.method.name();
        let looked = if looks == 1 { "one look".to_owned() } else { format!("{looks} looks") };
        writeln!(
            output,
            "{BOLD}{}{BOLD:#}: {} experiments of {} units each, {method}, {looked}, seed {}",
            definition.key, self.runs, self.units, self.seed
        )?;
        for (effect, ends) in worlds {
            let (count, what) = counted(*effect, ends);
            let percent = |share: f64| format!("{:.1} %", share * 100.0);
            let share = percent(count as f64 / ends.runs() as f64);
            let between = interval(count, ends.runs())
                .map(|(lower, upper)| format!(" ({} to {})", percent(lower), percent(upper)))
                .unwrap_or_default();
            let title = if *effect == 0.0 {
                "without an effect".to_owned()
            } else {
                format!("with an effect of {} %", significant(effect * 100.0))
            };
            writeln!(output, "{title}")?;
            writeln!(output, "  {what}: {share}{DIM}{between}{DIM:#}")?;
            writeln!(
                output,
                "  a treatment won {} times, the control or harm {} times, nothing was found {} times",
                ends.winner, ends.harm, ends.nothing
            )?;
            writeln!(output, "  it took {} units on average", ends.units / ends.runs().max(1))?;
        }
        Ok(())
    }

    fn json(&self, definition: &ExperimentDefinition, looks: usize, worlds: &[(f64, Ends)]) -> Json {
        let world = |(effect, ends): &(f64, Ends)| {
            let (count, _) = counted(*effect, ends);
            json!({
                "effect": effect,
                "winner": ends.winner,
                "harm": ends.harm,
                "nothing": ends.nothing,
                "mean_units": ends.units as f64 / ends.runs().max(1) as f64,
                "share": count as f64 / ends.runs().max(1) as f64,
                "interval": interval(count, ends.runs()).map(|(lower, upper)| json!({ "lower": lower, "upper": upper })),
            })
        };
        json!({
            "experiment": definition.key,
            "metric": definition.metrics.iter().find(|metric| metric.role == MetricRole::Success).map(|metric| &metric.name),
            "method": definition.analysis.method.name(),
            "looks": looks,
            "units": self.units,
            "runs": self.runs,
            "seed": self.seed,
            "worlds": worlds.iter().map(world).collect::<Vec<_>>(),
        })
    }
}

fn no_success(definition: &ExperimentDefinition) -> Failure {
    Failure::NotFound(format!("experiment `{}` has no success metric to simulate", definition.key))
}

/// What is counted of a world: what was found of an effect that is there, or all that was found where there is none.
fn counted(effect: f64, ends: &Ends) -> (u64, &'static str) {
    if effect == 0.0 {
        (ends.winner + ends.harm, "false positives")
    } else if effect > 0.0 {
        (ends.winner, "power: the treatment is found to be better")
    } else {
        (ends.winner + ends.harm, "power: the difference is found")
    }
}

/// Where the share is with 95 % confidence.
fn interval(count: u64, runs: u64) -> Option<(f64, f64)> {
    let found = wilson_interval(Proportion::new(count, runs).ok()?, Alpha::FIVE_PERCENT).ok()?;
    Some((found.lower, found.upper))
}
