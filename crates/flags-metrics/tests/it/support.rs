//! What the tests share: flags whose outcome the context chooses, a clock that is moved by hand, and reading a scrape.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use flags_core::{
    CompileOptions, Condition, Context, Definitions, FlagDefinition, FlagSet, Outcome, RuleDefinition, Timestamp,
};
use flags_metrics::MonotonicClock;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};

/// As many cases, by a seed that is the same everywhere: a failure on one machine is a failure on all.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let rng_seed = RngSeed::Fixed(0x006d_6574_7269_6373);
    ProptestConfig { cases, rng_seed, failure_persistence: None, ..ProptestConfig::default() }
}

/// A flag that serves the variant the context asks for, and without that its first.
pub(crate) fn flag(key: &str, variants: &[&str]) -> FlagDefinition {
    let mut flag = FlagDefinition::new(key).enabled(true);
    for variant in variants {
        flag = flag
            .variant(*variant, *variant)
            .rule(RuleDefinition::new().when(Condition::attribute("variant").equals(*variant)).serve(*variant));
    }
    match variants.first() {
        Some(first) => flag.serve(*first),
        None => flag,
    }
}

pub(crate) fn set(flags: impl IntoIterator<Item = FlagDefinition>) -> FlagSet {
    let definitions = Definitions { flags: flags.into_iter().collect(), ..Definitions::default() };
    FlagSet::compile(&definitions.check().unwrap(), &CompileOptions::new("production"))
}

/// Asks for a variant, or for none.
pub(crate) fn ask(set: &FlagSet, key: &str, variant: Option<&str>) -> Outcome {
    let context = Context::new("user-42");
    let context = match variant {
        Some(variant) => context.set("variant", variant),
        None => context,
    };
    set.evaluate(key, &context, &Timestamp::default()).outcome()
}

/// A monotonic clock that a test moves.
#[derive(Clone)]
pub(crate) struct ManualClock {
    now: Arc<Mutex<Instant>>,
}

impl ManualClock {
    pub(crate) fn new() -> Self {
        Self { now: Arc::new(Mutex::new(Instant::now())) }
    }

    pub(crate) fn advance(&self, by: Duration) {
        *self.now.lock().unwrap() += by;
    }
}

impl MonotonicClock for ManualClock {
    fn now(&self) -> Instant {
        *self.now.lock().unwrap()
    }
}

/// The samples of a scrape: the name with its labels, and the number.
pub(crate) fn samples(scrape: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    for line in scrape.lines().filter(|line| !line.starts_with('#')) {
        let (series, value) = line.rsplit_once(' ').unwrap();
        let former = samples.insert(series.to_owned(), value.parse().unwrap());
        assert_eq!(former, None, "{series} is there twice");
    }
    samples
}

/// The value of a label of a series.
pub(crate) fn label<'s>(series: &'s str, name: &str) -> Option<&'s str> {
    let (_, rest) = series.split_once(&format!("{name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}
