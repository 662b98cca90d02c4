//! What the application brings along: signals that it pushes, and rules. // E7

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use flags::{
    Flags,
    rollout::{
        guardrail::{Arms, Counts, Rule, RuleLook},
        machine::{Judgement, Pause, Status, Verdict},
        plan::Phase,
    },
};

use super::rig::Rig;

fn rig(guardrail: &str) -> Rig {
    let text = format!(
        r#"
[features.search]
enabled = true
rollout_percentage = 0

[features.search.rollout]
strategy = "custom"
stages = [{{ percentage = 10, hold = "10m" }}, {{ percentage = 100, hold = "10m" }}]
guardrails = [{guardrail}]

[signals.unsold]
source = "application"

[signals.orders]
source = "application"
counts = true
"#
    );
    Rig::new(Flags::builder().toml(text))
}

/// Lets that many looks pass, ten seconds each, with something said before each.
fn pass(rig: &Rig, looks: u32, say: impl Fn()) {
    for _ in 0..looks {
        rig.clock.advance(Duration::from_secs(10));
        say();
        rig.flags.rollouts().look().unwrap();
    }
}

#[test]
fn a_pushed_signal_holds_advances_and_rolls_back() {
    let rig = rig(r#"{ metric = "unsold", max = 0.2, window = "1m" }"#);
    rig.start();
    pass(&rig, 62, || ());
    assert_eq!(rig.view().stage, 1, "without data it does not advance");
    let push = |value: f64| rig.flags.rollouts().update_metrics("unsold", value).unwrap();
    pass(&rig, 10, || push(0.1));
    assert_eq!((rig.view().stage, rig.view().guardrails[0].verdict), (2, Some(Verdict::Pass)));
    pass(&rig, 3, || push(0.3));
    assert_eq!(rig.phase(), Phase::Majority, "it has not been above its bound for a whole window");
    pass(&rig, 10, || push(0.3));
    assert_eq!(rig.phase(), Phase::RolledBack);
    let signals: Vec<_> = rig.flags.rollouts().signals().into_iter().map(|signal| signal.key).collect();
    assert_eq!(signals, ["orders".into(), "unsold".into()]);
}

#[test]
fn pushed_counts_are_compared_and_names_are_checked() {
    let rig = rig(r#"{ metric = "orders", max_increase = 0.5 }"#);
    let desk = rig.flags.rollouts();
    assert!(desk.update_metrics("orders", 1.0).is_err(), "it takes counts");
    assert!(desk.update_counts("unsold", Arms::default()).is_err(), "it takes a value");
    let error = desk.update_metrics("odrers", 1.0).unwrap_err();
    assert!(error.to_string().contains("odrers"), "{error}");
    rig.start();
    let mut so_far = Arms::new(Counts::new(10, 1_000), Counts::new(10, 1_000));
    for _ in 0..30 {
        desk.update_counts("orders", so_far).unwrap();
        rig.clock.advance(Duration::from_secs(10));
        desk.look().unwrap();
        so_far.control = Counts::new(so_far.control.bad + 1, so_far.control.runs + 100);
        so_far.treatment = Counts::new(so_far.treatment.bad + 30, so_far.treatment.runs + 100);
    }
    assert_eq!(rig.phase(), Phase::RolledBack);
    assert!(rig.view().because.contains("orders"), "{}", rig.view().because);
}

/// The books balance.
struct Books(Arc<AtomicBool>);

impl Rule for Books {
    fn name(&self) -> &str {
        "books"
    }

    fn judge(&self, _: &RuleLook) -> Judgement {
        match self.0.load(Ordering::Relaxed) {
            true => Judgement::new(Verdict::Pass, "the books balance"),
            false => Judgement::new(Verdict::Fail, "the books are off by 7"),
        }
    }
}

#[test]
fn a_rule_of_the_application_decides_and_is_missed_until_it_is_there() {
    let rig = rig(r#"{ rule = "books" }"#);
    rig.start();
    pass(&rig, 200, || ());
    assert!(matches!(rig.view().status, Status::Paused(Pause::NoData | Pause::Unreadable)), "{:?}", rig.view().status);
    let balance = Arc::new(AtomicBool::new(true));
    rig.flags.rollouts().register_rule(Books(Arc::clone(&balance)));
    pass(&rig, 10, || ());
    assert_eq!(rig.view().stage, 2);
    balance.store(false, Ordering::Relaxed);
    pass(&rig, 10, || ());
    assert_eq!(rig.phase(), Phase::RolledBack);
    assert!(rig.view().because.contains("off by 7"), "{}", rig.view().because);
}
