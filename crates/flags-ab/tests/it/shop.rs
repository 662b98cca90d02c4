//! An experiment with everything in it: a shop that tries two other buttons on ten thousand users over five weeks, seeded.

use std::time::Duration;

use flags_ab::{
    Event, EventKind, Exposure,
    analytics::{Analytics, AnalyticsPlan, Funnel, LifetimePlan},
    collect::{CollectOptions, collect},
    store::{EventStore, MemoryStore},
    summary::ExperimentSummary,
};
use flags_core::{
    Timestamp,
    definition::{ArmDefinition, ExperimentDefinition, ExperimentStatus, Goal, MetricDefinition, MetricKind},
};

const DAY: u64 = 86_400_000;

/// A Monday.
const START: i64 = 1_793_577_600_000;

pub(crate) const DAYS: u64 = 36;

/// An instant so many milliseconds after the start.
fn at(millis: u64) -> Timestamp {
    Timestamp::from_millis(START).saturating_add(Duration::from_millis(millis))
}

pub(crate) fn now() -> Timestamp {
    at(DAYS * DAY)
}

/// The share of users that buys, by arm, and how much more where they come from.
const RATES: [f64; 3] = [0.08, 0.13, 0.085];
const FACTORS: [f64; 4] = [1.0, 0.9, 1.2, 1.1];

/// What everything in the shop is called.
pub(crate) struct Names {
    pub(crate) experiment: &'static str,
    pub(crate) hypothesis: &'static str,
    pub(crate) arms: [&'static str; 3],
    pub(crate) metrics: [&'static str; 3],
    pub(crate) events: [&'static str; 5],
    pub(crate) dimension: &'static str,
    pub(crate) countries: [&'static str; 4],
}

pub(crate) const NAMES: Names = Names {
    experiment: "checkout_button",
    hypothesis: "A button in another colour sells more",
    arms: ["blue", "red", "green"],
    metrics: ["conversion", "revenue", "checkout_time"],
    events: ["cart", "address", "purchase", "visit", "checkout_time"],
    dimension: "country",
    countries: ["DE", "FR", "JP", "NL"],
};

impl Names {
    pub(crate) fn definition(&self) -> ExperimentDefinition {
        let [control, red, green] = self.arms;
        let [conversion, revenue, time] = self.metrics;
        let [.., purchase, _, checkout_time] = self.events;
        ExperimentDefinition::new(self.experiment)
            .hypothesis(self.hypothesis)
            .owner("growth")
            .status(ExperimentStatus::Running)
            .start(at(0))
            .end(at(60 * DAY))
            .arm(ArmDefinition::control(control))
            .arm(ArmDefinition::new(red))
            .arm(ArmDefinition::new(green))
            .metric(
                MetricDefinition::conversion(conversion, purchase)
                    .window(Duration::from_secs(7 * 86_400))
                    .minimum_detectable_effect(0.2),
            )
            .metric(MetricDefinition::new(revenue, MetricKind::Mean, purchase))
            .metric(
                MetricDefinition::new(time, MetricKind::Duration, checkout_time).goal(Goal::Decrease).guardrail(0.1),
            )
    }

    /// Ten thousand users. On the twenty-fourth day hardly any purchase was tracked.
    pub(crate) fn store(&self) -> MemoryStore {
        let [cart_event, address_event, purchase, visit, checkout_time] = self.events;
        let mut random = fastrand::Rng::with_seed(20_261_102);
        let mut events = vec![];
        for user in 0..10_000_u64 {
            // Weekends are quiet.
            let day = loop {
                let day = random.u64(0..DAYS);
                if day % 7 < 5 || random.f64() < 0.4 {
                    break day;
                }
            };
            let (arm, country) = (random.usize(0..3), random.usize(0..4));
            let (rate, factor) = (RATES[arm], FACTORS[country]);
            let unit: Box<str> = format!("user-{user}").into();
            let exposed = day * DAY + random.u64(0..DAY);
            let mut add = |millis: u64, kind: EventKind| {
                events.push(Event { at: at(millis), unit_kind: "".into(), unit: unit.clone(), kind });
            };
            add(
                exposed,
                EventKind::Exposure(Exposure {
                    experiment: self.experiment.into(),
                    arm: self.arms[arm].into(),
                    split: self.arms.map(|arm| format!("{arm}=1")).join(",").into(),
                    dimensions: Box::new([(self.dimension.into(), self.countries[country].into())]),
                }),
            );
            let tracked = |event: &str, value: f64| EventKind::Tracked { event: event.into(), value };
            // Two of five come back to look week by week.
            (1..5).filter(|_| random.f64() < 0.4).for_each(|week| add(exposed + week * 7 * DAY, tracked(visit, 1.0)));
            if random.f64() < 0.5 {
                continue;
            }
            let cart = exposed + random.u64(10_000..900_000);
            add(cart, tracked(cart_event, 1.0));
            if random.f64() < 0.3 {
                continue;
            }
            let seconds = 20.0 + 60.0 * random.f64();
            let address = cart + (seconds * 1_000.0) as u64;
            add(address, tracked(address_event, 1.0));
            add(address, tracked(checkout_time, seconds));
            // Half come to the cart, and 70 % of those to the address.
            let buys = random.f64() < rate * factor / 0.35;
            let paid = address + random.u64(60_000..3 * DAY);
            if buys && (paid / DAY != 23 || random.f64() < 0.05) {
                add(paid, tracked(purchase, 10.0 + 40.0 * random.f64()));
            }
        }
        events.retain(|event| event.at < now());
        let store = MemoryStore::new();
        store.append(&events).unwrap();
        store
    }

    pub(crate) fn summary(&self, store: &MemoryStore) -> ExperimentSummary {
        collect(store, &self.definition(), &CollectOptions::until(now()).by_day().by(self.dimension)).unwrap()
    }

    pub(crate) fn analytics(&self, store: &MemoryStore, summary: &ExperimentSummary) -> Analytics {
        let [cart, address, purchase, visit, _] = self.events;
        let funnel = Funnel::new("checkout", [cart, address, purchase]).unwrap();
        let plan = AnalyticsPlan::of(&self.definition())
            .funnel(funnel.window(Duration::from_secs(7 * 86_400)).unwrap())
            .lifetime(LifetimePlan::new(purchase, 4).unwrap().active(visit).active(purchase));
        let analytics = Analytics::of_summary(summary, &self.definition(), now()).unwrap();
        analytics.with_events(store, &self.definition(), &plan).unwrap()
    }
}
