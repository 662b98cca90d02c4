//! Who acts: by option, by environment, or by login.

use flags::control::Actor;

use super::OperatorOptions;
use crate::failure::Failure;

/// Somebody, and how his name is known.
pub(super) struct Person {
    pub(super) actor: Actor,
    pub(super) known_by: KnownBy,
}

/// How a name is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// `--as`.
    Option,
    /// `FLAGS_ACTOR`.
    Environment,
    /// The login.
    Login,
}

impl KnownBy {
    /// In words, for who wonders why he is that person.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Option => "by --as",
            Self::Environment => "by FLAGS_ACTOR",
            Self::Login => "by your login name; --as says otherwise",
        }
    }
}

/// Who acts.
pub(super) fn person(options: &OperatorOptions) -> Result<Person, Failure> {
    let of_process =
        || Some((std::env::var("FLAGS_ACTOR").ok().filter(|name| !name.is_empty())?, KnownBy::Environment));
    let given = options.actor.clone().map(|name| (name, KnownBy::Option)).or_else(of_process);
    let found = given.or_else(|| Some((login()?, KnownBy::Login)));
    let Some((name, known_by)) = found else {
        return Err(Failure::Usage(
            "this system does not say who you are; give --as NAME or set FLAGS_ACTOR, for the audit log".to_owned(),
        ));
    };
    let actor = Actor::new(&name).map_err(|error| Failure::Usage(error.to_string()))?;
    Ok(Person { actor, known_by })
}

/// The name of the user; of who became root by sudo, the name from before, since root is nobody in particular.
#[cfg(unix)]
fn login() -> Option<String> {
    use nix::unistd::{Uid, User};
    let user = Uid::current();
    let before_sudo = || std::env::var("SUDO_USER").ok().filter(|name| !name.is_empty());
    let own = || User::from_uid(user).ok().flatten().map(|user| user.name);
    if user.is_root() { before_sudo().or_else(own) } else { own() }
}

/// The name of the user.
#[cfg(not(unix))]
fn login() -> Option<String> {
    std::env::var("USERNAME").ok().filter(|name| !name.is_empty())
}
