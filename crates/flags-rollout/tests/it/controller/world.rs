//! A client in memory: its clock is moved by hand, its controls last, and whatever is told to it is written down.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    controller::{Controller, ControllerOptions, Journal, Leadership, Measured, Outcome, Port, PortError, Told},
    guardrail::{Arms, Counts, Reading, Rule},
    machine::{Command, ControlsInForce, State},
    plan::{Plan, RolloutDefinition},
};

use crate::rig::check;

type Listener = Box<dyn Fn(&str, &str) + Send>;

#[derive(Clone, Default)]
pub(crate) struct World(Arc<Mutex<Inner>>);

#[derive(Default)]
pub(crate) struct Inner {
    pub(crate) wall: Timestamp,
    pub(crate) uptime: Duration,
    pub(crate) plans: BTreeMap<Box<str>, Arc<Plan>>,
    pub(crate) edges: Vec<(Box<str>, Box<str>)>,
    pub(crate) protected: BTreeSet<Box<str>>,
    pub(crate) controls: BTreeMap<Box<str>, ControlsInForce>,
    pub(crate) measured: BTreeMap<Box<str>, Measured>,
    pub(crate) signals: BTreeMap<Box<str>, Reading>,
    pub(crate) rules: Vec<Arc<dyn Rule + Send + Sync>>,
    /// What goes wrong at present: "set", "restore", "controls".
    pub(crate) broken: BTreeSet<&'static str>,
    /// Every change of the controls, in order.
    pub(crate) changes: Vec<String>,
    /// Everything that was told but looks.
    pub(crate) told: String,
    /// Who hears it.
    pub(crate) on_told: Option<Listener>,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("World")
    }
}

impl World {
    pub(crate) fn new() -> Self {
        let world = Self::default();
        world.inner().wall = Timestamp::parse("2026-11-20T09:00:00Z").unwrap();
        world
    }

    pub(crate) fn with(flag: &str, definition: &RolloutDefinition) -> Self {
        let world = Self::new();
        world.define(flag, definition);
        world
    }

    pub(crate) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn define(&self, flag: &str, definition: &RolloutDefinition) {
        self.inner().plans.insert(flag.into(), Arc::new(check(definition)));
    }

    pub(crate) fn controller(&self, journal: impl Journal + 'static) -> Controller {
        Controller::open(Arc::new(self.clone()), journal, ControllerOptions::default())
    }

    /// Lets time pass, by both clocks.
    pub(crate) fn pass(&self, time: Duration) {
        let mut inner = self.inner();
        inner.wall = inner.wall.saturating_add(time);
        inner.uptime += time;
    }

    /// Has both arms run that often, with so many errors in each.
    pub(crate) fn runs(&self, flag: &str, runs: u64, control: u64, treatment: u64) {
        let mut inner = self.inner();
        let Measured { runs: counted, units, .. } = inner.measured.entry(flag.into()).or_default();
        let add = |counts: &mut Counts, bad| *counts = Counts::new(counts.bad + bad, counts.runs + runs);
        add(&mut counted.control, control);
        add(&mut counted.treatment, treatment);
        *units = Arms::new(units.control + runs, units.treatment + runs);
    }

    pub(crate) fn share(&self, flag: &str) -> String {
        let controls = self.inner().controls.get(flag).copied().unwrap_or_default();
        controls.percentage.map_or_else(|| "none".into(), |share| share.to_string())
    }

    /// What was told since this was last asked.
    pub(crate) fn told(&self) -> String {
        std::mem::take(&mut self.inner().told)
    }

    pub(crate) fn changes(&self) -> Vec<String> {
        std::mem::take(&mut self.inner().changes)
    }
}

pub(crate) fn start(controller: &Controller, flag: &str) -> State {
    command(controller, flag, Command::from_name("start").unwrap())
}

pub(crate) fn command(controller: &Controller, flag: &str, command: Command) -> State {
    match controller.command(flag, command, "ada", "").unwrap() {
        Outcome::Done { state, .. } => *state,
        other => unreachable!("{other:?}"),
    }
}

pub(crate) fn state(controller: &Controller, flag: &str) -> State {
    controller.view(flag).unwrap().state.unwrap()
}

pub(crate) fn look(controller: &Controller) {
    assert_eq!(controller.look(), Ok(Leadership::Leading));
}

/// The history of a flag, a line each.
pub(crate) fn history(controller: &Controller, flag: &str) -> String {
    let records = controller.history(flag).unwrap();
    let entries = records.into_iter().filter_map(|record| record.entry);
    entries
        .map(|entry| format!("{} {} -> {} ({}): {}\n", entry.at, entry.from, entry.to, entry.by, entry.text))
        .collect()
}

impl Port for World {
    fn now(&self) -> Timestamp {
        self.inner().wall
    }

    fn uptime(&self) -> Duration {
        self.inner().uptime
    }

    fn plans(&self) -> Arc<BTreeMap<Box<str>, Arc<Plan>>> {
        Arc::new(self.inner().plans.clone())
    }

    fn dependencies(&self) -> Vec<(Box<str>, Box<str>)> {
        self.inner().edges.clone()
    }

    fn is_protected(&self, flag: &str) -> bool {
        self.inner().protected.contains(flag)
    }

    fn controls(&self, flag: &str) -> Result<ControlsInForce, PortError> {
        let inner = self.inner();
        if inner.broken.contains("panic") {
            drop(inner);
            std::panic::resume_unwind(Box::new("the port is broken"));
        }
        if inner.broken.contains("controls") {
            return Err(PortError::new("the file cannot be read"));
        }
        Ok(inner.controls.get(flag).copied().unwrap_or_default())
    }

    fn set(&self, flag: &str, percentage: Percentage, because: &str) -> Result<(), PortError> {
        let mut inner = self.inner();
        if inner.broken.contains("set") {
            return Err(PortError::new("no space left on the device"));
        }
        inner.controls.entry(flag.into()).or_default().percentage = Some(percentage);
        inner.changes.push(format!("{flag}: {percentage} % ({because})"));
        Ok(())
    }

    fn restore(&self, flag: &str, to: ControlsInForce, because: &str) -> Result<(), PortError> {
        let mut inner = self.inner();
        if inner.broken.contains("restore") {
            inner.changes.push(format!("{flag}: in vain"));
            return Err(PortError::new("no space left on the device"));
        }
        let controls = inner.controls.entry(flag.into()).or_default();
        *controls = ControlsInForce { percentage: to.percentage, killed: controls.killed || to.killed };
        let percentage = to.percentage.map_or_else(|| "none".to_owned(), |share| format!("{share} %"));
        inner.changes.push(format!("{flag}: back to {percentage} ({because})"));
        Ok(())
    }

    fn measured(&self, flag: &str, _: &Plan) -> Measured {
        self.inner().measured.get(flag).cloned().unwrap_or_default()
    }

    fn signal(&self, _: &str, signal: &str, _: Timestamp) -> Reading {
        self.inner().signals.get(signal).cloned().unwrap_or(Reading::Nothing)
    }

    fn rules(&self) -> Vec<Arc<dyn Rule + Send + Sync>> {
        self.inner().rules.clone()
    }

    fn tell(&self, flag: &str, told: &Told<'_>) {
        let line = match told {
            Told::Entry(entry) => format!("{flag} entry: {}", entry.text),
            Told::Alert(alert) => format!("{flag} alert: {alert}"),
            Told::Incident(incident) => format!("{flag} incident: {incident}"),
            _ => return,
        };
        writeln!(self.inner().told, "{line}").unwrap();
        // It may tell and ask in its turn.
        let listener = self.inner().on_told.take();
        if let Some(listener) = listener {
            listener(flag, &line);
            self.inner().on_told = Some(listener);
        }
    }
}
