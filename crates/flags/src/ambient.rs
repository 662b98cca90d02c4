//! The ambient client and context: who `feature_enabled!` asks, and for whom.
//!
//! There is one default for the process ([`set_default`]), and scopes on top of it: [`with_context`] for a piece of
//! synchronous code, [`scope`] for a future and whatever it awaits. A scope is lost in threads and tasks that are started
//! within it, unless they are given [`current_context`] along.

use std::{
    cell::{Cell, RefCell},
    fmt,
    future::Future,
    pin::Pin,
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context as TaskContext, Poll},
};

use arc_swap::ArcSwapOption;
use flags_core::Context;

use crate::Flags;

/// Who is asked and for whom.
#[derive(Clone)]
pub(crate) struct Ambient {
    pub(crate) flags: Flags,
    pub(crate) context: Arc<Context>,
}

static DEFAULT: LazyLock<ArcSwapOption<Ambient>> = LazyLock::new(ArcSwapOption::empty);
/// Scopes are numbered, so that a call site knows whether what it cached was for this scope; 0 is the default.
static NEXT_SCOPE: AtomicU64 = AtomicU64::new(1);

thread_local! {
    static SCOPE: Cell<u64> = const { Cell::new(0) };
    /// What the innermost scope says.
    static INNERMOST: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// A context for a piece of code, and the client it is meant for.
#[derive(Clone)]
pub(crate) struct Scope {
    number: u64,
    /// `None` is the client of the process.
    flags: Option<Flags>,
    context: Arc<Context>,
}

impl Scope {
    /// A scope of the same client as here, be it that of the process.
    fn nested(context: Context) -> Self {
        let flags = innermost().and_then(|scope| scope.flags);
        Self { number: new_scope(), flags, context: Arc::new(context) }
    }

    /// A scope of a client of its own, for requests.
    #[cfg(feature = "tower")]
    pub(crate) fn of(flags: Flags, context: Arc<Context>) -> Self {
        Self { number: new_scope(), flags: Some(flags), context }
    }

    /// Runs `run` in the scope.
    pub(crate) fn run<R>(&self, run: impl FnOnce() -> R) -> R {
        let _entered = Entered::enter(self);
        run()
    }

    /// A future in the scope.
    pub(crate) fn wrap<F: Future>(self, future: F) -> Scoped<F> {
        Scoped { scope: self, future: Box::pin(future) }
    }
}

/// Makes `flags` the client of the process and `context` the context where no scope says otherwise.
///
/// Usually called once at the start of the program; a later call replaces both.
pub fn set_default(flags: Flags, context: Context) {
    DEFAULT.store(Some(Arc::new(Ambient { flags, context: Arc::new(context) })));
    crate::call_site::invalidate();
}

/// Forgets the client of the process.
pub fn clear_default() {
    DEFAULT.store(None);
    crate::call_site::invalidate();
}

/// Runs `run` with `context` as the ambient context of this thread.
pub fn with_context<R>(context: Context, run: impl FnOnce() -> R) -> R {
    Scope::nested(context).run(run)
}

/// A future for which `context` is the ambient context, on whatever thread it is polled.
pub fn scope<F: Future>(context: Context, future: F) -> Scoped<F> {
    Scope::nested(context).wrap(future)
}

/// The ambient context here and now: the innermost scope's, or the default.
#[must_use]
pub fn current_context() -> Option<Arc<Context>> {
    innermost()
        .map(|scope| scope.context)
        .or_else(|| DEFAULT.load().as_ref().map(|ambient| Arc::clone(&ambient.context)))
}

/// A future with an ambient context; made by [`scope`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct Scoped<F> {
    scope: Scope,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<F::Output> {
        let Self { scope, future } = self.get_mut();
        scope.run(|| future.as_mut().poll(task))
    }
}

impl<F> fmt::Debug for Scoped<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scoped").finish_non_exhaustive()
    }
}

/// Who is asked and for whom, here and now; `None` where no client has been set.
pub(crate) fn current() -> Option<Ambient> {
    let scope = innermost();
    if let Some(Scope { flags: Some(flags), context, .. }) = scope {
        return Some(Ambient { flags, context });
    }
    let default = DEFAULT.load();
    let ambient = default.as_deref()?;
    let context = scope.map_or_else(|| Arc::clone(&ambient.context), |scope| scope.context);
    Some(Ambient { flags: ambient.flags.clone(), context })
}

fn innermost() -> Option<Scope> {
    INNERMOST.try_with(|scope| scope.borrow().clone()).ok().flatten()
}

/// The number of the scope this thread is in.
#[inline]
pub(crate) fn scope_id() -> u64 {
    SCOPE.try_with(Cell::get).unwrap_or(u64::MAX)
}

/// A number for a new scope.
pub(crate) fn new_scope() -> u64 {
    NEXT_SCOPE.fetch_add(1, Ordering::Relaxed)
}

/// Puts this thread into another scope and returns the former.
pub(crate) fn replace_scope(scope: u64) -> u64 {
    SCOPE.try_with(|current| current.replace(scope)).unwrap_or(u64::MAX)
}

/// Puts the former scope back when it is dropped, however its piece of code ends.
struct Entered {
    number: u64,
    former: Option<Scope>,
}

impl Entered {
    fn enter(scope: &Scope) -> Self {
        let former = INNERMOST.try_with(|innermost| innermost.replace(Some(scope.clone()))).ok().flatten();
        Self { number: replace_scope(scope.number), former }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        replace_scope(self.number);
        let former = self.former.take();
        drop(INNERMOST.try_with(|innermost| innermost.replace(former)));
    }
}
