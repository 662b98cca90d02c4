//! D3: whatever is done to the files of a log, `verify` finds it and names the first entry that cannot be relied on.

use std::{fs, io::Write as _, path::Path};

use flags_control::audit::{AuditLog, Broken, Damage, Expectation, Head, LogOptions, Verification};

use super::support::{Place, all, change, checkpoint, fill, note};

/// The segments of a log, each with its lines.
type Segments = Vec<(String, Vec<Vec<u8>>)>;

/// A log of a few segments, its head, and its lines.
struct Victim {
    place: Place,
    head: Head,
    segments: Segments,
}

impl Victim {
    fn new() -> Self {
        let place = Place::with_segments(900);
        fill(&place.open(), 1..=6);
        let head = place.open().head().unwrap().unwrap();
        let lines = |bytes: Vec<u8>| bytes.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
        let segments: Segments = place.files("audit-").into_iter().map(|(name, bytes)| (name, lines(bytes))).collect();
        assert!(segments.len() >= 3 && segments.iter().all(|(_, lines)| lines.len() >= 2), "{segments:?}");
        Self { place, head, segments }
    }

    /// The number of the first entry of a segment.
    fn first_of(&self, segment: usize) -> u64 {
        1 + self.segments[..segment].iter().map(|(_, lines)| lines.len() as u64).sum::<u64>()
    }

    /// What the check of these segments finds, in place of the true ones.
    fn check(&self, segments: &Segments) -> Verification {
        for (name, _) in self.place.files("audit-") {
            fs::remove_file(self.place.path("audit").join(name)).unwrap();
        }
        for (name, lines) in segments {
            fs::write(self.place.path("audit").join(name), lines.concat()).unwrap();
        }
        self.verify()
    }

    fn verify(&self) -> Verification {
        self.place.open().verify(Some(Expectation::EndsAt(self.head))).unwrap()
    }

    /// The finding there has to be.
    fn found(&self, segments: &Segments) -> Broken {
        self.check(segments).broken.expect("something was done to it")
    }
}

/// Writes in place: file systems take their time over a file that is emptied first.
fn overwrite(path: &Path, bytes: &[u8]) {
    let mut file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.write_all(bytes).unwrap();
    file.set_len(bytes.len() as u64).unwrap();
}

// D3
#[test]
fn any_byte_that_is_changed_removed_or_put_in_is_found() {
    let victim = Victim::new();
    assert!(victim.verify().is_intact());
    let mut tried = 0;
    for (number, (name, lines)) in victim.segments.iter().enumerate() {
        let path = victim.place.path("audit").join(name);
        let bytes = lines.concat();
        // The entry that each byte belongs to; what is put in at the end belongs to the next.
        let mut sequences = Vec::new();
        for (sequence, line) in (victim.first_of(number)..).zip(lines) {
            sequences.extend(line.iter().map(|_| sequence));
        }
        sequences.push(victim.first_of(number + 1));
        let mut expect = |tampered: &[u8], at: usize, what: &str| {
            tried += 1;
            overwrite(&path, tampered);
            let found = victim.verify().broken.map(|broken| broken.sequence);
            assert_eq!(found, Some(Some(sequences[at])), "{name}: byte {at}: {what}");
        };
        for at in 0..bytes.len() {
            let others = [bytes[at] ^ 1, bytes[at] ^ 0x20, bytes[at] ^ 0x80, 0, b'\n', b'"'];
            for other in others.into_iter().filter(|other| *other != bytes[at]) {
                let mut tampered = bytes.clone();
                tampered[at] = other;
                expect(&tampered, at, &format!("changed to {other:#x}"));
            }
            let mut tampered = bytes.clone();
            tampered.remove(at);
            expect(&tampered, at, "removed");
        }
        for at in 0..=bytes.len() {
            for more in [b'\n', b' ', b'0', 0] {
                let mut tampered = bytes.clone();
                tampered.insert(at, more);
                // A line feed before a line feed is one after it.
                let at = at + usize::from(more == b'\n' && bytes.get(at) == Some(&more));
                expect(&tampered, at, &format!("{more:#x} put in"));
            }
        }
        overwrite(&path, &bytes);
    }
    assert!(tried > 20_000, "{tried}");
    assert!(victim.verify().is_intact());
}

// D3
#[test]
fn a_log_that_ends_too_early_is_found() {
    let victim = Victim::new();
    let (name, lines) = victim.segments.last().unwrap();
    let bytes = lines.concat();
    let path = victim.place.path("audit").join(name);
    for length in 0..bytes.len() {
        overwrite(&path, &bytes[..length]);
        for expectation in [Expectation::EndsAt(victim.head), Expectation::Reaches(victim.head)] {
            let verification = victim.place.open().verify(Some(expectation)).unwrap();
            assert!(!verification.is_intact(), "{length}");
        }
        // What the chain shows by itself: half a line, but no line that is missing.
        let is_between_lines = length == 0 || bytes[length - 1] == b'\n';
        assert_eq!(victim.place.open().verify(None).unwrap().is_intact(), is_between_lines, "{length}");
    }
}

// D3
#[test]
fn lines_that_are_removed_repeated_or_moved_are_found() {
    let victim = Victim::new();
    let places: Vec<(usize, usize)> = victim
        .segments
        .iter()
        .enumerate()
        .flat_map(|(segment, (_, lines))| (0..lines.len()).map(move |line| (segment, line)))
        .collect();
    let sequence = |(segment, line): (usize, usize)| victim.first_of(segment) + line as u64;
    for &from in &places {
        let mut removed = victim.segments.clone();
        let line = removed[from.0].1.remove(from.1);
        let found = victim.found(&removed);
        assert_eq!(found.sequence, Some(sequence(from)), "{from:?}: {found}");
        let is_last = from == places[places.len() - 1];
        assert_eq!(matches!(found.damage, Damage::Deleted { .. }), !is_last, "{from:?}: {found}");
        for &to in &places {
            let mut repeated = victim.segments.clone();
            repeated[to.0].1.insert(to.1, line.clone());
            victim.found(&repeated);
            let mut moved = removed.clone();
            // A segment that has lost a line may be too short by now.
            let at = to.1.min(moved[to.0].1.len());
            moved[to.0].1.insert(at, line.clone());
            if moved != victim.segments {
                let found = victim.found(&moved);
                assert!(found.sequence <= Some(sequence(from).max(sequence(to))), "{from:?} {to:?}: {found}");
            }
            let mut swapped = victim.segments.clone();
            let other = std::mem::replace(&mut swapped[to.0].1[to.1], line.clone());
            swapped[from.0].1[from.1] = other;
            if from != to {
                let found = victim.found(&swapped);
                assert_eq!(found.sequence, Some(sequence(from).min(sequence(to))), "{from:?} {to:?}: {found}");
            }
        }
    }
}

// D3
#[test]
fn segments_that_are_removed_renamed_or_copied_are_found() {
    let victim = Victim::new();
    let count = victim.segments.len();
    for segment in 0..count {
        let mut removed = victim.segments.clone();
        removed.remove(segment);
        let verification = victim.check(&removed);
        if segment == 0 {
            // The same as one that was archived: it is said from where on the log was verified.
            assert!(verification.is_intact());
            assert_eq!(verification.verified_from(), Some(victim.first_of(1)));
        } else {
            assert!(!verification.is_intact());
        }
        for other in 0..count + 2 {
            let name = format!("audit-{:06}.jsonl", other + 1);
            let mut renamed = victim.segments.clone();
            if other == segment {
                continue;
            } else if other < count {
                let lines = std::mem::take(&mut renamed[segment].1);
                renamed[segment].1 = std::mem::replace(&mut renamed[other].1, lines);
            } else {
                renamed[segment].0.clone_from(&name);
            }
            victim.found(&renamed);
            let mut copied = victim.segments.clone();
            let lines = copied[segment].1.clone();
            copied.retain(|(existing, _)| *existing != name);
            copied.push((name, lines));
            victim.found(&copied);
        }
    }
}

/// The line that follows on a log, made by somebody who knows how.
fn forged(victim: &Victim, keep: u64) -> Vec<u8> {
    let place = Place::new();
    fs::create_dir(place.path("audit")).unwrap();
    for (name, lines) in victim.segments.iter().take(1) {
        let kept: Vec<_> = lines.iter().take(usize::try_from(keep).unwrap()).cloned().collect();
        fs::write(place.path("audit").join(name), kept.concat()).unwrap();
    }
    place.open().append(&[note(9)], &checkpoint(0)).unwrap();
    let bytes = fs::read(place.segment(1)).unwrap();
    bytes.split_inclusive(|byte| *byte == b'\n').next_back().unwrap().to_vec()
}

// D3
#[test]
fn lines_that_are_made_with_knowledge_of_the_chain_are_found() {
    let victim = Victim::new();
    // In the place of an entry: it is the next one that does not follow on it.
    let mut replaced = victim.segments.clone();
    replaced[0].1[1] = forged(&victim, 1);
    let found = victim.found(&replaced);
    assert_eq!((found.sequence, found.damage), (Some(3), Damage::Unlinked));
    // At the end.
    let log = victim.place.open();
    victim.check(&victim.segments);
    log.append(&[note(9)], &checkpoint(0)).unwrap();
    let found = victim.verify().broken.unwrap();
    assert_eq!(found.damage, Damage::BeyondEnd { expected: victim.head });
    assert!(log.verify(Some(Expectation::Reaches(victim.head))).unwrap().is_intact());
    assert!(log.verify(None).unwrap().is_intact());
    // All of it.
    let other = AuditLog::in_folder(victim.place.path("other"), LogOptions::default());
    for revision in 1..=20 {
        other.append(&[change(revision * 7)], &checkpoint(0)).unwrap();
    }
    let expectation = Some(Expectation::Reaches(victim.head));
    let found = other.verify(expectation).unwrap().broken.unwrap();
    assert_eq!(
        (found.sequence, found.damage),
        (Some(victim.head.sequence), Damage::Replaced { expected: victim.head })
    );
    assert!(other.verify(None).unwrap().is_intact(), "which nobody can see without an expectation");
}

#[test]
fn what_is_wrong_is_said_in_words() {
    let victim = Victim::new();
    let mut said = Vec::new();
    let mut say = |what: &str, change: &dyn Fn(&mut Segments)| {
        let mut segments = victim.segments.clone();
        change(&mut segments);
        said.push(format!("{what}\n  {}", victim.found(&segments)));
    };
    let edit = |line: &mut Vec<u8>, from: &str, to: &str| {
        *line = String::from_utf8(line.clone()).unwrap().replacen(from, to, 1).into_bytes();
    };
    say("an edited actor", &|segments| edit(&mut segments[1].1[1], "ada", "eve"));
    say("a line of noise", &|segments| segments[1].1[1] = b"\0\0\0\0\n".to_vec());
    say("no JSON between the braces", &|segments| edit(&mut segments[1].1[1], "{", "["));
    say("an empty line", &|segments| segments[1].1.insert(1, b"\n".to_vec()));
    say("a forged entry", &|segments| segments[0].1[1] = forged(&victim, 1));
    say("a line removed", &|segments| drop(segments[0].1.remove(1)));
    say("two lines removed", &|segments| drop(segments[0].1.drain(..2)));
    say("a line repeated", &|segments| {
        let line = segments[0].1[0].clone();
        segments[1].1.push(line);
    });
    say("a line moved", &|segments| {
        let line = segments[0].1.remove(1);
        segments[1].1.push(line);
    });
    say("the end cut off between lines", &|segments| drop(segments.last_mut().unwrap().1.pop()));
    say("the end cut off within a line", &|segments| {
        let line = segments.last_mut().unwrap().1.last_mut().unwrap();
        line.truncate(100);
    });
    say("a segment removed", &|segments| drop(segments.remove(1)));
    say("the segments swapped", &|segments| {
        let first = segments[1].0.clone();
        segments[1].0 = std::mem::replace(&mut segments[2].0, first);
        segments.sort();
    });
    say("the oldest segments archived, and the next renamed to be the oldest", &|segments| {
        segments.remove(0);
        segments[0].0 = String::from("audit-000001.jsonl");
    });
    say("the beginning of a segment removed from the oldest there is", &|segments| {
        segments.remove(0);
        segments[0].1.remove(0);
    });
    say("a segment appended to the one before", &|segments| {
        let (_, lines) = segments.remove(1);
        segments[0].1.extend(lines);
    });
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn readers_tell_of_damage_and_go_on() {
    let victim = Victim::new();
    let whole = all(&victim.place.open());
    let mut segments = victim.segments.clone();
    segments[0].1[1] = b"noise\n".to_vec();
    let text = String::from_utf8(segments[1].1[1].clone()).unwrap().replacen("ada", "eve", 1);
    segments[1].1[1] = text.into_bytes();
    victim.check(&segments);
    let log = victim.place.open();
    let read: Vec<_> = log.entries(Default::default()).unwrap().collect();
    assert_eq!(read.len(), whole.len());
    let damaged: Vec<_> = read
        .iter()
        .zip(&whole)
        .filter_map(|(read, whole)| match read {
            Ok(read) => {
                assert_eq!(read, whole);
                None
            }
            Err(error) => {
                Some((whole.sequence, error.to_string().replace(&*victim.place.path("").to_string_lossy(), "")))
            }
        })
        .collect();
    insta::assert_debug_snapshot!(damaged);
    for (sequence, _) in damaged {
        assert!(log.show(sequence).is_err(), "{sequence}");
        assert!(log.show(sequence + 1).unwrap().is_some());
    }
}
