//! A real process on real files, killed at whatever moment, and what stands in its folder afterwards.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Command as Process, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use flags_core::{Percentage, Timestamp};
use flags_rollout::{
    controller::{
        Controller, ControllerOptions, FolderJournal, Journal as _, Measured, Outcome, Port, PortError, Told,
    },
    guardrail::{Arms, Counts, Reading, Rule},
    machine::{Command, ControlsInForce, State, Status, Step, replay},
    plan::{Plan, RolloutDefinition, StageDefinition},
};

use crate::rig::{check, percent};

/// Where the child finds its folder.
const FOLDER: &str = "FLAGS_ROLLOUT_TEST_FOLDER";

/// A client whose controls are files. It says aloud whatever it is about to do and has done.
struct FilePort {
    folder: PathBuf,
    plans: Arc<BTreeMap<Box<str>, Arc<Plan>>>,
    began: Instant,
    looks: AtomicU64,
}

impl FilePort {
    fn new(folder: &Path) -> Self {
        let stages = [1.0, 5.0, 10.0, 25.0, 50.0, 100.0]
            .map(|share| StageDefinition::new(percent(share)).hold(Duration::from_micros(1)).min_samples(1));
        let plan = Arc::new(check(&RolloutDefinition::custom(stages)));
        let plans = Arc::new(BTreeMap::from([("checkout".into(), plan)]));
        Self { folder: folder.to_owned(), plans, began: Instant::now(), looks: AtomicU64::new(0) }
    }

    fn path(&self) -> PathBuf {
        self.folder.join("percentage")
    }

    fn write(&self, percentage: Option<Percentage>) -> Result<(), PortError> {
        say("write");
        let text = percentage.map_or_else(|| "none".to_owned(), |share| share.thousandths().to_string());
        let temporary = self.folder.join("percentage.tmp");
        fs::write(&temporary, text).and_then(|()| fs::rename(temporary, self.path())).unwrap();
        say("wrote");
        Ok(())
    }
}

fn say(what: &str) {
    let mut out = std::io::stdout().lock();
    // Once the parent has gone nobody listens any more, and the child ends too.
    writeln!(out, "{what}").and_then(|()| out.flush()).unwrap();
}

impl Port for FilePort {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap())
    }

    fn uptime(&self) -> Duration {
        self.began.elapsed()
    }

    fn plans(&self) -> Arc<BTreeMap<Box<str>, Arc<Plan>>> {
        Arc::clone(&self.plans)
    }

    fn dependencies(&self) -> Vec<(Box<str>, Box<str>)> {
        vec![]
    }

    fn is_protected(&self, _: &str) -> bool {
        false
    }

    fn controls(&self, _: &str) -> Result<ControlsInForce, PortError> {
        say("read");
        let text = fs::read_to_string(self.path()).unwrap_or_else(|_| "none".to_owned());
        let percentage = (text != "none").then(|| Percentage::from_thousandths(text.parse().unwrap()).unwrap());
        Ok(ControlsInForce { percentage, killed: false })
    }

    fn set(&self, _: &str, percentage: Percentage, _: &str) -> Result<(), PortError> {
        self.write(Some(percentage))
    }

    fn restore(&self, _: &str, to: ControlsInForce, _: &str) -> Result<(), PortError> {
        self.write(to.percentage)
    }

    /// Each look finds that both arms have run.
    fn measured(&self, _: &str, _: &Plan) -> Measured {
        let runs = 100 * (1 + self.looks.fetch_add(1, Ordering::Relaxed));
        Measured { runs: Arms::new(Counts::new(0, runs), Counts::new(0, runs)), ..Measured::default() }
    }

    fn signal(&self, _: &str, _: &str, _: Timestamp) -> Reading {
        Reading::Nothing
    }

    fn rules(&self) -> Vec<Arc<dyn Rule + Send + Sync>> {
        vec![]
    }

    fn tell(&self, _: &str, _: &Told<'_>) {
        say("told");
    }
}

fn open(folder: &Path) -> Controller {
    let journal = FolderJournal::open(&folder.join("rollouts")).unwrap();
    Controller::open(Arc::new(FilePort::new(folder)), journal, ControllerOptions::default())
}

fn give(controller: &Controller, name: &str) -> bool {
    let given = controller.command("checkout", Command::from_name(name).unwrap(), "ada", "");
    matches!(given, Ok(Outcome::Done { .. }))
}

/// What the child does: rollouts without end, some of them taken back, until it is killed.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let controller = open(Path::new(&folder));
    for turn in 0_u32.. {
        controller.look().unwrap();
        let state = controller.view("checkout").unwrap().state.unwrap();
        match state.status {
            Status::Planned => assert!(give(&controller, "start")),
            Status::Complete | Status::RolledBack { .. } => assert!(give(&controller, "rearm")),
            Status::Paused(_) => assert!(give(&controller, "resume")),
            _ if turn % 7 == 6 => assert!(give(&controller, "roll_back")),
            _ if turn % 5 == 4 => assert!(give(&controller, "pause")),
            _ => {}
        }
    }
}

/// What a state wants to be in force; `None` for one that leaves it as it was.
fn wanted(state: &State) -> Option<Option<Percentage>> {
    match state.status {
        Status::Planned => None,
        Status::RollingBack { to, .. } => Some(to.percentage),
        // To what was there before, but to nobody where that were more units than have it.
        Status::RolledBack { .. } => state.before.map(|before| match before.percentage {
            more if more > state.asked => Some(Percentage::ZERO),
            before => before,
        }),
        _ => Some(state.asked),
    }
}

/// Whether what a state wants has been read back.
fn is_confirmed(state: &State) -> bool {
    let is_open =
        matches!(state.status, Status::Running(Step::Settling) | Status::RollingBack { .. } | Status::Paused(_));
    !is_open && wanted(state).is_some()
}

fn explained(folder: &Path) {
    let journal = FolderJournal::open(&folder.join("rollouts")).unwrap();
    let history = journal.history("checkout").unwrap();
    let mut wishes = vec![];
    for record in history.iter().rev() {
        wishes.extend(wanted(&record.state));
        if is_confirmed(&record.state) {
            break;
        }
    }
    if !history.iter().any(|record| is_confirmed(&record.state)) {
        wishes.push(None);
    }
    let found = FilePort::new(folder).controls("checkout").unwrap().percentage;
    assert!(wishes.contains(&found), "{found:?} of {wishes:?}");
    // Each record follows from the one before.
    let plan = FilePort::new(folder).plans["checkout"].clone();
    for pair in history.windows(2) {
        assert_eq!(replay(&plan, &pair[0].state, [(&pair[1].event, pair[1].now)]), pair[1].state);
    }
}

// G3
#[test]
#[cfg_attr(miri, ignore)]
fn killed_at_whatever_moment_it_goes_on_from_what_stands_in_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(42);
    let mut versions = vec![];
    for _ in 0..20 {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["controller::kill::child", "--exact", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let steps = random.usize(1..60);
        let heard = BufReader::new(child.stdout.take().unwrap()).lines().take(steps + 3).count();
        assert_eq!(heard, steps + 3, "the child ended by itself");
        child.kill().unwrap();
        child.wait().unwrap();
        explained(folder.path());
        let journal = FolderJournal::open(&folder.path().join("rollouts")).unwrap();
        versions.push(journal.last("checkout").unwrap().map_or(0, |state| state.version));
    }
    assert!(versions.is_sorted() && versions.last() > Some(&30), "{versions:?}");
    // Left alone it comes to an end.
    let controller = open(folder.path());
    give(&controller, "resume");
    for _ in 0..20 {
        controller.look().unwrap();
    }
    let state = controller.view("checkout").unwrap().state.unwrap();
    assert!(state.status.is_terminal() || state.status == Status::Planned, "{state:?}");
    explained(folder.path());
}

// G3: a crash can leave any beginning of what was appended
#[test]
fn from_every_beginning_of_its_journal_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let controller = open(folder.path());
    assert!(give(&controller, "start"));
    for _ in 0..3 {
        controller.look().unwrap();
    }
    assert!(give(&controller, "roll_back"));
    drop(controller);
    let path = folder.path().join("rollouts").join("flag-checkout.jsonl");
    let whole = fs::read(&path).unwrap();
    let ends: Vec<usize> = (1..=whole.len()).filter(|end| whole[end - 1] == b'\n').collect();
    assert!(ends.len() >= 8, "{}", ends.len());
    for length in
        (0..whole.len()).filter(|length| length % 211 == 0 || ends.iter().any(|end| end.abs_diff(*length) < 2))
    {
        fs::write(&path, &whole[..length]).unwrap();
        let controller = open(folder.path());
        let records = controller.history("checkout").unwrap();
        assert_eq!(records.len(), ends.iter().filter(|end| **end <= length).count());
        // The control is as the crash has left it, before what the last record wants.
        let confirmed = records.iter().rev().find(|record| is_confirmed(&record.state));
        let in_force = confirmed.and_then(|record| wanted(&record.state)).flatten();
        FilePort::new(folder.path()).write(in_force).unwrap();
        let was_rolling_back = records.iter().any(|record| matches!(record.state.status, Status::RollingBack { .. }));
        for _ in 0..20 {
            controller.look().unwrap();
        }
        let state = controller.view("checkout").unwrap().state.unwrap();
        let end = if records.is_empty() {
            "planned"
        } else if was_rolling_back {
            "rolled_back"
        } else {
            "complete"
        };
        assert_eq!(state.status.name(), end, "{length}");
        if let Some(wanted) = wanted(&state) {
            assert_eq!(FilePort::new(folder.path()).controls("checkout").unwrap().percentage, wanted, "{length}");
        }
    }
}
