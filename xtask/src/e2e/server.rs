//! A `flags serve` of its own for a script: started on a free port, waited for, and stopped when it is dropped.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{failure::Failure, process};

/// How long a server may take to answer `/readyz`.
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
        let address = free_address().map_err(Failure::file("127.0.0.1:0"))?;
        let mut command = Command::new(program);
        command.arg("serve").arg(config).args(["--listen", &address.to_string()]).stdin(Stdio::null());
        let child = command.spawn().map_err(|source| Failure::Start { command: process::shown(&command), source })?;
        let mut server = Self { child, address };
        server.wait()?;
        Ok(server)
    }

    /// The base of its addresses, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn wait(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        while started.elapsed() < PATIENCE {
            if status(self.address, "/readyz").is_ok_and(|status| status == 200) {
                return Ok(());
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(Failure::Command { command: String::from("flags serve"), status });
            }
            thread::sleep(Duration::from_millis(20));
        }
        Err(Failure::NotReady { what: format!("{}/readyz", self.url()), seconds: PATIENCE.as_secs() })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have stopped by itself; there is nobody left to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago. Another program may take it before the server does; then the server says so.
fn free_address() -> io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

/// The status of `GET path`, by the few bytes of HTTP that it takes.
fn status(address: SocketAddr, path: &str) -> io::Result<u16> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(2)))?;
    // One write: a server may answer and hang up between two.
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut response = String::new();
    stream.take(64 * 1024).read_to_string(&mut response)?;
    response
        .strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no HTTP status line"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_line_is_read() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).unwrap();
            stream.write_all(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n").unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        assert_eq!(status(address, "/readyz").unwrap(), 503);
        assert!(server.join().unwrap().starts_with("GET /readyz HTTP/1.1\r\nHost: 127.0.0.1:"));
    }

    #[test]
    fn nobody_there_is_an_error() {
        let address = free_address().unwrap();
        assert!(status(address, "/readyz").is_err());
    }

    #[test]
    fn a_program_that_ends_is_not_waited_for() {
        // Any program that ends at once without serving will do.
        let failure = Server::start(Path::new(env!("CARGO")), Path::new("no-such-config")).unwrap_err();
        assert!(failure.to_string().starts_with("`flags serve` ended with"), "{failure}");
    }
}
