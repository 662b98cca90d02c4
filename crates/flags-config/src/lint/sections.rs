//! What stands beside the flags in a document, for the lints.

use flags_core::PathPart;
use flags_rollout::signals::SignalDefinition;

use crate::{AlertDefinition, BreakerSection, ChannelDefinition, MigrationSection, RolloutSection};

/// The sections of a document that are not definitions of the core.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sections<'d> {
    pub(super) alerts: &'d [AlertDefinition],
    pub(super) channels: &'d [ChannelDefinition],
    pub(super) rollouts: &'d [RolloutSection],
    pub(super) breakers: &'d [BreakerSection],
    pub(super) signals: &'d [SignalDefinition],
    pub(super) migrations: &'d [MigrationSection],
}

impl<'d> Sections<'d> {
    /// The flags whose percentage a plan raises.
    pub(super) fn planned(&self) -> impl Iterator<Item = &'d str> {
        self.rollouts.iter().map(|section| &*section.flag)
    }

    /// The flags that a migration switches on or off.
    pub(super) fn switched(&self) -> impl Iterator<Item = &'d str> {
        let phases = self.migrations.iter().flat_map(|section| section.migration.phases());
        phases.flat_map(|phase| std::iter::once(&*phase.flag).chain(phase.rollback_flag.as_deref()))
    }

    /// The flags that a migration waits for.
    pub(super) fn awaited(&self) -> impl Iterator<Item = &'d str> {
        let phases = self.migrations.iter().flat_map(|section| section.migration.phases());
        phases.flat_map(|phase| phase.requires.iter().map(|flag| &**flag))
    }
}

/// The path to a flag, or to a flag in an environment.
pub(super) fn below(flag: &str, environment: Option<&str>) -> Vec<PathPart> {
    let mut path: Vec<PathPart> = vec!["features".into(), PathPart::Key(flag.into())];
    if let Some(environment) = environment {
        path.extend(["environments".into(), PathPart::Key(environment.into())]);
    }
    path
}
