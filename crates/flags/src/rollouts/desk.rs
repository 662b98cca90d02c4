//! The rollouts of a client: to look at, and to ask about.

use flags_rollout::guardrail::Arms;

use crate::Flags;

impl Flags {
    /// The staged rollouts of this client's flags: where they stand, what was measured, and what people may do.
    #[must_use]
    pub const fn rollouts(&self) -> RolloutDesk<'_> {
        RolloutDesk { flags: self }
    }
}

/// The rollouts of a client.
#[derive(Clone, Copy, Debug)]
pub struct RolloutDesk<'f> {
    pub(super) flags: &'f Flags,
}

/// How the measured runs of one arm of a rollout have ended, since the program began or the flag got a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArmRuns {
    /// All runs.
    pub runs: u64,
    /// Those that failed, panicked or were dropped.
    pub errors: u64,
    /// Those that succeeded, but took longer than the limit of the flag's branches.
    pub slow: u64,
    /// The units that were met for the first time while the percentage stayed the same.
    pub units: u64,
}

impl RolloutDesk<'_> {
    /// How the measured runs of both arms of a flag have ended in this process: those of
    /// [`Flags::run`](crate::Flags::run) and its kin. `None` for a flag that never had a plan.
    ///
    /// The treatment are the units that have the flag by its percentage. The control are as many of those who do not have it:
    /// the ones that get it last. Whom a rule, an override, a target, a kill or an experiment decides for is in neither.
    ///
    /// ```
    /// use flags::rollout::plan::{RolloutDefinition, Strategy};
    /// use flags::{Context, FlagDefinition, Flags, Percentage};
    ///
    /// let flags = Flags::builder()
    ///     .flag(FlagDefinition::new("search").enabled(true).rollout(Percentage::new(50.0)?))
    ///     .rollout_plan("search", RolloutDefinition::new(Strategy::Canary))
    ///     .build()?;
    /// for user in 0..100 {
    ///     let context = Context::new(format!("user-{user}"));
    ///     let _: Result<(), ()> = flags.try_run("search", &context).on(|| Err(())).off(|| Ok(()));
    /// }
    /// let arms = flags.rollouts().runs("search").expect("because it has a plan");
    /// assert_eq!(arms.control.runs + arms.treatment.runs, 100);
    /// assert_eq!((arms.control.errors, arms.treatment.errors), (0, arms.treatment.runs));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn runs(self, key: &str) -> Option<Arms<ArmRuns>> {
        self.flags.inner().rollouts.arms(key).map(|arms| arms.runs())
    }
}
