//! Verification before anything is timed: a peer that answers otherwise does other work, and its times would mean nothing.

use std::fmt;

use serde::Serialize;

use crate::{
    peer::Contestant,
    workload::{FlagSet, SMALL_SET, TREATMENT, VARIANTS, Workload, probes},
};

/// How far, in percentage points, a share may be from what the flag asks for.
const TOLERANCE: f64 = 3.0;

/// What the users were served, in percent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Shares {
    /// W2 on; half is asked for.
    pub(crate) rollout_on: f64,
    /// W6 on; half is asked for.
    pub(crate) large_set_on: f64,
    /// W4 by variant, in the order of [`VARIANTS`].
    pub(crate) variants: [f64; 4],
}

/// An answer the workload does not allow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Wrong {
    peer: &'static str,
    workload: Workload,
    found: String,
    expected: String,
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, workload, found, expected } = self;
        write!(
            formatter,
            "{peer} answers {workload} ({}) with {found}, where {expected} was expected",
            workload.title()
        )
    }
}

impl std::error::Error for Wrong {}

/// Asks for every flag and user once: W1 is on, W3 the treatment and W5 off for all, the shares are near to those asked
/// for, and the flags of rules have each of their conditions at work.
pub(crate) fn verify(peer: &dyn Contestant, users: usize) -> Result<Shares, Wrong> {
    let set = FlagSet::mixed(SMALL_SET);
    for (workload, expected) in [(Workload::On, "on"), (Workload::Rules, TREATMENT), (Workload::Unknown, "off")] {
        for flag in set.names(workload) {
            for user in 0..users {
                expect(peer, workload, &peer.answer(workload, &flag, user), expected)?;
            }
        }
    }
    for flag in set.names(Workload::Rules) {
        for (user, expected) in probes() {
            expect(peer, Workload::Rules, &peer.answer_for(&flag, &user), expected)?;
        }
    }

    let half = |workload, names: &[String], each: usize| {
        let asked = (0..names.len() * each).map(|index| (&names[index / each], index % users));
        share(peer, workload, asked, "on", 50.0)
    };
    let large = FlagSet::rollouts(crate::workload::LARGE_SET).names(Workload::LargeSet);
    let shares = Shares {
        rollout_on: half(Workload::Rollout, &set.names(Workload::Rollout), users)?,
        // Three users for each flag; the next flag has the next three, so that all take part.
        large_set_on: half(Workload::LargeSet, &large, 3)?,
        variants: {
            let names = set.names(Workload::Variants);
            let mut shares = [0.0; 4];
            for (slot, (variant, weight)) in shares.iter_mut().zip(VARIANTS) {
                let asked = names.iter().flat_map(|name| (0..users).map(move |user| (name, user)));
                *slot = share(peer, Workload::Variants, asked, variant, f64::from(weight))?;
            }
            shares
        },
    };
    sticky(peer, &set, users)?;
    Ok(shares)
}

fn expect(peer: &dyn Contestant, workload: Workload, found: &str, expected: &str) -> Result<(), Wrong> {
    if found == expected {
        return Ok(());
    }
    Err(Wrong { peer: peer.about().name, workload, found: format!("{found:?}"), expected: format!("{expected:?}") })
}

/// The percentage of `asked` that is answered with `answer`.
fn share<'a>(
    peer: &dyn Contestant,
    workload: Workload,
    asked: impl Iterator<Item = (&'a String, usize)>,
    answer: &str,
    expected: f64,
) -> Result<f64, Wrong> {
    let (mut answered, mut total) = (0_u32, 0_u32);
    for (flag, user) in asked {
        total += 1;
        answered += u32::from(peer.answer(workload, flag, user) == answer);
    }
    let found = 100.0 * f64::from(answered) / f64::from(total.max(1));
    if (found - expected).abs() <= TOLERANCE {
        return Ok(found);
    }
    Err(Wrong {
        peer: peer.about().name,
        workload,
        found: format!("{found:.1} % {answer:?}"),
        expected: format!("{expected} % within {TOLERANCE} points"),
    })
}

/// The same question has the same answer.
fn sticky(peer: &dyn Contestant, set: &FlagSet, users: usize) -> Result<(), Wrong> {
    for workload in [Workload::Rollout, Workload::Variants] {
        for flag in set.names(workload) {
            for user in (0..users).step_by(16) {
                let first = peer.answer(workload, &flag, user);
                expect(peer, workload, &peer.answer(workload, &flag, user), &first)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        peer::{About, Cursor},
        peers::ENTRIES,
        workload::{User, users},
    };

    #[test]
    fn every_peer_answers_as_the_workloads_ask() {
        let users = users();
        for entry in ENTRIES {
            let peer = (entry.prepare)(&users).unwrap_or_else(|error| panic!("{error}"));
            verify(&*peer, users.len()).unwrap_or_else(|error| panic!("{error}"));
        }
    }

    /// Right in everything, but for one workload.
    struct Broken(Workload);

    impl Contestant for Broken {
        fn about(&self) -> About {
            About { name: "broken", package: None, note: "" }
        }

        fn run(&self, _: Workload, _: &mut Cursor, _: u64) -> u64 {
            0
        }

        fn answer(&self, workload: Workload, flag: &str, user: usize) -> String {
            let place = (flag.bytes().map(usize::from).sum::<usize>() + user) % 100;
            let broken = workload == self.0;
            match workload {
                Workload::On => if broken && user == 1_000 { "off" } else { "on" }.to_owned(),
                Workload::Rules => if broken { "control" } else { TREATMENT }.to_owned(),
                Workload::Unknown => if broken { "on" } else { "off" }.to_owned(),
                Workload::Variants => {
                    let place = if broken { place / 2 } else { place };
                    ["a", "b", "b", "c", "c", "c", "d", "d", "d", "d"][place / 10].to_owned()
                }
                _ => if place < if broken { 40 } else { 50 } { "on" } else { "off" }.to_owned(),
            }
        }

        fn answer_for(&self, _: &str, user: &User) -> String {
            let (_, expected) =
                probes().into_iter().find(|(probe, _)| same(probe, user)).expect("a probe is asked for");
            expected.to_owned()
        }
    }

    fn same(left: &User, right: &User) -> bool {
        left.strings() == right.strings() && left.age == right.age
    }

    #[test]
    fn a_wrong_answer_is_found_in_every_workload() {
        let users = users().len();
        verify(&Broken(Workload::TwoThreads), users).expect("the model itself is right: W7 is not asked");
        for workload in Workload::TIMED {
            let wrong = verify(&Broken(workload), users).expect_err("one workload is broken");
            assert_eq!(wrong.workload, workload, "{wrong}");
        }
    }
}
