//! One simulated rollout.

use std::{fmt, time::Duration};

use flags_core::{Percentage, Timestamp};

use super::{
    Data, Scenario, Traffic,
    random::{beta, binomial},
};
use crate::{
    guardrail::{Arms, Batch, Counts, Evidence, Group, Reading},
    machine::{
        Action, Alert, Command, ControlsInForce, Entry, Event, Observation, State, Status, Step, Verdict, transition,
    },
    plan::{GuardMetric, Plan},
};

/// What became of a simulated rollout.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The seed it came from.
    pub seed: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// When, counted from the start.
    pub after: Duration,
    /// How often it was looked.
    pub looks: u64,
    /// The runs of both arms, over all stages; the failed ones are the bad.
    pub runs: Arms<Counts>,
    /// The state at the end.
    pub state: State,
    /// The history.
    pub entries: Vec<Entry>,
    /// What somebody on duty would have heard.
    pub alerts: Vec<Alert>,
}

/// How a simulated rollout ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It has passed its last stage.
    Completed,
    /// It was rolled back.
    RolledBack,
    /// It was paused when time was up.
    Paused,
    /// It was under way when time was up.
    Unfinished,
}

impl Outcome {
    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::RolledBack => "rolled_back",
            Self::Paused => "paused",
            Self::Unfinished => "unfinished",
        }
    }
}

/// Runs a plan on a scenario until it is over or time is up. Nobody promotes or resumes anything; stages are approved as the
/// scenario says.
#[must_use]
pub fn simulate(plan: &Plan, scenario: &Scenario, seed: u64) -> Run {
    let mut world = World::new(plan, scenario, seed);
    let command = Command::Start { before: ControlsInForce::default() };
    world.tell(&Event::Command { command, by: "simulation".into(), because: "".into() });
    // A look that takes no time would never end.
    let look = scenario.look.max(Duration::from_millis(1));
    while !world.run.state.status.is_terminal() && world.run.after < scenario.limit {
        world.run.after = world.run.after.saturating_add(look);
        world.look();
    }
    world.run.outcome = match world.run.state.status {
        Status::Complete => Outcome::Completed,
        Status::RolledBack { .. } | Status::RollingBack { .. } => Outcome::RolledBack,
        Status::Paused(_) => Outcome::Paused,
        _ => Outcome::Unfinished,
    };
    world.run
}

struct World<'a> {
    plan: &'a Plan,
    scenario: &'a Scenario,
    random: fastrand::Rng,
    controls: ControlsInForce,
    evidence: Option<Evidence>,
    /// Since when a stage has waited for an approval.
    awaited_since: Option<Duration>,
    run: Run,
}

impl<'a> World<'a> {
    fn new(plan: &'a Plan, scenario: &'a Scenario, seed: u64) -> Self {
        let run = Run {
            seed,
            outcome: Outcome::Unfinished,
            after: Duration::ZERO,
            looks: 0,
            runs: Arms::default(),
            state: State::planned(plan, Timestamp::from_millis(0)),
            entries: vec![],
            alerts: vec![],
        };
        let controls = ControlsInForce::default();
        Self {
            plan,
            scenario,
            random: fastrand::Rng::with_seed(seed),
            controls,
            evidence: None,
            awaited_since: None,
            run,
        }
    }

    /// What the clock says, its jumps included.
    fn now(&self) -> Timestamp {
        let jumped = self.scenario.clock_jumps.iter().filter(|(at, _)| *at <= self.run.after);
        let seconds = jumped.fold(0_i64, |sum, (_, seconds)| sum.saturating_add(*seconds));
        let after = i64::try_from(self.run.after.as_micros()).unwrap_or(i64::MAX);
        Timestamp::from_micros(after.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Tells an event, does what is wanted, and has it read back.
    fn tell(&mut self, event: &Event) {
        let now = self.now();
        let (state, actions) = transition(self.plan, &self.run.state, event, now);
        self.run.state = state;
        let mut wrote = false;
        for action in actions {
            match action {
                Action::Set { percentage, dry_run } => {
                    if !dry_run {
                        self.controls.percentage = Some(percentage);
                        wrote = true;
                    }
                }
                Action::Restore { to, dry_run } => {
                    if !dry_run {
                        self.controls = to;
                        wrote = true;
                    }
                }
                Action::Gather { epoch } => {
                    let share = self.run.state.asked.unwrap_or(Percentage::ZERO);
                    self.evidence = Some(Evidence::new(self.plan, share, epoch, now));
                }
                Action::Record(entry) => self.run.entries.push(entry),
                Action::Alert(alert) => self.run.alerts.push(alert),
                Action::Reject(_) => {}
            }
        }
        if wrote {
            self.tell(&Event::ReadBack(self.controls));
        }
    }

    fn look(&mut self) {
        self.run.looks += 1;
        let batch = self.batch();
        let now = self.now();
        let observation = match &mut self.evidence {
            Some(evidence) => {
                evidence.record(self.plan, &batch, now);
                evidence.observe(self.plan, &[], now)
            }
            None => Observation::nothing(self.run.state.epoch),
        };
        self.tell(&Event::Tick(observation));
        self.approve();
    }

    /// Approves a stage that has waited for it as long as the scenario says.
    fn approve(&mut self) {
        if self.run.state.status != Status::Running(Step::AwaitingApproval) {
            self.awaited_since = None;
            return;
        }
        let since = *self.awaited_since.get_or_insert(self.run.after);
        if self.scenario.approve_after.is_some_and(|after| self.run.after.saturating_sub(since) >= after) {
            self.tell(&Event::Command { command: Command::Approve, by: "simulation".into(), because: "".into() });
        }
    }

    /// What has happened since the last look, as far as it can be seen.
    fn batch(&mut self) -> Batch {
        // As it was when the time between the looks began.
        let span = self.scenario.at(self.run.after.saturating_sub(self.scenario.look));
        let share = self.run.state.asked.unwrap_or(Percentage::ZERO);
        let calls = |share: Percentage| match self.scenario.traffic {
            Traffic::PerArm(calls) => {
                if share == Percentage::ZERO {
                    0
                } else {
                    calls
                }
            }
            Traffic::Total(calls) => calls.saturating_mul(u64::from(share.thousandths())) / 100_000,
        };
        let runs = Arms::new(calls(Group::control_share(share)), calls(share));
        let errors = self.draw(runs, span.errors);
        let slow = self.draw(runs, span.slow);
        self.run.runs.control = added(self.run.runs.control, errors.control);
        self.run.runs.treatment = added(self.run.runs.treatment, errors.treatment);
        let (verdict, text) = match span.data {
            Data::Fine => return self.seen(errors, slow),
            Data::Missing => (Verdict::NoData, "no data arrive"),
            Data::Unreadable => (Verdict::Error, "the source answers with errors"),
        };
        let readings = self.plan.guardrails().iter().map(|_| Reading::Missing(verdict, text.into()));
        Batch { readings: readings.collect(), ..Batch::default() }
    }

    fn draw(&mut self, runs: Arms<u64>, rates: Arms<f64>) -> Arms<Counts> {
        let mut draw = |runs, rate| {
            let rate = match self.scenario.concentration {
                Some(concentration) => beta(&mut self.random, rate, concentration),
                None => rate,
            };
            binomial(&mut self.random, runs, rate)
        };
        Arms::new(draw(runs.control, rates.control), draw(runs.treatment, rates.treatment))
    }

    fn seen(&self, errors: Arms<Counts>, slow: Arms<Counts>) -> Batch {
        let reading = |metric: &GuardMetric| match metric {
            GuardMetric::ErrorRate | GuardMetric::SignalCounts(_) => Reading::Counts(errors),
            GuardMetric::Latency(_) => Reading::Counts(slow),
            GuardMetric::Signal(_) => match added(errors.control, errors.treatment).rate() {
                Some(rate) => Reading::Value(rate),
                None => Reading::Missing(Verdict::NoData, "there are no runs".into()),
            },
            GuardMetric::Rule(_) => Reading::Nothing,
        };
        let readings = self.plan.guardrails().iter().map(|guardrail| reading(&guardrail.metric)).collect();
        // Each run is of a unit of its own. Where both arms have as many whatever their shares, units tell nothing of these.
        let units = match self.scenario.traffic {
            Traffic::Total(_) => Arms::new(errors.control.runs, errors.treatment.runs),
            Traffic::PerArm(_) => Arms::default(),
        };
        Batch { runs: errors, units, readings }
    }
}

fn added(a: Counts, b: Counts) -> Counts {
    Counts::new(a.bad.saturating_add(b.bad), a.runs.saturating_add(b.runs))
}

impl fmt::Display for Run {
    /// The history, a line each, and how it ended.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.entries {
            let seconds = entry.at.as_millis().div_euclid(1_000);
            writeln!(f, "{:>8} s  {:<12} {}", seconds, entry.to.name(), entry.text)?;
        }
        write!(
            f,
            "seed {}: {} after {} s and {} looks",
            self.seed,
            self.outcome.name(),
            self.after.as_secs(),
            self.looks
        )
    }
}
