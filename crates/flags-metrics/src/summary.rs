//! What is known of a flag in numbers, for people and programs.

use std::{fmt, time::Duration};

use flags_core::Reason;

use crate::{
    ShadowCounts,
    branch::{BranchOutcomes, rate},
    counting::ERROR_CODES,
    exposition::REASONS,
    ledger::FlagTotals,
    table::NO_VARIANT,
};

/// The numbers of one flag, since the program began to count or the flag was first defined.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FlagSummary {
    /// The flag's key.
    pub flag: String,
    /// How many times it was evaluated.
    pub evaluations: u64,
    /// The evaluations by variant and reason, those that happened; by variant as defined, then by reason.
    pub outcomes: Vec<OutcomeCount>,
    /// The errors by code, those that happened.
    pub errors: Vec<ErrorCount>,
    /// How many different units it was evaluated for, with a standard error of 2.3 %; `None` where that is not counted.
    pub unique_units: Option<u64>,
    /// How long ago it was last evaluated, to the time between two looks at the numbers: an evaluation is found by the next
    /// scrape, summary or reload. `None` if it never was.
    pub idle: Option<Duration>,
    /// The branches that are measured, by variant.
    pub branches: Vec<BranchSummary>,
    /// Runs of the old branch after the new one had failed; they are not among the runs of the branches.
    pub fall_backs: u64,
    /// Those of them that failed as well.
    pub fall_back_errors: u64,
    /// How comparisons of both branches ended.
    pub shadows: ShadowCounts,
}

/// Evaluations to one variant for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeCount {
    /// The variant, or `None` where the caller's default was served; [`OTHER`](crate::table::OTHER) is for variants the flag
    /// no longer has.
    pub variant: Option<String>,
    /// The reason.
    pub reason: Reason,
    /// How many.
    pub count: u64,
}

/// Errors of one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorCount {
    /// The code, in the words of OpenFeature.
    pub error: &'static str,
    /// How many.
    pub count: u64,
}

/// The numbers of one branch.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BranchSummary {
    /// The variant, or `None` where the caller's default was served.
    pub variant: Option<String>,
    /// Runs that succeeded in time.
    pub ok: u64,
    /// Runs that failed, panicked or were dropped.
    pub errors: u64,
    /// Runs that succeeded, but took longer than the flag's limit.
    pub slow: u64,
    /// The share of runs that were errors, from 0 to 1; `None` if there were no runs.
    pub error_rate: Option<f64>,
    /// How long half of the runs took at most; as exact as [`HistogramSnapshot::quantile`](crate::HistogramSnapshot::quantile).
    pub p50: Option<Duration>,
    /// How long 95 % of the runs took at most.
    pub p95: Option<Duration>,
    /// How long 99 % of the runs took at most.
    pub p99: Option<Duration>,
}

/// The numbers of all flags together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Overview {
    /// Flags that are defined.
    pub flags: u64,
    /// Evaluations, those of flags that do not exist included.
    pub evaluations: u64,
    /// Evaluations of flags that do not exist.
    pub unknown: u64,
    /// Errors, of flags that do not exist included.
    pub errors: u64,
}

impl Overview {
    /// The share of evaluations that met an error, from 0 to 1; `None` if there were none.
    #[must_use]
    pub fn error_rate(self) -> Option<f64> {
        rate(self.errors, self.evaluations)
    }

    pub(crate) fn new<'f>(flags: impl Iterator<Item = &'f FlagTotals>, unknown: u64) -> Self {
        let none = Self { evaluations: unknown, unknown, errors: unknown, ..Self::default() };
        flags.fold(none, |overview, flag| Self {
            flags: overview.flags + 1,
            evaluations: overview.evaluations + flag.evaluations(),
            errors: overview.errors + flag.errors.sum(),
            ..overview
        })
    }
}

impl FlagSummary {
    /// The share of evaluations that met an error, from 0 to 1; `None` if there were none.
    #[must_use]
    pub fn error_rate(&self) -> Option<f64> {
        rate(self.errors.iter().map(|errors| errors.count).sum(), self.evaluations)
    }

    pub(crate) fn new(totals: &FlagTotals, now: std::time::Instant) -> Self {
        let rows = totals.rows.iter().chain([&totals.gone]);
        let outcomes = rows.flat_map(|row| {
            let counts = REASONS.iter().zip(row.series.totals());
            counts.filter(|(_, count)| **count > 0).map(|(reason, count)| OutcomeCount {
                variant: named(&row.variant),
                reason: *reason,
                count: *count,
            })
        });
        let errors = ERROR_CODES.iter().zip(totals.errors.totals()).filter(|(_, count)| **count > 0);
        let units = totals.record.unique_units();
        let branches = totals.record.branches();
        let fall_backs = totals.record.common.fall_backs().unwrap_or_default();
        Self {
            flag: totals.key.to_string(),
            evaluations: totals.evaluations(),
            outcomes: outcomes.collect(),
            errors: errors.map(|(error, count)| ErrorCount { error, count: *count }).collect(),
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "an estimate is a finite number from 0"
            )]
            unique_units: units.map(|units| units.round() as u64),
            idle: totals.last_evaluated.map(|then| now.saturating_duration_since(then)),
            branches: branches
                .iter()
                .map(|(variant, branch)| BranchSummary::new(variant, &branch.outcomes()))
                .collect(),
            fall_backs: fall_backs.total(),
            fall_back_errors: fall_backs.errors,
            shadows: totals.record.common.shadows().unwrap_or_default(),
        }
    }
}

impl BranchSummary {
    fn new(variant: &str, outcomes: &BranchOutcomes) -> Self {
        let BranchOutcomes { ok, errors, slow, latency } = outcomes;
        Self {
            variant: named(variant),
            ok: *ok,
            errors: *errors,
            slow: *slow,
            error_rate: outcomes.error_rate(),
            p50: latency.quantile(0.5),
            p95: latency.quantile(0.95),
            p99: latency.quantile(0.99),
        }
    }
}

fn named(variant: &str) -> Option<String> {
    (variant != NO_VARIANT).then(|| variant.to_owned())
}

/// A paragraph for people.
impl fmt::Display for FlagSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} evaluations", self.flag, self.evaluations)?;
        if let Some(units) = self.unique_units {
            write!(f, " for about {units} units")?;
        }
        match self.idle {
            Some(idle) => write!(f, ", the last {} ago", rounded(idle))?,
            None => f.write_str(", never yet")?,
        }
        for OutcomeCount { variant, reason, count } in &self.outcomes {
            let variant = variant.as_deref().unwrap_or("the caller's default");
            write!(f, "\n  {variant}, {reason}: {count} ({})", percent(rate(*count, self.evaluations)))?;
        }
        for ErrorCount { error, count } in &self.errors {
            write!(f, "\n  error {error}: {count}")?;
        }
        for branch in &self.branches {
            write!(f, "\n  {branch}")?;
        }
        if self.fall_backs > 0 {
            write!(
                f,
                "\n  fell back to the old branch: {} ({} failed there, too)",
                self.fall_backs, self.fall_back_errors
            )?;
        }
        if self.shadows.total() > 0 {
            let ShadowCounts { matches, mismatches, errors } = self.shadows;
            write!(f, "\n  both branches compared: {matches} the same, {mismatches} different, {errors} failed")?;
        }
        Ok(())
    }
}

/// A line for people.
impl fmt::Display for BranchSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variant = self.variant.as_deref().unwrap_or("the caller's default");
        let Self { ok, errors, slow, .. } = self;
        write!(
            f,
            "branch {variant}: {ok} ok, {errors} {} ({}), {slow} slow",
            if *errors == 1 { "error" } else { "errors" },
            percent(self.error_rate)
        )?;
        if let (Some(p50), Some(p95), Some(p99)) = (self.p50, self.p95, self.p99) {
            write!(f, ", p50 {} p95 {} p99 {}", rounded(p50), rounded(p95), rounded(p99))?;
        }
        Ok(())
    }
}

/// A duration to three digits or so.
fn rounded(duration: Duration) -> String {
    format!("{duration:.1?}")
}

fn percent(rate: Option<f64>) -> String {
    rate.map_or_else(|| "-".to_owned(), |rate| format!("{:.2} %", rate * 100.0))
}
