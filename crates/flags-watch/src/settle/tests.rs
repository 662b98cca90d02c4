//! The state machine: a table of cases, and properties of random histories against a simulated file.

use std::time::Duration;

use proptest::{prelude::*, test_runner::RngSeed};

use super::{Action, Content, Event, FileId, Reading, Settle, Timing};
use crate::{ContentHash, fingerprint::Fingerprint};

const TIMING: Timing = Timing {
    quiet: Duration::from_millis(20),
    cap: Duration::from_millis(500),
    poll: Duration::from_millis(2000),
    read_every: 5,
};

fn settle(first: Result<u128, u128>) -> Settle {
    Settle::new(TIMING, Duration::ZERO, Fingerprint(1), first.map(ContentHash::new))
}

#[test]
fn the_table_of_cases_holds() {
    let mut problems = Vec::new();
    let mut cases = 0;
    for case in include_str!("cases.txt").split("\n## ").skip(1) {
        let (name, steps) = case.split_once('\n').expect("a case has steps");
        cases += 1;
        if let Err(problem) = run(steps) {
            problems.push(format!("{name}: {problem}"));
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
    assert_eq!(cases, 34, "every case of the file was run");
}

fn run(steps: &str) -> Result<(), String> {
    let mut machine = settle(Ok(1));
    for step in steps.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if step == "! missing" {
            machine = settle(Err(9));
            continue;
        }
        let (left, right) = step.split_once("->").ok_or(format!("no arrow in `{step}`"))?;
        let (at, event) = left.trim().split_once(' ').ok_or(format!("no event in `{step}`"))?;
        let now = Duration::from_millis(at.parse().map_err(|error| format!("{at}: {error}"))?);
        let action = machine.step(parse(event.trim()), now);
        let mut expected = right.split_whitespace();
        let name = name(action);
        if expected.next() != Some(name) {
            return Err(format!("`{step}` was answered with {name}"));
        }
        if expected.next() == Some("until") {
            let deadline = machine.deadline().as_millis().to_string();
            if expected.next() != Some(&deadline) {
                return Err(format!("`{step}` led to the deadline {deadline}"));
            }
        }
    }
    Ok(())
}

fn parse(event: &str) -> Event {
    let words: Vec<&str> = event.split_whitespace().collect();
    let number = |at: usize| words[at].parse::<u128>().expect("a number");
    let file = || FileId(words[1].parse().expect("a number"));
    match words[0] {
        "changed" => Event::Changed,
        "nearby" => Event::Nearby,
        "writing" => Event::Writing(file()),
        "closed" => Event::Closed(file()),
        "wake" => Event::Wake,
        "force" => Event::Force,
        "looked" => Event::Looked(Fingerprint(number(1))),
        "loaded" => Event::Loaded(ContentHash::new(number(1))),
        "rejected" => Event::Rejected(ContentHash::new(number(1))),
        "reading" => Event::Reading(Reading {
            before: Fingerprint(number(1)),
            after: Fingerprint(number(2)),
            content: match words[3] {
                "error" => Content::Unreadable(number(4)),
                text => Content::Text { hash: ContentHash::new(number(4)), blank: text == "blank" },
            },
        }),
        other => panic!("no event is called {other}"),
    }
}

fn name(action: Action) -> &'static str {
    match action {
        Action::Wait => "wait",
        Action::Look => "look",
        Action::Read => "read",
        Action::Load => "load",
        Action::Fail => "fail",
        Action::Unchanged => "unchanged",
        Action::Restored => "restored",
        Action::StillFailing => "still-failing",
    }
}

/// What a simulated file holds: content 0 is unreadable, 1 is blank, content above 90 is refused by the loader.
#[derive(Clone, Copy, Debug)]
struct Change {
    /// Milliseconds after the change before it.
    after: u64,
    content: u8,
    /// Whether an event tells of it.
    announced: bool,
}

fn change() -> impl Strategy<Value = Change> {
    let after = prop_oneof![0_u64..40, 0_u64..700, 0_u64..5000];
    let content = prop_oneof![Just(0_u8), Just(1), 2_u8..10, 91_u8..94];
    (after, content, any::<bool>()).prop_map(|(after, content, announced)| Change { after, content, announced })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Report {
    Load(u8),
    Unreadable,
    Restored,
}

/// Drives the machine as the worker does, over a file with the given history, in simulated time.
struct Simulation {
    machine: Settle,
    now: u64,
    fingerprint: u128,
    content: u8,
    /// What was loaded, and the other reports.
    reports: Vec<Report>,
    reads: usize,
}

impl Simulation {
    fn event(&mut self, event: Event) {
        let now = Duration::from_millis(self.now);
        let mut next = Some(event);
        while let Some(event) = next {
            let hash = ContentHash::new(u128::from(self.content));
            next = match self.machine.step(event, now) {
                Action::Look => Some(Event::Looked(Fingerprint(self.fingerprint))),
                Action::Read => {
                    self.reads += 1;
                    let content = match self.content {
                        0 => Content::Unreadable(0),
                        content => Content::Text { hash, blank: content == 1 },
                    };
                    let fingerprint = Fingerprint(self.fingerprint);
                    Some(Event::Reading(Reading { before: fingerprint, after: fingerprint, content }))
                }
                Action::Load => {
                    self.reports.push(Report::Load(self.content));
                    Some(if self.content > 90 { Event::Rejected(hash) } else { Event::Loaded(hash) })
                }
                Action::Fail => {
                    self.reports.push(Report::Unreadable);
                    None
                }
                Action::Restored => {
                    self.reports.push(Report::Restored);
                    None
                }
                Action::Wait | Action::Unchanged | Action::StillFailing => None,
            };
        }
    }

    fn advance_to(&mut self, end: u64) {
        loop {
            let due = u64::try_from(self.machine.deadline().as_millis()).expect("a short simulation");
            if due > end {
                break;
            }
            assert!(due >= self.now || self.reads < 100_000, "time stands still");
            self.now = self.now.max(due);
            self.event(Event::Wake);
        }
        self.now = end;
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512, failure_persistence: None, rng_seed: RngSeed::Fixed(0x00f1_a650), ..ProptestConfig::default()
    })]

    #[test]
    fn the_last_content_always_wins(history in prop::collection::vec(change(), 1..40)) {
        let mut file = Simulation {
            machine: settle(Ok(2)),
            now: 0,
            fingerprint: 1,
            content: 2,
            reports: vec![Report::Load(2)],
            reads: 0,
        };
        for change in &history {
            file.advance_to(file.now + change.after);
            file.content = change.content;
            file.fingerprint += 1;
            if change.announced {
                file.event(Event::Changed);
            }
        }
        // A poll, a quiet period, and the time a blank or unreadable file is given.
        file.advance_to(file.now + 2000 + 20 + 2 * 500);
        let last = file.content;
        let accepted = file.machine.accepted.map(ContentHash::as_u128);
        prop_assert!(file.machine.is_idle());
        match last {
            0 => prop_assert_eq!(file.machine.rejected, Some(super::Rejected::Unreadable(0))),
            91.. => prop_assert_eq!(file.reports.last().copied(), Some(Report::Load(last))),
            _ => {
                prop_assert_eq!(accepted, Some(u128::from(last)));
                prop_assert_eq!(file.machine.rejected, None);
            }
        }
        prop_assert!(
            file.reports.windows(2).all(|pair| pair[0] != pair[1]),
            "nothing is loaded or reported twice in a row: {:?}", file.reports
        );
    }

    #[test]
    fn a_hint_leads_to_a_reading_within_the_cap(gaps in prop::collection::vec(0_u64..60, 1..200)) {
        let mut machine = settle(Ok(1));
        let mut now = 0;
        let mut waiting_since = None;
        for gap in gaps {
            now += gap;
            let due = machine.deadline().as_millis() as u64;
            if waiting_since.is_some() && due <= now {
                let action = machine.step(Event::Wake, Duration::from_millis(due));
                prop_assert_eq!(action, Action::Read);
                let since = waiting_since.take().expect("checked above");
                prop_assert!(due - since <= 500, "read {} ms after the first hint", due - since);
                machine.step(parse("reading 1 1 text 1"), Duration::from_millis(due));
            }
            machine.step(Event::Changed, Duration::from_millis(now));
            waiting_since.get_or_insert(now);
        }
    }

    #[test]
    fn no_history_is_too_strange(steps in prop::collection::vec((0_u64..3000, 0_u8..9, 0_u128..4), 0..200)) {
        let mut machine = settle(Err(9));
        let mut now = Duration::ZERO;
        for (gap, event, number) in steps {
            now += Duration::from_millis(gap);
            let event = match event {
                0 => Event::Changed,
                1 => Event::Nearby,
                2 => Event::Writing(FileId(gap)),
                3 => Event::Closed(FileId(gap)),
                4 => Event::Wake,
                5 => Event::Force,
                6 => Event::Looked(Fingerprint(number)),
                7 => Event::Loaded(ContentHash::new(number)),
                _ => Event::Reading(Reading {
                    before: Fingerprint(number),
                    after: Fingerprint(number / 2),
                    content: Content::Text { hash: ContentHash::new(number), blank: number == 0 },
                }),
            };
            machine.step(event, now);
            prop_assert!(machine.deadline() <= now + TIMING.poll, "it never sleeps longer than a poll");
        }
    }
}
