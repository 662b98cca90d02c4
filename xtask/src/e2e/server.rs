//! A program of its own for a test: started on a free port, waited for, and stopped when it is dropped.

use std::{
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::http;
use crate::{failure::Failure, process};

/// How long a server may take to say that it is ready.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server. Dropping it stops the process.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts `program serve <config>` on a free loopback port and waits until it is ready.
    pub(crate) fn start(program: &Path, config: &Path) -> Result<Self, Failure> {
        let address = http::free_address().map_err(Failure::file("127.0.0.1:0"))?;
        let mut command = Command::new(program);
        command.arg("serve").arg(config).args(["--listen", &address.to_string()]);
        Self::run(&mut command, address, "/readyz")
    }

    /// Starts a program that listens on `address` and waits until it answers `ready` with 200.
    pub(super) fn run(command: &mut Command, address: SocketAddr, ready: &str) -> Result<Self, Failure> {
        let spawned = command.stdin(Stdio::null()).spawn();
        let child = spawned.map_err(|source| Failure::Start { command: process::shown(command), source })?;
        let mut server = Self { child, address };
        server.wait(command, ready)?;
        Ok(server)
    }

    /// The base of its addresses, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait(&mut self, command: &Command, ready: &str) -> Result<(), Failure> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if http::get(self.address, ready).is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Failure::Command { command: process::shown(command), status });
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::NotReady { what: format!("{}{ready}", self.url()), seconds: PATIENCE.as_secs() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped by itself; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ends_is_not_waited_for() {
        // Any program that ends at once without serving will do.
        let failure = Server::start(Path::new(env!("CARGO")), Path::new("no-such-config")).unwrap_err();
        assert!(failure.to_string().starts_with("`cargo serve no-such-config"), "{failure}");
        assert!(failure.to_string().contains("ended with"), "{failure}");
    }
}
