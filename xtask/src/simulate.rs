//! `cargo xtask simulate`: builds the simulations with optimisations, runs them, and writes what they found, a page each.
//!
//! The program is a package of its own (benches/simulations), so that this one stays quick to build. It says by its exit code
//! whether every promise held.

use std::process::Command;

use clap::{Args, ValueEnum};

use crate::{failure::Failure, process, workspace::Workspace};

/// A page of evidence.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Page {
    /// The statistics of experiments.
    Simulations,
    /// The guardrails of rollouts.
    Rollouts,
}

impl Page {
    /// As the program calls it.
    fn name(self) -> &'static str {
        match self {
            Self::Simulations => "simulations",
            Self::Rollouts => "rollouts",
        }
    }

    /// The page, from the root of the repository.
    fn path(self) -> String {
        format!("docs/evidence/{}.md", self.name())
    }
}

/// What `cargo xtask simulate` can be told.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Few runs and wide bands: seconds instead of minutes. The page is printed and not written.
    #[arg(long)]
    quick: bool,
    /// Another seed than that of the published page, which is printed and not written then.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Only the studies whose title contains this text; the page is printed and not written.
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// One page alone.
    #[arg(long, value_enum, value_name = "PAGE")]
    page: Option<Page>,
}

/// Runs the simulations; a broken promise is a failure, and the page says which.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result<(), Failure> {
    for page in options.page.map_or(vec![Page::Simulations, Page::Rollouts], |page| vec![page]) {
        process::run(&mut command(workspace, options, page))?;
        if options.is_evidence() {
            println!("{} is written.", page.path());
        }
    }
    Ok(())
}

fn command(workspace: &Workspace, options: &Options, page: Page) -> Command {
    let mut command = workspace.cargo();
    command.args(["run", "--release", "--locked", "--package=flags-simulations", "--"]);
    command.arg(format!("--page={}", page.name()));
    if options.quick {
        command.arg("--quick");
    }
    if let Some(seed) = options.seed {
        command.arg(format!("--seed={seed}"));
    }
    if let Some(only) = &options.only {
        command.arg(format!("--only={only}"));
    }
    if options.is_evidence() {
        command.arg("--output").arg(workspace.root.join(page.path()));
    }
    command
}

impl Options {
    /// Whether the run is the published one.
    fn is_evidence(&self) -> bool {
        !self.quick && self.seed.is_none() && self.only.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_run_with_its_own_seed_writes_the_page() {
        let workspace = Workspace::load().unwrap();
        let writes = |quick: bool, seed: Option<u64>, only: Option<&str>| {
            let options = Options { quick, seed, only: only.map(str::to_owned), page: None };
            process::shown(&command(&workspace, &options, Page::Rollouts)).contains("--output")
        };
        assert!(writes(false, None, None));
        assert!(!writes(true, None, None) && !writes(false, Some(1), None) && !writes(false, None, Some("cuped")));
    }
}
