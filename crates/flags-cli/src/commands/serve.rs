//! `flags serve`: answers OpenFeature clients over HTTP, following the files as they change.

use std::{
    fs,
    io::Write as _,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};
use flags::{BuildError, Flags, RolloutOptions, metrics::Metrics, rollout::controller::Leader};
use flags_server::{AllowedOrigin, BindError, BoundServer, Server, Token};
use serde_json::json;
use tracing_subscriber::EnvFilter;

use crate::{
    arguments::EnvironmentOption,
    failure::Failure,
    input,
    operate::{CommandLine, StateOption, unreadable},
    output::{BOLD, DIM, Output, Status, count},
};

/// How long the last alerts may take when the program ends.
const LAST_ALERTS: Duration = Duration::from_secs(2);

/// Serve flags to OpenFeature clients over HTTP.
///
/// There is OFREP for every language that has a client of it, an event stream of changes, health and metrics. The files
/// are followed: a good save is served within milliseconds, a broken one changes nothing but /readyz and the log. With a state
/// folder, so are its controls: a `flags kill` is served within a second, and lasts. Ctrl-C or SIGTERM ends it after the requests
/// under way.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags serve config
  flags serve config --state-dir var/flags --environment production
  flags serve config --state-dir var/flags --drive-rollouts
  flags serve config --listen 0.0.0.0:8080 --token-file /run/secrets/flags-token
  flags serve config --cors-origin https://app.example --log-format json")]
pub(crate) struct Serve {
    /// A file or a folder.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    environment: EnvironmentOption,
    #[command(flatten)]
    state: StateOption,
    /// Drives the rollout plans and migrations of the definitions: takes them on while their guardrails hold, and back when they
    /// fail. Needs a state folder; of several programs on one, the first drives and the others take over when it ends.
    #[arg(long)]
    drive_rollouts: bool,
    /// The file with the token clients must show. Without it the token is FLAGS_TOKEN, and with neither only this machine is
    /// let in.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// A web page's origin whose scripts may ask, or * for all. Can be given several times.
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<AllowedOrigin>,
    /// Shows /metrics without a token.
    #[arg(long)]
    public_metrics: bool,
    /// The path below which a proxy publishes this server, such as /flags.
    #[arg(long, value_name = "PATH", default_value = "")]
    base_path: String,
    /// How the log on standard error is written. RUST_LOG says how much; `info` unless set.
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    log_format: LogFormat,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum LogFormat {
    /// For people.
    #[default]
    Human,
    /// A JSON object on each line.
    Json,
}

impl Serve {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        if input::is_stdin(&self.file) {
            return Err(Failure::Usage(
                "a file or a folder is served and followed; standard input cannot be".to_owned(),
            ));
        }
        if self.drive_rollouts && self.state.folder().is_none() {
            return Err(Failure::Usage(
                "--drive-rollouts needs --state-dir DIR: it keeps where each rollout stands, so that one goes on from there after \
                 a restart, and takes the commands of `flags rollout`"
                    .to_owned(),
            ));
        }
        let token = token(self.token_file.as_deref())?;
        log_to_stderr(self.log_format)?;
        let mut builder = Flags::builder().file(&self.file).metrics(Metrics::new());
        if let Some(environment) = self.environment.asked() {
            builder = builder.environment(environment);
        }
        if let Some(folder) = self.state.folder() {
            builder = builder.state_dir(folder);
        }
        builder = builder.rollouts(RolloutOptions::new().drive(self.drive_rollouts));
        let flags = builder.build().map_err(|error| not_built(error, &self.state))?;
        tell_controls(&flags);
        let alerting = flags.clone();
        let first = flags.snapshot().set().flags().next().map(|flag| flag.key().to_owned());
        let needs_token = token.is_some();
        let driven = if self.drive_rollouts { Some(driven(&flags)?) } else { None };
        let server = Server::new(flags)
            .listen(self.listen)
            .token(token)
            .cors_origins(self.cors_origin)
            .public_metrics(self.public_metrics)
            .base_path(&self.base_path);
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Io(format!("cannot start the server's threads: {error}")))?;
        runtime
            .block_on(async {
                let server = server.bind().await.map_err(not_bound)?;
                // Before anything is told: whoever has read where it listens may end it at once.
                let shutdown = shutdown()?;
                tell(&server, first.as_deref(), needs_token, driven.as_ref(), output)?;
                server.run(shutdown).await;
                Ok(Status::Fine)
            })
            .inspect(|_| {
                // What was noticed at the end is told, too; a receiver that is not there does not keep the program.
                alerting.alerts().flush(LAST_ALERTS);
            })
    }
}

/// The token of the file, else of the environment; `None` where there is neither.
fn token(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    let (text, place) = match file {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| Failure::file(path, "read the token in", &error))?;
            (text, path.display().to_string())
        }
        None => match std::env::var("FLAGS_TOKEN") {
            Ok(text) => (text, "FLAGS_TOKEN".to_owned()),
            Err(std::env::VarError::NotPresent) => return Ok(None),
            Err(error) => return Err(Failure::Usage(format!("FLAGS_TOKEN: {error}"))),
        },
    };
    Token::new(text).map(Some).map_err(|error| Failure::Usage(format!("{place}: {error}")))
}

fn log_to_stderr(format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let set = match format {
        LogFormat::Human => log.with_ansi(crate::output::stderr_has_color()).try_init(),
        LogFormat::Json => log.json().flatten_event(true).try_init(),
    };
    set.map_err(|error| Failure::Io(format!("cannot set up the log: {error}")))
}

/// Tells the log what is laid over the flags from the start; what changes later it hears of by itself.
fn tell_controls(flags: &Flags) {
    let state = flags.control().state();
    for control in state.controls() {
        tracing::info!(origin = %control.origin, "in force from before: {control}");
    }
    for control in state.unconfirmed() {
        tracing::warn!("{}: the {} by {} waits to be confirmed", control.target, control.action, control.author);
    }
    for control in flags.control().orphaned() {
        tracing::warn!(
            "{}: the {} has nothing to act on, and waits for it to be defined",
            control.target,
            control.action
        );
    }
}

fn not_built(error: BuildError, state: &StateOption) -> Failure {
    match error {
        BuildError::Controls(error) => unreadable(&error, &CommandLine::of_state(state)),
        BuildError::Rejected(report) => Failure::Refused(Box::new((*report).clone())),
        other => Failure::Io(other.to_string()),
    }
}

fn not_bound(error: BindError) -> Failure {
    match error {
        BindError::TokenRequired { .. } => Failure::Usage(error.to_string()),
        other => Failure::Io(other.to_string()),
    }
}

/// What is driven: the flags that have a rollout plan, and the migrations; and the process that drives them already, if one does.
struct DrivenHere {
    rollouts: Vec<String>,
    migrations: Vec<String>,
    leader: Option<Leader>,
}

fn driven(flags: &Flags) -> Result<DrivenHere, Failure> {
    let failure = |error: String| Failure::Io(format!("rollouts cannot be driven: {error}"));
    let rollouts = flags.rollouts().list().map_err(|error| failure(error.to_string()))?;
    let migrations = flags.migrations().list().map_err(|error| failure(error.to_string()))?;
    let leader = flags.rollouts().leader().map_err(|error| failure(error.to_string()))?;
    Ok(DrivenHere {
        rollouts: rollouts.iter().filter(|view| view.plan.is_some()).map(|view| view.flag.to_string()).collect(),
        migrations: migrations.iter().map(|view| view.migration.to_string()).collect(),
        leader: leader.filter(|leader| leader.pid != std::process::id()),
    })
}

impl DrivenHere {
    /// What is driven, on one line.
    fn words(&self) -> String {
        let named = |names: &[String], word: &str| format!("{} ({})", count(names.len(), word), names.join(", "));
        let mut what = vec![];
        if !self.rollouts.is_empty() {
            what.push(named(&self.rollouts, "rollout"));
        }
        if !self.migrations.is_empty() {
            what.push(named(&self.migrations, "migration"));
        }
        let what = if what.is_empty() {
            "nothing yet: the definitions have neither a rollout plan nor a migration".to_owned()
        } else {
            what.join(" and ")
        };
        match self.leader {
            Some(leader) => format!("{what}, once process {} has ended, which does so now", leader.pid),
            None => what,
        }
    }
}

/// Prints where it listens, how to ask it, and what it drives.
fn tell(
    server: &BoundServer,
    flag: Option<&str>,
    needs_token: bool,
    driven: Option<&DrivenHere>,
    output: &mut Output,
) -> Result<(), Failure> {
    let url = format!("http://{}", server.local_addr());
    let header = if needs_token { " -H \"Authorization: Bearer $FLAGS_TOKEN\"" } else { "" };
    let path = flag.map(|key| format!("/{key}")).unwrap_or_default();
    let context = r#"{"context":{"targetingKey":"user-42"}}"#;
    let curl = format!("curl -s {url}/ofrep/v1/evaluate/flags{path}{header} -d '{context}'");
    if output.is_json() {
        let drives = driven.map(|driven| json!({ "rollouts": driven.rollouts, "migrations": driven.migrations }));
        output.json_line(&json!({ "url": url, "curl": curl, "drives": drives }))?;
    } else {
        writeln!(output, "listening on {BOLD}{url}{BOLD:#}")?;
        writeln!(output, "{DIM}try:{DIM:#} {curl}")?;
        if let Some(driven) = driven {
            writeln!(output, "{DIM}driving:{DIM:#} {}", driven.words())?;
        }
    }
    output.finish()
}

/// Ready when somebody wants the program to end.
#[cfg(unix)]
fn shutdown() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let listen = |kind| signal(kind).map_err(|error| Failure::Io(format!("cannot listen for signals: {error}")));
    let (mut interrupt, mut terminate) = (listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ready when somebody wants the program to end.
#[cfg(not(unix))]
fn shutdown() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        // Without a signal to wait for, the program ends when its process is ended.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
