//! One call of a comparison: the branch that was decided, and its shadow where the call is one to compare.

use std::{
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
};

use flags_metrics::ShadowResult;

use super::{
    comparison::Comparison,
    decided::Decided,
    perform::{self, FallBack},
};

/// A call of a comparison that has been decided; made by [`Comparison::run`].
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct Compared<'c, R> {
    comparison: &'c Comparison<R>,
    decided: Decided,
}

impl<'c, R> Compared<'c, R> {
    pub(super) fn new(comparison: &'c Comparison<R>, decided: Decided) -> Self {
        Self { comparison, decided }
    }

    /// What runs if the flag is on, and as the shadow of the other branch if it is off.
    pub fn on<On: FnOnce() -> R>(self, on: On) -> ComparedOn<'c, R, On> {
        ComparedOn { call: self, on }
    }
}

/// A call of a comparison that knows its new branch.
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct ComparedOn<'c, R, On> {
    call: Compared<'c, R>,
    on: On,
}

impl<R, On: FnOnce() -> R> ComparedOn<'_, R, On> {
    /// Runs the branch that was decided, then its shadow if this call is one to compare, and returns what the former came to.
    pub fn off(self, off: impl FnOnce() -> R) -> R {
        let Self { call: Compared { comparison, mut decided }, on } = self;
        if !comparison.is_due() {
            return perform::run(decided, FallBack::Never, on, off, comparison.succeeded());
        }
        if decided.is_on() { both(comparison, &mut decided, on, off) } else { both(comparison, &mut decided, off, on) }
    }
}

fn both<R>(
    comparison: &Comparison<R>,
    decided: &mut Decided,
    served: impl FnOnce() -> R,
    shadow: impl FnOnce() -> R,
) -> R {
    let served = perform::measured(decided.start(), served, comparison.succeeded());
    comparison.compare(decided, &served, shadow);
    served
}

/// A call of a comparison of futures that has been decided; made by [`Comparison::run_async`].
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct ComparedAsync<'c, R> {
    comparison: &'c Comparison<R>,
    decided: Decided,
    is_concurrent: bool,
}

impl<'c, R> ComparedAsync<'c, R> {
    pub(super) fn new(comparison: &'c Comparison<R>, decided: Decided) -> Self {
        Self { comparison, decided, is_concurrent: false }
    }

    /// Polls both branches in turn, on one task, and returns when both are done: a compared call takes as long as the slower
    /// branch, and not as long as one after the other. The served branch then shares its time, and whatever else both need,
    /// with its shadow, and is measured with that.
    pub fn concurrently(self) -> Self {
        Self { is_concurrent: true, ..self }
    }

    /// What runs if the flag is on, and as the shadow of the other branch if it is off.
    pub fn on<F: Future<Output = R>, On: FnOnce() -> F>(self, on: On) -> ComparedAsyncOn<'c, R, On> {
        ComparedAsyncOn { call: self, on }
    }
}

/// A call of a comparison of futures that knows its new branch.
#[must_use = "nothing runs until both branches are given"]
#[derive(Debug)]
pub struct ComparedAsyncOn<'c, R, On> {
    call: ComparedAsync<'c, R>,
    on: On,
}

impl<R, On> ComparedAsyncOn<'_, R, On> {
    /// Runs the branch that was decided, and its shadow if this call is one to compare; returns what the former came to.
    ///
    /// The caller waits for the shadow, too. A future that is dropped while only the shadow runs, by a time-out say, takes the
    /// result of the served branch with it, whose run has succeeded, and the comparison counts as an error. So a time-out
    /// around it must leave time for both; one inside of each branch is better.
    pub async fn off<F, Off>(self, off: impl FnOnce() -> Off) -> R
    where
        On: FnOnce() -> F,
        F: Future<Output = R>,
        Off: Future<Output = R>,
    {
        let Self { call: ComparedAsync { comparison, mut decided, is_concurrent }, on } = self;
        if !comparison.is_due() {
            return perform::run_async(decided, FallBack::Never, on, off, comparison.succeeded()).await;
        }
        match (decided.is_on(), is_concurrent) {
            (true, false) => one_after_the_other(comparison, &mut decided, on, off).await,
            (false, false) => one_after_the_other(comparison, &mut decided, off, on).await,
            (true, true) => at_once(comparison, &mut decided, on, off).await,
            (false, true) => at_once(comparison, &mut decided, off, on).await,
        }
    }
}

/// A comparison whose shadow is not done. Dropped like that it counts as an error.
struct Unfinished<'c, R> {
    comparison: &'c Comparison<R>,
    decided: &'c Decided,
    is_open: bool,
}

impl<'c, R> Unfinished<'c, R> {
    fn new(comparison: &'c Comparison<R>, decided: &'c Decided) -> Self {
        Self { comparison, decided, is_open: true }
    }

    /// Compares what was served with what the shadow came to; `None` if it panicked.
    fn finish(mut self, served: &R, shadow: Option<R>) {
        if let Some(shadow) = shadow {
            self.is_open = false;
            self.comparison.compare(self.decided, served, || shadow);
        }
    }
}

impl<R> Drop for Unfinished<'_, R> {
    fn drop(&mut self) {
        if self.is_open {
            self.comparison.count(self.decided, ShadowResult::Error);
        }
    }
}

async fn one_after_the_other<R, Served, Shadow>(
    comparison: &Comparison<R>,
    decided: &mut Decided,
    served: impl FnOnce() -> Served,
    shadow: impl FnOnce() -> Shadow,
) -> R
where
    Served: Future<Output = R>,
    Shadow: Future<Output = R>,
{
    let served = perform::measured_async(decided.start(), served, comparison.succeeded()).await;
    let unfinished = Unfinished::new(comparison, decided);
    let shadow = perform::caught(async { shadow().await }).await;
    unfinished.finish(&served, shadow);
    served
}

async fn at_once<R, Served, Shadow>(
    comparison: &Comparison<R>,
    decided: &mut Decided,
    served: impl FnOnce() -> Served,
    shadow: impl FnOnce() -> Shadow,
) -> R
where
    Served: Future<Output = R>,
    Shadow: Future<Output = R>,
{
    let mut serving = pin!(perform::measured_async(decided.start(), served, comparison.succeeded()));
    let decided = &*decided;
    let mut shadowing = pin!(perform::caught(async { shadow().await }));
    let (mut served, mut shadow) = (None, None);
    poll_fn(|context| {
        if served.is_none()
            && let Poll::Ready(result) = serving.as_mut().poll(context)
        {
            served = Some((result, Unfinished::new(comparison, decided)));
        }
        if shadow.is_none()
            && let Poll::Ready(result) = shadowing.as_mut().poll(context)
        {
            shadow = Some(result);
        }
        match (served.take(), shadow.take()) {
            (Some((result, unfinished)), Some(shadow)) => {
                unfinished.finish(&result, shadow);
                Poll::Ready(result)
            }
            (was_served, was_shadowed) => {
                (served, shadow) = (was_served, was_shadowed);
                Poll::Pending
            }
        }
    })
    .await
}
