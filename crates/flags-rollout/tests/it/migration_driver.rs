//! Migrations as they are driven: journalled first, done after that, and gone on with after the program has died at any point.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
};

use flags_core::Timestamp;
use flags_rollout::{
    controller::{JournalError, PortError},
    guardrail::{Counts, Reading},
    migration::{
        Command, FolderMigrations, MemoryMigrations, Migration, MigrationDriver, MigrationError, MigrationJournal,
        MigrationOutcome, MigrationPort, MigrationTold, MigrationWriter, Order, PhaseDefinition, Stand, State,
    },
    plan::{GuardMetric, GuardrailDefinition},
    wire::MigrationRecord,
};

use crate::rig::minutes;

const KEY: &str = "v2";

/// What there is beside the driver: flags with their controls, a clock, and the power supply.
#[derive(Debug, Default)]
struct World {
    now: Timestamp,
    definitions: BTreeMap<Box<str>, Arc<Migration>>,
    /// Flags that are on by their definition.
    defined_on: BTreeSet<Box<str>>,
    overrides: BTreeMap<Box<str>, bool>,
    killed: BTreeSet<Box<str>>,
    protected: BTreeSet<Box<str>>,
    runs: BTreeMap<Box<str>, Counts>,
    lines: Vec<String>,
    told: Vec<String>,
    seconds: Vec<String>,
    /// The flag whose runs fail.
    broken: Option<&'static str>,
    /// How many steps there is power for; `None` for as many as it takes.
    power: Option<u64>,
}

impl World {
    /// Whether there is still power for a step.
    fn has_power(&mut self) -> bool {
        match &mut self.power {
            None => true,
            Some(0) => false,
            Some(left) => {
                *left -= 1;
                true
            }
        }
    }

    fn is_on(&self, flag: &str) -> bool {
        !self.killed.contains(flag)
            && self.overrides.get(flag).copied().unwrap_or_else(|| self.defined_on.contains(flag))
    }

    fn state(&self) -> Option<State> {
        Some(MigrationRecord::from_line(self.lines.last()?).unwrap().state)
    }
}

#[derive(Clone, Debug, Default)]
struct Rig(Arc<Mutex<World>>);

fn no_power() -> PortError {
    PortError::new("there is no power")
}

impl Rig {
    fn new() -> Self {
        let errors = || GuardrailDefinition::new(GuardMetric::ErrorRate).max(0.05);
        let migration = Migration::new([
            PhaseDefinition::new("actors", "phase_actors")
                .requires("actor_system")
                .hold(minutes(3))
                .rollback_flag("legacy")
                .guardrail(errors()),
            PhaseDefinition::new("sync", "phase_sync").requires("phase_actors").hold(minutes(3)).guardrail(errors()),
        ])
        .unwrap();
        let rig = Self::default();
        rig.with(|world| {
            world.definitions.insert(KEY.into(), Arc::new(migration));
            world.defined_on.insert("actor_system".into());
        });
        rig
    }

    fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        act(&mut self.0.lock().unwrap())
    }

    fn driver(&self) -> MigrationDriver {
        MigrationDriver::new(Arc::new(self.clone()), self.clone())
    }

    fn has_power(&self) -> bool {
        self.with(|world| world.power != Some(0))
    }

    fn on(&self) -> Vec<Box<str>> {
        let flags = ["phase_actors", "phase_sync", "legacy"];
        self.with(|world| flags.into_iter().filter(|flag| world.is_on(flag)).map(Into::into).collect())
    }

    /// A step of the outside world: before and after it the power may fail.
    fn step(&self, act: impl FnOnce(&mut World)) -> Result<(), PortError> {
        self.with(|world| {
            if !world.has_power() {
                return Err(no_power());
            }
            act(world);
            if world.has_power() { Ok(()) } else { Err(no_power()) }
        })
    }
}

impl MigrationPort for Rig {
    fn now(&self) -> Timestamp {
        self.with(|world| world.now)
    }

    fn migrations(&self) -> Arc<BTreeMap<Box<str>, Arc<Migration>>> {
        Arc::new(self.with(|world| world.definitions.clone()))
    }

    fn is_on(&self, flag: &str) -> Result<bool, PortError> {
        Ok(self.with(|world| world.is_on(flag)))
    }

    fn is_protected(&self, flag: &str) -> bool {
        self.with(|world| world.protected.contains(flag))
    }

    fn switch_on(&self, flag: &str, order: &Order<'_>) -> Result<(), PortError> {
        self.step(|world| {
            world.seconds.extend(order.second.map(str::to_owned));
            if !world.is_on(flag) {
                world.overrides.insert(flag.into(), true);
            }
        })
    }

    fn switch_off(&self, flag: &str, _: &Order<'_>) -> Result<(), PortError> {
        self.step(|world| {
            world.overrides.remove(flag);
            if world.is_on(flag) {
                world.overrides.insert(flag.into(), false);
            }
        })
    }

    fn release(&self, flag: &str, _: &Order<'_>) -> Result<(), PortError> {
        self.step(|world| _ = world.overrides.remove(flag))
    }

    fn runs(&self, flag: &str) -> Counts {
        self.with(|world| world.runs.get(flag).copied().unwrap_or_default())
    }

    fn signal(&self, _: &str, _: &str, _: Timestamp) -> Reading {
        Reading::Nothing
    }

    fn tell(&self, _: &str, told: &MigrationTold<'_>) {
        let mut lines = match told {
            MigrationTold::Record(record) => record.told.iter().map(|(text, _)| text.to_string()).collect(),
            MigrationTold::Trouble(text) => vec![format!("trouble: {text}")],
            _ => vec![],
        };
        self.with(|world| world.told.append(&mut lines));
    }
}

/// The journal as a file has it: line by line, in JSON.
impl MigrationJournal for Rig {
    fn write(&self) -> Result<Box<dyn MigrationWriter + '_>, JournalError> {
        Ok(Box::new(self.clone()))
    }

    fn migrations(&self) -> Result<Vec<Box<str>>, JournalError> {
        Ok(self.with(|world| world.state().map(|_| KEY.into()).into_iter().collect()))
    }

    fn last(&self, _: &str) -> Result<Option<State>, JournalError> {
        Ok(self.with(|world| world.state()))
    }

    fn history(&self, _: &str) -> Result<Vec<MigrationRecord>, JournalError> {
        Ok(self.with(|world| world.lines.iter().map(|line| MigrationRecord::from_line(line).unwrap()).collect()))
    }
}

impl MigrationWriter for Rig {
    fn last(&mut self, _: &str) -> Result<Option<State>, JournalError> {
        Ok(self.with(|world| world.state()))
    }

    fn append(&mut self, _: &str, record: &MigrationRecord) -> Result<(), JournalError> {
        assert_eq!(MigrationRecord::from_line(&record.to_line()).as_ref(), Ok(record), "it is read as it was written");
        let line = record.to_line();
        self.step(|world| world.lines.push(line)).map_err(|error| JournalError::Io {
            what: "write",
            path: "journal".into(),
            problem: error.to_string(),
        })
    }
}

/// What somebody or something does at a minute.
type Happening = (u64, fn(&Rig, &MigrationDriver));

fn start(_: &Rig, driver: &MigrationDriver) {
    // Without power it is not started; whoever typed it sees that, and types it again.
    let _ = driver.command(KEY, Command::Start, "ada", "the move");
}

fn take_back(_: &Rig, driver: &MigrationDriver) {
    let _ = driver.command(KEY, Command::RollBack, "bob", "it is slow");
}

/// Runs of the flags that are on, all of them well but those of the one that is broken.
fn traffic(rig: &Rig) {
    rig.with(|world| {
        for flag in ["phase_actors", "phase_sync"] {
            if world.is_on(flag) {
                let bad = if world.broken == Some(flag) { 160 } else { 0 };
                let counts = world.runs.entry(flag.into()).or_default();
                (counts.runs, counts.bad) = (counts.runs + 200, counts.bad + bad);
            }
        }
    });
}

/// Every flag that is on is so by what the journal says.
fn is_explained(rig: &Rig) -> bool {
    let state = rig.with(|world| world.state());
    let (phase, stand) = state.map_or((0, Stand::Planned), |state| (state.phase, state.stand));
    ["phase_actors", "phase_sync"].iter().enumerate().all(|(index, flag)| {
        let is_on = rig.with(|world| world.is_on(flag));
        match index.cmp(&phase) {
            std::cmp::Ordering::Less => is_on,
            std::cmp::Ordering::Equal => {
                !is_on || !matches!(stand, Stand::Planned | Stand::Waiting | Stand::RolledBack)
            }
            std::cmp::Ordering::Greater => !is_on,
        }
    })
}

/// Forty minutes of a world in which the power fails after so many steps, and comes back a minute later.
fn live(happenings: &[Happening], broken: Option<&'static str>, power: Option<u64>) -> (Rig, bool) {
    let rig = Rig::new();
    rig.with(|world| (world.power, world.broken) = (power, broken));
    let (mut driver, mut failed) = (rig.driver(), false);
    let mut due: Vec<&Happening> = happenings.iter().collect();
    for minute in 0..40 {
        rig.with(|world| world.now = world.now.saturating_add(minutes(1)));
        if !rig.has_power() {
            // The program is gone with all it remembers; another is started.
            failed = true;
            rig.with(|world| world.power = None);
            driver = rig.driver();
        }
        traffic(&rig);
        while due.first().is_some_and(|(at, _)| *at <= minute) {
            let before = rig.with(|world| world.lines.len());
            due.first().unwrap().1(&rig, &driver);
            if rig.with(|world| world.lines.len()) == before {
                break;
            }
            due.remove(0);
        }
        let _ = driver.look();
        assert!(is_explained(&rig), "minute {minute} of power {power:?}: {:?}", rig.with(|world| world.state()));
    }
    (rig, failed)
}

// Chaos: the program dies before and after each write and each switch, all of them; what it comes to is the same.
#[test]
fn wherever_the_program_dies_the_migration_ends_as_it_would_have() {
    type Story<'a> = (&'a str, &'a [Happening], Option<&'static str>, Stand, &'a [&'a str]);
    let stories: [Story<'_>; 3] = [
        ("all goes well", &[(1, start)], None, Stand::Complete, &["phase_actors", "phase_sync"]),
        ("the second phase fails", &[(1, start)], Some("phase_sync"), Stand::RolledBack, &["phase_actors"]),
        ("it is taken back by hand", &[(1, start), (9, take_back)], None, Stand::RolledBack, &["legacy"]),
    ];
    for (story, happenings, broken, stand, on) in stories {
        let mut deaths = 0;
        for power in 0.. {
            let (rig, failed) = live(happenings, broken, Some(power));
            let state = rig.with(|world| world.state()).unwrap();
            assert_eq!(state.stand, stand, "{story}, dead after {power} steps: {}", state.because);
            assert_eq!(rig.on(), on.iter().map(|flag| Box::from(*flag)).collect::<Vec<_>>(), "{story}, {power} steps");
            if !failed {
                break;
            }
            deaths += 1;
        }
        assert!(deaths > 8, "{story}: {deaths} points to die at");
    }
}

#[test]
fn it_leaves_no_control_behind_but_those_of_phases_in_force() {
    let (rig, _) = live(&[(1, start)], Some("phase_sync"), None);
    rig.with(|world| assert_eq!(world.overrides, BTreeMap::from([("phase_actors".into(), true)])));
    let (rig, _) = live(&[(1, start), (9, take_back)], None, None);
    rig.with(|world| assert_eq!(world.overrides, BTreeMap::from([("legacy".into(), true)])));
}

#[test]
fn what_is_told_is_what_the_journal_has() {
    let (rig, _) = live(&[(1, start)], Some("phase_sync"), None);
    let history = MigrationJournal::history(&rig, KEY).unwrap();
    let journalled: Vec<String> =
        history.iter().flat_map(|record| &record.told).map(|(text, _)| text.to_string()).collect();
    rig.with(|world| assert_eq!(world.told, journalled));
    insta::assert_snapshot!(journalled.join("\n"));
}

// D4: what switches protected flags on takes two; what takes them back does not.
#[test]
fn protected_flags_take_two_people_to_start_and_one_to_take_back() {
    let rig = Rig::new();
    rig.with(|world| _ = world.protected.insert("phase_sync".into()));
    let driver = rig.driver();
    let ask = |command, by| driver.command(KEY, command, by, "the move");
    let Ok(MigrationOutcome::Requested(request)) = ask(Command::Start, "ada") else { panic!("it has to wait") };
    assert_eq!((&*request.by, request.command), ("ada", Command::Start));
    assert!(matches!(ask(Command::Start, " Ada "), Err(MigrationError::SamePerson { .. })));
    assert_eq!(rig.with(|world| world.state()).unwrap().stand, Stand::Planned);
    let Ok(MigrationOutcome::Done { state, .. }) = ask(Command::Start, "bob") else { panic!("bob agrees") };
    assert_eq!((state.stand, state.by.to_string().as_str()), (Stand::Waiting, "ada, confirmed by bob"));
    driver.look().unwrap();
    rig.with(|world| assert_eq!(world.seconds, ["bob"], "controls are made with the second person's name"));
    assert!(matches!(ask(Command::Pause, "ada"), Ok(MigrationOutcome::Done { .. })));
    assert!(matches!(ask(Command::Resume, "ada"), Ok(MigrationOutcome::Requested(_))));
    // A week later nobody remembers what was asked for.
    rig.with(|world| world.now = world.now.saturating_add(minutes(7 * 24 * 60)));
    assert!(matches!(ask(Command::Resume, "bob"), Ok(MigrationOutcome::Requested(_))));
    assert!(matches!(ask(Command::RollBack, "ada"), Ok(MigrationOutcome::Done { .. })));
}

#[test]
fn commands_that_make_no_sense_change_nothing() {
    let rig = Rig::new();
    let driver = rig.driver();
    let ask = |key: &str, command, by: &str| driver.command(key, command, by, "").unwrap_err().to_string();
    assert_eq!(ask("v3", Command::Start, "ada"), "there is no migration `v3`: write one under [migrations.v3]");
    assert_eq!(ask(KEY, Command::Pause, "ada"), "the migration `v2` cannot do that: it has not been started");
    assert!(
        ask(KEY, Command::Start, " ").starts_with("\"\" is no name")
            || ask(KEY, Command::Start, " ").contains("is no name")
    );
    assert_eq!(rig.with(|world| world.lines.len()), 0);
    start(&rig, &driver);
    rig.with(|world| world.definitions.clear());
    assert!(ask(KEY, Command::RollBack, "ada").contains("is not defined any more"));
    for _ in 0..3 {
        driver.look().unwrap();
    }
    rig.with(|world| {
        assert_eq!(world.told.iter().filter(|line| line.starts_with("trouble: ")).count(), 1, "told once");
    });
}

#[test]
fn views_have_what_is_defined_and_what_has_a_journal() {
    let rig = Rig::new();
    let memory = MemoryMigrations::new();
    let driver = MigrationDriver::new(Arc::new(rig.clone()), memory.clone());
    assert_eq!(driver.views().unwrap().len(), 1);
    assert_eq!(driver.view(KEY).unwrap().state.unwrap().stand, Stand::Planned);
    driver.command(KEY, Command::Start, "ada", "").unwrap();
    driver.look().unwrap();
    let view = driver.view(KEY).unwrap();
    assert_eq!(view.state.unwrap().stand, Stand::Settling);
    assert!(view.observation.is_some());
    rig.with(|world| world.definitions.clear());
    assert_eq!(driver.views().unwrap()[0].definition, None);
    assert!(driver.view("v3").is_none());
}

// A line that was being written when the program died is as if it had never been; everything before it counts.
#[test]
fn a_journal_in_a_folder_survives_a_line_cut_short() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FolderMigrations::open(&folder.path().join("rollouts")).unwrap();
    let rig = Rig::new();
    let driver = MigrationDriver::new(Arc::new(rig.clone()), journal.clone());
    driver.command(KEY, Command::Start, "ada", "the move").unwrap();
    driver.look().unwrap();
    let path = folder.path().join("rollouts/migration-v2.jsonl");
    let whole = std::fs::read_to_string(&path).unwrap();
    assert_eq!(whole.lines().count(), 2);
    std::fs::write(&path, format!("{whole}{{\"now\":12")).unwrap();
    let again =
        MigrationDriver::new(Arc::new(rig.clone()), FolderMigrations::open(&folder.path().join("rollouts")).unwrap());
    assert_eq!(again.view(KEY).unwrap().state.unwrap().stand, Stand::Settling);
    again.look().unwrap();
    assert_eq!(again.history(KEY).unwrap().len(), 3, "it goes on behind the last whole line");
    assert_eq!(driver.history(KEY), again.history(KEY), "whoever looks sees the same");

    std::fs::write(&path, whole.replacen("\"started", "started", 1)).unwrap();
    let damaged = again.view(KEY).unwrap().state.unwrap_err().to_string();
    assert!(damaged.contains("migration-v2.jsonl, line 1"), "{damaged}");
    again.look().unwrap();
    rig.with(|world| assert!(world.told.last().unwrap().contains("line 1"), "{:?}", world.told));
    let named = journal.last("../v2").unwrap_err().to_string();
    assert!(named.contains("is no key"), "{named}");
}
