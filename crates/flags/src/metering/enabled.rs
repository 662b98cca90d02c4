//! With the feature `metrics`, a client that was given [`Metrics`] counts its evaluations there.

use std::sync::{Arc, Weak};

use flags_core::{Attributes, ErrorCode, FlagId, FlagSet, Outcome};
use flags_metrics::{Branch, CounterLayout, Metrics, Sample, ThreadCounts};

use super::{Tally, sources};
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

    #[cfg(any(feature = "alerts", feature = "rollouts"))]
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

    /// What the present thread counts with, to be kept beside the set it is for.
    pub(crate) fn attach(&self) -> Counts {
        Counts(self.layout.as_ref().map(CounterLayout::attach))
    }

    /// The branch that an outcome leads to, to be measured.
    pub(crate) fn branch(&self, set: &FlagSet, outcome: Outcome) -> Option<Branch> {
        self.layout.as_ref().map(|layout| layout.branch(set, outcome))
    }
}

/// Counts without anything that the thread keeps at hand: for snapshots, which any thread may use.
impl Tally for Meter {
    #[inline]
    fn begin(&self) -> Begun {
        self.layout.as_ref().map(CounterLayout::begin)
    }

    #[inline]
    fn finish<C: Attributes>(&self, begun: Begun, outcome: Outcome, set: &FlagSet, context: &C) {
        let (Some(layout), Some(begun)) = (&self.layout, begun) else { return };
        layout.finish(begun, outcome);
        if layout.counts_units() {
            count_unit(|flag, unit| layout.count_unit(flag, unit), outcome, set, context);
        }
    }

    #[cold]
    fn type_mismatch(&self, flag: Option<FlagId>) {
        if let (Some(layout), Some(flag)) = (&self.layout, flag) {
            layout.count_error(flag, ErrorCode::TypeMismatch);
        }
    }
}

/// What a thread counts with for the set it keeps, if anything.
pub(crate) struct Counts(Option<ThreadCounts>);

impl Counts {
    /// Counts nothing.
    pub(crate) const NONE: Self = Self(None);
}

impl Tally for Counts {
    #[inline]
    fn begin(&self) -> Begun {
        self.0.as_ref().map(ThreadCounts::begin)
    }

    #[inline]
    fn finish<C: Attributes>(&self, begun: Begun, outcome: Outcome, set: &FlagSet, context: &C) {
        let (Some(counts), Some(begun)) = (&self.0, begun) else { return };
        counts.finish(begun, outcome);
        if counts.counts_units() {
            count_unit(|flag, unit| counts.count_unit(flag, unit), outcome, set, context);
        }
    }

    #[cold]
    fn type_mismatch(&self, flag: Option<FlagId>) {
        if let (Some(counts), Some(flag)) = (&self.0, flag) {
            counts.count_error(flag, ErrorCode::TypeMismatch);
        }
    }
}

/// An evaluation that has begun and is counted when it is finished.
pub(crate) type Begun = Option<Sample>;

/// Out of line: telling units apart is an option, and evaluations without it should not carry it.
#[inline(never)]
fn count_unit<C: Attributes>(count: impl FnOnce(FlagId, &str), outcome: Outcome, set: &FlagSet, context: &C) {
    if let Some(flag) = outcome.flag() {
        set.with_unit(flag, context, |unit| count(flag, unit));
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
