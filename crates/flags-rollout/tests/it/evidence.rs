//! Evidence from outside the process: what is missing holds at once, and samples are counted where they come from.

use std::time::Duration;

use flags_core::Timestamp;
use flags_rollout::{
    guardrail::{Arms, Batch, Counts, Evidence, Reading},
    machine::{Observation, Verdict},
    plan::{GuardMetric, GuardrailDefinition, OnBreach, OnMissing, Plan, RolloutDefinition, Surroundings},
};

use crate::rig::stage;

fn plan(guardrails: impl IntoIterator<Item = GuardrailDefinition>) -> Plan {
    let definition = RolloutDefinition::custom([stage(10.0), stage(100.0)]);
    let definition = guardrails.into_iter().fold(definition, RolloutDefinition::guardrail);
    let counted = vec!["checkout".into(), "search".into()];
    definition.check(&Surroundings { signals: vec![], counted, rules: vec![] }).unwrap()
}

fn counts(name: &str) -> GuardrailDefinition {
    GuardrailDefinition::new(GuardMetric::SignalCounts(name.into())).max_increase(0.1)
}

fn arms(control: (u64, u64), treatment: (u64, u64)) -> Arms<Counts> {
    Arms::new(Counts::new(control.0, control.1), Counts::new(treatment.0, treatment.1))
}

/// A plan's evidence at its first stage, told something every second.
struct Gathered {
    plan: Plan,
    evidence: Evidence,
    now: Timestamp,
}

impl Gathered {
    fn new(plan: Plan, stage: usize) -> Self {
        let now = Timestamp::from_millis(0);
        let evidence = Evidence::new(&plan, plan.stage(stage).percentage, 1, now);
        Self { plan, evidence, now }
    }

    fn told(&mut self, runs: Arms<Counts>, readings: &[Reading]) -> Observation {
        self.now = self.now.saturating_add(Duration::from_secs(1));
        let batch = Batch { runs, readings: readings.to_vec(), ..Batch::default() };
        self.evidence.record(&self.plan, &batch, self.now);
        self.evidence.observe(&self.plan, &[], self.now)
    }
}

fn dead() -> Reading {
    Reading::Missing(Verdict::Error, "no answer from the server".into())
}

// E6: what was counted before a server died lets nothing pass for the rest of the window.
#[test]
fn counts_that_stop_coming_hold_at_once() {
    let mut gathered = Gathered::new(plan([counts("checkout")]), 0);
    let healthy = Reading::Counts(arms((10, 1_000), (10, 1_000)));
    assert_eq!(gathered.told(Arms::default(), std::slice::from_ref(&healthy)).verdict(0), Verdict::Pass);

    let seen = gathered.told(Arms::default(), &[dead()]);
    assert_eq!(seen.verdict(0), Verdict::Error);
    assert_eq!(&*seen.judgements[0].text, "no answer from the server");
    // It stays so while nothing new is told, and ends with the next counts.
    assert_eq!(gathered.told(Arms::default(), &[Reading::Nothing]).verdict(0), Verdict::Error);
    assert_eq!(gathered.told(Arms::default(), &[healthy]).verdict(0), Verdict::Pass);

    let absent = Reading::Missing(Verdict::NoData, "the query has no result".into());
    assert_eq!(gathered.told(Arms::default(), &[absent]).verdict(0), Verdict::NoData);
}

#[test]
fn what_has_surely_failed_stays_so_without_further_counts() {
    let mut gathered = Gathered::new(plan([counts("checkout")]), 0);
    let broken = Reading::Counts(arms((10, 1_000), (500, 1_000)));
    assert_eq!(gathered.told(Arms::default(), &[broken]).verdict(0), Verdict::Fail);
    assert_eq!(gathered.told(Arms::default(), &[dead()]).verdict(0), Verdict::Fail);
}

#[test]
fn samples_are_those_of_the_guardrail_that_has_fewest() {
    let error_rate = GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.1);
    let own = arms((1, 900), (1, 800));
    let checkout = Reading::Counts(arms((1, 300), (1, 400)));
    let search = Reading::Counts(arms((1, 70), (1, 60)));
    let samples = |guardrails: &[GuardrailDefinition], readings: &[Reading], stage, own| {
        Gathered::new(plan(guardrails.iter().cloned()), stage).told(own, readings).samples
    };

    // Runs that only a signal counts are counted by it, not by a program that has seen none.
    assert_eq!(samples(&[counts("checkout")], std::slice::from_ref(&checkout), 0, Arms::default()), 300);
    // At 100 percent there is no control.
    assert_eq!(samples(&[counts("checkout")], std::slice::from_ref(&checkout), 1, Arms::default()), 400);
    let both = [counts("checkout"), counts("search")];
    assert_eq!(samples(&both, &[checkout.clone(), search.clone()], 0, own), 60);
    assert_eq!(samples(&both, &[checkout.clone(), dead()], 0, own), 0);
    let mixed = [error_rate.clone(), counts("checkout")];
    assert_eq!(samples(&mixed, &[Reading::Counts(own), checkout.clone()], 0, own), 300);

    // What may be missing, or only tells, keeps nothing waiting.
    let ignored = [error_rate, counts("checkout").on_missing(OnMissing::Ignore)];
    assert_eq!(samples(&ignored, &[Reading::Counts(own), dead()], 0, own), 800);
    let told = [counts("checkout"), counts("search").on_breach(OnBreach::Notify)];
    assert_eq!(samples(&told, &[checkout.clone(), dead()], 0, own), 300);
    // Where nothing else counts, whatever has counted most.
    let only = [counts("checkout").on_breach(OnBreach::Notify)];
    assert_eq!(samples(&only, &[checkout], 0, Arms::default()), 300);
    assert_eq!(samples(&only, &[dead()], 0, own), 800);
    assert_eq!(samples(&[], &[], 0, own), 800);
}
