//! The alerts of a client, to look at and to report to.

use std::time::Duration;

use flags_metrics::{
    alerts::{AlertState, Event},
    channels::ChannelStatus,
};

use crate::Flags;

impl Flags {
    /// The alerts that the definitions of this client hold: how they stand, and what to tell them of.
    ///
    /// ```
    /// use flags::{Flags, metrics::alerts::{AlertPhase, Event}};
    ///
    /// let flags = Flags::builder()
    ///     .toml("[features.checkout]\nenabled = true\n\n[alerts.rolled_back]\nwhen = { rollback = true }")
    ///     .build()?;
    /// assert_eq!(flags.alerts().states()[0].phase, AlertPhase::Inactive);
    /// flags.alerts().report(&Event::RolledBack { flag: "checkout".into(), detail: "payments failed".into() });
    /// assert_eq!(flags.alerts().states()[0].phase, AlertPhase::Firing);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    #[must_use]
    pub const fn alerts(&self) -> AlertDesk<'_> {
        AlertDesk { flags: self }
    }
}

/// The alerts of a client.
#[derive(Clone, Copy, Debug)]
pub struct AlertDesk<'f> {
    flags: &'f Flags,
}

impl AlertDesk<'_> {
    /// How every alert stands: in the order of the rules, then of what they are about. A rule none of whose alerts is under
    /// way is there once, inactive.
    #[must_use]
    pub fn states(self) -> Vec<AlertState> {
        self.flags.inner().alerting.states()
    }

    /// How the channels have done so far.
    #[must_use]
    pub fn channels(self) -> Vec<ChannelStatus> {
        self.flags.inner().alerting.channels()
    }

    /// Tells the rules of something that happened. Whoever is to hear of it is told in the background.
    pub fn report(self, event: &Event) {
        self.flags.inner().record_event(event);
    }

    /// Has the rules look at what is measured now, without waiting until they do by themselves.
    pub fn check(self) {
        self.flags.inner().check_alerts();
    }

    /// Waits until the channels have delivered or given up what they have, but no longer than `patience`; whether they did. For
    /// the end of a program.
    pub fn flush(self, patience: Duration) -> bool {
        self.flags.inner().alerting.flush(patience)
    }
}
