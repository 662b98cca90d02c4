//! An experiment from its definition to its decision: does a red button sell more?
//!
//! `cargo run -p flags --features experiments --example experiment [FOLDER]` has 10 000 users visit a shop in two weeks of a made-up
//! clock. Five in a hundred buy where the button is blue and seven where it is red, and the analysis is to find that out. The
//! visits are the same each time: all chance comes from one seed. With a folder, it becomes a state folder, on which the commands
//! `flags experiment analyze` and `report` can be tried.

use std::{
    error::Error,
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use flags::{
    Clock, Context, Flags, Recording, Timestamp,
    ab::{
        analysis::{Analysis, AnalysisOptions, analyze},
        collect::{CollectOptions, collect},
    },
};

const DEFINITIONS: &str = r#"
[features.button_color]
enabled = true
variants = { blue = "blue", red = "red" }
off = "blue"
serve = "blue"

[experiments.checkout_button]
hypothesis = "A red button sells more"
status = "running"
arms = [{ name = "control", control = true }, { name = "treatment", overrides = { button_color = "red" } }]

[[experiments.checkout_button.metrics]]
name = "conversion"
kind = "conversion"
event = "purchase"
window = "7d"

[[experiments.checkout_button.metrics]]          # and the page must not become slower
name = "load_time"
kind = "duration"
event = "page_loaded"
role = "guardrail"
goal = "decrease"
margin = 0.05
winsorize = 0.99
"#;

const USERS: u64 = 10_000;
const DAYS: u64 = 14;
const DAY: Duration = Duration::from_secs(86_400);

/// The instant of the made-up world, in milliseconds.
#[derive(Clone)]
struct ShopClock(Arc<AtomicI64>);

impl Clock for ShopClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.0.load(Ordering::Relaxed))
    }
}

/// Has the users come and go, and says what the experiment comes to.
pub(crate) fn run(state_folder: Option<&Path>) -> Result<Analysis, Box<dyn Error>> {
    let opening = Timestamp::parse("2026-11-02T00:00:00Z").ok_or("because it is an instant")?;
    let clock = ShopClock(Arc::new(AtomicI64::new(opening.as_millis())));
    let mut builder = Flags::builder().toml(DEFINITIONS).clock(clock.clone()).recording(Recording::new());
    if let Some(folder) = state_folder {
        builder = builder.state_dir(folder);
    }
    let flags = builder.build()?;

    let mut chance = fastrand::Rng::with_seed(2026);
    for visit in 0..USERS {
        let at = opening.saturating_add(DAY * DAYS as u32 / USERS as u32 * visit as u32);
        clock.0.store(at.as_millis(), Ordering::Relaxed);
        let user = Context::new(format!("user-{visit}"));
        // Asking for the flag is the exposure. A second look at the page is none.
        let color = flags.string("button_color", &user, "blue");
        let rate = if color == "red" { 0.07 } else { 0.05 };
        if chance.f64() < rate {
            flags.track("purchase", &user, 20.0 + 80.0 * chance.f64());
        }
        flags.track("page_loaded", &user, 0.4 + 0.8 * chance.f64());
    }
    // What has been recorded is written in the background; whoever wants to read it at once waits for that.
    if !flags.flush_events(Duration::from_secs(30)) {
        return Err("events were not written in time".into());
    }

    let now = opening.saturating_add(DAY * DAYS as u32);
    let experiment = flags.experiment("checkout_button").ok_or("because it is defined above")?.definition;
    let store = flags.event_store().ok_or("because a recording was given")?;
    let options = AnalysisOptions::at(now);
    let summary = collect(&*store, &experiment, &CollectOptions::for_analysis(&experiment, &options))?;
    Ok(analyze(&experiment, &summary, &options)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let analysis = run(folder.as_deref())?;
    writeln!(std::io::stdout(), "{analysis}")?;
    Ok(())
}
