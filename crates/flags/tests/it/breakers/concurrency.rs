//! Many threads on one breaker. // E5, G3

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

use flags::rollout::breaker::BreakerPhase;

use super::{anybody, client, control, look, noon, open, phase, process, run, wait};

/// resilience4j 1090, 1432: more runs than permits under concurrency.
#[test]
fn resilience4j_1090_1432_never_more_trials_than_permits() {
    let clock = noon();
    let flags = client(&clock);
    for round in 0..20 {
        open(&flags);
        wait(&clock, 60);
        let (begun, start) = (AtomicUsize::new(0), Barrier::new(8));
        let held: Vec<_> = thread::scope(|scope| {
            let asks = || {
                start.wait();
                let runs = (0..50).map(|_| flags.branch("search", &anybody()));
                let trials: Vec<_> = runs.filter(flags::BranchGuard::is_on).collect();
                begun.fetch_add(trials.len(), SeqCst);
                trials
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(asks)).collect();
            threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(begun.load(SeqCst), 3, "in round {round}");
        assert!(!flags.is_enabled("search", &anybody()), "nobody else gets through");
        held.into_iter().for_each(flags::BranchGuard::success);
        look(&flags);
        assert_eq!(phase(&flags), BreakerPhase::Closed);
    }
}

/// Runs, people, looks and time at once: it comes out whole.
#[test]
fn whatever_happens_at_once_it_works_afterwards() {
    let (folder, clock) = (tempfile::tempdir().unwrap(), noon());
    let clients = [process(folder.path(), &clock), process(folder.path(), &clock)];
    thread::scope(|scope| {
        for flags in &clients {
            for worker in 0..2 {
                scope.spawn(move || {
                    for number in 0..2_000 {
                        run(flags, (number + worker) % 3 != 0);
                    }
                });
            }
            scope.spawn(|| (0..50).for_each(|_| look(flags)));
        }
        scope.spawn(|| {
            let ada = clients[0].breakers().by("ada").unwrap();
            for _ in 0..10 {
                wait(&clock, 20);
                ada.open("search").unwrap();
                ada.close("search").unwrap();
                ada.release("search").unwrap();
            }
        });
    });
    // Whoever could not write, as others did, tries again after a second.
    wait(&clock, 2);
    clients.iter().for_each(look);
    clients[0].breakers().by("ada").unwrap().release("search").unwrap();
    clients.iter().for_each(look);
    assert!(clients.iter().all(|flags| flags.is_enabled("search", &anybody()) && run(flags, true)));
    clients.iter().for_each(look);
    // Each can still open and close it.
    for flags in &clients {
        for _ in 0..11 {
            run(flags, false);
        }
        look(flags);
        clients.iter().for_each(look);
        let stands = || clients.iter().map(|flags| (flags.breakers().list(), control(flags))).collect::<Vec<_>>();
        assert!(clients.iter().all(|flags| !flags.is_enabled("search", &anybody())), "{:?}", stands());
        assert!(flags.breakers().view("search").unwrap().is_own);
        wait(&clock, 60);
        assert!((0..3).all(|_| run(flags, true)));
        look(flags);
        clients.iter().for_each(look);
        assert!(clients.iter().all(|flags| flags.is_enabled("search", &anybody())));
    }
}
