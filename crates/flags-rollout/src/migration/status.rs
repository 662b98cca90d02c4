//! How far a migration is, for people.

use flags_core::Timestamp;

use super::{Migration, Stand, State};

/// One phase, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhaseView {
    /// Its name.
    pub name: Box<str>,
    /// The flag that guards it.
    pub flag: Box<str>,
    /// Where it stands.
    pub status: PhaseStatus,
}

/// Where one phase stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PhaseStatus {
    /// It is to come.
    Ahead,
    /// It waits for the flags it requires.
    Waiting,
    /// It is being watched.
    UnderWay,
    /// It waits for a person.
    Paused,
    /// It is being taken back.
    RollingBack,
    /// It has been taken back.
    RolledBack,
    /// It is in force.
    Done,
}

impl State {
    /// Where each phase stands.
    #[must_use]
    pub fn view(&self, migration: &Migration) -> Vec<PhaseView> {
        let present = match self.stand {
            Stand::Planned => PhaseStatus::Ahead,
            Stand::Waiting => PhaseStatus::Waiting,
            Stand::Settling | Stand::Watching => PhaseStatus::UnderWay,
            Stand::Paused => PhaseStatus::Paused,
            Stand::RollingBack { .. } => PhaseStatus::RollingBack,
            Stand::RolledBack => PhaseStatus::RolledBack,
            Stand::Complete => PhaseStatus::Done,
        };
        let view = |(index, phase): (usize, &super::PhaseDefinition)| PhaseView {
            name: phase.name.clone(),
            flag: phase.flag.clone(),
            status: match index.cmp(&self.phase) {
                std::cmp::Ordering::Less => PhaseStatus::Done,
                std::cmp::Ordering::Equal => present,
                std::cmp::Ordering::Greater => PhaseStatus::Ahead,
            },
        };
        migration.phases().iter().enumerate().map(view).collect()
    }

    /// When it will be complete at the earliest, if nothing but time is waited for; `None` where that is not so.
    #[must_use]
    pub fn estimated_completion(&self, migration: &Migration, now: Timestamp) -> Option<Timestamp> {
        let baked = match self.stand {
            Stand::Watching => self.healthy.saturating_add(now.saturating_since(self.since)),
            Stand::Waiting | Stand::Settling => self.healthy,
            _ => return None,
        };
        let mut phases = migration.phases().iter().skip(self.phase);
        let rest = phases.next()?.hold.saturating_sub(baked);
        Some(phases.fold(now.saturating_add(rest), |at, phase| at.saturating_add(phase.hold)))
    }
}
