//! What somebody asks of the controls.

use crate::{Actor, Change, Origin, Revision, Target};

/// The longest reason, in characters.
pub const MAX_REASON_CHARS: usize = 1_000;

/// Something asked of the controls: what, by whom, by which way and why.
///
/// ```
/// use flags_control::{Actor, Change, Command, Origin, Request, Target};
///
/// let kill = Change::kill(Target::flag("checkout")?);
/// let request = Request::new(Actor::new("ada")?, Origin::Cli, Command::Change(kill)).because("payments fail");
/// assert_eq!(request.reason.as_deref(), Some("payments fail"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub actor: Actor,
    /// By which way.
    pub origin: Origin,
    /// Why, in the actor's words; at most 1000 characters.
    pub reason: Option<Box<str>>,
    /// Who has agreed beforehand, as a rollout says that two people have let go on; see
    /// [`confirmed_by`](Self::confirmed_by).
    pub confirmed_by: Option<Actor>,
    /// What is asked.
    pub command: Command,
}

impl Request {
    /// A request without a reason.
    #[must_use]
    pub const fn new(actor: Actor, origin: Origin, command: Command) -> Self {
        Self { actor, origin, reason: None, confirmed_by: None, command }
    }

    /// The request with the second person who has agreed to it beforehand.
    ///
    /// It counts for what a rollout or a migration sets by its plan ([`Origin::Rollout`]) once two people have started it, or let
    /// it go on: a percentage, or an override for everybody, without an expiry, and taking them back. What that plan asks for at
    /// three in the morning needs nobody to be awake. Of anything else it says nothing, and is passed over.
    #[must_use]
    pub fn confirmed_by(mut self, second: Actor) -> Self {
        self.confirmed_by = Some(second);
        self
    }

    /// The request with its reason.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.reason = Some(reason.trim()).filter(|reason| !reason.is_empty()).map(Into::into);
        self
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// Make the change at once. Of a protected target only what is urgent is made at once; the rest has to be proposed.
    Change(Change),
    /// Propose the change, for somebody else to approve. Possible for open targets too.
    Propose(Change),
    /// Approve the proposal of that number, which makes its change, or confirm the unconfirmed control of that number.
    Approve(Revision),
    /// Reject the proposal of that number. Its own author withdraws it by this.
    Reject(Revision),
    /// Withdraw one's own proposal of that number.
    Withdraw(Revision),
    /// Confirm whatever took effect on the target at once and waits for a second person.
    Confirm(Target),
}
