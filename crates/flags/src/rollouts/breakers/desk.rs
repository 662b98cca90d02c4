//! The circuit breakers of a client: to look at, and for people to hold.

use std::time::Duration;

use flags_control::{Action, ActorError, BreakerState, Origin, Receipt, Slot};
use flags_core::Timestamp;
use flags_rollout::breaker::BreakerOptions;

use super::BreakerView;
use crate::{Builder, Flags, OperateError, Operator};

impl Builder {
    /// Gives a flag a circuit breaker that was assembled in the program. It goes before the `error_threshold` that definitions
    /// hold. One of a flag that is not defined waits until it is.
    ///
    /// ```
    /// use flags::rollout::breaker::{BreakerOptions, BreakerPhase};
    /// use flags::{Context, FlagDefinition, Flags};
    ///
    /// let flags = Flags::builder()
    ///     .flag(FlagDefinition::new("search").enabled(true))
    ///     .breaker("search", BreakerOptions::new(0.2))
    ///     .build()?;
    /// let context = Context::new("user-42");
    /// let search = |fails: bool| flags.try_run("search", &context).on(|| if fails { Err("no index") } else { Ok("new") }).off(|| Ok("old"));
    /// for _ in 0..10 {
    ///     assert_eq!(search(true), Err("no index"));
    /// }
    /// assert_eq!(search(true), Ok("old"), "ten of ten runs have failed: the flag is off");
    /// assert_eq!(flags.breakers().view("search").unwrap().phase, BreakerPhase::Open);
    /// # Ok::<(), flags::BuildError>(())
    /// ```
    pub fn breaker(mut self, flag: impl Into<Box<str>>, options: BreakerOptions) -> Self {
        self.rollouts.breakers.push((flag.into(), options));
        self
    }
}

impl Flags {
    /// The circuit breakers of this client's flags.
    ///
    /// A breaker looks at the measured runs of its flag's new branch ([`Flags::run`] and its kin) in this process. When too
    /// many of them fail, the flag is off, here at once and within a second in every program on the same state folder; after a
    /// while a few runs try it out.
    #[must_use]
    pub const fn breakers(&self) -> BreakerDesk<'_> {
        BreakerDesk { flags: self }
    }
}

/// The circuit breakers of a client, to look at and to hold.
#[derive(Clone, Copy, Debug)]
pub struct BreakerDesk<'f> {
    flags: &'f Flags,
}

impl<'f> BreakerDesk<'f> {
    /// All breakers, in the order of the keys of their flags.
    #[must_use]
    pub fn list(self) -> Vec<BreakerView> {
        let inner = self.flags.inner();
        inner.rollouts.breakers.all().iter().map(|breaker| BreakerView::of(inner, breaker)).collect()
    }

    /// The breaker of one flag; `None` if it has none.
    #[must_use]
    pub fn view(self, key: &str) -> Option<BreakerView> {
        let inner = self.flags.inner();
        inner.rollouts.breakers.get(key).map(|breaker| BreakerView::of(inner, &breaker))
    }

    /// Somebody who holds breakers, by name. The name goes into the audit log and counts for the rule of two people.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn by(self, name: &str) -> Result<BreakerOperator<'f>, ActorError> {
        self.by_way_of(name, Origin::Api)
    }

    /// The same by another way than the library, for programs around it.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn by_way_of(self, name: &str, origin: Origin) -> Result<BreakerOperator<'f>, ActorError> {
        Ok(BreakerOperator { flags: self.flags, operator: self.flags.control().automation(name, origin)? })
    }

    /// Does now what a thread of the client does by itself a moment later: writes the control of a breaker that has opened, takes
    /// back that of one that has closed, renews others. For tests with a clock of their own.
    pub fn look(self) {
        let _ = self.flags.inner().look_at_breakers();
    }
}

/// Somebody who holds circuit breakers: who, why, and until when.
#[derive(Clone, Debug)]
#[must_use = "an operator does nothing until told what"]
pub struct BreakerOperator<'f> {
    flags: &'f Flags,
    operator: Operator<'f>,
}

impl BreakerOperator<'_> {
    /// Gives the reason, which goes into the audit log: at most 1000 characters.
    pub fn because(self, reason: &str) -> Self {
        Self { operator: self.operator.because(reason), ..self }
    }

    /// Lets go of the breaker by itself at an instant.
    pub fn until(self, instant: Timestamp) -> Self {
        Self { operator: self.operator.until(instant), ..self }
    }

    /// Lets go of the breaker by itself after a time.
    pub fn lasting(self, time: Duration) -> Self {
        Self { operator: self.operator.lasting(time), ..self }
    }

    /// Holds the breaker open: the flag is off for everybody, whatever is measured, until it is [released](Self::release).
    ///
    /// ```
    /// use flags::rollout::breaker::BreakerOptions;
    /// use flags::{Context, FlagDefinition, Flags};
    ///
    /// let search = FlagDefinition::new("search").enabled(true);
    /// let flags = Flags::builder().flag(search).breaker("search", BreakerOptions::new(0.2)).build()?;
    /// flags.breakers().by("ada")?.because("the index is rebuilt").open("search")?;
    /// assert!(!flags.is_enabled("search", &Context::new("user-42")));
    /// flags.breakers().by("ada")?.release("search")?;
    /// assert!(flags.is_enabled("search", &Context::new("user-42")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the flag is not defined or has no breaker, when it is protected, which takes a proposal, or when the change cannot
    /// be made durable.
    pub fn open(&self, key: &str) -> Result<Receipt, OperateError> {
        self.force(key, BreakerState::ForcedOpen)
    }

    /// Holds the breaker closed: what is measured does not switch the flag off, until it is [released](Self::release).
    ///
    /// # Errors
    ///
    /// As of [`open`](Self::open).
    pub fn close(&self, key: &str) -> Result<Receipt, OperateError> {
        self.force(key, BreakerState::ForcedClosed)
    }

    /// Lets the breaker decide by itself again, whoever held it and whatever it has measured: it is closed, and looks at the
    /// runs from now on.
    ///
    /// # Errors
    ///
    /// When the flag is protected, which takes a proposal, or when the change cannot be made durable.
    pub fn release(&self, key: &str) -> Result<Receipt, OperateError> {
        self.operator.clear_one(key, Slot::Breaker)
    }

    fn force(&self, key: &str, state: BreakerState) -> Result<Receipt, OperateError> {
        let change = self.operator.setting(key, Action::Breaker(state))?;
        let is_defined = self.flags.current().unforced().set.find(key).is_some();
        if is_defined && self.flags.breakers().view(key).is_none() {
            return Err(OperateError::NoBreaker { key: key.into() });
        }
        self.operator.change(change)
    }
}
