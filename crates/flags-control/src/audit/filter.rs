//! Which entries are asked for.

use flags_core::Timestamp;

use super::Entry;
use crate::{Actor, Origin};

/// Which entries of a log are asked for, and in which order; [`Filter::default`] asks for all, the oldest first.
///
/// ```
/// use flags_control::audit::Filter;
///
/// let last_ten_kills = Filter::default().action("kill").newest_first().limit(10);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Filter {
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// By this actor.
    pub actor: Option<Actor>,
    /// Of this flag or experiment.
    pub target: Option<Box<str>>,
    /// Of this action.
    pub action: Option<Box<str>>,
    /// By this way.
    pub origin: Option<Origin>,
    /// At most this many.
    pub limit: Option<usize>,
    /// The newest first.
    pub newest_first: bool,
}

impl Filter {
    /// Only what happened at `from` or later.
    #[must_use]
    pub fn from(mut self, from: Timestamp) -> Self {
        self.from = Some(from);
        self
    }

    /// Only what happened before `to`.
    #[must_use]
    pub fn to(mut self, to: Timestamp) -> Self {
        self.to = Some(to);
        self
    }

    /// Only what that actor did.
    #[must_use]
    pub fn actor(mut self, actor: Actor) -> Self {
        self.actor = Some(actor);
        self
    }

    /// Only what was done to that flag or experiment.
    #[must_use]
    pub fn target(mut self, target: &str) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Only that action, such as `kill`.
    #[must_use]
    pub fn action(mut self, action: &str) -> Self {
        self.action = Some(action.into());
        self
    }

    /// Only what was done by that way.
    #[must_use]
    pub fn origin(mut self, origin: Origin) -> Self {
        self.origin = Some(origin);
        self
    }

    /// At most that many.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The newest first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// Whether an entry is asked for, its number among those asked for apart.
    #[must_use]
    pub fn matches(&self, entry: &Entry) -> bool {
        self.from.is_none_or(|from| from <= entry.at)
            && self.to.is_none_or(|to| entry.at < to)
            && self.actor.as_ref().is_none_or(|actor| *actor == entry.actor)
            && self.target.as_ref().is_none_or(|target| entry.target.as_ref() == Some(target))
            && self.action.as_ref().is_none_or(|action| *action == entry.action)
            && self.origin.is_none_or(|origin| origin == entry.origin)
    }
}
