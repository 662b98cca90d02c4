//! `serve`: that it listens, answers and ends. What it answers is the server's own business.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Stdio},
};

use serde_json::Value as Json;

use crate::support::{Folder, shop};

/// The program serving; ended with the test, whatever comes of it.
pub(crate) struct Serving {
    pub(crate) child: Child,
    address: String,
    curl: String,
}

impl Serving {
    pub(crate) fn start(folder: &Folder, arguments: &[&str]) -> Self {
        Self::start_logging(folder, arguments, "off", Stdio::null())
    }

    /// With a log of that level, written to `log`.
    pub(crate) fn start_logging(folder: &Folder, arguments: &[&str], level: &str, log: Stdio) -> Self {
        let arguments = [&["serve", "flags.toml", "--listen", "127.0.0.1:0", "--format", "json"], arguments].concat();
        let mut command = folder.command(&arguments);
        let mut child = command.env("RUST_LOG", level).stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told: Json = serde_json::from_str(&line).unwrap();
        let address = told["url"].as_str().unwrap().strip_prefix("http://").unwrap().to_owned();
        Self { child, address, curl: told["curl"].as_str().unwrap().to_owned() }
    }

    /// The event stream, whose next line is there when the flags have changed.
    pub(crate) fn events(&self) -> impl Iterator<Item = String> + use<> {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET /ofrep/v1/events HTTP/1.1\r\nHost: flags\r\n\r\n").unwrap();
        let mut lines = BufReader::new(stream).lines().map(Result::unwrap);
        // From the greeting on nothing is missed.
        lines.by_ref().find(|line| line.starts_with(':')).unwrap();
        lines.filter(|line| line.starts_with("data:"))
    }

    /// The status line and the body of an answer.
    pub(crate) fn ask(&self, request: &str, body: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        let length = body.len();
        write!(stream, "{request} HTTP/1.1\r\nHost: flags\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn answers_and_follows_the_file() {
    let serving = Serving::start(&shop(), &[]);
    assert!(serving.curl.contains(&serving.address), "{}", serving.curl);
    let (status, body) = serving.ask("POST /ofrep/v1/evaluate/flags/page_size", r#"{"context":{"targetingKey":"u"}}"#);
    assert_eq!(status, "HTTP/1.1 200 OK");
    let answer: Json = serde_json::from_str(&body).unwrap();
    assert_eq!((&answer["value"], &answer["variant"]), (&50.into(), &"large".into()));
}

#[cfg(unix)]
#[test]
fn ends_when_it_is_told_to() {
    let mut serving = Serving::start(&shop(), &[]);
    let killed = std::process::Command::new("kill").args(["-TERM", &serving.child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    assert_eq!(serving.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_token_is_asked_for() {
    let folder = shop();
    std::fs::write(folder.path("token"), "correct horse battery staple\n".replace(' ', "-")).unwrap();
    let serving = Serving::start(&folder, &["--token-file", "token"]);
    assert!(serving.curl.contains("Authorization: Bearer $FLAGS_TOKEN"), "{}", serving.curl);
    let (status, _) = serving.ask("POST /ofrep/v1/evaluate/flags/page_size", "{}");
    assert_eq!(status, "HTTP/1.1 401 Unauthorized");
}

#[test]
fn what_cannot_be_served_is_said() {
    let folder = shop();
    std::fs::write(folder.path("broken.toml"), "[features.a]\nenabeld = true\n").unwrap();
    let quiet = |arguments: &[&str]| folder.run(arguments);
    assert_eq!(quiet(&["serve", "broken.toml"]).status, 1);
    assert_eq!(quiet(&["serve", "none.toml"]).status, 3);
    assert_eq!(quiet(&["serve", "-"]).status, 2);
    let open = quiet(&["serve", "flags.toml", "--listen", "0.0.0.0:0"]);
    assert_eq!(open.status, 2, "others could reach it, and there is no token: {open}");
    assert!(open.stderr.contains("--token-file"), "{open}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_eq!(quiet(&["serve", "flags.toml", "--listen", &address]).status, 3);
}
