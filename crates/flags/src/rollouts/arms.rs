//! The arms of a flag's rollout: which one a run belongs to, and how the runs of each have ended.
//!
//! The numbers only rise, and are those of the flag by its name: they outlive reloads, sets, and plans. A run is counted with an
//! uncontended lock around plain numbers, which keeps them consistent: no batch has more bad runs than runs.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, TryLockError,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use flags_core::{Cause, Outcome, Percentage, Timestamp};
use flags_rollout::{
    controller::Measured,
    guardrail::{Arms, Counts, Group},
    plan::{GuardMetric, GuardrailDefinition, Plan},
};

use super::{ArmRuns, units::Units};
use crate::live::Live;

/// A thread that finds a shard taken uses another.
const SHARDS: usize = 4;

/// One of the two arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Arm {
    /// Those who do not have the flag and are compared with those who do.
    Control,
    /// Those who have the flag.
    Treatment,
}

/// A flag with a rollout, as the runs of one set see it.
#[derive(Debug)]
pub(super) struct Armed {
    counts: Arc<FlagArms>,
    percentage: InForce,
    /// Which of the percentages that were in force one after the other this is.
    stage: u64,
}

/// The percentage that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InForce {
    /// The one of the control, or the one of the definition before its schedule.
    pub(super) fixed: Percentage,
    /// What the schedule makes of it, each from an instant on, in their order; empty where there is a control.
    pub(super) steps: Box<[(Timestamp, Percentage)]>,
}

impl InForce {
    fn at(&self, now: impl FnOnce() -> Timestamp) -> Percentage {
        if self.steps.is_empty() {
            return self.fixed;
        }
        let now = now();
        let begun = self.steps.iter().take_while(|(at, _)| *at <= now);
        begun.last().map_or(self.fixed, |(_, percentage)| *percentage)
    }
}

impl Armed {
    pub(super) fn new(counts: Arc<FlagArms>, percentage: InForce) -> Self {
        let stage = counts.units.stage_of(&percentage);
        Self { counts, percentage, stage }
    }

    pub(super) fn counts(&self) -> &Arc<FlagArms> {
        &self.counts
    }

    /// The arm of a run with that outcome, by the percentage that is in force. Only those whom the rollout itself has let in
    /// or kept out are in one.
    pub(super) fn arm(&self, live: &Live, outcome: Outcome) -> Option<Arm> {
        match outcome.cause() {
            Cause::Fallthrough => Some(Arm::Treatment),
            Cause::Rollout => {
                let bucket = live.set.decision(outcome).bucket()?;
                let percentage = self.percentage.at(|| live.clock.now());
                (Group::of_bucket(bucket, percentage) == Group::Control).then_some(Arm::Control)
            }
            _ => None,
        }
    }

    /// Notes that a unit is in an arm.
    pub(super) fn meet(&self, unit: &str, arm: Arm) {
        self.counts.units.meet(self.stage, unit, arm);
    }
}

/// How the runs of both arms of one flag have ended since the program began.
#[derive(Debug, Default)]
pub(crate) struct FlagArms {
    shards: [Mutex<Shard>; SHARDS],
    pub(super) units: Units,
}

#[derive(Debug, Default)]
struct Shard {
    control: Tally,
    treatment: Tally,
}

#[derive(Debug, Default)]
struct Tally {
    runs: u64,
    errors: u64,
    /// Successes that took longer than the limit of the flag's branches.
    slow: u64,
    /// Runs that took longer than that limit, however they ended.
    beyond: u64,
    /// For each latency that a guardrail asks about, in nanoseconds: the runs that took longer.
    latencies: Vec<(u64, u64)>,
}

static NEXT: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static PREFERRED: usize = NEXT.fetch_add(1, Relaxed) % SHARDS;
}

impl FlagArms {
    /// Counts a run that has ended.
    pub(crate) fn record(&self, arm: Arm, succeeded: bool, elapsed: Duration, slow_after: Duration) {
        let mut shard = self.any_shard();
        let tally = match arm {
            Arm::Control => &mut shard.control,
            Arm::Treatment => &mut shard.treatment,
        };
        tally.runs += 1;
        tally.errors += u64::from(!succeeded);
        let is_beyond = elapsed > slow_after;
        tally.slow += u64::from(succeeded && is_beyond);
        tally.beyond += u64::from(is_beyond);
        let elapsed = nanos(elapsed);
        for (threshold, slower) in &mut tally.latencies {
            *slower += u64::from(elapsed > *threshold);
        }
    }

    /// Counts slow runs by the latencies that a plan asks about from now on.
    pub(super) fn follow(&self, plan: &Plan) {
        let wanted: Vec<u64> = plan.guardrails().iter().filter_map(threshold).collect();
        for shard in &self.shards {
            let mut shard = locked(shard);
            let Shard { control, treatment } = &mut *shard;
            for tally in [control, treatment] {
                tally.latencies.retain(|(known, _)| wanted.contains(known));
                for threshold in &wanted {
                    if !tally.latencies.iter().any(|(known, _)| known == threshold) {
                        tally.latencies.push((*threshold, 0));
                    }
                }
            }
        }
    }

    /// What was measured, as a plan asks for it.
    pub(super) fn measured(&self, plan: &Plan) -> Measured {
        let mut measured = Measured { units: self.units.seen(), ..Measured::default() };
        let thresholds: Vec<Option<Slow>> = plan.guardrails().iter().map(Slow::of).collect();
        let mut slow: Vec<Option<Arms<Counts>>> = thresholds.iter().map(|slow| slow.map(|_| Arms::default())).collect();
        for shard in &self.shards {
            let shard = locked(shard);
            add(&mut measured.runs.control, shard.control.errors, shard.control.runs);
            add(&mut measured.runs.treatment, shard.treatment.errors, shard.treatment.runs);
            for (counts, threshold) in slow.iter_mut().zip(&thresholds) {
                if let (Some(counts), Some(threshold)) = (counts, threshold) {
                    add(&mut counts.control, threshold.read(&shard.control), shard.control.runs);
                    add(&mut counts.treatment, threshold.read(&shard.treatment), shard.treatment.runs);
                }
            }
        }
        measured.slow = slow;
        measured
    }

    /// How the runs have ended, for people and for the metrics.
    pub(super) fn runs(&self) -> Arms<ArmRuns> {
        let units = self.units.seen();
        let of = |units| ArmRuns { units, ..ArmRuns::default() };
        let mut runs = Arms::new(of(units.control), of(units.treatment));
        for shard in &self.shards {
            let shard = locked(shard);
            runs.control.add(&shard.control);
            runs.treatment.add(&shard.treatment);
        }
        runs
    }

    fn any_shard(&self) -> MutexGuard<'_, Shard> {
        let first = PREFERRED.try_with(|preferred| *preferred).unwrap_or_default();
        for step in 0..SHARDS {
            match self.shards[(first + step) % SHARDS].try_lock() {
                Ok(shard) => return shard,
                Err(TryLockError::Poisoned(poisoned)) => return poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => {}
            }
        }
        locked(&self.shards[first])
    }
}

impl ArmRuns {
    fn add(&mut self, tally: &Tally) {
        self.runs += tally.runs;
        self.errors += tally.errors;
        self.slow += tally.slow;
    }
}

/// What counts as slow for a guardrail.
#[derive(Clone, Copy)]
enum Slow {
    /// Longer than that, in nanoseconds.
    Than(u64),
    /// Longer than the limit of the flag's branches.
    Limit,
}

impl Slow {
    fn of(guardrail: &GuardrailDefinition) -> Option<Self> {
        matches!(guardrail.metric, GuardMetric::Latency(_))
            .then(|| threshold(guardrail).map_or(Self::Limit, Self::Than))
    }

    fn read(self, tally: &Tally) -> u64 {
        match self {
            Self::Limit => tally.beyond,
            Self::Than(wanted) => {
                tally.latencies.iter().find(|(known, _)| *known == wanted).map_or(0, |(_, slower)| *slower)
            }
        }
    }
}

/// The latency that a guardrail asks about, in nanoseconds.
fn threshold(guardrail: &GuardrailDefinition) -> Option<u64> {
    let seconds = guardrail.max.filter(|_| matches!(guardrail.metric, GuardMetric::Latency(_)))?;
    Duration::try_from_secs_f64(seconds).ok().map(nanos)
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn add(counts: &mut Counts, bad: u64, runs: u64) {
    counts.runs += runs;
    counts.bad += bad;
}

fn locked(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    // Nothing that happens under the lock panics; numbers would be whole if it did.
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}
