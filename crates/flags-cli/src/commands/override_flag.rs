//! `flags override`: a variant or a percentage in place of what the definition says.

use clap::{ArgGroup, Args};
use flags::{
    Percentage,
    control::{Action, Change, Target},
};

use crate::{
    arguments::target,
    failure::Failure,
    operate::{self, ChangeOptions, ExpiryOptions, Way},
    output::{Output, Status},
};

/// Serve a variant to everybody or to one unit, or to another percentage.
///
/// It goes before everything the definition says, and after a kill. An override for everybody goes before one for a unit.
/// One of a kind is in force on a flag at a time: a new one takes the place of the old.
#[derive(Args, Debug)]
#[command(
    override_usage = "flags override [OPTIONS] --state-dir <DIR> <FLAG> <VARIANT> [--unit <UNIT>]\n       \
                      flags override [OPTIONS] --state-dir <DIR> <FLAG> --percentage <PERCENT>",
    group = ArgGroup::new("what").args(["variant", "percentage"]).required(true),
    after_help = "Examples:
  flags override checkout classic --state-dir var/flags --for 2h --reason \"until the fix is out\"
  flags override checkout express --unit user-42 --until 2026-12-01T09:00:00Z --state-dir var/flags
  flags override checkout --percentage 5 --state-dir var/flags
  flags override new_search off --state-dir var/flags     a flag without variants has on and off

JSON: as of `flags kill`; the outcomes are applied and unchanged."
)]
pub(crate) struct Override {
    /// The flag's key.
    #[arg(value_name = "FLAG", value_parser = target)]
    flag: Target,
    /// The variant's name; `on` or `off` for a flag without variants.
    #[arg(value_name = "VARIANT")]
    variant: Option<String>,
    /// Only for this unit: most often a targeting key, as the flag buckets it.
    #[arg(long, value_name = "UNIT", conflicts_with = "percentage")]
    unit: Option<String>,
    /// The share of units that is admitted, in place of the flag's rollout percentage and those of its schedule.
    #[arg(long, value_name = "PERCENT", value_parser = percentage)]
    percentage: Option<Percentage>,
    #[command(flatten)]
    expiry: ExpiryOptions,
    #[command(flatten)]
    options: ChangeOptions,
}

/// Reads a percentage, or says how one is written.
fn percentage(text: &str) -> Result<Percentage, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    let number: f64 = number.parse().map_err(|_| "expected a number from 0 to 100, such as 12.5".to_owned())?;
    Percentage::new(number).map_err(|error| error.to_string())
}

impl Override {
    pub(crate) fn run(self, way: Way, output: &mut Output) -> Result<Status, Failure> {
        let action = match (self.variant, self.unit, self.percentage) {
            (Some(variant), Some(unit), _) => Action::OverrideUnit { unit: unit.into(), variant: variant.into() },
            (Some(variant), None, _) => Action::Override { variant: variant.into() },
            (None, _, Some(percentage)) => Action::Percentage(percentage),
            (None, ..) => return Err(Failure::Usage("which variant, or what percentage?".to_owned())),
        };
        let change = Change::Set { target: self.flag, action, expires_at: self.expiry.instant() };
        operate::make(&self.options, &change, way, output)
    }
}
