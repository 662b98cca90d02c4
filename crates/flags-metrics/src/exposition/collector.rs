//! What is counted here, as samples.

use std::sync::Arc;

use flags_core::{ErrorCode, Reason};

use super::Samples;
use crate::{
    Cache,
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

/// What is counted here, as samples.
pub(crate) struct Counted;

impl Counted {
    /// The metrics it shows.
    pub(crate) const METRICS: [Metric; 8] = [
        table::EVALUATIONS,
        table::EVALUATION_ERRORS,
        table::EVALUATION_DURATION,
        table::UNIQUE_UNITS,
        table::CACHE_REQUESTS,
        table::GUARD_OUTCOMES,
        table::GUARD_LATENCY,
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

fn add_branch(samples: &mut Samples, flag: &str, variant: &str, outcomes: &BranchOutcomes) {
    for (outcome, total) in [("ok", outcomes.ok), ("error", outcomes.errors), ("slow", outcomes.slow)] {
        samples.add_count(&table::GUARD_OUTCOMES, &[flag, variant, outcome], total);
    }
    samples.add_histogram(&table::GUARD_LATENCY, &[flag, variant], &outcomes.latency);
}
