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

pub(crate) fn definition() -> ExperimentDefinition {
    ExperimentDefinition::new("checkout_button")
        .hypothesis("A button in another colour sells more")
        .owner("growth")
        .status(ExperimentStatus::Running)
        .start(at(0))
        .end(at(60 * DAY))
        .arm(ArmDefinition::control("blue"))
        .arm(ArmDefinition::new("red"))
        .arm(ArmDefinition::new("green"))
        .metric(
            MetricDefinition::conversion("conversion", "purchase")
                .window(Duration::from_secs(7 * 86_400))
                .minimum_detectable_effect(0.2),
        )
        .metric(MetricDefinition::new("revenue", MetricKind::Mean, "purchase"))
        .metric(
            MetricDefinition::new("checkout_time", MetricKind::Duration, "checkout_time")
                .goal(Goal::Decrease)
                .guardrail(0.1),
        )
}

/// How many users out of a hundred buy, by arm, and how much more where they come from Japan.
const ARMS: [(&str, f64); 3] = [("blue", 0.08), ("red", 0.13), ("green", 0.085)];
const COUNTRIES: [(&str, f64); 4] = [("DE", 1.0), ("FR", 0.9), ("JP", 1.2), ("NL", 1.1)];

/// Ten thousand users. On the twenty-fourth day hardly any purchase was tracked.
pub(crate) fn store() -> MemoryStore {
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
        let (arm, rate) = ARMS[random.usize(0..3)];
        let (country, factor) = COUNTRIES[random.usize(0..4)];
        let unit: Box<str> = format!("user-{user}").into();
        let exposed = day * DAY + random.u64(0..DAY);
        let mut add = |millis: u64, kind: EventKind| {
            events.push(Event { at: at(millis), unit_kind: "".into(), unit: unit.clone(), kind });
        };
        add(
            exposed,
            EventKind::Exposure(Exposure {
                experiment: "checkout_button".into(),
                arm: arm.into(),
                split: "blue=1,red=1,green=1".into(),
                dimensions: Box::new([("country".into(), country.into())]),
            }),
        );
        let tracked = |event: &str, value: f64| EventKind::Tracked { event: event.into(), value };
        // Two of five come back to look week by week.
        (1..5).filter(|_| random.f64() < 0.4).for_each(|week| add(exposed + week * 7 * DAY, tracked("visit", 1.0)));
        if random.f64() < 0.5 {
            continue;
        }
        let cart = exposed + random.u64(10_000..900_000);
        add(cart, tracked("cart", 1.0));
        if random.f64() < 0.3 {
            continue;
        }
        let seconds = 20.0 + 60.0 * random.f64();
        let address = cart + (seconds * 1_000.0) as u64;
        add(address, tracked("address", 1.0));
        add(address, tracked("checkout_time", seconds));
        // Half come to the cart, and 70 % of those to the address.
        let buys = random.f64() < rate * factor / 0.35;
        let paid = address + random.u64(60_000..3 * DAY);
        if buys && (paid / DAY != 23 || random.f64() < 0.05) {
            add(paid, tracked("purchase", 10.0 + 40.0 * random.f64()));
        }
    }
    events.retain(|event| event.at < now());
    let store = MemoryStore::new();
    store.append(&events).unwrap();
    store
}

pub(crate) fn summary(store: &MemoryStore) -> ExperimentSummary {
    collect(store, &definition(), &CollectOptions::until(now()).by_day().by("country")).unwrap()
}

pub(crate) fn analytics(store: &MemoryStore, summary: &ExperimentSummary) -> Analytics {
    let plan = AnalyticsPlan::of(&definition())
        .funnel(
            Funnel::new("checkout", ["cart", "address", "purchase"])
                .unwrap()
                .window(Duration::from_secs(7 * 86_400))
                .unwrap(),
        )
        .lifetime(LifetimePlan::new("purchase", 4).unwrap().active("visit").active("purchase"));
    Analytics::of_summary(summary, &definition(), now()).unwrap().with_events(store, &definition(), &plan).unwrap()
}
