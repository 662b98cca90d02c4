//! The contract between the harness and an adapter, and [`Contestant`]: a peer loaded with both sets and all users, ready
//! to be run by name of workload.

use std::{error::Error, fmt, hint::black_box};

use crate::workload::{FlagSet, LARGE_SET, SMALL_SET, USERS, User, Workload};

/// One evaluator. Everything that can be prepared happens in [`load`](Peer::load) and [`user`](Peer::user); only
/// [`is_on`](Peer::is_on) and [`variant`](Peer::variant) are timed.
pub(crate) trait Peer: Send + Sync + Sized + 'static {
    /// What stands in the tables.
    const ABOUT: About;

    /// The peer's context, made beforehand and borrowed by each evaluation.
    type User: Send + Sync;

    /// The set in the peer's own file format.
    fn document(set: &FlagSet) -> Vec<u8>;

    /// From bytes in memory to a store that is ready to evaluate.
    fn load(document: Vec<u8>) -> Result<Self, PeerError>;

    /// The user as this peer wants it.
    fn user(user: &User) -> Self::User;

    /// The value of a boolean flag; `false` where there is none.
    fn is_on(&self, flag: &str, user: &Self::User) -> bool;

    /// Passes the value of a string flag to `read`; the empty string where there is none.
    fn variant<R>(&self, flag: &str, user: &Self::User, read: impl FnOnce(&str) -> R) -> R;
}

/// What the tables say of a peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    /// Its name in the tables.
    pub(crate) name: &'static str,
    /// The package, as the lock file has it, unless it is the harness itself.
    pub(crate) package: Option<&'static str>,
    /// What of it is called, and what a reader has to know to be fair to it.
    pub(crate) note: &'static str,
}

/// Why a peer could not load its own document.
#[derive(Debug)]
pub(crate) struct PeerError {
    peer: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl PeerError {
    /// An error of `peer`.
    pub(crate) fn new(peer: &About, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { peer: peer.name, source: source.into() }
    }
}

impl fmt::Display for PeerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} does not load the document written for it: {}", self.peer, self.source)
    }
}

impl Error for PeerError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

/// A place in the round of names and of users. It goes on where the last batch stopped: if each batch began at the
/// first name, a slow peer would only ever see the few flags at the front, warm in its cache.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cursor {
    name: usize,
    user: usize,
}

impl Cursor {
    /// A cursor that starts elsewhere, for a second thread.
    pub(crate) fn halfway() -> Self {
        Self { name: 7, user: USERS / 2 }
    }

    /// The next pair, and one step on.
    fn step(&mut self, names: usize, users: usize) -> (usize, usize) {
        // A compare and not a remainder: a division would cost as much as the fastest evaluation.
        let here = (if self.name < names { self.name } else { 0 }, if self.user < users { self.user } else { 0 });
        self.name = if here.0 + 1 == names { 0 } else { here.0 + 1 };
        self.user = if here.1 + 1 == users { 0 } else { here.1 + 1 };
        here
    }
}

/// A peer with its sets, its users and its names, whatever its type.
pub(crate) trait Contestant: Send + Sync {
    /// What the tables say of it.
    fn about(&self) -> About;

    /// Evaluates so many times and adds the answers up, so that none of them can be left out.
    fn run(&self, workload: Workload, cursor: &mut Cursor, evaluations: u64) -> u64;

    /// The answer for one user of the round, as text: `on`, `off`, or the variant.
    fn answer(&self, workload: Workload, flag: &str, user: usize) -> String;

    /// The answer of the small set for a user outside the round.
    fn answer_for(&self, flag: &str, user: &User) -> String;
}

/// What loading gives, whatever its type.
pub(crate) type Loaded<T> = Result<Box<T>, PeerError>;

/// The type-erased part of loading, which the harness repeats.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    /// What the tables say of it.
    pub(crate) about: About,
    /// Writes its document.
    pub(crate) document: fn(&FlagSet) -> Vec<u8>,
    /// Loads a document and hands the store back, to be dropped outside what is measured.
    pub(crate) load: fn(Vec<u8>) -> Loaded<dyn Send>,
    /// Loads everything.
    pub(crate) prepare: fn(&[User]) -> Loaded<dyn Contestant>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Entry").field("about", &self.about).finish_non_exhaustive()
    }
}

impl Entry {
    /// The entry of a peer.
    pub(crate) const fn of<P: Peer>() -> Self {
        Self {
            about: P::ABOUT,
            document: P::document,
            load: |document| P::load(document).map(|store| Box::new(store) as Box<dyn Send>),
            prepare: |users| Prepared::<P>::new(users).map(|prepared| Box::new(prepared) as Box<dyn Contestant>),
        }
    }
}

/// A peer loaded with both sets.
struct Prepared<P: Peer> {
    small: P,
    large: P,
    users: Vec<P::User>,
    names: [Vec<String>; Workload::ALL.len()],
}

impl<P: Peer> Prepared<P> {
    fn new(users: &[User]) -> Result<Self, PeerError> {
        let small = FlagSet::mixed(SMALL_SET);
        let large = FlagSet::rollouts(LARGE_SET);
        let names = Workload::ALL
            .map(|workload| if workload == Workload::LargeSet { large.names(workload) } else { small.names(workload) });
        Ok(Self {
            small: P::load(P::document(&small))?,
            large: P::load(P::document(&large))?,
            users: users.iter().map(P::user).collect(),
            names,
        })
    }

    fn names(&self, workload: Workload) -> &[String] {
        &self.names[workload as usize]
    }

    fn store(&self, workload: Workload) -> &P {
        if workload == Workload::LargeSet { &self.large } else { &self.small }
    }
}

impl<P: Peer> Contestant for Prepared<P> {
    fn about(&self) -> About {
        P::ABOUT
    }

    fn run(&self, workload: Workload, cursor: &mut Cursor, evaluations: u64) -> u64 {
        let names = self.names(workload);
        // Two loops, so that no branch on the workload stands in either.
        match workload {
            Workload::Rules | Workload::Variants => run_loop(names, &self.users, cursor, evaluations, |flag, user| {
                self.small.variant(flag, user, |value| value.as_bytes().first().copied().map_or(0, u64::from))
            }),
            _ => {
                let store = self.store(workload);
                run_loop(names, &self.users, cursor, evaluations, |flag, user| u64::from(store.is_on(flag, user)))
            }
        }
    }

    fn answer(&self, workload: Workload, flag: &str, user: usize) -> String {
        match workload {
            Workload::Rules | Workload::Variants => self.small.variant(flag, &self.users[user], str::to_owned),
            _ if self.store(workload).is_on(flag, &self.users[user]) => "on".to_owned(),
            _ => "off".to_owned(),
        }
    }

    fn answer_for(&self, flag: &str, user: &User) -> String {
        self.small.variant(flag, &P::user(user), str::to_owned)
    }
}

/// The timed loop. Only the references are hidden from the optimiser: a `black_box` on a `&str` goes through memory in two
/// halves, and reading it back may stall.
fn run_loop<U>(
    names: &[String],
    users: &[U],
    cursor: &mut Cursor,
    evaluations: u64,
    evaluate: impl Fn(&str, &U) -> u64,
) -> u64 {
    let mut here = *cursor;
    let mut sum = 0_u64;
    for _ in 0..evaluations {
        let (name, user) = here.step(names.len(), users.len());
        sum = sum.wrapping_add(evaluate(black_box(&names[name]), black_box(&users[user])));
    }
    *cursor = here;
    black_box(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_goes_round_and_goes_on_where_it_stopped() {
        let mut cursor = Cursor::default();
        let first: Vec<_> = (0..3).map(|_| cursor.step(2, 3)).collect();
        assert_eq!(first, [(0, 0), (1, 1), (0, 2)]);
        let mut copy = cursor;
        assert_eq!(copy.step(2, 3), (1, 0));
        assert_eq!(cursor.step(2, 3), (1, 0));
    }

    #[test]
    fn a_cursor_that_starts_elsewhere_stays_inside_short_rounds() {
        let mut cursor = Cursor::halfway();
        assert_eq!(cursor.step(5, USERS), (0, USERS / 2));
        assert_eq!(Cursor::halfway().step(25, 10), (7, 0));
    }
}
