//! A client that follows files.

use std::{
    path::Path,
    sync::{Arc, Weak},
    time::SystemTime,
};

use flags_config::{Document, Source, Sources};
use flags_watch::{Documents, Failure, Loaded, Options, Origin, Ready, StatusHandle, Update, Watcher};

use super::{Rejected, load};
use crate::{
    BuildError, Flags, LoadFailure, SourceStatus,
    base::Base,
    client::{Inner, Start},
};

/// What keeps a client in step with its files; it ends with the client.
pub(crate) struct Follower {
    path: std::path::PathBuf,
    status: StatusHandle<Rejected>,
    watcher: Watcher<Rejected>,
}

/// Files that were read and accepted.
type Accepted = (Sources, Document);

/// Reads the files at `path`, makes a client of them, and follows them as `options` say; `None` reads them once.
pub(crate) fn follow(
    path: &Path,
    options: Option<Options>,
    start: impl FnOnce(Base, Document) -> Result<Start, BuildError>,
) -> Result<Flags, BuildError> {
    let origin = Origin::at(path);
    let Some(options) = options else {
        let documents = origin.read(&flags_watch::Limits::default()).map_err(unreadable)?;
        let (sources, document) = accept(&documents).map_err(|rejected| BuildError::Rejected(rejected.report))?;
        return Flags::start_recording(&sources, document, start);
    };
    let mut ready = Ready::open(origin, options, accept).map_err(build_error)?;
    let Some(Loaded { value: (sources, document), .. }) = ready.take_first() else {
        return Err(unreadable(format!("{}: there is nothing to read yet", path.display())));
    };
    let flags = Flags::start_recording(&sources, document, start)?;
    let client = Arc::downgrade(flags.inner());
    let watcher = ready.start(move |update| apply(&client, update)).map_err(build_error)?;
    let follower = Follower { path: path.to_owned(), status: watcher.status_handle(), watcher };
    // The cell was empty: the client was made above.
    let _ = flags.inner().follower.set(follower);
    Ok(flags)
}

fn accept(documents: &Documents) -> Result<Accepted, Rejected> {
    let sources = Sources::new(
        documents.files().iter().map(|file| Source::new(file.path.display().to_string(), Arc::clone(&file.text))),
    );
    let (document, report) = load(&sources)?;
    for diagnostic in report.diagnostics().iter().filter(|found| found.severity == flags_config::Severity::Warning) {
        tracing::warn!(code = %diagnostic.code, "{}", diagnostic.message);
    }
    Ok((sources, document))
}

/// Puts what the watcher read in force.
fn apply(client: &Weak<Inner>, update: Update<Accepted, Rejected>) {
    let Some(client) = client.upgrade() else { return };
    match update {
        Update::Loaded(Loaded { value: (sources, document), .. }) => {
            // What it takes to tell which changes are unexpected is not free.
            let former = client.wants_changes().then(|| client.lock().base.definitions());
            let base = Base::Text(sources.clone());
            match client.replace_base(base, &document) {
                Ok(()) => {
                    client.set_misfit(None);
                    tracing::info!("definitions reloaded");
                    if let Some(former) = former {
                        client.alert_of_changes(&former, &document.definitions);
                    }
                    client.alert_of_reload(Some(&document));
                    client.record_definitions(&sources);
                }
                Err(errors) => {
                    let message = format!("the files are good, but changes made at run time do not fit them: {errors}");
                    tracing::error!("definitions refused, the last good ones stay in force: {message}");
                    client.alert_of_refusal(&message);
                    client.set_misfit(Some(LoadFailure { at: SystemTime::now(), message, report: None }));
                }
            }
        }
        Update::Failed(failure) => {
            tracing::error!("definitions refused, the last good ones stay in force: {failure}");
            client.alert_of_refusal(&on_one_line(&failure));
        }
        Update::Restored => {
            tracing::info!("definitions are again what is in force");
            client.alert_of_reload(None);
        }
        _ => {}
    }
}

/// A failure on one line.
fn on_one_line(failure: &Failure<Rejected>) -> String {
    match failure {
        Failure::Rejected(rejected) => rejected.on_one_line(),
        other => other.to_string().replace('\n', " "),
    }
}

impl Flags {
    /// Makes a client of files, and has the audit log hear of what has become of them since a program last ran.
    fn start_recording(
        sources: &Sources,
        document: Document,
        start: impl FnOnce(Base, Document) -> Result<Start, BuildError>,
    ) -> Result<Self, BuildError> {
        let flags = Self::start(start(Base::Text(sources.clone()), document)?);
        flags.inner().record_definitions(sources);
        Ok(flags)
    }
}

impl Inner {
    /// Has the audit log hear of definitions that are in force now, where there is one that lasts.
    fn record_definitions(&self, sources: &Sources) {
        let Some(kept) = &self.kept else { return };
        let now = self.lock().now();
        match super::record(&kept.folder, &self.controls, sources, now) {
            Ok(unsigned) => {
                self.alert_of_unsigned(&unsigned);
                for flag in unsigned {
                    tracing::warn!(%flag, "a definition was changed, and its updated_by and updated_at were not");
                }
            }
            Err(error) => tracing::error!("a change of definitions is in force and could not be recorded: {error}"),
        }
    }
}

impl Follower {
    /// How the files stand; a `misfit` is what keeps good files from being in force.
    pub(crate) fn status(&self, misfit: Option<LoadFailure>) -> SourceStatus {
        let status = self.status.read();
        let refused = status.last_error.filter(|_| status.stale_since.is_some());
        SourceStatus {
            path: self.path.clone(),
            loaded_at: status.loaded_at,
            checked_at: status.last_checked_at,
            stale_since: status.stale_since.or(misfit.as_ref().map(|misfit| misfit.at)),
            error: refused.map(|error| LoadFailure::of(&error.failure, error.at)).or(misfit),
            mode: status.mode.to_string(),
            caveats: status.caveats.iter().map(ToString::to_string).collect(),
            loads_ok: status.loads_ok,
            loads_failed: status.loads_failed,
        }
    }
}

impl LoadFailure {
    fn of(failure: &Failure<Rejected>, at: SystemTime) -> Self {
        let report = match failure {
            Failure::Rejected(rejected) => Some(Arc::clone(&rejected.report)),
            _ => None,
        };
        Self { at, message: failure.to_string(), report }
    }
}

impl Flags {
    /// Looks at the files now, and returns when what they say is in force or refused.
    ///
    /// # Errors
    ///
    /// When the files as they are were refused; the last good definitions stay in force. A client without files has
    /// nothing to look at, which is no error.
    pub fn reload(&self) -> Result<(), BuildError> {
        let Some(follower) = self.inner().follower.get() else { return Ok(()) };
        follower.watcher.check_now().map_err(|error| unreadable(error.to_string()))?;
        match follower.status(self.inner().misfit()).error {
            None => Ok(()),
            Some(LoadFailure { report: Some(report), .. }) => Err(BuildError::Rejected(report)),
            Some(LoadFailure { message, .. }) => Err(unreadable(message)),
        }
    }
}

fn build_error(error: flags_watch::StartError<Rejected>) -> BuildError {
    match error {
        flags_watch::StartError::Load(Failure::Rejected(rejected)) => BuildError::Rejected(rejected.report),
        other => unreadable(other.to_string()),
    }
}

fn unreadable(message: impl std::fmt::Display) -> BuildError {
    BuildError::Unreadable { message: message.to_string() }
}
