//! Evaluations, or a sample of them, written down: who was served what, and why.
//!
//! They are many and none of them matters as much as a change, so they are kept apart from the log of changes: in files of
//! their own, `evaluations-000001.jsonl` and so on, without a chain, without waiting for the disk, and with a cap on what
//! they take up, beyond which the oldest are removed. Whoever evaluates never waits: what comes faster than it can be
//! written is dropped, counted, and the files say how many.

mod files;
mod line;
mod options;
mod queue;
mod salt;
mod worker;

use std::{
    path::PathBuf,
    sync::{Arc, mpsc},
    thread::{self, JoinHandle},
};

pub use self::{
    line::Evaluated,
    options::{EvaluationOptions, UnitForm},
    queue::EvaluationCounts,
    salt::hashed_unit,
};
use self::{
    queue::{Counters, Intake, Message},
    worker::Worker,
};
use super::{AuditError, segment};

/// Writes down evaluations, as fast as it can and no faster.
///
/// Dropping it writes what is queued, and ends its thread.
///
/// ```
/// use flags_control::audit::{Evaluated, EvaluationAudit, EvaluationOptions};
/// use flags_core::{Cause, Reason, Timestamp};
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let audit = EvaluationAudit::start(folder, EvaluationOptions::default().one_in(1))?;
/// audit.record(|| Evaluated {
///     at: Timestamp::from_millis(1_790_000_000_000),
///     flag: "checkout",
///     variant: Some("express"),
///     reason: Reason::TargetingMatch,
///     cause: Cause::Rule,
///     unit: Some("user-42"),
///     revision: 7,
/// });
/// audit.flush();
/// let text = std::fs::read_to_string(folder.join("evaluations-000001.jsonl"))?;
/// assert!(text.contains(r#""flag":"checkout","variant":"express","reason":"TARGETING_MATCH","cause":"rule""#));
/// assert!(!text.contains("user-42"), "units are hashed unless asked for otherwise");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct EvaluationAudit {
    /// Gone once it is being dropped, which is what ends the thread.
    intake: Option<Intake>,
    counters: Arc<Counters>,
    thread: Option<JoinHandle<()>>,
}

impl EvaluationAudit {
    /// Begins to write into that folder, which is made if need be; it may be that of an audit log.
    ///
    /// # Errors
    ///
    /// When the folder cannot be made, the salt for the units cannot be kept there, or no thread can be started.
    pub fn start(folder: impl Into<PathBuf>, options: EvaluationOptions) -> Result<Self, AuditError> {
        let folder = folder.into();
        segment::create_folder(&folder)?;
        let salt = match options.units {
            UnitForm::Hashed => Some(salt::Salt::of(&folder)?),
            UnitForm::Plain => None,
        };
        let counters = Arc::<Counters>::default();
        let (intake, queue) = Intake::new(&options, Arc::clone(&counters));
        let worker = Worker::new(&folder, &options, salt, Arc::clone(&counters));
        let thread = thread::Builder::new()
            .name(String::from("flags-evaluations"))
            .spawn(move || worker.run(&queue))
            .map_err(AuditError::io("start a thread that writes into", &folder))?;
        Ok(Self { intake: Some(intake), counters, thread: Some(thread) })
    }

    /// Takes note of an evaluation, if the sample takes it; `describe` is called only then. Never waits.
    pub fn record<'e>(&self, describe: impl FnOnce() -> Evaluated<'e>) {
        if let Some(intake) = &self.intake {
            intake.record(describe);
        }
    }

    /// How many were written, and how many were not.
    #[must_use]
    pub fn counts(&self) -> EvaluationCounts {
        self.counters.read()
    }

    /// Waits until everything that was recorded before is written, though not until it is on disk for good.
    pub fn flush(&self) {
        let (done, written) = mpsc::channel();
        if self.intake.as_ref().is_some_and(|intake| intake.tell(Message::Flush(done))) {
            // The other end is dropped without a word only if the thread is gone; then there is nothing to wait for.
            let _ = written.recv();
        }
    }
}

impl Drop for EvaluationAudit {
    fn drop(&mut self) {
        self.intake = None;
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, there is nothing to be done about it here.
            let _ = thread.join();
        }
    }
}
