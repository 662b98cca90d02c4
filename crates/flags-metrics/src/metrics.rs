//! The one thing a program holds: what is counted, and the registry that shows it.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use flags_core::FlagSet;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry, core::Collector, proto::MetricType,
};

use crate::{
    Branch, CounterLayout, FlagSummary, HistogramSnapshot, MachineClock, MetricsOptions, MonotonicClock, Overview,
    RegisterError, Samples, WindowCounts,
    exposition::{Counted, Source},
    record::variant_label,
    setup::Setup,
    shared::{Definer, Shared},
    table::{self, Metric},
};

/// Where the changes come from that are shown before the first.
const CHANGE_SOURCES: [&str; 8] = ["file", "runtime", "cli", "api", "rollout", "breaker", "experiment", "system"];

/// Everything that is counted and measured, and the registry that shows it. Cheap to clone; clones are one.
///
/// ```
/// use flags_core::{CompileOptions, Context, Definitions, FlagDefinition, FlagSet, Timestamp};
/// use flags_metrics::Metrics;
///
/// let metrics = Metrics::new();
/// let definitions = Definitions { flags: vec![FlagDefinition::new("cart").enabled(true)], ..Definitions::default() };
/// let set = FlagSet::compile(&definitions.check()?, &CompileOptions::new("production"));
/// let layout = metrics.layout(&set);
///
/// layout.count(set.evaluate("cart", &Context::new("user-42"), &Timestamp::default()).outcome());
/// let line = r#"flags_evaluations_total{flag="cart",variant="on",reason="STATIC"} 1"#;
/// assert!(metrics.render().contains(line));
/// # Ok::<(), flags_core::DefinitionErrors>(())
/// ```
#[derive(Clone)]
pub struct Metrics {
    shared: Arc<Shared>,
    /// The client that clones of this are for.
    definer: Arc<Definer>,
    registry: Registry,
    changes: IntCounterVec,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// Counts by the default options.
    #[must_use]
    pub fn new() -> Self {
        Self::with_options(MetricsOptions::default())
    }

    /// Counts by options.
    #[must_use]
    pub fn with_options(options: MetricsOptions) -> Self {
        Self::with_clock(options, Arc::new(MachineClock))
    }

    /// Counts by options, and measures with a clock that is lent.
    #[must_use]
    pub fn with_clock(options: MetricsOptions, clock: Arc<dyn MonotonicClock>) -> Self {
        let shared = Arc::new(Shared::new(Setup::new(options, clock)));
        let registry = Registry::new();
        let changes = Opts::new(table::CHANGES.name, table::CHANGES.help);
        let changes = IntCounterVec::new(changes, table::CHANGES.labels)
            .expect("because a test of the table has seen that Prometheus takes its names");
        for source in CHANGE_SOURCES {
            let _ = changes.with_label_values(&[source]);
        }
        let metrics = Self { shared: Arc::clone(&shared), definer: Definer::new(), registry, changes: changes.clone() };
        let counted = metrics.add_source(&Counted::METRICS, move |samples| Counted::read(&shared, samples));
        counted.expect("because the registry is empty and a test has seen that it takes the names of the table");
        metrics.registry.register(Box::new(changes)).expect("because nothing else of ours has that name");
        metrics
    }

    /// The same metrics, for one more client: each defines flags of its own, and those of the same key are counted together.
    ///
    /// Clones are one client. The flags of a client are shown until its last clone is dropped.
    #[must_use]
    pub fn for_client(self) -> Self {
        Self { definer: Definer::new(), ..self }
    }

    /// Makes the flags of a set those that the client counts, and lays out the cells for counting by it.
    ///
    /// Call it for every set that is compiled to replace the client's former, in that order, just before it is put in force.
    /// Totals of flags that stay go on. Flags that are in the set of no client are no longer shown, and what is still counted
    /// for them by a former layout is lost; a flag that comes back starts from zero.
    #[must_use]
    pub fn layout(&self, set: &FlagSet) -> CounterLayout {
        CounterLayout::new(self.shared.layout(&self.definer, set))
    }

    /// The registry, for those who gather from several or serve it themselves.
    #[must_use]
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Everything in the text format of Prometheus, version 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        let mut families = self.registry.gather();
        // The encoder knows no untyped metrics; a collector of the application's might have one.
        families.retain(|family| family.get_field_type() != MetricType::UNTYPED);
        let mut text = String::with_capacity(64 * 1024);
        let encoder = prometheus::TextEncoder::new();
        for family in families {
            // A family it refuses (without a name) is left out, before anything of it is written.
            let _ = encoder.encode_utf8(&[family], &mut text);
        }
        text
    }

    /// The numbers of one flag, or `None` if it is not defined.
    #[must_use]
    pub fn summary(&self, flag: &str) -> Option<FlagSummary> {
        let now = self.now();
        self.shared.up_to_date().ledger.find(flag).map(|totals| FlagSummary::new(totals, now))
    }

    /// The numbers of every flag, in the order of the definitions.
    #[must_use]
    pub fn summaries(&self) -> Vec<FlagSummary> {
        let now = self.now();
        let state = self.shared.up_to_date();
        state.ledger.flags().iter().map(|totals| FlagSummary::new(totals, now)).collect()
    }

    /// The numbers of all flags together.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let state = self.shared.up_to_date();
        Overview::new(state.ledger.flags().iter(), state.ledger.unknown)
    }

    /// How long evaluations took, by a sample of them, since the start.
    #[must_use]
    pub fn evaluation_durations(&self) -> HistogramSnapshot {
        self.shared.up_to_date().ledger.durations.clone()
    }

    /// The branch of a variant, or of the caller's default, of a flag that is defined; `None` if the flag is not.
    ///
    /// From then on all branches of the flag are shown, at zero until they run. Where an outcome is at hand,
    /// [`CounterLayout::branch`] takes no lock.
    #[must_use]
    pub fn branch(&self, flag: &str, variant: Option<&str>) -> Option<Branch> {
        let state = self.shared.state();
        let totals = state.ledger.find(flag)?;
        let label = variant_label(variant);
        let is_defined = totals.rows.iter().any(|row| *row.variant == *label);
        let variants = totals.rows.iter().skip(1).map(|row| &*row.variant);
        is_defined.then(|| totals.record.branch(variant, variants))
    }

    /// The flags that have branches, in the order of the definitions.
    #[must_use]
    pub fn measured_flags(&self) -> Vec<String> {
        let state = self.shared.state();
        let measured = state.ledger.flags().iter().filter(|flag| flag.record.is_measured());
        measured.map(|flag| flag.key.to_string()).collect()
    }

    /// How the runs of one branch ended in the last `over`; nothing if there is no such branch. See [`Branch::window`].
    #[must_use]
    pub fn window(&self, flag: &str, variant: Option<&str>, over: Duration) -> WindowCounts {
        let branch = self.shared.state().ledger.find(flag).and_then(|totals| totals.record.find_branch(variant));
        branch.map(|branch| branch.window_at(over, self.now())).unwrap_or_default()
    }

    /// How the runs of all branches of a flag ended in the last `over`. See [`Branch::window`].
    #[must_use]
    pub fn flag_window(&self, flag: &str, over: Duration) -> WindowCounts {
        let record = self.shared.state().ledger.find(flag).map(|totals| Arc::clone(&totals.record));
        let mut counts = WindowCounts::default();
        for (_, branch) in record.iter().flat_map(|record| record.branches()) {
            counts.merge(branch.window_at(over, self.now()));
        }
        counts
    }

    /// Sets how long a run of any branch of a flag may take before its success counts as slow; `false` if there is no such flag.
    pub fn set_slow_after(&self, flag: &str, slow_after: Duration) -> bool {
        let state = self.shared.state();
        let totals = state.ledger.find(flag);
        totals.inspect(|totals| totals.record.common.set_slow_after(slow_after)).is_some()
    }

    /// Counts flags that were changed, by where the change came from: a word of the program, never of its users.
    pub fn count_changes(&self, source: &'static str, flags: u64) {
        self.changes.with_label_values(&[source]).inc_by(flags);
    }

    /// Shows metrics of the table that somebody else knows the values of; `read` is called for each scrape.
    ///
    /// # Errors
    ///
    /// When one of them is shown already.
    pub fn add_source(
        &self,
        metrics: &[Metric],
        read: impl Fn(&mut Samples) + Send + Sync + 'static,
    ) -> Result<(), RegisterError> {
        let names = || metrics.iter().map(|metric| metric.name).collect::<Vec<_>>().join(", ");
        let source = Source::new(metrics, read).map_err(|reason| RegisterError::new(names(), reason))?;
        self.registry.register(Box::new(source)).map_err(|reason| RegisterError::new(names(), reason))
    }

    /// Shows a collector of the application's own.
    ///
    /// # Errors
    ///
    /// When one of its names begins with `flags_`, is taken, or is not what Prometheus takes.
    pub fn register(&self, collector: impl Collector + 'static) -> Result<(), RegisterError> {
        let names: Vec<String> = collector.desc().iter().map(|description| description.fq_name.clone()).collect();
        if let Some(name) = names.iter().find(|name| name.starts_with("flags_")) {
            return Err(RegisterError::Reserved { name: name.clone() });
        }
        let register = self.registry.register(Box::new(collector));
        register.map_err(|reason| RegisterError::new(names.join(", "), reason))
    }

    /// A counter of the application's own, for each combination of labels one.
    ///
    /// ```
    /// let metrics = flags_metrics::Metrics::new();
    /// let orders = metrics.counter("shop_orders_total", "Orders placed.", &["flow"])?;
    /// orders.with_label_values(&["express"]).inc();
    /// assert!(metrics.render().contains(r#"shop_orders_total{flow="express"} 1"#));
    /// # Ok::<(), flags_metrics::RegisterError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// See [`register`](Self::register).
    pub fn counter(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, RegisterError> {
        let counter = IntCounterVec::new(Opts::new(name, help), labels);
        self.registered(name, counter)
    }

    /// A gauge of the application's own, for each combination of labels one.
    ///
    /// # Errors
    ///
    /// See [`register`](Self::register).
    pub fn gauge(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, RegisterError> {
        self.registered(name, GaugeVec::new(Opts::new(name, help), labels))
    }

    /// A histogram of the application's own, for each combination of labels one; `bounds` are those of its buckets, rising.
    ///
    /// # Errors
    ///
    /// See [`register`](Self::register).
    pub fn histogram(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        bounds: &[f64],
    ) -> Result<HistogramVec, RegisterError> {
        let options = HistogramOpts::new(name, help).buckets(bounds.to_vec());
        self.registered(name, HistogramVec::new(options, labels))
    }

    fn registered<C: Collector + Clone + 'static>(
        &self,
        name: &str,
        collector: Result<C, prometheus::Error>,
    ) -> Result<C, RegisterError> {
        let collector = collector.map_err(|reason| RegisterError::new(name, reason))?;
        self.register(collector.clone())?;
        Ok(collector)
    }

    fn now(&self) -> Instant {
        self.shared.setup.clock.now()
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("overview", &self.overview()).finish_non_exhaustive()
    }
}
