//! A rollout that undoes itself, by the clock on the wall: how long does a broken branch stay?
//!
//! `cargo run -p flags --features rollouts --example rollout` serves 200 calls a second. A flag of which 5 % of the users have the
//! new branch is rolled out to 25 %; after three seconds every second call of the new branch begins to fail. A second client, which
//! shares nothing with the first but the state folder, tells when the flag is back at 5 %.

use std::{
    error::Error,
    io::Write,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use flags::{Context, Flags, Percentage, RolloutOptions};

const DEFINITIONS: &str = r#"
[features.new_search]
enabled = true
rollout_percentage = 0

[features.new_search.rollout]
strategy = "custom"
stages = [{ percentage = 25, hold = "1h" }, { percentage = 100, hold = "1h" }]
guardrails = [{ metric = "error_rate", max_increase = 0.5, max = 0.05 }]
"#;

const CALLS_PER_SECOND: u32 = 200;
const HEALTHY_FOR: Duration = Duration::from_secs(3);
/// What is longer than this will never end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Serves calls until told to stop; returns when the first one failed.
fn serve(flags: &Flags, is_over: &AtomicBool) -> Option<Instant> {
    let (began, mut first_failure, mut call) = (Instant::now(), None, 0_u32);
    while !is_over.load(Ordering::Relaxed) {
        let context = Context::new(format!("user-{call}"));
        let is_broken = began.elapsed() >= HEALTHY_FOR;
        let served = flags
            .try_run("new_search", &context)
            .on(|| {
                if is_broken && call.is_multiple_of(2) {
                    first_failure.get_or_insert_with(Instant::now);
                    return Err("the new index is not there");
                }
                Ok("from the new index")
            })
            .off(|| Ok("from the old index"));
        // The user of a call that failed has seen an error page.
        let _ = served;
        call += 1;
        let due = began + Duration::from_secs(1) * call / CALLS_PER_SECOND;
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    first_failure
}

/// Which of a thousand users have the new branch.
fn with_the_flag(flags: &Flags) -> Vec<u32> {
    (0..1_000).filter(|user| flags.is_enabled("new_search", &Context::new(format!("probe-{user}")))).collect()
}

/// Runs the example; returns how long it took from the first call that failed until another client evaluates by the former
/// percentage.
pub(crate) fn run(out: &mut impl Write) -> Result<Duration, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let client = || Flags::builder().toml(DEFINITIONS).environment("production").state_dir(folder.path());
    let service = client().rollouts(RolloutOptions::new().drive(true)).build()?;
    let another = client().build()?;

    service.control().by("ada")?.because("the first users").percentage("new_search", Percentage::new(5.0)?)?;
    another.control().refresh()?;
    let before = with_the_flag(&another);
    service.rollouts().by("ada")?.because("it works for 5 %").start("new_search")?;
    another.control().refresh()?;
    let during = with_the_flag(&another);
    writeln!(out, "{} of 1000 users have the new branch, then {}", before.len(), during.len())?;

    let is_over = AtomicBool::new(false);
    let (first_failure, back) = thread::scope(|scope| {
        let serving = scope.spawn(|| serve(&service, &is_over));
        let began = Instant::now();
        // It sees what the folder says as any program does: by itself, within half a second.
        while with_the_flag(&another) != before && began.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(5));
        }
        let back = Instant::now();
        is_over.store(true, Ordering::Relaxed);
        (serving.join().ok().flatten(), back)
    });
    let first_failure = first_failure.ok_or("no call has failed")?;
    let rollout = service.rollouts().view("new_search")?.ok_or("there is a plan")?;
    let took = back.saturating_duration_since(first_failure);
    writeln!(out, "the rollout is {}: {}", rollout.phase, rollout.because)?;
    writeln!(out, "from the first failing call to 5 %, as another client evaluates: {:.2} s", took.as_secs_f64())?;
    Ok(took)
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&mut std::io::stdout()).map(|_| ())
}
