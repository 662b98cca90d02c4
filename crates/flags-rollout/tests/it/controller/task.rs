//! The task and the thread that look: they look by themselves, are woken, and end.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use flags_rollout::{
    controller::{Controller, Driver, FolderJournal, drive},
    machine::{Command, Status},
};

use super::world::{World, start, state};
use crate::rig::{guarded, minutes, unguarded};

/// How long what is sure to come may take: a test that waits in vain fails and does not hang.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits for something that is sure to come.
#[track_caller]
fn until(what: impl Fn() -> bool) {
    let begun = Instant::now();
    while !what() {
        assert!(begun.elapsed() < PATIENCE, "waited in vain");
        std::thread::yield_now();
    }
}

fn rig(folder: &std::path::Path, flag: &str) -> (World, Arc<Controller>) {
    let world = World::with(flag, &unguarded());
    let controller = Arc::new(world.controller(FolderJournal::open(folder).unwrap()));
    (world, controller)
}

#[test]
fn the_task_looks_by_itself_and_lets_go_of_the_lead_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (world, controller) = rig(folder.path(), "checkout");
    start(&controller, "checkout");
    world.pass(minutes(11));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    runtime.block_on(async {
        let stopped = async {
            let _ = stopped.await;
        };
        let task = tokio::spawn(drive(Arc::clone(&controller), Duration::from_millis(1), stopped));
        let advanced = async {
            while world.share("checkout") != "25" {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, advanced).await.unwrap();
        assert!(controller.is_leading());
        drop(stop);
        task.await.unwrap();
    });
    assert_eq!(controller.leader(), Ok(None));
}

#[test]
fn a_command_wakes_the_thread_long_before_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let (world, controller) = rig(folder.path(), "checkout");
    let driver = Driver::start(Arc::clone(&controller), Duration::from_secs(24 * 60 * 60)).unwrap();
    until(|| controller.is_leading());
    start(&controller, "checkout");
    until(|| controller.view("checkout").unwrap().observation.is_some());
    world.pass(minutes(11));
    controller.wake();
    until(|| world.share("checkout") == "25");
    driver.stop();
    assert_eq!(controller.leader(), Ok(None));
}

#[test]
fn a_look_that_panics_is_told_and_the_next_one_comes() {
    let folder = tempfile::tempdir().unwrap();
    let (world, controller) = rig(folder.path(), "checkout");
    start(&controller, "checkout");
    world.inner().broken.insert("panic");
    let driver = Driver::start(Arc::clone(&controller), Duration::from_millis(1)).unwrap();
    until(|| world.inner().told.contains("has panicked, and is tried again: the port is broken"));
    world.inner().broken.clear();
    until(|| controller.view("checkout").unwrap().observation.is_some());
    drop(driver);
    assert_eq!(world.inner().told.matches("panicked").count(), 1, "it is not told each time");
}

#[test]
fn what_is_told_may_ask_and_command_the_controller() {
    let folder = tempfile::tempdir().unwrap();
    let (world, controller) = rig(folder.path(), "checkout");
    world.define("search", &guarded());
    let asked = Arc::clone(&controller);
    world.inner().on_told = Some(Box::new(move |flag, line| {
        assert!(asked.views().is_ok());
        if flag == "checkout" && line.contains("started") {
            asked.command("search", Command::from_name("start").unwrap(), "robot", "with checkout").unwrap();
        }
    }));
    start(&controller, "checkout");
    assert!(matches!(state(&controller, "search").status, Status::Running(_)));
    world.inner().on_told = None;
}
