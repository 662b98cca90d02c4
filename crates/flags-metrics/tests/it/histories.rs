//! Random histories of reloads, counts, scrapes and forgotten sets, against a model that counts by hand. // D5

use std::collections::{BTreeMap, HashMap};

use flags_core::{FlagDefinition, FlagSet};
use flags_metrics::{CounterLayout, Metrics, MetricsOptions, ThreadCounts};
use proptest::{prelude::*, proptest};

use crate::support::{self, ask, flag, label, samples, set};

const KEYS: [&str; 4] = ["f0", "f1", "f2", "f3"];
const VARIANTS: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
enum Step {
    /// New definitions: of each flag the variants it has, by bits; none, and the flag is not there.
    Reload([u8; KEYS.len()]),
    /// Evaluations by the newest set, or by one of those before it.
    Count {
        set: usize,
        flag: usize,
        variant: usize,
        times: u8,
    },
    /// Somebody lets go of an old set.
    Forget(usize),
    Scrape,
}

fn step() -> impl Strategy<Value = Step> {
    let count = (0..3_usize, 0..KEYS.len(), 0..VARIANTS.len() + 1, 1..5_u8);
    prop_oneof![
        2 => prop::array::uniform4(0..16_u8).prop_map(Step::Reload),
        8 => count.prop_map(|(set, flag, variant, times)| Step::Count { set, flag, variant, times }),
        1 => (0..3_usize).prop_map(Step::Forget),
        3 => Just(Step::Scrape),
    ]
}

fn definitions(bits: &[u8; KEYS.len()]) -> Vec<FlagDefinition> {
    let variants = |bits: u8| -> Vec<&str> {
        (0..VARIANTS.len()).filter(|at| bits >> at & 1 == 1).map(|at| VARIANTS[at]).collect()
    };
    KEYS.iter().zip(bits).filter(|(_, bits)| **bits > 0).map(|(key, bits)| flag(key, &variants(*bits))).collect()
}

/// Which life of a flag and of its variants something belongs to: they come back as others.
type Lives = HashMap<&'static str, (u64, HashMap<&'static str, u64>)>;

/// What somebody who counts by hand would have written down.
#[derive(Default)]
struct Model {
    next: u64,
    defined: Lives,
    /// By flag, of what is defined now: the counts of its variants and of its former ones.
    counts: HashMap<&'static str, (HashMap<&'static str, u64>, u64)>,
    unknown: u64,
}

impl Model {
    fn reload(&mut self, bits: &[u8; KEYS.len()]) {
        let former = std::mem::take(&mut self.defined);
        for (key, bits) in KEYS.into_iter().zip(bits).filter(|(_, bits)| **bits > 0) {
            self.next += 1;
            let (life, variants) = former.get(key).cloned().unwrap_or((self.next, HashMap::new()));
            let mut now = HashMap::new();
            for at in (0..VARIANTS.len()).filter(|at| bits >> at & 1 == 1) {
                self.next += 1;
                now.insert(VARIANTS[at], variants.get(VARIANTS[at]).copied().unwrap_or(self.next));
            }
            let (rows, gone) = self.counts.entry(key).or_default();
            for variant in variants.keys().filter(|variant| !now.contains_key(*variant)) {
                *gone += rows.remove(variant).unwrap_or_default();
            }
            self.defined.insert(key, (life, now));
        }
        self.counts.retain(|key, _| self.defined.contains_key(key));
    }

    fn count(&mut self, by: &Lives, key: &'static str, variant: &'static str, times: u64) {
        let (Some((life, variants)), Some((now, variants_now))) = (by.get(key), self.defined.get(key)) else { return };
        if life != now {
            return;
        }
        let (rows, gone) = self.counts.entry(key).or_default();
        if variants_now.get(variant) == variants.get(variant) {
            *rows.entry(variant).or_default() += times;
        } else {
            *gone += times;
        }
    }
}

/// A set, the threads that count by it, and which lives it knows of.
struct Known {
    set: FlagSet,
    layout: CounterLayout,
    counts: Vec<ThreadCounts>,
    lives: Lives,
}

fn run(steps: &[Step], max_series: usize) -> Result<(), TestCaseError> {
    let mut options = MetricsOptions::default();
    options.max_series = max_series;
    let metrics = Metrics::with_options(options);
    let mut model = Model::default();
    let mut known: Vec<Known> = Vec::new();
    let mut shown: BTreeMap<String, f64> = BTreeMap::new();
    for step in steps.iter().chain([&Step::Scrape]) {
        match step {
            Step::Reload(bits) => {
                let set = set(definitions(bits));
                let layout = metrics.layout(&set);
                model.reload(bits);
                known.push(Known {
                    set,
                    counts: vec![layout.attach(), layout.attach()],
                    layout,
                    lives: model.defined.clone(),
                });
                // A flag or variant that is not defined any more may start anew.
                let is_defined = |series: &str| {
                    let Some((_, variants)) = label(series, "flag").and_then(|flag| model.defined.get(flag)) else {
                        return label(series, "flag").is_some_and(|flag| flag.starts_with("__"));
                    };
                    label(series, "variant").is_none_or(|name| name.starts_with("__") || variants.contains_key(name))
                };
                shown.retain(|series, _| is_defined(series));
            }
            Step::Count { set, flag, variant, times } => {
                let Some(at) = known.len().checked_sub(1 + set) else { continue };
                let by = &known[at];
                let outcome = ask(&by.set, KEYS[*flag], VARIANTS.get(*variant).copied());
                for time in 0..*times {
                    match by.counts.get(usize::from(time) % 3) {
                        Some(counts) => counts.count(outcome),
                        None => by.layout.count(outcome),
                    }
                }
                match by.set.decision(outcome).variant() {
                    Some(served) => {
                        let served = VARIANTS.into_iter().find(|variant| *variant == served).unwrap();
                        model.count(&by.lives, KEYS[*flag], served, u64::from(*times));
                    }
                    None => model.unknown += u64::from(*times),
                }
            }
            Step::Forget(back) => {
                if known.len() > 1 {
                    let at = back % (known.len() - 1);
                    known.remove(at);
                }
            }
            Step::Scrape => {
                let now = samples(&metrics.render());
                check(&metrics, &model, &now, max_series)?;
                for (series, before) in &shown {
                    let counts = series.starts_with("flags_evaluations_total") || series.contains("dropped");
                    let value = now.get(series).copied();
                    prop_assert!(!counts || value >= Some(*before), "{} fell from {} to {:?}", series, before, value);
                }
                shown = now;
            }
        }
    }
    Ok(())
}

fn check(
    metrics: &Metrics,
    model: &Model,
    now: &BTreeMap<String, f64>,
    max_series: usize,
) -> Result<(), TestCaseError> {
    let mut places = 0;
    let mut shown = 0.0;
    for (series, value) in now.iter().filter(|(series, _)| series.starts_with("flags_evaluations_total")) {
        let flag = label(series, "flag").unwrap();
        prop_assert!(flag.starts_with("__") || model.defined.contains_key(flag), "{} is not defined", flag);
        shown += value;
        places += usize::from(!flag.starts_with("__"));
    }
    prop_assert!(places <= max_series, "{} series of {}", places, max_series);
    let mut sum = model.unknown;
    for (key, (rows, gone)) in &model.counts {
        let summary = metrics.summary(key).unwrap();
        for (variant, expected) in rows.iter().map(|(name, count)| (*name, *count)).chain([("__other__", *gone)]) {
            let counted: u64 = summary
                .outcomes
                .iter()
                .filter(|outcome| outcome.variant.as_deref() == Some(variant))
                .map(|outcome| outcome.count)
                .sum();
            prop_assert_eq!(counted, expected, "{} {}", key, variant);
        }
        prop_assert_eq!(summary.evaluations, rows.values().sum::<u64>() + gone);
        sum += summary.evaluations;
    }
    prop_assert_eq!(metrics.overview().evaluations, sum);
    prop_assert_eq!(metrics.overview().unknown, model.unknown);
    // What is in the common overflow stays there when its flag goes; what is shown is never more than once anywhere.
    prop_assert!(shown >= sum as f64, "{} of {} are shown", shown, sum);
    if max_series > 100 {
        prop_assert_eq!(shown, sum as f64);
    }
    Ok(())
}

proptest! {
    #![proptest_config(support::config(300))]

    #[test]
    fn totals_are_those_of_the_model(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps, 10_000)?;
    }

    /// With room for five series, all the same.
    #[test]
    fn totals_are_those_of_the_model_when_there_is_no_room(steps in prop::collection::vec(step(), 1..60)) {
        run(&steps, 5)?;
    }
}
