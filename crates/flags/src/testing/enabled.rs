//! What is forced, on which thread, and the states that follow from it.

use std::{
    cell::RefCell,
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context as TaskContext, Poll},
};

use flags_core::{ForcedValue, Value};

use crate::{
    ambient,
    live::{Current, Live, new_stamp},
    metering::Meter,
    recording::Exposures,
    rollouts::Watch,
};

/// How many threads and futures force anything at this moment: the one thing an evaluation looks at while it is 0.
static ACTIVE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// The layers of forces on this thread, the innermost last.
    static LAYERS: RefCell<Vec<Arc<Layer>>> = const { RefCell::new(Vec::new()) };
}

/// Flags and what they are forced to be.
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is forced until `run`, `guard` or `wrap`"]
pub struct Forces {
    forces: Vec<(Box<str>, ForcedValue)>,
}

/// A layer of forces, and the state it makes of a client's.
struct Layer {
    /// All forces that hold in it, those of outer layers first.
    forces: Vec<(Box<str>, ForcedValue)>,
    states: Mutex<Vec<(u64, Arc<Live>)>>,
}

impl Forces {
    /// Nothing forced.
    pub fn new() -> Self {
        Self::default()
    }

    /// The flag is on: it serves what it would serve to everybody when on, or `true` if it is not defined.
    pub fn on(self, key: impl Into<Box<str>>) -> Self {
        self.force(key, ForcedValue::On)
    }

    /// The flag is off: it serves its off value, or `false` if it is not defined.
    pub fn off(self, key: impl Into<Box<str>>) -> Self {
        self.force(key, ForcedValue::Off)
    }

    /// The flag serves the variant of that name; if it has none, one of that name with the name as its value.
    pub fn variant(self, key: impl Into<Box<str>>, variant: impl Into<Box<str>>) -> Self {
        self.force(key, ForcedValue::Variant(variant.into()))
    }

    /// The flag serves the value, whatever is defined.
    pub fn value(self, key: impl Into<Box<str>>, value: impl Into<Value>) -> Self {
        self.force(key, ForcedValue::Value(value.into()))
    }

    fn force(mut self, key: impl Into<Box<str>>, value: ForcedValue) -> Self {
        self.forces.push((key.into(), value));
        self
    }

    /// Forces them on this thread while `run` runs.
    pub fn run<R>(self, run: impl FnOnce() -> R) -> R {
        let _guard = self.guard();
        run()
    }

    /// Forces them on this thread until the guard is dropped. Guards have to be dropped in the reverse order.
    pub fn guard(self) -> ForceGuard {
        ForceGuard::enter(self.into_layer())
    }

    /// A future in which they hold, on whatever thread it is polled; elsewhere on that thread they do not.
    pub fn wrap<F: Future>(self, future: F) -> Forced<F> {
        Forced { layer: Some(self.into_layer()), future: Box::pin(future) }
    }

    fn into_layer(self) -> Arc<Layer> {
        let outer = LAYERS.with_borrow(|layers| layers.last().map(|layer| layer.forces.clone()));
        let forces = outer.into_iter().flatten().chain(self.forces).collect();
        Arc::new(Layer { forces, states: Mutex::default() })
    }
}

/// Wraps a future so that what is forced here and now is forced in it, too: for tasks that are spawned.
pub fn inherit<F: Future>(future: F) -> Forced<F> {
    let layer = LAYERS.with_borrow(|layers| layers.last().cloned());
    Forced { layer, future: Box::pin(future) }
}

/// Keeps flags forced on this thread until it is dropped.
#[must_use = "the flags are forced until the guard is dropped"]
pub struct ForceGuard {
    ambient: u64,
    /// What is forced belongs to one thread, so the guard does, too.
    not_send: PhantomData<*const ()>,
}

impl ForceGuard {
    fn enter(layer: Arc<Layer>) -> Self {
        LAYERS.with_borrow_mut(|layers| layers.push(layer));
        ACTIVE.fetch_add(1, Ordering::Relaxed);
        // What call sites have cached outside is not good in here, and the other way round.
        Self { ambient: ambient::replace_scope(ambient::new_scope()), not_send: PhantomData }
    }
}

impl Drop for ForceGuard {
    fn drop(&mut self) {
        ambient::replace_scope(self.ambient);
        ACTIVE.fetch_sub(1, Ordering::Relaxed);
        let layer = LAYERS.try_with(|layers| layers.borrow_mut().pop());
        drop(layer);
    }
}

impl fmt::Debug for ForceGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ForceGuard").finish_non_exhaustive()
    }
}

/// A future in which flags are forced; made by [`Forces::wrap`] and [`inherit`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct Forced<F> {
    layer: Option<Arc<Layer>>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Forced<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut TaskContext<'_>) -> Poll<F::Output> {
        let _guard = self.layer.clone().map(ForceGuard::enter);
        self.future.as_mut().poll(context)
    }
}

impl<F> fmt::Debug for Forced<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forced").finish_non_exhaustive()
    }
}

/// Whether anything is forced on this thread.
#[inline]
pub(crate) fn is_forcing() -> bool {
    ACTIVE.load(Ordering::Relaxed) != 0 && LAYERS.try_with(|layers| !layers.borrow().is_empty()).unwrap_or(false)
}

/// The state of a client with what is forced on this thread; `None` where nothing is.
#[inline]
pub(crate) fn forced(current: &Current) -> Option<Arc<Live>> {
    if ACTIVE.load(Ordering::Relaxed) == 0 { None } else { forced_here(current) }
}

#[cold]
fn forced_here(current: &Current) -> Option<Arc<Live>> {
    let layer = LAYERS.try_with(|layers| layers.borrow().last().cloned()).ok()??;
    let live = current.unforced();
    let mut states = layer.states.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, state)) = states.iter().find(|(stamp, _)| *stamp == live.stamp) {
        return Some(Arc::clone(state));
    }
    let state = Arc::new(Live {
        set: live.set.with_forced(&layer.forces),
        revision: live.revision,
        stamp: new_stamp(),
        clock: Arc::clone(&live.clock),
        observers: live.observers.clone(),
        cache_ttl: live.cache_ttl,
        // What a test forces is another set, and no evaluation to be counted.
        meter: Meter::NONE,
        // Nor does anybody meet an arm.
        exposures: Exposures::none(),
        // And no run of it counts for a rollout.
        watch: Watch::none(),
    });
    // One client seldom changes within a test; a long list would be one state for every change.
    states.truncate(15);
    states.insert(0, (live.stamp, Arc::clone(&state)));
    Some(state)
}
