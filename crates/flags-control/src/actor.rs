//! Who does something: a person, or a part of the system that acts by itself.

use std::fmt;

/// The longest name of an actor, in characters.
pub const MAX_ACTOR_CHARS: usize = 128;

/// Who did something, by name: `ada`, `ci@shop`, `rollout`.
///
/// White space around the name does not count. Two spellings of a name that differ in case only are one actor, so that nobody
/// becomes a second person by the shift key.
#[derive(Clone, Debug)]
pub struct Actor(Box<str>);

impl Actor {
    /// An actor of that name.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn new(name: &str) -> Result<Self, ActorError> {
        let name = name.trim();
        if name.is_empty() {
            Err(ActorError::Empty)
        } else if name.chars().count() > MAX_ACTOR_CHARS {
            Err(ActorError::TooLong)
        } else if name.chars().any(char::is_control) {
            Err(ActorError::ControlCharacter)
        } else {
            Ok(Self(name.into()))
        }
    }

    /// The name, as it was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = char> {
        self.0.chars().flat_map(char::to_lowercase)
    }
}

impl PartialEq for Actor {
    fn eq(&self, other: &Self) -> bool {
        self.folded().eq(other.folded())
    }
}

impl Eq for Actor {}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Why a text is no name of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ActorError {
    /// It is empty.
    #[error("the name of who does this is empty; give one, so that the audit log can say who it was")]
    Empty,
    /// It is too long.
    #[error("the name of who does this is longer than {MAX_ACTOR_CHARS} characters")]
    TooLong,
    /// It holds a control character.
    #[error("the name of who does this holds a control character, such as a line break")]
    ControlCharacter,
}

#[cfg(test)]
mod tests {
    use super::*;

    // D4
    #[test]
    fn case_and_white_space_make_nobody_another_person() {
        let ada = Actor::new("Ada").unwrap();
        assert_eq!(ada, Actor::new("  ada ").unwrap());
        assert_ne!(ada, Actor::new("bob").unwrap());
        assert_eq!(ada.name(), "Ada");
    }

    #[test]
    fn a_name_is_checked() {
        assert_eq!(Actor::new(" "), Err(ActorError::Empty));
        assert_eq!(Actor::new("a\nb"), Err(ActorError::ControlCharacter));
        assert_eq!(Actor::new(&"é".repeat(129)), Err(ActorError::TooLong));
        assert!(Actor::new(&"é".repeat(128)).is_ok());
    }
}
