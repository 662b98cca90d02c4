//! The proof by simulation: whether experiments and rollouts of flags err as often as they say, and no more often.
//!
//! `cargo xtask simulate` builds this program with optimisations and runs it. Each study simulates experiments whose truth is
//! known, asks the library as an application would, counts how often the answer was wrong, and holds the count to what was
//! promised. The page it writes is the same for the same seed, however many threads there are. It ends with 1 if a promise
//! is broken.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program of the command line: printing is its job")]

mod claim;
mod lab;
mod listing;
mod page;
mod rollouts;
mod studies;
mod variates;

use std::{fs, num::NonZero, path::PathBuf, process::ExitCode, thread, time::Instant};

use clap::{Parser, ValueEnum};

use crate::{claim::Verdict, lab::Lab, page::Heading, studies::Study};

/// The seed of the published page.
const SEED: u64 = 20_261_120;

/// Simulates experiments whose truth is known, and holds the statistics of flags to what they promise.
#[derive(Parser)]
#[command(name = "cargo xtask simulate", version)]
struct Arguments {
    /// A twentieth of the runs: seconds, and wider bands. For a pipeline, not for evidence.
    #[arg(long)]
    quick: bool,
    /// What the random numbers start from.
    #[arg(long, default_value_t = SEED, value_name = "N")]
    seed: u64,
    /// How many threads to use; the result is the same for any number. As many as the machine has unless said.
    #[arg(long, value_name = "N")]
    threads: Option<NonZero<usize>>,
    /// Only the studies whose title contains this text, in any case.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// Which page.
    #[arg(long, value_enum, default_value_t = Page::Simulations, value_name = "PAGE")]
    page: Page,
    /// The file to write the page to; to the terminal if it is left out.
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The pages of evidence.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Page {
    /// The statistics of experiments.
    Simulations,
    /// The guardrails of rollouts.
    Rollouts,
}

impl Page {
    fn studies(self) -> (Heading, &'static [(&'static str, Study)]) {
        match self {
            Self::Simulations => (studies::HEADING, studies::ALL),
            Self::Rollouts => (rollouts::HEADING, rollouts::ALL),
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let threads = arguments.threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    let lab = Lab::new(arguments.seed, if arguments.quick { lab::QUICK } else { lab::FULL }, threads);
    let wanted = arguments.only.as_deref().unwrap_or_default().to_lowercase();
    let mut sections = Vec::new();
    let (heading, studies) = arguments.page.studies();
    for (title, study) in studies {
        if !title.to_lowercase().contains(&wanted) {
            continue;
        }
        let started = Instant::now();
        match study(&lab) {
            Ok(section) => {
                eprintln!("{:6.1} s  {title}", started.elapsed().as_secs_f64());
                sections.push(section.titled(title));
            }
            Err(reason) => {
                println!("error: the study \"{title}\" could not be set up: {reason}");
                return ExitCode::FAILURE;
            }
        }
    }
    let text = page::page(&lab, heading, &sections);
    match &arguments.output {
        None => print!("{text}"),
        Some(path) => {
            if let Err(error) = fs::write(path, &text) {
                println!("error: {}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    let broken: Vec<_> = page::rows(&sections).filter(|(_, row)| row.verdict() == Verdict::Broken).collect();
    for (section, row) in &broken {
        eprintln!("broken: {}: {}, {}: {}", section.title, row.method, row.setting, row.seen());
    }
    if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
