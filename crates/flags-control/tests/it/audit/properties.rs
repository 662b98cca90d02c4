//! D3: whatever is appended by whomever, interrupted wherever, and begun again: every entry is there once, in its place.

use std::{collections::BTreeMap, fs};

use flags_control::audit::{AuditLog, Draft, Expectation};
use proptest::prelude::*;

use super::support::{Place, all, change, checkpoint, note};

#[derive(Clone, Debug)]
enum Step {
    /// A change of controls with so many entries, by one of the processes.
    Change { entries: usize, process: usize },
    /// Something that is no change of controls.
    Note { process: usize },
    /// The drafts of the last change once more, by somebody who does not know that they are there.
    Again { process: usize },
    /// A process ends, and begins anew.
    Restart { process: usize },
    /// A change that is interrupted when that part of its bytes is written (256 would be all), what follows being zeros or
    /// nothing, and is then appended again.
    Interrupted { entries: usize, part: usize, zeros: usize, process: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let process = || 0..3_usize;
    prop_oneof![
        4 => (1..4_usize, process()).prop_map(|(entries, process)| Step::Change { entries, process }),
        2 => process().prop_map(|process| Step::Note { process }),
        1 => process().prop_map(|process| Step::Again { process }),
        1 => process().prop_map(|process| Step::Restart { process }),
        3 => (1..4_usize, 0..=256_usize, prop_oneof![Just(0), 1..50_usize], process())
            .prop_map(|(entries, part, zeros, process)| Step::Interrupted { entries, part, zeros, process }),
    ]
}

struct Run {
    place: Place,
    processes: Vec<AuditLog>,
    revision: u64,
    last: Vec<Draft>,
    /// How many entries each revision should have.
    expected: BTreeMap<u64, usize>,
    notes: usize,
}

impl Run {
    fn new(segment_bytes: u64) -> Self {
        let place = Place::with_segments(segment_bytes);
        let processes = (0..3).map(|_| place.open()).collect();
        Self { place, processes, revision: 0, last: Vec::new(), expected: BTreeMap::new(), notes: 0 }
    }

    fn next(&mut self, entries: usize) -> Vec<Draft> {
        self.revision += 1;
        self.expected.insert(self.revision, entries);
        self.last = (0..entries)
            .map(|entry| Draft { reason: Some(entry.to_string().into()), ..change(self.revision) })
            .collect();
        self.last.clone()
    }

    fn append(&self, process: usize, drafts: &[Draft]) -> usize {
        self.processes[process].append(drafts, &checkpoint(self.revision)).unwrap().len()
    }

    fn take(&mut self, step: &Step) {
        match *step {
            Step::Change { entries, process } => {
                let drafts = self.next(entries);
                assert_eq!(self.append(process, &drafts), entries);
            }
            Step::Note { process } => {
                self.notes += 1;
                assert_eq!(self.append(process, &[note(1)]), 1);
            }
            Step::Again { process } => assert_eq!(self.append(process, &self.last), 0),
            Step::Restart { process } => self.processes[process] = self.place.open(),
            Step::Interrupted { entries, part, zeros, process } => {
                let before = self.files();
                let drafts = self.next(entries);
                self.append(process, &drafts);
                let (name, bytes) = self.files().pop().unwrap();
                let kept = before.into_iter().find(|(former, _)| *former == name).map_or(0, |(_, bytes)| bytes.len());
                let mut left = bytes[..kept + (bytes.len() - kept) * part / 256].to_vec();
                if left.len() < bytes.len() {
                    left.resize(left.len() + zeros, 0);
                }
                fs::write(self.place.path("audit").join(name), left).unwrap();
                self.processes[process] = self.place.open();
                self.append((process + 1) % 3, &drafts);
            }
        }
    }

    fn files(&self) -> Vec<(String, Vec<u8>)> {
        if self.place.path("audit").exists() { self.place.files("audit-") } else { Vec::new() }
    }

    fn check(&self) {
        let entries = all(&self.place.open());
        let mut found: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for entry in &entries {
            if let Some(revision) = entry.revision {
                found.entry(revision).or_default().push(entry.reason.as_deref().unwrap().to_owned());
            }
        }
        let expected: BTreeMap<_, Vec<_>> = self
            .expected
            .iter()
            .map(|(revision, entries)| (*revision, (0..*entries).map(|entry| entry.to_string()).collect()))
            .collect();
        assert_eq!(found, expected);
        assert_eq!(entries.iter().filter(|entry| &*entry.action == "definition_changed").count(), self.notes);
        let expectation = entries.last().map(|last| Expectation::EndsAt(last.head()));
        let verification = self.place.open().verify(expectation).unwrap();
        assert_eq!((verification.broken, verification.entries), (None, entries.len() as u64));
        for process in &self.processes {
            assert_eq!(process.last_revision().unwrap(), self.expected.keys().next_back().copied());
        }
        let replay = self.place.open().replay().unwrap();
        let from = replay.checkpoint.map_or(0, |checkpoint| checkpoint["revision"].as_u64().unwrap());
        let needed: Vec<_> = entries.iter().filter(|entry| entry.revision > Some(from)).cloned().collect();
        assert!(replay.changes.ends_with(&needed));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    // D3
    #[test]
    fn every_entry_is_there_once_whatever_happens(
        segment_bytes in prop_oneof![Just(1_u64), 500..3_000_u64, Just(u64::MAX)],
        steps in prop::collection::vec(step(), 1..25),
    ) {
        let mut run = Run::new(segment_bytes);
        for step in &steps {
            run.take(step);
            run.check();
        }
    }
}
