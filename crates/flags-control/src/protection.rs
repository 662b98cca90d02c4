//! Whether a change of a target needs a second person.

use flags_core::{FlagSet, FlagView};

use crate::Target;

/// Whether a change of a target needs a second person, as whoever knows the definitions says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Protection {
    /// It is defined and not protected: one person is enough.
    Open,
    /// It is defined and protected: a change needs a second person.
    Protected,
    /// The definitions are readable and it is not among them: one person is enough, unless a control that a second
    /// person had to agree to is there. So a flag does not lose its protection while its definition is away.
    Absent,
    /// There are no definitions to ask: treated as protected, since it may be.
    Unreadable,
}

impl Protection {
    /// The protection of a target by a set of flags. An experiment is protected if it changes a flag that is.
    ///
    /// ```
    /// use flags_control::{Protection, Target};
    /// use flags_core::{CompileOptions, Definitions, FlagSet};
    ///
    /// let set = FlagSet::compile(&Definitions::default().check()?, &CompileOptions::new("production"));
    /// assert_eq!(Protection::in_set(&set, &Target::flag("checkout")?), Protection::Absent);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn in_set(set: &FlagSet, target: &Target) -> Self {
        let is_protected = |key: &str| set.flag(key).is_some_and(FlagView::is_protected);
        let found = match target {
            Target::Flag(key) => set.flag(key).map(FlagView::is_protected),
            Target::Experiment(key) => set.experiment(key).map(|experiment| experiment.flags().any(is_protected)),
        };
        match found {
            None => Self::Absent,
            Some(true) => Self::Protected,
            Some(false) => Self::Open,
        }
    }
}
