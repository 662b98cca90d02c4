//! No sequence of requests, in any order and by whomever, lets one person change a protected flag.
//!
//! The same requests go to the real decision and to a naive one that is written as the promise reads, over lists; they have
//! to agree on what is accepted and on what is in force afterwards.

use flags_control::{Action, Change, Command, ControlState, Receipt, Slot, Standing, audit::Draft};
use proptest::{prelude::*, test_runner::RngSeed};

use crate::support::{Desk, clear, flag, hours, id, override_to, revive, set, set_until};

const PEOPLE: [&str; 3] = ["ada", "ADA", "bob"];
const FLAGS: [&str; 2] = ["open", "checkout"];
const VARIANTS: [&str; 2] = ["compact", "express"];

#[derive(Clone, Debug)]
enum Step {
    Ask(&'static str, Command),
    Wait(i64),
    Sweep,
}

fn change() -> impl Strategy<Value = Change> {
    let key = prop::sample::select(&FLAGS[..]);
    (key, 0..6_usize, prop::sample::select(&VARIANTS[..])).prop_map(|(key, kind, variant)| match kind {
        0 => set(key, Action::Kill),
        1 => set(key, override_to(variant)),
        2 => set_until(key, override_to(variant), hours(100)),
        3 => revive(key),
        4 => clear(key, None),
        _ => clear(key, Some(Slot::Kill)),
    })
}

fn step() -> impl Strategy<Value = Step> {
    let command = prop_oneof![
        4 => change().prop_map(Command::Change),
        3 => change().prop_map(Command::Propose),
        3 => (1..20_u64).prop_map(|number| Command::Approve(id(number))),
        1 => (1..20_u64).prop_map(|number| Command::Reject(id(number))),
        1 => (1..20_u64).prop_map(|number| Command::Withdraw(id(number))),
        1 => prop::sample::select(&FLAGS[..]).prop_map(|key| Command::Confirm(flag(key))),
    ];
    prop_oneof![
        12 => (prop::sample::select(&PEOPLE[..]), command).prop_map(|(name, command)| Step::Ask(name, command)),
        1 => (1..40_i64).prop_map(Step::Wait),
        1 => Just(Step::Sweep),
    ]
}

/// The naive decision.
#[derive(Default)]
struct Naive {
    hour: i64,
    revision: u64,
    controls: Vec<Entry>,
    proposals: Vec<Waiting>,
}

#[derive(Clone, PartialEq)]
struct Entry {
    id: u64,
    key: String,
    /// `None` is a kill.
    variant: Option<String>,
    until: Option<i64>,
    author: String,
    unconfirmed: bool,
}

struct Waiting {
    id: u64,
    change: Change,
    author: String,
    until: i64,
    base: Vec<u64>,
}

impl Naive {
    fn touched(&self, change: &Change) -> Vec<Entry> {
        let key = change.target().key();
        let kill = match change {
            Change::Set { action, .. } => Some(*action == Action::Kill),
            Change::Revive { .. } | Change::Clear { slot: Some(_), .. } => Some(true),
            _ => Some(false),
        };
        let touches = |entry: &&Entry| {
            entry.key == key
                && Some(entry.variant.is_none()) == kill
                && entry.until.is_none_or(|until| self.hour < until)
        };
        self.controls.iter().filter(touches).cloned().collect()
    }

    fn make(&mut self, change: &Change, author: &str, unconfirmed: bool) {
        let touched = self.touched(change);
        let key = change.target().key().to_owned();
        self.revision += 1;
        self.controls.retain(|entry| !touched.contains(entry));
        if let Change::Set { action, expires_at, .. } = change {
            let variant = match action {
                Action::Override { variant } => Some(variant.to_string()),
                _ => None,
            };
            // One that has expired and is still there is replaced as well.
            self.controls.retain(|entry| entry.key != key || entry.variant.is_none() != variant.is_none());
            let until = expires_at.map(|_| 100);
            self.controls.push(Entry { id: self.revision, key, variant, until, author: author.into(), unconfirmed });
        }
    }

    /// Whether the request changes something; a refusal and no difference are both none.
    fn ask(&mut self, name: &str, command: &Command) -> bool {
        let person = name.to_lowercase();
        match command {
            Command::Change(change) | Command::Propose(change) => {
                let is_proposal = matches!(command, Command::Propose(_));
                let touched = self.touched(change);
                let kill = matches!(change, Change::Set { action: Action::Kill, .. });
                let expiry_is_over = matches!(change, Change::Set { expires_at: Some(_), .. }) && self.hour >= 100;
                if expiry_is_over {
                    return false;
                }
                let confirmable = touched.first().is_some_and(|entry| entry.unconfirmed && entry.author != person);
                if kill && !is_proposal && confirmable {
                    self.confirm(touched[0].id);
                    return true;
                }
                let is_so = match change {
                    Change::Set { action, expires_at, .. } => touched.iter().any(|entry| {
                        let variant = match action {
                            Action::Override { variant } => Some(variant.to_string()),
                            _ => None,
                        };
                        entry.variant == variant && entry.until.is_some() == expires_at.is_some()
                    }),
                    _ => touched.is_empty(),
                };
                if is_so {
                    return false;
                }
                let protected = change.target().key() == "checkout";
                if is_proposal {
                    self.revision += 1;
                    let base = ids(&touched);
                    let (id, until) = (self.revision, self.hour + 24);
                    self.proposals.push(Waiting { id, change: change.clone(), author: person, until, base });
                } else if protected && !kill {
                    return false;
                } else {
                    self.make(change, &person, protected);
                }
                true
            }
            Command::Approve(id) => {
                let Some(at) = self.proposals.iter().position(|waiting| waiting.id == id.get()) else {
                    let waits = |entry: &&Entry| entry.id == id.get() && entry.unconfirmed && entry.author != person;
                    let found = self.controls.iter().find(waits).map(|entry| entry.id);
                    return found.is_some_and(|id| self.confirm(id));
                };
                let waiting = &self.proposals[at];
                let expiry_is_over =
                    matches!(waiting.change, Change::Set { expires_at: Some(_), .. }) && self.hour >= 100;
                let same = ids(&self.touched(&waiting.change)) == waiting.base;
                if waiting.author == person || waiting.until <= self.hour || !same || expiry_is_over {
                    return false;
                }
                let waiting = self.proposals.remove(at);
                self.make(&waiting.change, &waiting.author, false);
                true
            }
            Command::Reject(id) | Command::Withdraw(id) => {
                let only_own = matches!(command, Command::Withdraw(_));
                let before = self.proposals.len();
                self.proposals.retain(|waiting| waiting.id != id.get() || (only_own && waiting.author != person));
                self.revision += u64::from(self.proposals.len() < before);
                self.proposals.len() < before
            }
            Command::Confirm(target) => {
                let waits = |entry: &&Entry| entry.key == target.key() && entry.unconfirmed && entry.author != person;
                let found = self.controls.iter().find(waits).map(|entry| entry.id);
                found.is_some_and(|id| self.confirm(id))
            }
            _ => unreachable!(),
        }
    }

    fn confirm(&mut self, id: u64) -> bool {
        self.revision += 1;
        self.controls.iter_mut().filter(|entry| entry.id == id).for_each(|entry| entry.unconfirmed = false);
        true
    }

    fn sweep(&mut self) {
        let before = self.controls.len() + self.proposals.len();
        self.controls.retain(|entry| entry.until.is_none_or(|until| self.hour < until));
        self.proposals.retain(|waiting| self.hour < waiting.until);
        self.revision += (before - self.controls.len() - self.proposals.len()) as u64;
    }

    fn words(&self) -> Vec<String> {
        let mut words: Vec<_> = self
            .controls
            .iter()
            .map(|entry| {
                let variant = entry.variant.as_deref().unwrap_or("-");
                format!("{} {} {variant} {} {}", entry.id, entry.key, entry.author, entry.unconfirmed)
            })
            .chain(self.proposals.iter().map(|waiting| format!("proposal {} {}", waiting.id, waiting.author)))
            .collect();
        words.sort();
        words
    }
}

fn ids(entries: &[Entry]) -> Vec<u64> {
    entries.iter().map(|entry| entry.id).collect()
}

fn words(state: &ControlState) -> Vec<String> {
    let controls = state.controls().map(|control| {
        let variant = match &control.action {
            Action::Override { variant } => variant,
            _ => "-",
        };
        let (key, author) = (control.target.key(), control.author.name().to_lowercase());
        format!("{} {key} {variant} {author} {}", control.id, control.standing == Standing::Unconfirmed)
    });
    let proposals =
        state.proposals().map(|proposal| format!("proposal {} {}", proposal.id, proposal.author.name().to_lowercase()));
    let mut words: Vec<_> = controls.chain(proposals).collect();
    words.sort();
    words
}

/// What is in force on the protected flag, apart from who agreed to it.
fn in_force(state: &ControlState) -> Vec<(u64, String)> {
    state.of(&flag("checkout")).map(|control| (control.id.get(), control.action.to_string())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_500, failure_persistence: None, rng_seed: RngSeed::Fixed(20_261_120), ..ProptestConfig::default()
    })]

    // D4
    #[test]
    fn nobody_changes_a_protected_flag_alone(steps in prop::collection::vec(step(), 1..40)) {
        let mut desk = Desk::new();
        let mut naive = Naive::default();
        let mut entries: Vec<Draft> = vec![];
        for step in steps {
            let former = desk.state.clone();
            match &step {
                Step::Ask(name, command) => {
                    let asked = desk.ask(name, command.clone());
                    let changed = asked.as_ref().is_ok_and(|receipt| *receipt != Receipt::Unchanged);
                    prop_assert_eq!(changed, naive.ask(name, command), "{:?} {:?}", step, asked);
                    // The promise itself, without any model: what was in force is another only by two people or a kill.
                    if in_force(&former) != in_force(&desk.state) {
                        let approver = name.to_lowercase();
                        let by_two = match command {
                            Command::Approve(id) => {
                                former.proposal(*id).is_some_and(|it| it.author.name().to_lowercase() != approver)
                            }
                            _ => false,
                        };
                        let is_kill = *command == Command::Change(set("checkout", Action::Kill));
                        prop_assert!(by_two || is_kill, "{:?}", step);
                    }
                }
                Step::Wait(hours_more) => {
                    naive.hour += hours_more;
                    desk.now.set(hours(naive.hour));
                }
                Step::Sweep => {
                    // The entries of all that is swept, not of the last only.
                    while let Some(changed) = flags_control::expire(&desk.state, &crate::support::actor("flags"), desk.now.get()) {
                        entries.extend(changed.state.outbox().cloned());
                        desk.state = changed.state;
                    }
                    naive.sweep();
                }
            }
            if former != desk.state && !matches!(step, Step::Sweep) {
                entries.extend(desk.state.outbox().cloned());
            }
            prop_assert_eq!(words(&desk.state), naive.words(), "{:?}", step);
            prop_assert_eq!(desk.state.revision().get(), naive.revision);
        }
        // What was recorded tells the state again, from the beginning and from any point in between.
        prop_assert_eq!(&ControlState::replay(None, &entries).unwrap(), &desk.state.settled());
        let half = ControlState::replay(None, &entries[..entries.len() / 2]).unwrap();
        let rest = ControlState::replay(Some(&half.to_checkpoint()), &entries).unwrap();
        prop_assert_eq!(rest, desk.state.settled());
    }
}
