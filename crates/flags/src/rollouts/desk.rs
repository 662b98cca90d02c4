//! The rollouts of a client: to look at, to decide about, and to bring signals and rules to.

use std::sync::Arc;

use flags_control::{Actor, ActorError};
use flags_rollout::{
    controller::{Controller, JournalError, Leader, Leadership, Request, View},
    guardrail::{Arms, Counts, Rule},
    signals::{PushError, SignalState},
    wire::Record,
};

use super::{RolloutError, RolloutOperator, RolloutView};
use crate::Flags;

impl Flags {
    /// The staged rollouts of this client's flags: where they stand, what was measured, and what people may do.
    ///
    /// ```
    /// use flags::rollout::plan::{Phase, RolloutDefinition, Strategy};
    /// use flags::{FlagDefinition, Flags, RolloutOptions};
    ///
    /// let flags = Flags::builder()
    ///     .flag(FlagDefinition::new("search").enabled(true))
    ///     .rollout_plan("search", RolloutDefinition::new(Strategy::Canary))
    ///     .rollouts(RolloutOptions::new().drive(true))
    ///     .build()?;
    /// flags.rollouts().by("ada")?.because("the launch").start("search")?;
    /// let search = flags.rollouts().view("search")?.expect("because it has a plan");
    /// assert_eq!((search.phase, search.stage), (Phase::Canary, 1));
    ///
    /// flags.rollouts().by("ada")?.because("complaints").roll_back("search")?;
    /// let search = flags.rollouts().view("search")?.expect("because it has a plan");
    /// assert_eq!(search.phase, Phase::RolledBack);
    /// assert!(flags.control().of("search").is_empty(), "there was no percentage before, so there is none now");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
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

impl<'f> RolloutDesk<'f> {
    /// Somebody who decides about rollouts, by name.
    ///
    /// # Errors
    ///
    /// When the name is empty, longer than 128 characters, or holds control characters.
    pub fn by(self, name: &str) -> Result<RolloutOperator<'f>, ActorError> {
        Ok(RolloutOperator::new(self.flags, Actor::new(name)?))
    }

    /// All rollouts that can be read, those whose plan is gone included, in the order of their flags.
    ///
    /// # Errors
    ///
    /// When nobody can say which there are. Journals that cannot be read are left out; see [`unreadable`](Self::unreadable).
    pub fn list(self) -> Result<Vec<RolloutView>, RolloutError> {
        let now = self.flags.now();
        Ok(self
            .controller()?
            .views()?
            .into_iter()
            .filter_map(|view| RolloutView::new(self.seen(view), now).ok())
            .collect())
    }

    /// The flags whose journal cannot be read, and why: nothing is done with their rollouts until it can.
    ///
    /// # Errors
    ///
    /// When nobody can say which rollouts there are.
    pub fn unreadable(self) -> Result<Vec<(Box<str>, JournalError)>, RolloutError> {
        let views = self.controller()?.views()?.into_iter();
        Ok(views.filter_map(|view| Some((view.flag, view.state.err()?))).collect())
    }

    /// The rollout of a flag; `None` if it has no plan and never had a rollout.
    ///
    /// # Errors
    ///
    /// When its journal cannot be read.
    pub fn view(self, key: &str) -> Result<Option<RolloutView>, RolloutError> {
        let view = self.controller()?.view(key).map(|view| RolloutView::new(self.seen(view), self.flags.now()));
        Ok(view.transpose()?)
    }

    /// Everything that has become of a flag's rollouts, the oldest first.
    ///
    /// # Errors
    ///
    /// When the journal cannot be read.
    pub fn history(self, key: &str) -> Result<Vec<Record>, RolloutError> {
        Ok(self.controller()?.history(key)?)
    }

    /// The commands on protected flags that wait for a second person.
    ///
    /// # Errors
    ///
    /// When they cannot be read.
    pub fn requests(self) -> Result<Vec<Request>, RolloutError> {
        Ok(self.controller()?.requests()?)
    }

    /// The process that drives the rollouts of this state folder, if one does and says so.
    ///
    /// # Errors
    ///
    /// When nobody can say.
    pub fn leader(self) -> Result<Option<Leader>, RolloutError> {
        Ok(self.controller()?.leader()?)
    }

    /// Whether this client drives, as of its last look: it is [to](crate::RolloutOptions::drive), and no other does.
    #[must_use]
    pub fn is_driving(self) -> bool {
        let rollouts = &self.flags.inner().rollouts;
        rollouts.is_to_drive() && rollouts.controller().is_ok_and(|controller| controller.is_leading())
    }

    /// Looks at all rollouts now, as a client that drives does by itself: advances what has passed, rolls back what fails.
    ///
    /// # Errors
    ///
    /// When this client is not to drive, or the journals cannot be used.
    pub fn look(self) -> Result<Leadership, RolloutError> {
        let rollouts = &self.flags.inner().rollouts;
        if rollouts.is_to_drive() { Ok(rollouts.look()?) } else { Err(RolloutError::NotDriving) }
    }

    /// Brings along a rule that guardrails call by its [name](Rule::name), in place of an older one of that name. A guardrail
    /// whose rule nobody has brought along has no data.
    pub fn register_rule(self, rule: impl Rule + Send + Sync + 'static) {
        let name = rule.name().into();
        self.flags.inner().rollouts.shared.lock().rules.insert(name, Arc::new(rule));
    }

    /// Tells the value of a signal whose source is the application.
    ///
    /// # Errors
    ///
    /// When no signal of that name takes values from the application.
    pub fn update_metrics(self, signal: &str, value: f64) -> Result<(), PushError> {
        self.flags.inner().rollouts.shared.signals.push(signal, value)
    }

    /// Tells the counts of a signal whose source is the application: of both arms, since the application began. They only
    /// rise; those that fall have begun anew.
    ///
    /// # Errors
    ///
    /// When no signal of that name takes counts from the application, or more runs are bad than there are.
    pub fn update_counts(self, signal: &str, counts: Arms<Counts>) -> Result<(), PushError> {
        self.flags.inner().rollouts.shared.signals.push_counts(signal, counts)
    }

    /// How every signal stands that this client knows. One that does not drive asks nobody, and knows those that are pushed.
    #[must_use]
    pub fn signals(self) -> Vec<SignalState> {
        self.flags.inner().rollouts.shared.signals.states()
    }

    /// A rollout with what the program that drives has seen of it, where this client has not looked.
    fn seen(self, mut view: View) -> View {
        if view.observation.is_none() {
            let look = self.flags.inner().rollouts.seen_elsewhere();
            view.observation = look.and_then(|look| look.rollout(&view.flag).cloned());
        }
        view
    }

    pub(super) fn controller(self) -> Result<&'f Arc<Controller>, JournalError> {
        self.flags.inner().rollouts.controller()
    }

    /// Whether no flag has the key.
    pub(super) fn is_unknown(self, key: &str) -> bool {
        self.flags.current().unforced().set.find(key).is_none()
    }

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
