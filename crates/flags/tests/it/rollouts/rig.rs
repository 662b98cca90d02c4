//! A client with a clock that is moved by hand, traffic, and a branch that fails as a test wants.

use std::time::Duration;

use flags::{
    Builder, Context, Flags, Percentage, RolloutOptions, RolloutView, Timestamp,
    rollout::plan::{GuardMetric, GuardrailDefinition, Phase, RolloutDefinition, StageDefinition},
};
use flags_testkit::ManualClock;

pub(super) struct Rig {
    pub(super) flags: Flags,
    pub(super) clock: ManualClock,
    /// The unit that comes next.
    next: u32,
}

pub(super) fn percent(percent: f64) -> Percentage {
    Percentage::new(percent).unwrap()
}

/// 10, 50 and 100 percent, ten minutes each, with a guardrail on errors against the control and one on the whole.
pub(super) fn careful() -> RolloutDefinition {
    let stage = |share| StageDefinition::new(percent(share)).hold(Duration::from_secs(600));
    let mut plan = RolloutDefinition::custom([stage(10.0), stage(50.0), stage(100.0)]);
    plan.min_samples = 100;
    plan.guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max_increase(0.5).max(0.2))
}

/// A client that drives, and looks when it is told to.
pub(super) fn by_hand() -> RolloutOptions {
    RolloutOptions::new().drive(true).look_every(None)
}

pub(super) fn start_of_time() -> Timestamp {
    Timestamp::parse("2026-11-20T09:00:00Z").unwrap()
}

impl Rig {
    pub(super) fn new(builder: Builder) -> Self {
        let clock = ManualClock::new(start_of_time());
        let flags = builder.clock(clock.clone()).rollouts(by_hand()).build().unwrap();
        Self { flags, clock, next: 0 }
    }

    /// Lets time pass in steps of ten seconds, with 200 calls and a look in each. `fails` says whether the new branch fails.
    pub(super) fn pass(&mut self, seconds: u64, fails: impl Fn(u32) -> bool) {
        for _ in 0..seconds / 10 {
            for _ in 0..200 {
                let unit = self.next;
                self.next += 1;
                let context = Context::new(format!("user-{unit}"));
                let new = || if fails(unit) { Err(()) } else { Ok(()) };
                let _: Result<(), ()> = self.flags.try_run("search", &context).on(new).off(|| Ok(()));
            }
            self.clock.advance(Duration::from_secs(10));
            self.flags.rollouts().look().unwrap();
        }
    }

    pub(super) fn start(&self) {
        self.flags.rollouts().by("ada").unwrap().because("the launch").start("search").unwrap();
    }

    pub(super) fn view(&self) -> RolloutView {
        self.flags.rollouts().view("search").unwrap().unwrap()
    }

    pub(super) fn phase(&self) -> Phase {
        self.view().phase
    }

    /// How many of a thousand units have the flag, as another evaluation sees it.
    pub(super) fn on(&self) -> usize {
        (0..1_000).filter(|unit| self.flags.is_enabled("search", &Context::new(format!("other-{unit}")))).count()
    }
}
