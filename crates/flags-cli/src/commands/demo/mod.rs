//! `flags demo`: a shop with simulated visitors, in which one rollout goes well, one is taken back, and an experiment ends.

mod shop;
mod story;

use std::{net::SocketAddr, path::PathBuf, thread, time::Duration};

use clap::Args;
use flags::{Flags, Recording, RolloutOptions, metrics::Metrics};
use flags_server::Server;

use self::{shop::Shop, story::Story};
use crate::{
    failure::Failure,
    output::{DIM, Output, Status},
};

/// What the shop is made of.
const DEFINITIONS: &str = include_str!("shop.toml");
/// How often the demonstration looks whether there is something to tell.
const LOOK: Duration = Duration::from_millis(100);
/// How long the story may take: some three times as long as it does.
const PATIENCE: Duration = Duration::from_secs(120);

/// Watch rollouts and an experiment at work, in a shop with simulated visitors.
///
/// A new search is rolled out while the guardrail holds. A new checkout is taken back, since its payments fail. An experiment
/// finds the better button. Nothing is told that does not happen: it is the library at work, on traffic that is made up.
/// Meanwhile the flags and the metrics are served on this machine. It takes less than a minute.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags demo
  flags demo --definitions > shop.toml
  flags demo --state-dir var/demo      and then: flags audit list --state-dir var/demo")]
pub(crate) struct Demo {
    /// Prints the definitions of the shop, and does nothing else.
    #[arg(long)]
    definitions: bool,
    /// The address to serve flags and metrics on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Keeps what happens in this folder, for commands such as `flags rollout history`. It has to be new or empty.
    #[arg(long, value_name = "FOLDER")]
    state_dir: Option<PathBuf>,
    /// How many visitors there are in a second.
    #[arg(long, value_name = "NUMBER", default_value_t = 400, value_parser = clap::value_parser!(u32).range(20..=5_000))]
    visitors: u32,
    /// Where the luck of the visitors comes from.
    #[arg(long, value_name = "NUMBER", default_value_t = 2_026)]
    seed: u64,
    /// Goes on when the story is over, until Ctrl-C.
    #[arg(long)]
    keep_open: bool,
}

impl Demo {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if self.definitions {
            use std::io::Write as _;
            output.write_all(DEFINITIONS.as_bytes())?;
            return Ok(Status::Fine);
        }
        let flags = self.client()?;
        let url = serve(&flags, self.listen)?;
        let shop = Shop::open(&flags, self.visitors, self.seed)
            .map_err(|error| Failure::Io(format!("cannot start the thread of the shop: {error}")))?;
        let mut story = Story::begin(&flags, self.visitors, &url, output)?;
        while !story.is_over() && story.elapsed() < PATIENCE {
            thread::sleep(LOOK);
            story.tell(&flags, output)?;
        }
        let status = story.end(&flags, self.state_dir.as_deref(), output)?;
        if self.keep_open {
            use std::io::Write as _;
            writeln!(output, "{DIM}The shop stays open until Ctrl-C.{DIM:#}")?;
            output.finish()?;
            loop {
                thread::sleep(LOOK);
                story.tell(&flags, output)?;
            }
        }
        drop(shop);
        Ok(status)
    }

    fn client(&self) -> Result<Flags, Failure> {
        let mut builder = Flags::builder()
            .toml(DEFINITIONS)
            .environment("demo")
            .metrics(Metrics::new())
            .recording(Recording::new().judge_every(Duration::from_secs(1)))
            .rollouts(RolloutOptions::new().drive(true).look_every(Duration::from_millis(500)));
        if let Some(folder) = &self.state_dir {
            if folder.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
                let folder = folder.display();
                return Err(Failure::Usage(format!(
                    "{folder} is not empty: the demonstration begins anew each time, so give it a folder of its own"
                )));
            }
            builder = builder.state_dir(folder);
        }
        builder.build().map_err(|error| Failure::Io(error.to_string()))
    }
}

/// Serves flags and metrics on a thread of its own until the program ends; the address.
fn serve(flags: &Flags, address: SocketAddr) -> Result<String, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::Io(format!("cannot start the server's thread: {error}")))?;
    let server = Server::new(flags.clone()).listen(address);
    let server = runtime.block_on(server.bind()).map_err(|error| Failure::Io(error.to_string()))?;
    let url = format!("http://{}", server.local_addr());
    let run = move || runtime.block_on(server.run(std::future::pending()));
    thread::Builder::new()
        .name("server".to_owned())
        .spawn(run)
        .map_err(|error| Failure::Io(format!("cannot start the server's thread: {error}")))?;
    Ok(url)
}
