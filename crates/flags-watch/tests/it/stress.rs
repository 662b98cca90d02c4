//! A thousand saves while others read: old or new, never mixed, and the last save wins. Cases 31, 45.

use std::{
    num::ParseIntError,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::channel,
    },
};

use arc_swap::ArcSwap;
use flags_watch::{Documents, Origin, Ready, Update};

use crate::support::{PATIENCE, Place, by_events, replace, write};

const SAVES: u64 = 1_000;
const COPIES: usize = 200;

/// One number, many times over: a mixture of two saves shows.
fn save(number: u64) -> String {
    vec![number.to_string(); COPIES].join("\n")
}

#[derive(Debug, thiserror::Error)]
enum Torn {
    #[error(transparent)]
    NotANumber(#[from] ParseIntError),
    #[error("half a file")]
    Half,
}

fn parse(documents: &Documents) -> Result<Vec<u64>, Torn> {
    let numbers = documents.files()[0].text.lines().map(str::parse).collect::<Result<Vec<u64>, _>>()?;
    if numbers.len() == COPIES { Ok(numbers) } else { Err(Torn::Half) }
}

#[test]
fn case_45_a_thousand_saves_under_load() {
    let (_place, path) = Place::with_file(&save(0));
    let mut ready = Ready::open(Origin::at(&path), by_events(), parse).unwrap();
    let first = ready.take_first().unwrap();
    let current = Arc::new(ArcSwap::from_pointee((first.revision, first.value)));
    let (sender, arrivals) = channel();
    let watcher = ready
        .start({
            let current = Arc::clone(&current);
            move |update| {
                if let Update::Loaded(loaded) = update {
                    let number = loaded.value[0];
                    current.store(Arc::new((loaded.revision, loaded.value)));
                    sender.send(number).unwrap();
                }
            }
        })
        .unwrap();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = (0, 0);
                while !done.load(Ordering::Relaxed) {
                    let seen = current.load();
                    let (revision, numbers) = &**seen;
                    assert!(numbers.iter().all(|number| *number == numbers[0]), "a mixture of two saves");
                    assert!((*revision, numbers[0]) >= last, "a step back");
                    last = (*revision, numbers[0]);
                }
            });
        }
        for number in 1..=SAVES {
            // Both styles, so that the inode changes half of the time.
            if number % 2 == 0 { replace(&path, &save(number)) } else { write(&path, &save(number)) }
        }
        let mut arrived = 0;
        while arrived != SAVES {
            arrived = arrivals.recv_timeout(PATIENCE).expect("the last save arrives");
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(current.load().1[0], SAVES);
    let status = watcher.status();
    assert_eq!(status.revision, status.loads_ok);
}
