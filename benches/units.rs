//! Ten million units, recorded in a folder and summed up from it: once, each in a process of its own, for time and memory.
//!
//! `units [UNITS]`, an even number, prints a JSON document that `cargo xtask bench --units` reads.

#![expect(clippy::print_stdout, reason = "a program whose output is read")]

use std::{env, error::Error, fs, path::Path, process::Command, time::Instant};

use flags_ab::{
    Event, EventKind, Exposure,
    collect::{CollectOptions, collect},
    store::{EventStore, SegmentOptions, SegmentStore},
};
use flags_core::{
    Timestamp,
    definition::{ArmDefinition, ExperimentDefinition, MetricDefinition, MetricKind},
};

const BATCH: usize = 4_096;
const START: i64 = 1_795_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let text: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match text[..] {
        ["record", units, folder] => record(units.parse()?, Path::new(folder)),
        ["sum-up", units, folder] => sum_up(units.parse()?, Path::new(folder)),
        [] => measure(10_000_000),
        [units] => measure(units.parse()?),
        _ => Err("expected: units [UNITS]".into()),
    }
}

/// Runs both parts, and prints what they printed.
fn measure(units: u64) -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut rows = vec![];
    for part in ["record", "sum-up"] {
        let mut command = Command::new(env::current_exe()?);
        let output = command.args([part, &units.to_string()]).arg(folder.path()).output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        rows.push(String::from_utf8(output.stdout)?.trim().to_owned());
    }
    println!("{{\"units\":{units},\"parts\":[{}]}}", rows.join(","));
    Ok(())
}

/// Each unit is exposed, and half of them buy a second later; in an order that is not that of their names.
fn record(units: u64, folder: &Path) -> Result<(), Box<dyn Error>> {
    let store = SegmentStore::open(folder, SegmentOptions::default())?;
    let exposures = ["control", "treatment"].map(|arm| {
        let (experiment, split) = ("button".into(), "control=1,treatment=1".into());
        EventKind::Exposure(Exposure { experiment, arm: arm.into(), split, dimensions: [].into() })
    });
    let purchase = EventKind::Tracked { event: "purchase".into(), value: 19.9 };
    let visit = EventKind::Tracked { event: "visit".into(), value: 1.0 };
    let unit_kind: flags_ab::Name = "".into();
    let mut batch = Vec::with_capacity(BATCH);
    let mut seconds = 0.0;
    for number in 0..units {
        let unit: Box<str> = format!("user-{:08}", number * 7_368_787 % units).into();
        let bought = if number % 4 < 2 { &purchase } else { &visit };
        for (later, kind) in [(0, &exposures[usize::from(number % 2 == 0)]), (1_000, bought)] {
            let at = Timestamp::from_millis(START + number.cast_signed() + later);
            batch.push(Event { at, unit_kind: unit_kind.clone(), unit: unit.clone(), kind: kind.clone() });
        }
        if batch.len() == BATCH || number + 1 == units {
            let began = Instant::now();
            store.append(&batch)?;
            seconds += began.elapsed().as_secs_f64();
            batch.clear();
        }
    }
    report("appending, each batch of 4096 on disk", seconds);
    Ok(())
}

/// Sums up everything for an analysis, as another program that finds the folder as it was left.
fn sum_up(units: u64, folder: &Path) -> Result<(), Box<dyn Error>> {
    let definition = ExperimentDefinition::new("button")
        .start(Timestamp::from_millis(START))
        .arm(ArmDefinition::control("control"))
        .arm(ArmDefinition::new("treatment"))
        .metric(MetricDefinition::conversion("conversion", "purchase"))
        .metric(MetricDefinition::new("revenue", MetricKind::Mean, "purchase"));
    let began = Instant::now();
    let store = SegmentStore::read(folder)?;
    let until = Timestamp::from_millis(START + 2 * units.cast_signed() + 2_000);
    let summary = collect(&store, &definition, &CollectOptions::until(until))?;
    let seconds = began.elapsed().as_secs_f64();
    let conversions = summary.overall()?.metric("treatment", "conversion").map(|metric| metric.sum.units());
    if (summary.users(), conversions) != (units, Some(units / 2)) {
        return Err(format!(
            "{} units and {conversions:?} in an arm are not those that were recorded",
            summary.users()
        )
        .into());
    }
    report("summing up for an analysis", seconds);
    Ok(())
}

/// What took how long, with the most memory that this process had; 0 where the system does not tell.
fn report(what: &str, seconds: f64) {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = peak.and_then(|peak| peak.trim().strip_suffix(" kB")?.parse::<u64>().ok()).unwrap_or(0);
    println!("{{\"what\":\"{what}\",\"seconds\":{seconds},\"memory_bytes\":{}}}", kibibytes << 10);
}
