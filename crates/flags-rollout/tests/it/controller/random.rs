//! The whole controller under random events: commands, restarts, commands of other processes, plans that change, ports and
//! journals that fail, clocks that are set. Every record and every change of a control is checked as it is made.

use std::time::Duration;

use flags_core::Timestamp;
use flags_rollout::{
    controller::{Controller, Journal as _, MemoryJournal, Port as _},
    guardrail::Reading,
    machine::{Command, ControlsInForce, Status, replay},
    plan::{GuardMetric, GuardrailDefinition, OnBreach, RolloutDefinition},
};

use super::{
    watched::{Fuse, stopped, watched},
    world::World,
};
use crate::rig::{guarded, minutes, percent, stage, unguarded};

const FLAGS: [&str; 4] = ["checkout", "express", "gift", "search"];
const FAULTS: [&str; 5] = ["set", "restore", "controls", "append", "lock"];

fn definition(random: &mut fastrand::Rng) -> RolloutDefinition {
    let approved = RolloutDefinition::custom([stage(5.0), stage(40.0).approval(), stage(80.0)])
        .guardrail(GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.2).on_breach(OnBreach::Pause))
        .guardrail(GuardrailDefinition::new(GuardMetric::from_name("checkout_5xx")).max(0.5));
    let mut definition = [guarded(), guarded(), unguarded(), approved][random.usize(..4)].clone();
    definition.cooldown = minutes(1);
    definition.dry_run = random.u8(..10) == 0;
    definition.not_before = (random.u8(..8) == 0).then(|| Timestamp::from_millis(0));
    definition
}

struct Run {
    world: World,
    journal: MemoryJournal,
    controller: Controller,
    random: fastrand::Rng,
    /// Whether plans stay as they are.
    is_steady: bool,
    /// How many of each kind of command were carried out.
    carried_out: usize,
}

impl Run {
    fn new(seed: u64) -> Self {
        let (world, journal) = (World::new(), MemoryJournal::new());
        let mut random = fastrand::Rng::with_seed(seed);
        for flag in FLAGS {
            world.define(flag, &definition(&mut random));
        }
        let edge = |dependant: &str, on: &str| (dependant.into(), on.into());
        world.inner().edges = vec![edge("express", "checkout"), edge("gift", "express"), edge("gift", "checkout")];
        world.inner().protected.insert("search".into());
        let controller = watched(&world, &journal, &Fuse::new(usize::MAX));
        Self { world, journal, controller, random, is_steady: seed.is_multiple_of(2), carried_out: 0 }
    }

    fn flag(&mut self) -> &'static str {
        FLAGS[self.random.usize(..FLAGS.len())]
    }

    fn command(&mut self) {
        let names = [
            "start",
            "start",
            "pause",
            "resume",
            "resume",
            "promote",
            "promote",
            "roll_back",
            "approve",
            "rearm",
            "rearm",
        ];
        let command = Command::from_name(names[self.random.usize(..names.len())]).unwrap();
        let by = ["ada", "bob"][self.random.usize(..2)];
        let flag = self.flag();
        // Half of them come from another process.
        let done = if self.random.bool() {
            self.controller.command(flag, command, by, "")
        } else {
            watched(&self.world, &self.journal, &Fuse::new(usize::MAX)).command(flag, command, by, "")
        };
        self.carried_out += usize::from(done.is_ok());
    }

    fn step(&mut self) {
        match self.random.u8(..100) {
            0..20 => self.command(),
            20..23 if self.is_steady => {}
            20..23 => {
                // Another one of the same name, or none.
                let (flag, definition) = (self.flag(), definition(&mut self.random));
                if self.random.u8(..4) == 0 {
                    self.world.inner().plans.remove(flag);
                } else {
                    self.world.define(flag, &definition);
                }
            }
            23..26 => {
                let fault = FAULTS[self.random.usize(..FAULTS.len())];
                self.world.inner().broken.insert(fault);
            }
            26..36 => self.world.inner().broken.clear(),
            36..38 => self.controller = watched(&self.world, &self.journal, &Fuse::new(usize::MAX)),
            38..40 => {
                // Stopped somewhere in the middle of a look.
                let fuse = Fuse::new(self.random.usize(..12));
                let controller = watched(&self.world, &self.journal, &fuse);
                stopped(|| {
                    let _ = controller.look();
                });
                self.controller = watched(&self.world, &self.journal, &Fuse::new(usize::MAX));
            }
            40 => {
                let hours = self.random.i64(-5..5);
                let mut inner = self.world.inner();
                inner.wall = Timestamp::from_millis(inner.wall.as_millis() + hours * 3_600_000);
            }
            41 => {
                // A person changes the control by hand.
                let (flag, share) = (self.flag(), percent(f64::from(self.random.u8(..100))));
                self.world.inner().controls.entry(flag.into()).or_default().percentage = Some(share);
            }
            42 => {
                let (flag, killed) = (self.flag(), self.random.bool());
                self.world.inner().controls.entry(flag.into()).or_default().killed = killed;
            }
            43..45 => {
                let value =
                    [Reading::Value(0.1), Reading::Value(0.9), Reading::Nothing][self.random.usize(..3)].clone();
                self.world.inner().signals.insert("checkout_5xx".into(), value);
            }
            _ => {
                self.world.pass(Duration::from_secs(self.random.u64(1..300)));
                for flag in FLAGS {
                    let bad = if self.random.u8(..30) == 0 { 150 } else { self.random.u64(..4) };
                    let runs = if self.random.u8(..10) == 0 { 0 } else { 200 };
                    self.world.runs(flag, runs, self.random.u64(..4).min(runs), bad.min(runs));
                }
                let _ = self.controller.look();
            }
        }
    }

    /// Everything works again: after a while nothing is left undone.
    fn settle(&mut self) {
        self.world.inner().broken.clear();
        for _ in 0..3 {
            self.world.pass(minutes(1));
            self.controller.look().unwrap();
        }
        for flag in FLAGS {
            let Some(state) = self.journal.last(flag).unwrap() else { continue };
            let Some(plan) = self.world.inner().plans.get(flag).cloned() else { continue };
            assert!(!matches!(state.status, Status::RollingBack { .. }), "{flag}: {state:?}");
            let found = self.world.controls(flag).unwrap();
            let follows = state.plan == plan.fingerprint() && !plan.definition().dry_run;
            if let Status::Running(_) = state.status
                && follows
            {
                let ours = ControlsInForce { percentage: state.asked, killed: found.killed };
                assert_eq!(found, ours, "{flag}: {state:?}");
            }
        }
    }
}

// E3, E7, G3
#[test]
fn ten_thousand_random_steps_keep_every_promise() {
    for seed in 1..=4 {
        let mut run = Run::new(seed);
        let mut seen = std::collections::BTreeSet::new();
        for step in 0..10_000 {
            run.step();
            if step % 97 == 0 {
                run.settle();
            }
        }
        for flag in FLAGS {
            seen.extend(run.journal.history(flag).unwrap().iter().map(|record| record.state.status.name()));
        }
        assert!(seen.len() == 6 && run.carried_out > 100, "{seed}: {seen:?} {}", run.carried_out);
        for flag in FLAGS {
            let history = run.journal.history(flag).unwrap();
            let versions: Vec<u64> = history.iter().map(|record| record.state.version).collect();
            assert!(versions.is_sorted_by(|before, after| before + 1 == *after), "{flag}");
            if run.is_steady {
                // While the plan stays the same, its journal comes to the same as what is kept.
                let plan = run.world.inner().plans[flag].clone();
                let events = history[1..].iter().map(|record| (&record.event, record.now));
                assert_eq!(Some(replay(&plan, &history[0].state, events)), run.journal.last(flag).unwrap());
            }
        }
    }
}
