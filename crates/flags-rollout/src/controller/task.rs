//! The task that looks again and again. Everything else about a controller waits for nothing but files.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::{Pin, pin},
    sync::{Arc, Mutex},
    time::Duration,
};

use tokio::{
    task::spawn_blocking,
    time::{Interval, MissedTickBehavior},
};

use super::{Controller, Incident, Told, core::lock, nag::Nag};

/// The shortest time between two looks that nobody asked for.
const SHORTEST: Duration = Duration::from_millis(1);

/// Looks in an interval, and at once when it is [woken](Controller::wake), until `stop` is ready. One second is a good interval.
///
/// A look that is under way is carried through before it ends, and the lead is let go of. Looks are on the threads that the
/// runtime keeps for what blocks, since they read and write files. What keeps it from looking is told through the port.
///
/// Dropped before its end it stops too, after the look under way; the lead is kept then, until the controller is dropped.
pub async fn drive(controller: Arc<Controller>, interval: Duration, stop: impl Future<Output = ()>) {
    let nag = Arc::new(Mutex::new(Nag::default()));
    let (mut ticks, mut stop) = (ticks(interval), pin!(stop));
    while is_time(&controller, &mut ticks, stop.as_mut()).await {
        let (controller, nag) = (Arc::clone(&controller), Arc::clone(&nag));
        // A look does not panic: what panics in it is caught and told.
        let _ = spawn_blocking(move || controller.look_and_tell(&mut lock(&nag))).await;
    }
    controller.resign();
}

/// The interval. After a look that took long the next one does not have to make up for it.
pub(super) fn ticks(interval: Duration) -> Interval {
    let mut ticks = tokio::time::interval(interval.max(SHORTEST));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Waits until it is time to look; false once it is time to end.
pub(super) async fn is_time(
    controller: &Controller,
    ticks: &mut Interval,
    stop: Pin<&mut impl Future<Output = ()>>,
) -> bool {
    tokio::select! {
        biased;
        () = stop => false,
        () = controller.wake.notified() => true,
        _ = ticks.tick() => true,
    }
}

impl Controller {
    /// Looks, and tells what kept it from looking.
    pub(super) fn look_and_tell(&self, nag: &mut Nag) {
        let incident = match catch_unwind(AssertUnwindSafe(|| self.look())) {
            Ok(Ok(_)) => {
                nag.is_over(|_| true);
                return;
            }
            Ok(Err(error)) => Incident::Journal { error },
            Err(panic) => Incident::Panicked { message: message(&*panic) },
        };
        if nag.tells(&incident, self.port.uptime()) {
            self.port.tell("", &Told::Incident(&incident));
        }
    }
}

fn message(panic: &(dyn Any + Send)) -> Box<str> {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("it did not say why").into()
}
