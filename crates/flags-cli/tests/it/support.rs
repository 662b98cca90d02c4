//! Running the program, and the files it runs on.

use std::{
    fmt,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
};

use serde_json::Value as Json;
use tempfile::TempDir;

/// A folder that is gone after the test, in which the program runs.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// A folder with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (name, text) in files {
            let path = folder.path(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    /// The program with its arguments, in this folder, and with nothing of the environment.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.0.path());
        command.args(arguments);
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// Runs the program with a text on standard input.
    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        let command =
            self.command(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        feed(command.unwrap(), input)
    }
}

fn feed(mut child: Child, input: &str) -> Ran {
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // A thread, because the program answers before it has read everything; it may also end early, and not read at all.
    let writer = thread::spawn(move || _ = stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran::of(output)
}

/// The program, to be run in a folder.
pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_flags"));
    command.current_dir(folder).stdin(Stdio::null());
    let flags = ["FLAGS_ENVIRONMENT", "FLAGS_TOKEN", "FLAGS_STATE_DIR", "FLAGS_FILE", "FLAGS_ACTOR"];
    let others = ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "RUST_LOG", "COLUMNS"];
    for name in flags.into_iter().chain(others) {
        command.env_remove(name);
    }
    command
}

/// What a run came to.
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Standard output as one JSON value.
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error} in:\n{self}"))
    }

    /// Standard output as a JSON value on each line.
    pub(crate) fn json_lines(&self) -> Vec<Json> {
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}\n{self}"));
        self.stdout.lines().map(parse).collect()
    }
}

/// A text with every revision (a word of 16 hexadecimal digits) made the same, for they change with the library.
pub(crate) fn without_revisions(text: &str) -> String {
    let is_revision = |word: &str| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    let blanked = |word: &str| match word.find(|letter: char| letter.is_ascii_alphanumeric()) {
        Some(start) if start + 16 <= word.len() && word.get(start..start + 16).is_some_and(is_revision) => {
            format!("{}0123456789abcdef{}", &word[..start], &word[start + 16..])
        }
        _ => word.to_owned(),
    };
    text.split_inclusive([' ', '\n', ',']).map(blanked).collect()
}

/// A text with every instant and every hash of the audit log made the same.
pub(crate) fn without_times(text: &str) -> String {
    let mut settled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, put) = match (instant(rest), hash(rest)) {
            (Some(length), _) => (length, "2026-11-20T09:00:00Z"),
            (_, true) => (64, "<hash>"),
            _ => (first.len_utf8(), &rest[..first.len_utf8()]),
        };
        settled.push_str(put);
        rest = &rest[length..];
    }
    settled
}

/// The length of the instant at the beginning of a text: `2026-11-20T09:00:00.25Z`.
fn instant(text: &str) -> Option<usize> {
    let is_as = |(at, byte): (usize, &u8)| match b"0000-00-00T00:00:00".get(at) {
        Some(b'0') => byte.is_ascii_digit(),
        // In the name of a file there is no colon.
        Some(b':') => matches!(byte, b':' | b'-'),
        expected => expected == Some(byte),
    };
    let start = text.as_bytes().get(..19)?;
    if !start.iter().enumerate().all(is_as) {
        return None;
    }
    let fraction = text[19..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    text[19 + fraction..].starts_with('Z').then_some(20 + fraction)
}

/// Whether a text begins with a hash of the audit log.
fn hash(text: &str) -> bool {
    text.as_bytes().get(..64).is_some_and(|start| start.iter().all(u8::is_ascii_hexdigit))
}

/// As a person sees it: the status, then what was printed.
impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "status {}", self.status)?;
        for (name, text) in [("stdout", &self.stdout), ("stderr", &self.stderr)] {
            if !text.is_empty() {
                write!(f, "--- {name}\n{}", without_revisions(text))?;
            }
        }
        Ok(())
    }
}

/// A shop's flags, with most of what a flag can have.
pub(crate) const SHOP: &str = r#"[settings]
environment = "development"

# The parent of what the shop sells.
[features.shop]
enabled = true
owner = "platform"
description = "The whole shop"

[features.checkout]
type = "string"
description = "Which checkout the shop shows"
owner = "payments"
tags = ["checkout", "revenue"]
expires = 2027-03-31
parent = "shop"
requires = ["new_cart"]
enabled = true                  # since the launch
variants = { classic = "classic", express = { value = "express", weight = 2 } }
off = "classic"
serve = "classic"

[[features.checkout.rules]]
name = "staff"
when = [{ segment = "staff" }]
serve = "express"

[[features.checkout.rules]]
when = [{ attribute = "country", in = ["US", "CA"] }]
rollout_percentage = 20
split = { classic = 1, express = 1 }

[features.checkout.environments.production]
enabled = false

[features.new_cart]
enabled = true
tags = ["checkout"]

[features.search]
state = "rollout"
rollout_percentage = 12.5
metadata = { owner = "search", risk = "low" }

[features.epochs]
enabled = true
conditions = { custom = "epoch_is_even" }

[features.page_size]
enabled = true
variants = { small = 20, large = 50 }
serve = "large"

[features.old_theme]
state = "emergency_off"

[segments.staff]
members = ["ada"]
"#;

/// A folder with the shop's flags in `flags.toml`.
pub(crate) fn shop() -> Folder {
    Folder::with(&[("flags.toml", SHOP)])
}
