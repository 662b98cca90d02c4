//! Running the branch that was decided, and the old one in its place where that is wanted: once for closures, once for futures.

use std::{
    future::{Future, poll_fn},
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
};

use super::decided::{Decided, Running};

/// After which ends of the new branch the old one runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FallBack {
    Never,
    OnFailure,
    OnFailureOrPanic,
}

/// Runs the branch that was decided; `succeeded` tells a success from a failure.
pub(super) fn run<R>(
    mut decided: Decided,
    fall_back: FallBack,
    on: impl FnOnce() -> R,
    off: impl FnOnce() -> R,
    succeeded: fn(&R) -> bool,
) -> R {
    if !decided.is_on() {
        return measured(decided.start(), off, succeeded);
    }
    let running = decided.start();
    let on = || measured(running, on, succeeded);
    let ended = match fall_back {
        // That this is sound for the closure was asked of the caller where he chose it.
        FallBack::OnFailureOrPanic => catch_unwind(AssertUnwindSafe(on)).ok(),
        FallBack::Never | FallBack::OnFailure => Some(on()),
    };
    match ended {
        Some(result) if fall_back == FallBack::Never || succeeded(&result) => result,
        _ => measured(decided.start_fall_back(), off, succeeded),
    }
}

/// Runs `branch` and tells how it ended; a panic drops `running`, which counts.
pub(super) fn measured<R>(running: Running, branch: impl FnOnce() -> R, succeeded: fn(&R) -> bool) -> R {
    let result = branch();
    running.end(succeeded(&result));
    result
}

/// The same for branches that are futures.
pub(super) async fn run_async<R, On, Off>(
    mut decided: Decided,
    fall_back: FallBack,
    on: impl FnOnce() -> On,
    off: impl FnOnce() -> Off,
    succeeded: fn(&R) -> bool,
) -> R
where
    On: Future<Output = R>,
    Off: Future<Output = R>,
{
    if !decided.is_on() {
        return measured_async(decided.start(), off, succeeded).await;
    }
    // Begins with its first poll, so that a panic of `on` itself is caught as well.
    let running = decided.start();
    let on = async { measured_async(running, on, succeeded).await };
    let ended = match fall_back {
        FallBack::OnFailureOrPanic => caught(on).await,
        FallBack::Never | FallBack::OnFailure => Some(on.await),
    };
    match ended {
        Some(result) if fall_back == FallBack::Never || succeeded(&result) => result,
        _ => measured_async(decided.start_fall_back(), off, succeeded).await,
    }
}

/// Runs `branch` and tells how it ended; a panic, or a drop in between, drops `running`, which counts.
pub(super) async fn measured_async<R, F: Future<Output = R>>(
    running: Running,
    branch: impl FnOnce() -> F,
    succeeded: fn(&R) -> bool,
) -> R {
    let result = branch().await;
    running.end(succeeded(&result));
    result
}

/// What a future comes to, or `None` if it panics. Whoever calls this answers for what a panic leaves behind.
pub(super) async fn caught<R>(future: impl Future<Output = R>) -> Option<R> {
    let mut future = pin!(future);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll.map(Some),
        Err(_) => std::task::Poll::Ready(None),
    })
    .await
}
