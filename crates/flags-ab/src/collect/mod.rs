//! From events to sums: who was exposed to what first, and what of that which came after counts.
//!
//! [`collect`] passes over an event store once, or twice where values are winsorised or told apart by dimensions, and keeps
//! only sums: its memory does not grow with the number of units.
//!
//! ```
//! use flags_ab::{Event, EventKind, Exposure, collect::{CollectOptions, collect}, store::{EventStore, MemoryStore}};
//! use flags_core::{Timestamp, definition::{ArmDefinition, ExperimentDefinition, MetricDefinition}};
//!
//! let definition = ExperimentDefinition::new("checkout")
//!     .arm(ArmDefinition::control("control"))
//!     .arm(ArmDefinition::new("treatment"))
//!     .metric(MetricDefinition::conversion("conversion", "purchase"));
//! let store = MemoryStore::new();
//! let at = |second: i64| Timestamp::from_millis(1_795_000_000_000 + second * 1000);
//! let event = |second, kind| Event { at: at(second), unit_kind: "".into(), unit: "user-42".into(), kind };
//! store.append(&[
//!     event(0, EventKind::Exposure(Exposure {
//!         experiment: "checkout".into(),
//!         arm: "treatment".into(),
//!         split: "control=1,treatment=1".into(),
//!         dimensions: Box::default(),
//!     })),
//!     event(60, EventKind::Tracked { event: "purchase".into(), value: 19.9 }),
//! ])?;
//!
//! let summary = collect(&store, &definition, &CollectOptions::until(at(3600)))?;
//! let conversion = summary.overall()?.metric("treatment", "conversion").map(|metric| metric.sum.conversions());
//! assert_eq!(conversion.unwrap()?.conversions(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What counts
//!
//! - A unit belongs to the arm of its first exposure, and to the day and the weights of it. A unit that was seen in a second
//!   arm is left out of everything and counted.
//! - An event counts from the instant of the first exposure on, that instant included, up to the end of the metric's window,
//!   that instant not included. Every metric has the same anchor.
//! - A `conversion` is whether there was an event at all; `mean` is the total of the values, and `count` the number of events,
//!   both 0 without one; `duration` is the total of the values over the number of events, and `ratio` one total over the
//!   other, both by the delta method over units; `custom` is the last value, tracked under the metric's event or its own name,
//!   and units without one are left out.
//! - Winsorising cuts the totals of units, at the quantile over the units of all arms together; of a duration or a ratio it cuts
//!   each unit's own ratio. Up to 65 536 positive values the quantile is exact (type 7, as [`quantile`]); above it may be too
//!   large by up to 0.1 %. A quantile that is not positive cuts nothing.
//!
//! [`quantile`]: crate::statistics::quantile

mod attribution;
mod options;
mod sketch;
mod sums;
mod survey;

use std::ops::ControlFlow;

use flags_core::definition::{ExperimentDefinition, MetricDefinition, MetricKind};

pub use self::options::{CollectError, CollectOptions};
use self::{
    attribution::{Attribution, custom_event},
    sums::Sums,
    survey::Survey,
};
use crate::{
    store::{EventStore, Query, UnitEvents},
    summary::ExperimentSummary,
};

/// Sums up what a store knows of an experiment.
///
/// The result does not depend on the order in which events were recorded, except that of several values of one unit at one
/// instant a `custom` metric takes the one that was recorded last.
///
/// # Errors
///
/// [`CollectError::Store`] if the events cannot be read, [`CollectError::Sum`] if values are too large to be summed up.
pub fn collect(
    store: &dyn EventStore,
    definition: &ExperimentDefinition,
    options: &CollectOptions,
) -> Result<ExperimentSummary, CollectError> {
    let mut attribution = Attribution::new(definition, options);
    let query = query(definition, options);
    let mut survey = if Survey::is_needed(definition, options) {
        let mut survey = Survey::new(definition, options);
        scan(store, &query, |unit| {
            survey.visit(&attribution, unit);
            Ok(())
        })?;
        survey
    } else {
        Survey::default()
    };
    attribution.cap_at(survey.caps());
    let mut sums = Sums::new(definition, options, survey.kept_values(options.values_per_dimension));
    scan(store, &query, |unit| sums.visit(&attribution, unit))?;
    Ok(sums.finish())
}

fn query(definition: &ExperimentDefinition, options: &CollectOptions) -> Query {
    let metrics = definition.metrics.iter();
    let custom = metrics.clone().filter(|metric| metric.kind == MetricKind::Custom).map(custom_event);
    let events = metrics.flat_map(MetricDefinition::events).chain(custom);
    events.fold(Query::experiment(&*definition.key).until(options.until), Query::event)
}

fn scan(
    store: &dyn EventStore,
    query: &Query,
    mut visit: impl FnMut(UnitEvents<'_>) -> Result<(), CollectError>,
) -> Result<(), CollectError> {
    let mut outcome = Ok(());
    store.scan(query, &mut |unit| {
        outcome = visit(unit);
        if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    outcome
}
