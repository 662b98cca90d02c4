//! Flags that do harm: how often that is found, and how soon.

use flags_ab::statistics::{Estimate, Moments};
use flags_rollout::{
    guardrail::Arms,
    plan::{GuardMetric, GuardrailDefinition, LatencyQuantile, Plan},
};

use super::{
    errors,
    traffic::{Guard, Traffic},
    watched,
};
use crate::{
    claim::{Claim, Row},
    lab::{Lab, Tally},
    page::Section,
};

const TEXT: &str = "\
Flags that fail more often than their control, by one guardrail at the whole level. How soon harm is found is told in looks of 200\n\
runs per arm, or where it is looked after every run in runs per arm. That 0.1 % against 1 % is found within ten looks in 99 % of\n\
cases is more than any test that may be looked at for longer can do; see the next study.";

pub(super) fn study(lab: &Lab) -> Estimate<Section> {
    let plan = watched(errors(0.0));
    let mut rows = vec![];
    let looks = |looks: usize, traffic: Traffic| Traffic { looks, ..traffic };
    let small = Found::of(lab, &plan, "0.1 % to 1 %, 120 looks", looks(120, Traffic::new(200, 0.001, 0.01)), 0, 10);
    rows.extend([
        small.share(Claim::at_least(0.99)),
        small.within("found within ten looks", Claim::at_least(0.99).unpromised()),
        small.mean("looks until it is found", Claim::at_most(10.0)),
    ]);
    let dispersed = Traffic { concentration: Some(200.0), ..Traffic::new(200, 0.001, 0.01) };
    for (setting, traffic, most) in [
        ("0.1 % to 1 %, 120 looks, c = 200", looks(120, dispersed), 12.0),
        ("1 % to 1.5 %, 240 looks", Traffic::new(200, 0.01, 0.015), 50.0),
        ("1 % to 2 %, 120 looks", looks(120, Traffic::new(200, 0.01, 0.02)), 17.0),
        ("1 % to 5 %, 60 looks", looks(60, Traffic::new(200, 0.01, 0.05)), 8.0),
        ("1 % to 20 %, 60 looks", looks(60, Traffic::new(200, 0.01, 0.2)), 4.0),
        ("1 % to 50 %, 60 looks", looks(60, Traffic::new(200, 0.01, 0.5)), 1.5),
        ("30 % to 35 %, 120 looks", looks(120, Traffic::new(200, 0.3, 0.35)), 15.0),
    ] {
        let found = Found::of(lab, &plan, setting, traffic, 0, usize::MAX);
        rows.extend([found.share(Claim::at_least(0.99)), found.mean("looks until it is found", Claim::at_most(most))]);
    }
    // The runs per arm that a confidence sequence took.
    for (setting, rate, samples, most) in [
        ("1 % to 100 %, a look after every run", 1.0, 60, 13.0),
        ("1 % to 50 %, a look after every run", 0.5, 60, 51.0),
        ("1 % to 20 %, a look after every run", 0.2, 1_000, 115.0),
        ("1 % to 10 %, a look after every run", 0.1, 3_000, 212.0),
    ] {
        let found = Found::of(lab, &plan, setting, looks(samples, Traffic::new(1, 0.01, rate)), 0, 60);
        rows.push(found.share(Claim::at_least(0.99)));
        if rate >= 0.5 {
            rows.push(found.within("found within 60 runs per arm", Claim::at_least(0.99)));
        }
        rows.push(found.mean("runs per arm until it is found", Claim::at_most(most)));
    }
    for (setting, from, rate, most) in [
        ("1 % to 5 % after 240 looks without harm", 240, 0.05, 10.0),
        ("1 % to 20 % after 240 looks without harm", 240, 0.2, 3.0),
        ("1 % to 5 % after 2000 looks without harm", 2_000, 0.05, 10.0),
    ] {
        let later = Some((from + 1, Arms::new(0.01, rate)));
        let traffic = Traffic { later, looks: from + 400, ..Traffic::new(200, 0.01, 0.01) };
        let found = Found::of(lab, &plan, setting, traffic, from, usize::MAX);
        rows.push(found.mean("looks until it is found", Claim::at_most(most)));
    }
    let latency = GuardrailDefinition::new(GuardMetric::Latency(LatencyQuantile::P99)).max_increase(0.5);
    let slow = Traffic { concentration: Some(200.0), ..looks(120, Traffic::new(200, 0.01, 0.05)) };
    let setting = "a latency guardrail with `max_increase = 0.5`: 1 % to 5 % slow, c = 200, 120 looks";
    rows.push(Found::of(lab, &watched(latency), setting, slow, 0, usize::MAX).share(Claim::at_least(0.99)));
    Ok(Section::new(TEXT, rows))
}

/// What a guardrail found of a setting.
struct Found {
    setting: &'static str,
    found: Tally,
    soon: Tally,
    /// The looks from the beginning of the harm on, where it was found after that.
    looks: Moments,
}

impl Found {
    /// With harm from the look after `calm` on; soon is within so many looks of it.
    fn of(lab: &Lab, plan: &Plan, setting: &'static str, traffic: Traffic, calm: usize, soon: usize) -> Self {
        let runs = lab.runs(if traffic.looks > 1_000 { 400 } else { 50 });
        let found_at = |rng: &mut fastrand::Rng| {
            let (mut guard, mut found) = (Guard::new(plan), None);
            traffic.run(rng, |look, runs| {
                found = guard.fails(runs).then_some(look);
                found.is_some()
            });
            found
        };
        // What was rolled back before there was any harm says nothing of how harm is found.
        let [found, within] = lab.count_answers(setting, runs, |rng| match found_at(rng) {
            Some(look) if look <= calm => [None, None],
            Some(look) => [Some(true), Some(look - calm <= soon)],
            None => [Some(false), Some(false)],
        });
        let mut looks = Moments::default();
        for number in
            lab.map(&(0..runs).collect::<Vec<_>>(), |number| found_at(&mut lab.random(setting, 1_000 + number)))
        {
            if let Some(look) = number.filter(|look| *look > calm) {
                looks.push((look - calm) as f64).expect("counts of looks are finite");
            }
        }
        Self { setting, found, soon: within, looks }
    }

    fn share(&self, claim: Claim) -> Row {
        Row::share("found", self.setting, self.found, claim)
    }

    fn within(&self, what: &str, claim: Claim) -> Row {
        Row::share(what, self.setting, self.soon, claim)
    }

    fn mean(&self, what: &str, claim: Claim) -> Row {
        Row::mean(what, self.setting, self.looks, claim)
    }
}
