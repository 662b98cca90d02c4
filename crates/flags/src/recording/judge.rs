//! Judging experiments from what was recorded: on demand, and every so often on a thread of its own.
//!
//! The thread holds the client only while it asks what there is to judge and while it acts, never during the pass over the
//! events, so that it does not put off the client's end.

use std::{
    collections::BTreeMap,
    fmt,
    ops::ControlFlow,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use flags_ab::{
    Event,
    analysis::{Analysis, AnalysisError, AnalysisOptions, DecisionKind, Progress, analyze},
    collect::{CollectError, CollectOptions, collect},
    store::{EventStore, Query, StoreError, UnitEvents},
};
use flags_control::{Action, Change, ControlError, Origin, Refusal};
use flags_core::{ExperimentDefinition, Timestamp, definition::DecisionMode, definition::ExperimentStatus};

use crate::{ExperimentInfo, ExperimentPhase, Flags, OperateError, client::Inner};

/// The name by which an experiment's own analysis acts.
const ACTOR: &str = "experiment-analysis";
/// The longest reason of a control, in characters.
const LONGEST_REASON: usize = flags_control::MAX_REASON_CHARS;

/// What is known of experiments by their latest analyses, and how they are judged.
#[derive(Debug)]
pub(super) struct Judge {
    pub(super) interval: Option<Duration>,
    budget: Duration,
    judged: Mutex<BTreeMap<Box<str>, Judged>>,
    stop: Arc<Stop>,
}

#[derive(Debug)]
struct Judged {
    analysis: Arc<Analysis>,
    /// The verdict that somebody was told of.
    told: Option<Verdict>,
    /// Whether the verdict was followed.
    is_followed: bool,
    /// Since when it is known to be over.
    over_since: Option<Timestamp>,
}

/// What to do, and with which arm.
type Verdict = (DecisionKind, Option<flags_ab::Name>);

/// Ends the thread.
#[derive(Debug, Default)]
struct Stop {
    stopped: Mutex<bool>,
    wake: Condvar,
}

/// An experiment that is to be judged.
struct Task {
    /// As it is written, with what controls have changed of it.
    definition: ExperimentDefinition,
    phase: ExperimentPhase,
    store: Arc<dyn EventStore>,
    now: Timestamp,
    budget: Duration,
}

impl Judge {
    pub(super) fn new(interval: Option<Duration>, budget: Duration) -> Self {
        Self { interval, budget, judged: Mutex::default(), stop: Arc::default() }
    }

    /// Starts the thread, unless nothing is to be judged by itself.
    pub(super) fn start(&self, client: &Weak<Inner>) {
        let Some(interval) = self.interval else { return };
        let (client, stop) = (Weak::clone(client), Arc::clone(&self.stop));
        let run = move || {
            while stop.wait(interval) {
                let Some(tasks) = client.upgrade().map(|inner| inner.tasks()) else { return };
                for task in tasks {
                    let result = task.run();
                    let Some(inner) = client.upgrade() else { return };
                    match result {
                        Ok(analysis) => inner.conclude(&task, analysis),
                        Err(error) => tracing::error!(experiment = &*task.definition.key, "not judged: {error}"),
                    }
                }
            }
        };
        if let Err(error) = thread::Builder::new().name("flags-judge".into()).spawn(run) {
            tracing::error!(%error, "no thread to judge experiments: they are judged when somebody asks");
        }
    }

    fn judged(&self) -> MutexGuard<'_, BTreeMap<Box<str>, Judged>> {
        self.judged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps an analysis with its verdict; whether that was told and followed before.
    fn keep(&self, key: &str, analysis: &Arc<Analysis>, verdict: Option<Verdict>) -> (bool, bool) {
        let mut judged = self.judged();
        let former = judged.get(key);
        let is_told = former.is_some_and(|former| former.told == verdict);
        let is_followed = is_told && former.is_some_and(|former| former.is_followed);
        let is_over = analysis.progress == Progress::Ended;
        let over_since = former.and_then(|former| former.over_since).unwrap_or(analysis.at);
        let kept = Judged {
            analysis: Arc::clone(analysis),
            told: verdict,
            is_followed,
            over_since: is_over.then_some(over_since),
        };
        judged.insert(key.into(), kept);
        (is_told, is_followed)
    }

    fn followed(&self, key: &str) {
        if let Some(judged) = self.judged().get_mut(key) {
            judged.is_followed = true;
        }
    }

    fn latest(&self, key: &str) -> Option<Arc<Analysis>> {
        self.judged().get(key).map(|judged| Arc::clone(&judged.analysis))
    }

    /// Whether nothing new can come of an experiment: it was judged when all windows had closed.
    fn is_settled(&self, definition: &ExperimentDefinition) -> bool {
        let longest = definition.metrics.iter().filter_map(|metric| metric.window).max().unwrap_or_default();
        let judged = self.judged();
        judged.get(&definition.key).is_some_and(|judged| {
            judged.over_since.is_some_and(|since| since.saturating_add(longest) < judged.analysis.at)
        })
    }
}

impl Drop for Judge {
    fn drop(&mut self) {
        *self.stop.stopped.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.stop.wake.notify_one();
    }
}

impl Stop {
    /// Waits so long; whether to go on after that.
    fn wait(&self, interval: Duration) -> bool {
        let stopped = self.stopped.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.wake.wait_timeout_while(stopped, interval, |stopped| !*stopped);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

impl Task {
    fn new(inner: &Inner, store: &Arc<dyn EventStore>, info: ExperimentInfo, now: Timestamp) -> Self {
        let started = info.controls.iter().find(|control| control.action == Action::Start).map(|control| control.at);
        let status = match info.phase {
            ExperimentPhase::Draft => ExperimentStatus::Draft,
            ExperimentPhase::Paused => ExperimentStatus::Paused,
            ExperimentPhase::Stopped => ExperimentStatus::Stopped,
            _ => ExperimentStatus::Running,
        };
        let definition =
            ExperimentDefinition { status, start: info.start.or(started), end: info.end, ..info.definition };
        let budget = inner.recorder.judge().map_or(Duration::ZERO, |judge| judge.budget);
        Self { definition, phase: info.phase, store: Arc::clone(store), now, budget }
    }

    /// One pass over the events, and what they say.
    fn run(&self) -> Result<Analysis, JudgeError> {
        let options = AnalysisOptions::at(self.now);
        let collected = CollectOptions::for_analysis(&self.definition, &options);
        let store = WithinBudget {
            store: &*self.store,
            until: Instant::now().checked_add(self.budget),
            is_exceeded: AtomicBool::new(false),
        };
        let summary = collect(&store, &self.definition, &collected).map_err(JudgeError::Collect)?;
        if store.is_exceeded.into_inner() {
            return Err(JudgeError::TookTooLong { budget: self.budget });
        }
        analyze(&self.definition, &summary, &options).map_err(JudgeError::Analysis)
    }
}

impl Inner {
    /// What is to be judged now: whatever has begun and is not decided.
    fn tasks(self: &Arc<Self>) -> Vec<Task> {
        let (Some(judge), Some(store)) = (self.recorder.judge(), self.recorder.store()) else { return vec![] };
        let flags = Flags::from_inner(Arc::clone(self));
        let (experiments, now) = (flags.experiments(), flags.now());
        self.forget_concluded(&experiments);
        let begun = |info: &ExperimentInfo| {
            use ExperimentPhase::{Ended, Paused, Running, Stopped};
            matches!(info.phase, Running | Paused | Ended | Stopped)
        };
        let tasks = experiments.into_iter().filter(begun).map(|info| Task::new(self, store, info, now));
        tasks.filter(|task| !judge.is_settled(&task.definition)).collect()
    }

    /// Says of experiments whose verdict was told that somebody has acted on it.
    fn forget_concluded(&self, experiments: &[ExperimentInfo]) {
        let Some(judge) = self.recorder.judge() else { return };
        for (key, judged) in judge.judged().iter_mut().filter(|(_, judged)| judged.told.is_some()) {
            let info = experiments.iter().find(|info| info.definition.key == *key);
            if info.is_none_or(|info| info.phase == ExperimentPhase::Decided) {
                judged.told = None;
                self.alert_of_conclusion(key);
            }
        }
    }

    /// Keeps an analysis, and tells of its decision and follows it, if that is new.
    fn conclude(self: &Arc<Self>, task: &Task, analysis: Analysis) {
        let Some(judge) = self.recorder.judge() else { return };
        let analysis = Arc::new(analysis);
        let decision = &analysis.decision;
        let is_verdict = matches!(decision.kind, DecisionKind::RecommendWinner | DecisionKind::RecommendStop);
        let verdict = is_verdict.then(|| (decision.kind, decision.arm.clone()));
        let (is_told, is_followed) = judge.keep(&task.definition.key, &analysis, verdict.clone());
        if verdict.is_none() || is_told && is_followed {
            return;
        }
        let because: Vec<String> = decision.because.iter().map(ToString::to_string).collect();
        let (key, because) = (&task.definition.key, because.join("; "));
        if !is_told {
            tracing::info!(experiment = &**key, "{decision}: {because}");
            self.alert_of_verdict(key, &format!("{decision}: {because}"));
        }
        let follows = matches!(task.phase, ExperimentPhase::Running | ExperimentPhase::Ended)
            && task.definition.analysis.decide == DecisionMode::Apply
            && decision.kind == DecisionKind::RecommendWinner;
        let Some(arm) = decision.arm.as_deref().filter(|_| follows) else { return };
        match self.declare(key, arm, &reason(&because, &analysis)) {
            Ok(()) => judge.followed(key),
            // The next analysis tries again.
            Err(error) => tracing::error!(experiment = &**key, arm, "the winner is not declared: {error}"),
        }
    }

    /// Declares the winner, or proposes it where that takes two people.
    fn declare(self: &Arc<Self>, key: &str, arm: &str, reason: &str) -> Result<(), OperateError> {
        let flags = Flags::from_inner(Arc::clone(self));
        let Ok(operator) = flags.control().automation(ACTOR, Origin::Experiment) else { return Ok(()) };
        let operator = operator.because(reason);
        match operator.declare_winner(key, arm) {
            Err(OperateError::Control(ControlError::Refused(Refusal::NeedsApproval { .. }))) => {
                let change = operator.setting_experiment(key, Action::Winner { arm: arm.into() })?;
                if !is_proposed(&flags, &change) {
                    operator.propose(change)?;
                }
                Ok(())
            }
            result => result.map(drop),
        }
    }
}

/// Whether the change waits for a second person already.
fn is_proposed(flags: &Flags, change: &Change) -> bool {
    let now = flags.now();
    flags.control().state().proposals().any(|known| known.change == *change && !known.is_expired(now))
}

/// The evidence in one line: why, and the numbers of the comparisons it rests on.
fn reason(because: &str, analysis: &Analysis) -> String {
    let mut text = format!("analysis at {}: {because}", analysis.at);
    for finding in &analysis.decision.evidence {
        let p = finding.p.map(|p| format!(", p = {p:.4}")).unwrap_or_default();
        let lift = finding.lift.as_ref().map(|lift| format!(", lift {:+.2} %", 100.0 * lift.value));
        text.push_str(&format!("; {} of {}{}{p}", finding.metric, finding.arm, lift.unwrap_or_default()));
    }
    text.chars().take(LONGEST_REASON).collect()
}

impl Flags {
    /// Judges an experiment by what was recorded up to now: one pass over its events, on this thread. What the client does by
    /// itself at each [interval](crate::Recording::judge_every) follows: the analysis is kept, a new verdict is told to the
    /// alerts, and where the definition says `decide = "apply"` a winner is declared by a control in the name of
    /// `experiment-analysis`, with the evidence as its reason. Where that takes two people, it is proposed.
    ///
    /// # Errors
    ///
    /// When the client records nothing or has no such experiment; when the events cannot be read, or not within the
    /// [budget](crate::Recording::judge_budget); when the definition cannot be analysed.
    pub fn judge_experiment(&self, key: &str) -> Result<Arc<Analysis>, JudgeError> {
        let inner = self.inner();
        let (Some(judge), Some(store)) = (inner.recorder.judge(), inner.recorder.store()) else {
            return Err(JudgeError::NotRecording);
        };
        let info = self.experiment(key).ok_or_else(|| JudgeError::Unknown { key: key.into() })?;
        self.flush_events(judge.budget);
        let task = Task::new(inner, store, info, self.now());
        inner.conclude(&task, task.run()?);
        judge.latest(key).ok_or(JudgeError::NotRecording)
    }

    /// The latest analysis of an experiment, if it was judged since the client was built: by itself every hour, or by
    /// [`judge_experiment`](Self::judge_experiment).
    #[must_use]
    pub fn experiment_analysis(&self, key: &str) -> Option<Arc<Analysis>> {
        self.inner().recorder.judge()?.latest(key)
    }
}

/// Why an experiment was not judged.
#[derive(Debug)]
#[non_exhaustive]
pub enum JudgeError {
    /// The client records nothing, so there is nothing to judge by.
    NotRecording,
    /// There is no experiment of that key.
    Unknown {
        /// The key.
        key: Box<str>,
    },
    /// The pass over the events took too long.
    TookTooLong {
        /// How long it may take.
        budget: Duration,
    },
    /// The events could not be summed up.
    Collect(CollectError),
    /// The experiment cannot be analysed.
    Analysis(AnalysisError),
}

impl fmt::Display for JudgeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRecording => f.write_str("the client records nothing to judge by; give its builder a `Recording`"),
            Self::Unknown { key } => write!(f, "there is no experiment `{key}`"),
            Self::TookTooLong { budget } => write!(
                f,
                "the events could not be read within {budget:?}; allow more by `Recording::judge_budget`, or judge elsewhere \
                 with `flags experiment analyze`"
            ),
            Self::Collect(error) => error.fmt(f),
            Self::Analysis(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JudgeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::NotRecording | Self::Unknown { .. } | Self::TookTooLong { .. } => None,
            Self::Collect(error) => Some(error),
            Self::Analysis(error) => Some(error),
        }
    }
}

/// A store whose scans end when their time is up.
struct WithinBudget<'s> {
    store: &'s dyn EventStore,
    /// `None` is never.
    until: Option<Instant>,
    is_exceeded: AtomicBool,
}

impl EventStore for WithinBudget<'_> {
    fn append(&self, batch: &[Event]) -> Result<(), StoreError> {
        self.store.append(batch)
    }

    fn scan(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> Result<(), StoreError> {
        let mut visited = 0_u32;
        self.store.scan(query, &mut |unit| {
            visited = visited.wrapping_add(1);
            // The clock is not for free.
            if visited % 1_024 == 1 && self.until.is_some_and(|until| until <= Instant::now()) {
                self.is_exceeded.store(true, Ordering::Relaxed);
                return ControlFlow::Break(());
            }
            visit(unit)
        })
    }

    fn prune(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.store.prune(before)
    }
}
