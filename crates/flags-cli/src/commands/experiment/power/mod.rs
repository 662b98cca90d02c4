//! `flags experiment power`: before an experiment, how many units, how small an effect, how likely, how long.

mod plan;

use std::{io::Write as _, path::PathBuf};

use clap::{Args, ValueEnum};
use flags::control::Target;
use flags_ab::statistics::Sides;

use self::plan::{Comparison, Found, Measure, Plan};
use super::look;
use crate::{
    arguments::experiment,
    failure::Failure,
    operate::{DefinitionsOptions, StateOption},
    output::{BOLD, Output, Status, facts},
};

/// Plan an experiment: give two of effect, units and power, and hear the third.
///
/// Without --units it says how many are needed; with --units and --effect how likely the effect is found; with --units alone how
/// small an effect is. With the name of an experiment it takes confidence, power, arms, traffic and the metric from its
/// definition; what is given here goes first. The level is divided by the comparisons (Bonferroni), unless the experiment's
/// correction is none.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags experiment power --baseline 0.05 --effect 0.1                          units to find 5 % against 5.5 %
  flags experiment power --baseline 0.05 --effect 0.1 --daily-units 4000       and how long it takes
  flags experiment power --baseline 0.05 --units 20000                         the smallest effect
  flags experiment power --baseline 0.05 --effect 0.1 --units 20000            how likely it is found
  flags experiment power --baseline 32 --deviation 41 --effect 0.03            a mean, such as revenue per user
  flags experiment power checkout_button --file config --baseline 0.05

Formulas: for rates the pooled z-test without continuity correction (Fleiss, Levin and Paik 2003, chapter 4), for means the z-test with a
common deviation (Cohen 1988, chapter 2), both tails counted. `flags stats sample_size_two_proportions` compares others.

JSON: {\"experiment\",\"metric\",\"baseline\",\"effect\",\"target\",\"units\",\"arms\",\"power\",\"alpha\",\"comparisons\",\"days\",\"found\",\"formula\",
\"notes\"}.")]
pub(super) struct Power {
    /// The experiment's key.
    #[arg(value_name = "EXPERIMENT", value_parser = experiment)]
    experiment: Option<Target>,
    /// The metric of the experiment; otherwise its first success metric.
    #[arg(long, value_name = "NAME", requires = "experiment")]
    metric: Option<String>,
    /// What the metric is in the control: a rate from 0 to 1, or with --deviation a mean.
    #[arg(long, value_name = "NUMBER", allow_negative_numbers = true)]
    baseline: Option<f64>,
    /// The standard deviation of the metric over units, which makes it a mean.
    #[arg(long, value_name = "NUMBER")]
    deviation: Option<f64>,
    /// The effect to find, as a share of the baseline: 0.1 is ten percent more, -0.1 ten percent less.
    #[arg(long, value_name = "SHARE", allow_negative_numbers = true)]
    effect: Option<f64>,
    /// How many units there are, in all arms together.
    #[arg(long, value_name = "COUNT")]
    units: Option<u64>,
    /// The chance to find the effect; otherwise that of the definition, otherwise 0.8.
    #[arg(long, value_name = "SHARE")]
    power: Option<f64>,
    /// The confidence; otherwise that of the definition, otherwise 0.95.
    #[arg(long, value_name = "SHARE")]
    confidence: Option<f64>,
    /// The weights of the arms, the control first; otherwise those of the definition, otherwise 1,1.
    #[arg(long, value_name = "WEIGHTS", value_delimiter = ',')]
    weights: Option<Vec<u32>>,
    /// How many comparisons share the level; otherwise success metrics times treatments.
    #[arg(long, value_name = "COUNT")]
    comparisons: Option<usize>,
    /// Whether an effect counts in one direction only.
    #[arg(long, value_enum, value_name = "SIDES", default_value_t = SidesWord::Two, hide_default_value = true)]
    sides: SidesWord,
    /// How many units come by on a day, to hear how long it takes; traffic is taken off.
    #[arg(long, value_name = "COUNT")]
    daily_units: Option<u64>,
    /// The share of them that takes part, in percent; otherwise that of the definition, otherwise 100.
    #[arg(long, value_name = "PERCENT")]
    traffic: Option<f64>,
    /// The definitions to look the experiment up in: a file or a folder; otherwise FLAGS_FILE, otherwise what programs recorded.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    state: StateOption,
}

/// In how many directions an effect counts.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum SidesWord {
    /// In the direction of the effect.
    One,
    /// In both.
    Two,
}

impl Power {
    pub(super) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let plan = self.plan()?;
        let found = plan.find().map_err(|reason| Failure::Usage(reason.to_string()))?;
        if output.is_json() {
            output.json(&plan.json(&found))?;
        } else {
            self::show(&plan, &found, output)?;
        }
        Ok(Status::Fine)
    }

    /// What is asked, with what the definition says where nothing was given.
    fn plan(&self) -> Result<Plan, Failure> {
        let mut plan = match &self.experiment {
            Some(target) => {
                let definitions = DefinitionsOptions { file: self.file.clone(), environment: None };
                let looked = look::look(&definitions, &self.state)?;
                let (_, definition) = looked.find(target.key())?;
                Plan::of(definition, self.metric.as_deref())?
            }
            None => Plan::default(),
        };
        if let Some(weights) = &self.weights {
            plan.set_weights(weights)?;
        }
        if let Some(baseline) = self.baseline {
            plan.baseline = Some(baseline);
        }
        if let Some(deviation) = self.deviation {
            plan.measure = Measure::Mean { deviation: Some(deviation) };
        }
        if let Some(comparisons) = self.comparisons {
            plan.comparisons = comparisons.max(1);
        }
        if let Some(confidence) = self.confidence {
            plan.confidence = confidence;
        }
        if let Some(traffic) = self.traffic {
            plan.traffic = traffic / 100.0;
        }
        plan.sides = match self.sides {
            SidesWord::One => Sides::One,
            SidesWord::Two => Sides::Two,
        };
        plan.daily_units = self.daily_units.or(plan.daily_units);
        // What is asked for is what was left out.
        plan.asked = match (self.effect, self.units, self.power) {
            (Some(_), Some(_), Some(_)) => {
                return Err(Failure::Usage(
                    "effect, units and power are all given; leave out the one you want to know".to_owned(),
                ));
            }
            (Some(effect), Some(units), None) => Comparison::Power { effect, units },
            (None, Some(units), power) => {
                Comparison::Effect { units, power: power.unwrap_or(plan.power), down: plan.is_to_decrease }
            }
            (effect, None, power) => {
                let effect = effect.or(plan.effect).ok_or_else(|| {
                    Failure::Usage(
                        "which effect is to be found? give --effect SHARE (0.1 is ten percent), or --units to hear the smallest"
                            .to_owned(),
                    )
                })?;
                Comparison::Units { effect, power: power.unwrap_or(plan.power) }
            }
        };
        Ok(plan)
    }
}

fn show(plan: &Plan, found: &Found, output: &mut Output) -> Result<(), Failure> {
    let title = match &plan.experiment {
        Some(key) => format!("{key}, metric {}", plan.metric),
        None => "an experiment".to_owned(),
    };
    let asked = match plan.asked {
        Comparison::Units { .. } => "how many units?",
        Comparison::Effect { .. } => "how small an effect?",
        Comparison::Power { .. } => "how likely is the effect found?",
    };
    writeln!(output, "{BOLD}{title}: {asked}{BOLD:#}")?;
    facts(output, &plan.facts(found))?;
    for note in &found.notes {
        writeln!(output, "  {note}")?;
    }
    Ok(())
}

/// A number of units, its thousands apart.
fn grouped(units: f64) -> String {
    let digits = format!("{:.0}", units.ceil());
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        for (units, text) in [(1.0, "1"), (999.2, "1 000"), (31_234.0, "31 234"), (1e6, "1 000 000")] {
            assert_eq!(grouped(units), text);
        }
    }
}
