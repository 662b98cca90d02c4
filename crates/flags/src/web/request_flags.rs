//! The flags of one request: one version, one instant, one context, and one answer for each flag.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use flags_core::{Context, Decision, Explanation, FlagId, Object, Outcome};
use foldhash::fast::FixedState;

use crate::{FlagValue, Flags, Snapshot};

/// The flags of one request; put into its extensions by [`FlagsLayer`](super::FlagsLayer).
///
/// A flag that is asked for twice gives the same answer twice, whatever happens meanwhile: all decisions are made against the
/// snapshot and at the instant of the request's beginning, and each is made once, so that not even a predicate can change its
/// mind. Clones are the flags of the same request. Observers hear of each known flag once.
///
/// Without the layer, in another framework or in the test of a handler, it is made by [`new`](Self::new).
///
/// ```
/// use flags::{Context, Flags, web::RequestFlags};
///
/// let flags = Flags::builder().toml("[features.cart]\nenabled = true").build()?;
/// let request = RequestFlags::new(&flags, Context::new("user-42"));
/// assert!(request.is_enabled("cart"));
/// flags.toggle("cart").unwrap();
/// assert!(request.is_enabled("cart"), "not in the middle of a request");
/// assert!(!RequestFlags::new(&flags, Context::new("user-42")).is_enabled("cart"));
/// # Ok::<(), flags::BuildError>(())
/// ```
#[derive(Clone)]
pub struct RequestFlags {
    inner: Arc<Inner>,
}

struct Inner {
    snapshot: Snapshot,
    context: Arc<Context>,
    /// As long as there are flags at most; others are not remembered, since nothing is decided about them.
    memo: Mutex<HashMap<FlagId, Outcome, FixedState>>,
}

impl RequestFlags {
    /// The flags as they are now, for a context.
    #[must_use]
    pub fn new(flags: &Flags, context: Context) -> Self {
        let (snapshot, context) = (flags.snapshot().standing(), Arc::new(context));
        Self { inner: Arc::new(Inner { snapshot, context, memo: Mutex::default() }) }
    }

    /// Whether the flag called `key` is on; `false` for an unknown flag.
    #[must_use]
    pub fn is_enabled(&self, key: &str) -> bool {
        self.decide(key).is_on()
    }

    /// Evaluates the flag called `key`: value, variant, reason, cause and everything else about the decision.
    #[must_use]
    pub fn evaluate(&self, key: &str) -> Decision<'_> {
        self.inner.snapshot.set().decision(self.decide(key))
    }

    /// The value of a flag, or `default` where there is none of that type.
    #[must_use]
    pub fn get<T: FlagValue>(&self, key: &str, default: T) -> T {
        self.inner.snapshot.value(self.decide(key)).unwrap_or(default)
    }

    fn decide(&self, key: &str) -> Outcome {
        let Inner { snapshot, context, .. } = &*self.inner;
        let flag = snapshot.find(key);
        if let Some(known) = flag.and_then(|flag| self.memo().get(&flag).copied()) {
            return known;
        }
        // Not under the lock: a predicate may ask for flags, too. Of two that decide at once the first one counts.
        let outcome = snapshot.decide_for_request(key, &**context);
        match flag {
            Some(flag) => *self.memo().entry(flag).or_insert(outcome),
            None => outcome,
        }
    }

    /// The value of a boolean flag, or `default`.
    #[must_use]
    pub fn boolean(&self, key: &str, default: bool) -> bool {
        self.get(key, default)
    }

    /// The value of an integer flag, or `default`.
    #[must_use]
    pub fn integer(&self, key: &str, default: i64) -> i64 {
        self.get(key, default)
    }

    /// The value of a float (or integer) flag, or `default`.
    #[must_use]
    pub fn float(&self, key: &str, default: f64) -> f64 {
        self.get(key, default)
    }

    /// The value of a string flag, or `default`, as a text of its own. [`evaluate`](Self::evaluate) lends it instead.
    #[must_use]
    pub fn string(&self, key: &str, default: &str) -> String {
        self.get(key, default.to_owned())
    }

    /// The value of a structured flag, or `default`, as a copy. [`evaluate`](Self::evaluate) lends it instead.
    #[must_use]
    pub fn object(&self, key: &str, default: Object) -> Object {
        self.get(key, default)
    }

    /// The name of the variant a flag serves, or `None` where the caller's default is served.
    #[must_use]
    pub fn variant(&self, key: &str) -> Option<&str> {
        self.evaluate(key).variant()
    }

    /// Explains the flag called `key`: every step with what it found, or why it was not reached. Predicates are asked again.
    #[must_use]
    pub fn explain(&self, key: &str) -> Explanation {
        self.inner.snapshot.explain(key, &*self.inner.context)
    }

    /// The context of the request.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.inner.context
    }

    /// The snapshot of the request, at the instant it began.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.inner.snapshot
    }

    pub(super) fn shared_context(&self) -> Arc<Context> {
        Arc::clone(&self.inner.context)
    }

    fn memo(&self) -> MutexGuard<'_, HashMap<FlagId, Outcome, FixedState>> {
        // Nothing foreign runs under this lock.
        self.inner.memo.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for RequestFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestFlags")
            .field("snapshot", &self.inner.snapshot)
            .field("context", &self.inner.context)
            .finish_non_exhaustive()
    }
}
