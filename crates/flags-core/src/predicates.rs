//! Predicates: conditions that only the application can decide.

use alloc::{boxed::Box, sync::Arc, vec::Vec};
use core::fmt;

use crate::{Attributes, set::PredicateFunction};

/// The predicates an application has registered, by name.
///
/// A definition names one as `custom = "epoch_is_even"` or `{ predicate = "epoch_is_even" }`. A predicate should be quick and
/// must not panic: it is called during evaluation, and its panic would unwind through whoever asked.
///
/// ```
/// use flags_core::{AttributeName, Attributes, Predicates, ValueRef};
///
/// let epoch = AttributeName::new("epoch");
/// let mut predicates = Predicates::new();
/// predicates.register("epoch_is_even", move |context| {
///     matches!(context.attribute(&epoch), Some(ValueRef::Integer(epoch)) if epoch % 2 == 0)
/// });
/// ```
#[derive(Clone, Default)]
pub struct Predicates {
    functions: Vec<(Box<str>, Arc<PredicateFunction>)>,
}

impl Predicates {
    /// No predicates.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a predicate, in place of an older one of that name.
    pub fn register(
        &mut self,
        name: impl Into<Box<str>>,
        predicate: impl Fn(&dyn Attributes) -> bool + Send + Sync + 'static,
    ) {
        let name = name.into();
        self.functions.retain(|(known, _)| *known != name);
        self.functions.push((name, Arc::new(predicate)));
    }

    /// The registered names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.functions.iter().map(|(name, _)| &**name)
    }

    pub(crate) fn get(&self, name: &str) -> Option<Arc<PredicateFunction>> {
        self.functions.iter().find(|(known, _)| &**known == name).map(|(_, function)| Arc::clone(function))
    }
}

impl fmt::Debug for Predicates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}
