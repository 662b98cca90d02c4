//! Observers: who wants to hear of decisions.

use crate::{Attributes, Decision};

/// Hears of every decision an application asks for.
///
/// It is called on the path of the evaluation, on the thread that evaluates: be quick, do not block, do not panic. What it
/// hears of an evaluation is what the caller gets; flags that were evaluated on the way (parents, prerequisites) are not told.
pub trait Observer: Send + Sync {
    /// The flag called `key` has been evaluated for `context`.
    fn evaluated(&self, key: &str, context: &dyn Attributes, decision: &Decision<'_>);
}

impl<F: Fn(&str, &dyn Attributes, &Decision<'_>) + Send + Sync> Observer for F {
    fn evaluated(&self, key: &str, context: &dyn Attributes, decision: &Decision<'_>) {
        self(key, context, decision);
    }
}
