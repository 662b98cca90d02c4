//! Without the feature `experiments`, nothing is recorded.

use flags_core::{Attributes, Clock, FlagSet, Outcome};

/// Records nothing.
#[derive(Clone, Debug)]
pub(crate) struct Recorder;

impl Recorder {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) fn start(&self, _client: &std::sync::Weak<crate::client::Inner>) {}

    pub(crate) fn exposures(&self, _set: &FlagSet) -> Exposures {
        Exposures
    }
}

/// Records no exposure.
#[derive(Clone, Debug)]
pub(crate) struct Exposures;

impl Exposures {
    #[cfg(feature = "testing")]
    pub(crate) fn none() -> Self {
        Self
    }

    #[inline]
    pub(crate) fn concern(&self, _outcome: Outcome) -> bool {
        false
    }

    pub(crate) fn meet<N: Clock + ?Sized>(
        &self,
        _set: &FlagSet,
        _present: &dyn Clock,
        _context: &dyn Attributes,
        _outcome: Outcome,
        _clock: &N,
    ) {
    }
}
