//! Without the feature `rollouts`, no run is watched and no plan is driven.

use std::{path::Path, sync::Weak};

use flags_control::ControlState;
#[cfg(feature = "metrics")]
use flags_core::{Attributes, Outcome};
use flags_core::{CheckedDefinitions, Definitions, FlagSet, Overlay, Timestamp};

#[cfg(feature = "metrics")]
use crate::live::Live;
use crate::{BuildError, client::Inner, live::SharedClock};

/// Plans nothing.
#[derive(Debug, Default)]
pub(crate) struct PlannedRollouts;

impl PlannedRollouts {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn take_clock(&mut self) {}

    pub(crate) fn open(self, _state_folder: Option<&Path>, _clock: &SharedClock) -> Result<Rollouts, BuildError> {
        Ok(Rollouts)
    }
}

/// Knows no plans.
#[derive(Debug)]
pub(crate) struct Rollouts;

impl Rollouts {
    pub(crate) fn check(&self, _definitions: &Definitions) -> Result<(), BuildError> {
        Ok(())
    }

    /// Says that nothing will come of plans that definitions hold.
    #[cfg(feature = "config")]
    pub(crate) fn plan(&self, _document: &flags_config::Document) {}

    pub(crate) fn define(&self, _definitions: &CheckedDefinitions, _environment: &str) {}

    pub(crate) fn watch(&self, _set: &FlagSet, _overlay: &Overlay) -> Watch {
        Watch
    }

    pub(crate) fn follow(&self, _controls: &ControlState, _now: Timestamp) {}

    pub(crate) fn start(&self, _client: &Weak<Inner>) {}
}

/// Watches no run.
#[derive(Clone, Debug)]
pub(crate) struct Watch;

impl Watch {
    #[cfg(feature = "testing")]
    pub(crate) fn none() -> Self {
        Self
    }

    #[cfg(feature = "metrics")]
    #[inline]
    pub(crate) fn look<C: Attributes + ?Sized>(
        &self,
        _live: &Live,
        outcome: Outcome,
        _context: &C,
    ) -> (Outcome, Watching) {
        (outcome, Watching)
    }
}

/// A run that was decided, of which nothing is watched.
#[cfg(feature = "metrics")]
#[derive(Debug)]
pub(crate) struct Watching;

#[cfg(feature = "metrics")]
impl Watching {
    #[inline]
    pub(crate) fn start(&mut self) -> WatchedRun {
        WatchedRun
    }
}

/// A run that is under way, of which nothing is watched.
#[cfg(feature = "metrics")]
#[derive(Debug)]
pub(crate) struct WatchedRun;

#[cfg(feature = "metrics")]
impl WatchedRun {
    pub(crate) const NONE: Self = Self;

    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn end(&mut self, _succeeded: bool, _elapsed: std::time::Duration, _slow_after: std::time::Duration) {}

    #[inline]
    pub(crate) fn discard(&mut self) {}
}
