//! The page of `flags experiment report` in a real browser: it is drawn, in light, dark and narrow, without a word on the console.
//!
//! Chromium comes from its Debian package. The events are made here, so that every section has something to show.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{
    failure::Failure,
    packages::{self, Program, program},
    process,
    report::Tally,
};

const PROGRAMS: [Program; 1] = [program("chromium")];

/// A drawing that is smaller than this shows next to nothing.
const SMALLEST_DRAWING: u64 = 20_000;

const DEFINITIONS: &str = r#"
[features.button_red]
enabled = true

[experiments.button]
hypothesis = "A red button sells more"
status = "running"
start = 2025-11-02T00:00:00Z
arms = [
  { name = "blue", control = true, overrides = { button_red = false } },
  { name = "red", overrides = { button_red = true } },
]
metrics = [{ name = "conversion", kind = "conversion", event = "purchase" }]
"#;

/// Installs what is needed where that can be done unasked; says what is missing.
pub(super) fn missing() -> Option<String> {
    let missing = packages::install(&PROGRAMS);
    (!missing.is_empty()).then(|| format!("not installed: {}", missing.join(", ")))
}

/// Writes the page and draws it in each way; each is one test.
pub(super) fn run(flags: &Path) -> Result<Tally, Failure> {
    let folder = tempfile::tempdir().map_err(Failure::file(std::env::temp_dir()))?;
    let page = write_page(flags, folder.path())?;
    let drawings: [(&str, &[&str]); 3] = [
        ("the report of an experiment in light", &["--window-size=1000,3000"]),
        ("the report in dark", &["--window-size=1000,3000", "--blink-settings=preferredColorScheme=0"]),
        ("the report on a narrow screen", &["--window-size=500,3000"]),
    ];
    let mut tally = Tally::default();
    let mut count = |name: &str, outcome: Result<(), Failure>| {
        println!("    {name}");
        match outcome {
            Ok(()) => tally.passed += 1,
            Err(failure) => {
                println!("    {failure}");
                tally.failed += 1;
            }
        }
    };
    for (name, options) in drawings {
        count(name, is_drawn(&page, options));
    }
    count("a page with a mistake is told from it", mistakes_are_seen(folder.path()));
    Ok(tally)
}

fn write_page(flags: &Path, folder: &Path) -> Result<PathBuf, Failure> {
    let (definitions, events, page) =
        (folder.join("flags.toml"), folder.join("events.csv"), folder.join("report.html"));
    fs::write(&definitions, DEFINITIONS).map_err(Failure::file(&definitions))?;
    fs::write(&events, made_events()).map_err(Failure::file(&events))?;
    process::run(
        Command::new(flags)
            .args(["experiment", "report", "button", "--by", "country", "--at", "2025-12-07T00:00:00Z"])
            .args(["--funnel", "cart,purchase", "--lifetime", "purchase"])
            .arg("--file")
            .arg(&definitions)
            .arg("--from")
            .arg(&events)
            .arg("--html")
            .arg(&page),
    )?;
    Ok(page)
}

/// Thirty-five days of forty users each, of whom some buy; more of those with the red button.
fn made_events() -> String {
    let mut events = String::from("at,unit_kind,unit,event,value,experiment,arm,split,dimensions\n");
    for user in 0..1_400_u32 {
        let (day, hour) = (user / 40, user % 24);
        let at = |minute: u32| {
            let (month, day) = if day < 29 { (11, day + 2) } else { (12, day - 28) };
            format!("2025-{month:02}-{day:02}T{hour:02}:{minute:02}:00Z")
        };
        let arm = if user % 2 == 0 { "blue" } else { "red" };
        let country = ["DE", "JP", "NL"][(user / 2 % 3) as usize];
        // Writing to a string cannot fail.
        let _ =
            writeln!(events, r#"{},,user-{user},,,button,{arm},"blue=1,red=1","{{""country"":""{country}""}}""#, at(0));
        if user / 2 % 2 == 0 {
            let _ = writeln!(events, "{},,user-{user},cart,1,,,,", at(5));
            if user / 4 % if arm == "red" { 3 } else { 6 } == 0 {
                let _ = writeln!(events, "{},,user-{user},purchase,{},,,,", at(9), 10 + user % 7);
            }
        }
    }
    events
}

fn is_drawn(page: &Path, options: &[&str]) -> Result<(), Failure> {
    let said = draw(page, options)?;
    Failure::unless_empty(said)?;
    let drawing = page.with_extension("png");
    let size = fs::metadata(&drawing).map_err(Failure::file(&drawing))?.len();
    let small =
        (size < SMALLEST_DRAWING).then(|| format!("the drawing has {size} bytes, as if next to nothing were on it"));
    Failure::unless_empty(small.into_iter().collect())
}

/// The check finds what it is there to find.
fn mistakes_are_seen(folder: &Path) -> Result<(), Failure> {
    let page = folder.join("mistake.html");
    fs::write(&page, "<!doctype html><script>nothing_of_this_name()</script>").map_err(Failure::file(&page))?;
    let unseen = draw(&page, &[])?.is_empty().then(|| "the console says nothing of a script that fails".to_owned());
    Failure::unless_empty(unseen.into_iter().collect())
}

/// Draws a page into a picture beside it, and returns what came to the browser's console.
fn draw(page: &Path, options: &[&str]) -> Result<Vec<String>, Failure> {
    let mut command = Command::new("chromium");
    command
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr"])
        .args(options)
        .arg(format!("--screenshot={}", page.with_extension("png").display()))
        .arg(format!("file://{}", page.display()));
    let output = command.output().map_err(|source| Failure::Start { command: process::shown(&command), source })?;
    if !output.status.success() {
        return Err(Failure::Command { command: process::shown(&command), status: output.status });
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect())
}
