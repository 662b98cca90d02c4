//! What is counted here, as samples.

use std::sync::Arc;

use flags_core::{ErrorCode, Reason};

use super::Samples;
use crate::{
    Cache, ShadowCounts, ShadowResult,
    branch::BranchOutcomes,
    counting::ERROR_CODES,
    ledger::{Ledger, Row},
    record::FlagRecord,
    shared::Shared,
    table::{self, Metric, NO_VARIANT, OTHER, UNKNOWN_FLAG},
};

/// The reasons in the order of their cells.
pub(crate) const REASONS: [Reason; crate::counting::REASONS] =
    [Reason::Static, Reason::Default, Reason::TargetingMatch, Reason::Split, Reason::Disabled, Reason::Error];

/// How runs of branches end, in the words of metrics.
const RUN_OUTCOMES: [&str; 3] = ["ok", "error", "slow"];

/// What is counted here, as samples.
pub(crate) struct Counted;

impl Counted {
    /// The metrics it shows.
    pub(crate) const METRICS: [Metric; 10] = [
        table::EVALUATIONS,
        table::EVALUATION_ERRORS,
        table::EVALUATION_DURATION,
        table::UNIQUE_UNITS,
        table::CACHE_REQUESTS,
        table::GUARD_OUTCOMES,
        table::GUARD_LATENCY,
        table::GUARD_FALLBACKS,
        table::SHADOW_COMPARISONS,
        table::SERIES_DROPPED,
    ];

    pub(crate) fn read(shared: &Arc<Shared>, samples: &mut Samples) {
        let mut state = shared.up_to_date();
        state.ledger.place_measured();
        let ledger = &state.ledger;
        evaluations(ledger, samples);
        errors(ledger, samples);
        units(ledger, samples);
        branches(ledger, &shared.setup.unknown, samples);
        fall_backs_and_shadows(ledger, &shared.setup.unknown, samples);
        samples.add_histogram(&table::EVALUATION_DURATION, &[], &ledger.durations);
        samples.add_count(&table::SERIES_DROPPED, &[], ledger.budget.refused());
        drop(state);
        for cache in Cache::ALL {
            let requests = cache.requests();
            samples.add_count(&table::CACHE_REQUESTS, &[cache.name(), "hit"], requests.hits);
            samples.add_count(&table::CACHE_REQUESTS, &[cache.name(), "miss"], requests.misses);
        }
    }
}

fn evaluations(ledger: &Ledger, samples: &mut Samples) {
    let metric = &table::EVALUATIONS;
    samples.add_count(metric, &[UNKNOWN_FLAG, NO_VARIANT, Reason::Error.name()], ledger.unknown);
    for flag in ledger.flags() {
        for Row { variant, series } in flag.rows.iter().chain([&flag.gone]) {
            for (reason, total) in series.shown() {
                samples.add_count(metric, &[&flag.key, variant, REASONS[reason].name()], total);
            }
        }
    }
    for (reason, total) in REASONS.iter().zip(ledger.overflow.evaluations) {
        if total > 0 {
            samples.add_count(metric, &[OTHER, OTHER, reason.name()], total);
        }
    }
}

fn errors(ledger: &Ledger, samples: &mut Samples) {
    let metric = &table::EVALUATION_ERRORS;
    samples.add_count(metric, &[UNKNOWN_FLAG, ErrorCode::FlagNotFound.name()], ledger.unknown);
    for flag in ledger.flags() {
        for (error, total) in flag.errors.shown() {
            samples.add_count(metric, &[&flag.key, ERROR_CODES[error]], total);
        }
    }
    for (error, total) in ERROR_CODES.iter().zip(ledger.overflow.errors) {
        if total > 0 {
            samples.add_count(metric, &[OTHER, error], total);
        }
    }
}

fn units(ledger: &Ledger, samples: &mut Samples) {
    for flag in ledger.flags().iter().filter(|flag| flag.units_shown) {
        if let Some(units) = flag.record.unique_units() {
            samples.add(&table::UNIQUE_UNITS, &[&flag.key], units.round());
        }
    }
}

fn branches(ledger: &Ledger, unknown: &FlagRecord, samples: &mut Samples) {
    for flag in ledger.flags() {
        for (variant, branch) in flag.guard.shown(&flag.record) {
            add_branch(samples, &flag.key, &variant, &branch.outcomes());
        }
    }
    for (variant, branch) in unknown.branches() {
        add_branch(samples, UNKNOWN_FLAG, &variant, &branch.outcomes());
    }
    if ledger.overflow.guard.total() > 0 {
        add_branch(samples, OTHER, OTHER, &ledger.overflow.guard);
    }
}

fn fall_backs_and_shadows(ledger: &Ledger, unknown: &FlagRecord, samples: &mut Samples) {
    let (fall_backs, shadows) = (&table::GUARD_FALLBACKS, &table::SHADOW_COMPARISONS);
    let results = ShadowResult::ALL.map(ShadowResult::name);
    let mut add = |metric: &Metric, words: [&str; 3], flag: &str, at: usize, total: u64| {
        samples.add_count(metric, &[flag, words[at]], total);
    };
    for flag in ledger.flags() {
        flag.guard.fall_backs.shown().for_each(|(at, total)| add(fall_backs, RUN_OUTCOMES, &flag.key, at, total));
        flag.guard.shadows.shown().for_each(|(at, total)| add(shadows, results, &flag.key, at, total));
    }
    if let Some(BranchOutcomes { ok, errors, slow, .. }) = unknown.common.fall_backs() {
        (0..).zip([ok, errors, slow]).for_each(|(at, total)| add(fall_backs, RUN_OUTCOMES, UNKNOWN_FLAG, at, total));
    }
    if let Some(ShadowCounts { matches, mismatches, errors }) = unknown.common.shadows() {
        (0..).zip([matches, mismatches, errors]).for_each(|(at, total)| add(shadows, results, UNKNOWN_FLAG, at, total));
    }
    let overflow = &ledger.overflow;
    for (metric, words, totals) in
        [(fall_backs, RUN_OUTCOMES, overflow.fall_backs), (shadows, results, overflow.shadows)]
    {
        (0..).zip(totals).filter(|(_, total)| *total > 0).for_each(|(at, total)| add(metric, words, OTHER, at, total));
    }
}

fn add_branch(samples: &mut Samples, flag: &str, variant: &str, outcomes: &BranchOutcomes) {
    for (outcome, total) in RUN_OUTCOMES.into_iter().zip([outcomes.ok, outcomes.errors, outcomes.slow]) {
        samples.add_count(&table::GUARD_OUTCOMES, &[flag, variant, outcome], total);
    }
    samples.add_histogram(&table::GUARD_LATENCY, &[flag, variant], &outcomes.latency);
}
