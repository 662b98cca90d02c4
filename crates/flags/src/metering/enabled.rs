//! With the feature `metrics`, a client that was given [`Metrics`] counts its evaluations there.

use std::sync::{Arc, Weak};

use flags_core::{Attributes, ErrorCode, FlagId, FlagSet, Outcome};
use flags_metrics::{Branch, CounterLayout, Metrics};

use super::sources;
use crate::{Builder, Flags, client::Inner};

/// What a client counts with, if anything.
#[derive(Clone, Debug)]
pub(crate) struct Metering {
    metrics: Option<Metrics>,
}

impl Metering {
    /// Counts nothing.
    pub(crate) const NONE: Self = Self { metrics: None };

    /// What evaluations of a set are counted with. To be made once for each set that is put in force.
    pub(crate) fn meter(&self, set: &FlagSet) -> Meter {
        Meter { layout: self.metrics.as_ref().map(|metrics| metrics.layout(set)) }
    }

    #[cfg(feature = "alerts")]
    pub(crate) fn metrics(&self) -> Option<&Metrics> {
        self.metrics.as_ref()
    }

    /// Counts flags that changed, by where the change came from.
    pub(crate) fn count_changes(&self, by: &'static str, flags: usize) {
        if let Some(metrics) = &self.metrics {
            metrics.count_changes(by, flags as u64);
        }
    }

    /// Has the metrics show how the client stands.
    pub(crate) fn show(&self, client: &Weak<Inner>) {
        if let Some(metrics) = &self.metrics {
            sources::show(metrics, client);
        }
    }
}

/// Counts the evaluations of one compiled set.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    layout: Option<CounterLayout>,
}

impl Meter {
    /// Counts nothing.
    #[cfg(feature = "testing")]
    pub(crate) const NONE: Self = Self { layout: None };

    /// Decides, and counts the outcome and the unit; one decision of many is timed as well.
    #[inline]
    pub(crate) fn measure<C: Attributes>(
        &self,
        set: &FlagSet,
        context: &C,
        decide: impl FnOnce() -> Outcome,
    ) -> Outcome {
        let Some(layout) = &self.layout else { return decide() };
        let sample = layout.begin();
        let outcome = decide();
        layout.finish(sample, outcome);
        if layout.counts_units()
            && let Some(flag) = outcome.flag()
        {
            set.with_unit(flag, context, |unit| layout.count_unit(flag, unit));
        }
        outcome
    }

    /// The branch that an outcome leads to, to be measured.
    pub(crate) fn branch(&self, set: &FlagSet, outcome: Outcome) -> Option<Branch> {
        self.layout.as_ref().map(|layout| layout.branch(set, outcome))
    }

    /// Counts that the value of a decision was of another type than the caller asked for.
    #[cold]
    pub(crate) fn count_type_mismatch(&self, flag: Option<FlagId>) {
        if let (Some(layout), Some(flag)) = (&self.layout, flag) {
            layout.count_error(flag, ErrorCode::TypeMismatch);
        }
    }
}

impl Builder {
    /// Counts and times evaluations, and what they lead to, with `metrics`.
    ///
    /// Without this nothing is counted, whatever features are on. Several clients may count with the same.
    ///
    /// ```
    /// use flags::{Context, Flags, metrics::Metrics};
    ///
    /// let flags = Flags::builder().toml("[features.cart]\nenabled = true").metrics(Metrics::new()).build()?;
    /// assert!(flags.is_enabled("cart", &Context::new("user-42")));
    /// let metrics = flags.metrics().expect("because they were given above");
    /// assert_eq!(metrics.summary("cart").map(|cart| cart.evaluations), Some(1));
    /// println!("{}", metrics.render());
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metering = Metering { metrics: Some(metrics.for_client()) };
        self
    }
}

impl Flags {
    /// What this client counts with, if it was given anything.
    #[must_use]
    pub fn metrics(&self) -> Option<&Metrics> {
        self.inner().metering.metrics.as_ref()
    }

    /// Has `metrics` show how this client, its files and its controls stand, for as long as the client is there.
    ///
    /// Metrics that the client counts with show it without this. Of several clients, the first is shown.
    pub fn show_status_in(&self, metrics: &Metrics) {
        sources::show(metrics, &Arc::downgrade(self.inner()));
    }
}
