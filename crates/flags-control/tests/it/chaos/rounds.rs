//! A round: let the writer write, kill it, do some damage, and see what is there.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use flags_control::{
    ControlState, Controls, Incident, Rules,
    audit::{Entry, Expectation, Filter},
    check_log,
};

use super::{
    disk::Filler,
    model::{Model, Operation, Random, Said, flags_of},
    writer::options,
};

/// What is done to the folder after the kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Damage {
    None,
    /// The log ends with half a line, as after a loss of power.
    TornTail,
}

/// What happened in all rounds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told {
    pub(super) acknowledged: u64,
    pub(super) refused: u64,
    /// Kills that were acknowledged after something else had been refused for want of room.
    pub(super) kills_without_room: u64,
    /// What was under way when the writer was killed, and is there, or is not.
    pub(super) under_way_and_there: u64,
    pub(super) under_way_and_lost: u64,
    pub(super) torn: u64,
}

/// Rounds on one folder, each of which goes on where the one before ended.
pub(super) struct Rounds {
    folder: PathBuf,
    random: Random,
    model: Model,
    under_way: Option<Operation>,
    round: u32,
    told: Told,
}

impl Rounds {
    pub(super) fn new(seed: u64, folder: PathBuf) -> Self {
        Self { folder, random: Random(seed), model: Model::default(), under_way: None, round: 0, told: Told::default() }
    }

    pub(super) fn told(&self) -> Told {
        self.told
    }

    pub(super) fn remove(self) {
        fs::remove_dir_all(self.folder).unwrap();
    }

    /// A round with enough room.
    pub(super) fn kill_once(&mut self, damage: Damage) {
        self.write_and_kill(30);
        self.damage(damage);
        self.examine();
    }

    /// A round on a disk that is full, or about to be.
    pub(super) fn kill_once_without_room(&mut self, filler: &Path, damage: Damage) {
        // The log would take up the whole disk after a while.
        if fs::read_dir(self.folder.join("audit")).is_ok_and(|files| files.count() > 12) {
            fs::remove_dir_all(&self.folder).unwrap();
            self.model = Model::default();
        }
        let room = [0, self.random.below(8 << 10), self.random.below(80 << 10)]
            [usize::try_from(self.random.below(3)).unwrap()];
        let filler = Filler::leave(filler, room);
        self.write_and_kill(150);
        self.damage(damage);
        // As long as there is no room, the state can be read, and nothing that was acknowledged is missing in it.
        let controls = Controls::open(&self.folder, options(), Rules::default()).unwrap();
        self.take_incidents(&controls);
        self.is_as_expected(&controls.state());
        filler.remove();
        self.examine();
    }

    /// Starts the writer, and kills it after up to so many of its lines.
    fn write_and_kill(&mut self, lines: u64) {
        self.round += 1;
        let mut writer = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "chaos::writer::writing_as_fast_as_it_can",
                "--ignored",
                "--nocapture",
                "--test-threads=1",
            ])
            .env("FLAGS_CHAOS_FOLDER", &self.folder)
            .env("FLAGS_CHAOS_SEED", self.random.below(u64::MAX).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let kill_after = self.random.below(lines);
        let spins = self.random.below(200_000);
        let said = kill_after_lines(&mut writer, kill_after, spins);
        self.under_way = None;
        let mut was_refused = false;
        for said in said {
            match said {
                Said::Trying(operation) => self.under_way = Some(operation),
                Said::Done | Said::Owed => {
                    let done = self.under_way.take().unwrap();
                    self.model = self.model.with(&done);
                    self.told.acknowledged += 1;
                    self.told.kills_without_room += u64::from(was_refused && matches!(done, Operation::Kill(_)));
                }
                Said::NoRoom => {
                    self.under_way = None;
                    self.told.refused += 1;
                    was_refused = true;
                }
            }
        }
    }

    /// Leaves half a line at the end of the log.
    fn damage(&mut self, damage: Damage) {
        let Some(path) = self.last_segment().filter(|_| damage == Damage::TornTail) else { return };
        let text = fs::read(&path).unwrap();
        let last = text.split_inclusive(|byte| *byte == b'\n').next_back().unwrap_or_default();
        let part = usize::try_from(self.random.below(last.len() as u64 + 1)).unwrap();
        // Only what was not synced can be torn: the entry of the last change may have been, and no other.
        let controls: serde_json::Value =
            serde_json::from_slice(&fs::read(self.folder.join("controls.json")).unwrap()).unwrap();
        let last_change = controls["content"]["state"]["revision"].as_u64().unwrap();
        let is_of_last_change =
            Entry::parse(last.trim_ascii_end()).is_ok_and(|entry| entry.revision == Some(last_change));
        let torn = match self.random.below(4) {
            0 | 1 if is_of_last_change => [&text[..text.len() - last.len()], &last[..part]].concat(),
            2 => [&text[..], &vec![0; part + 1]].concat(),
            _ => [&text[..], &last[..part.min(last.len().saturating_sub(1))]].concat(),
        };
        // A disk that is full has no room for more at the end. Then there is nothing torn either.
        let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        if (&file).write_all(&torn).is_err() {
            file.set_len(text.len() as u64).unwrap();
            return;
        }
        file.set_len(torn.len() as u64).unwrap();
    }

    fn last_segment(&self) -> Option<PathBuf> {
        let files = fs::read_dir(self.folder.join("audit")).ok()?;
        let paths = files.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("audit-")).max()
    }

    /// Everything has to be there, and everything has to agree.
    fn examine(&mut self) {
        let controls = Controls::open(&self.folder, options(), Rules::default()).unwrap();
        let round = self.round;
        self.take_incidents(&controls);
        let state = controls.state();
        self.is_as_expected(&state);

        // The log holds, and everything that was written.
        let check = check_log(&self.folder, options().lock_wait).unwrap();
        assert!(check.is_intact(), "round {round}: {check:?}");
        let log = controls.audit().unwrap();
        let entries: Vec<Entry> = log.entries(Filter::default()).unwrap().collect::<Result<_, _>>().unwrap();
        let expectation = entries.last().map(|last| Expectation::EndsAt(last.head()));
        assert!(log.verify(expectation).unwrap().is_intact(), "round {round}");

        // Told from the log alone, the state is the same; and so it is from its last checkpoint on.
        let revisions: Vec<u64> = entries.iter().filter_map(|entry| entry.revision).collect();
        assert_eq!(revisions, (1..=state.revision().get()).collect::<Vec<_>>(), "round {round}");
        assert_eq!(ControlState::replay(None, &entries).unwrap(), state.settled(), "round {round}");
        let replay = log.replay().unwrap();
        let replayed = ControlState::replay(replay.checkpoint.as_ref(), &replay.changes).unwrap();
        assert_eq!(replayed, state.settled(), "round {round}");

        let noted = entries.iter().filter(|entry| &*entry.action == "noted");
        let noted: Vec<u64> = noted.map(|entry| entry.after.as_ref().unwrap().as_u64().unwrap()).collect();
        let after = Model { revision: state.revision().get(), flags: flags_of(&state), notes: noted };
        let with_under_way = self.under_way.as_ref().map(|operation| self.model.with(operation));
        assert!(
            after == self.model || Some(&after) == with_under_way.as_ref(),
            "round {round}: {after:?}\nacknowledged: {:?}\nunder way: {:?}",
            self.model,
            self.under_way
        );
        if self.under_way.is_some() {
            self.told.under_way_and_there += u64::from(after != self.model);
            self.told.under_way_and_lost += u64::from(after == self.model);
        }
        self.model = after;
    }

    /// Nothing may have been found but what was done.
    fn take_incidents(&mut self, controls: &Controls) {
        for incident in controls.take_incidents() {
            match incident {
                Incident::TornTail(_) => self.told.torn += 1,
                Incident::EntrySupplied { .. } | Incident::NoRoom => {}
                other => panic!("round {}: {other}", self.round),
            }
        }
    }

    /// The state holds what was acknowledged, and at most what was under way beyond it.
    fn is_as_expected(&self, state: &ControlState) {
        let found = (state.revision().get(), flags_of(state));
        let of = |model: &Model| (model.revision, model.flags.clone());
        let with_under_way = self.under_way.as_ref().map(|operation| of(&self.model.with(operation)));
        let is_expected = found == of(&self.model) || Some(&found) == with_under_way.as_ref();
        assert!(is_expected, "round {}: {found:?}\n{:?}\n{:?}", self.round, self.model, self.under_way);
    }
}

/// What the writer said until it was killed: after that many lines, and a moment.
fn kill_after_lines(writer: &mut Child, lines: u64, spins: u64) -> Vec<Said> {
    let mut output = BufReader::new(writer.stdout.take().unwrap());
    let mut said = Vec::new();
    let mut line = String::new();
    while said.len() as u64 <= lines {
        line.clear();
        if output.read_line(&mut line).unwrap() == 0 {
            let complaint = std::io::read_to_string(writer.stderr.take().unwrap()).unwrap();
            panic!("the writer ended by itself: {said:?}\n{complaint}");
        }
        said.extend(Said::parse(&line));
    }
    (0..spins).for_each(|_| std::hint::spin_loop());
    writer.kill().unwrap();
    writer.wait().unwrap();
    // What it had said before it was killed counts.
    loop {
        line.clear();
        if output.read_line(&mut line).unwrap() == 0 {
            return said;
        }
        said.extend(Said::parse(&line));
    }
}
