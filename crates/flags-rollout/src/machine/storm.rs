//! The storm brake: when many flags want to be rolled back at once, the cause is hardly any of them.

use std::time::Duration;

use flags_core::Timestamp;

/// When it is a storm. A pure function over the wishes of all flags; whoever runs the plans asks it once for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StormBrake {
    /// As many flags may want to be rolled back within the time; one more is a storm.
    pub flags: usize,
    /// The time in which they are counted.
    pub within: Duration,
    /// How long no further flag may want to be rolled back for the storm to be over. Those that go on wanting it do not count:
    /// else what is really broken would never be taken back.
    pub calm: Duration,
}

impl Default for StormBrake {
    /// More than three flags within two minutes; over after ten minutes of calm.
    fn default() -> Self {
        Self { flags: 3, within: Duration::from_secs(120), calm: Duration::from_secs(600) }
    }
}

/// What the brake remembers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StormState {
    /// The flags that have wanted to be rolled back, each with the last time, in a storm with the first; not more than it takes
    /// for a storm, but for those that want it in one.
    pub wishes: Vec<(Box<str>, Timestamp)>,
    /// Whether there is a storm.
    pub raging: bool,
}

/// What has become of a storm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StormChange {
    /// It has begun: every plan is told so with [`Event::Storm`](super::Event::Storm).
    Began,
    /// It is over: every plan is told so.
    Over,
}

impl StormBrake {
    /// The state after `flag` has wanted to be rolled back, or after time has passed for `None`, and what has changed.
    ///
    /// ```
    /// use flags_core::Timestamp;
    /// use flags_rollout::machine::{StormBrake, StormChange, StormState};
    ///
    /// let brake = StormBrake { flags: 1, ..StormBrake::default() };
    /// let at = |second: i64| Timestamp::from_millis(second * 1_000);
    /// let (state, change) = brake.transition(&StormState::default(), Some("checkout"), at(0));
    /// assert_eq!(change, None);
    /// let (state, change) = brake.transition(&state, Some("search"), at(60));
    /// assert_eq!(change, Some(StormChange::Began));
    /// let (_, change) = brake.transition(&state, None, at(660));
    /// assert_eq!(change, Some(StormChange::Over));
    /// ```
    #[must_use]
    pub fn transition(
        &self,
        state: &StormState,
        flag: Option<&str>,
        now: Timestamp,
    ) -> (StormState, Option<StormChange>) {
        let mut state = state.clone();
        if state.raging {
            if let Some(flag) = flag
                && !state.wishes.iter().any(|(known, _)| **known == *flag)
            {
                state.wishes.push((flag.into(), now));
            }
        } else {
            state.wishes.retain(|(_, at)| now.saturating_since(*at) < self.within);
            if let Some(flag) = flag {
                state.wishes.retain(|(known, _)| **known != *flag);
                state.wishes.push((flag.into(), now));
            }
        }
        let quiet = state.wishes.iter().all(|(_, at)| now.saturating_since(*at) >= self.calm);
        let change = match state.raging {
            false if state.wishes.len() > self.flags => Some(StormChange::Began),
            true if quiet => Some(StormChange::Over),
            _ => None,
        };
        if let Some(change) = change {
            state.raging = change == StormChange::Began;
            if change == StormChange::Over {
                state.wishes.clear();
            }
        }
        (state, change)
    }
}
