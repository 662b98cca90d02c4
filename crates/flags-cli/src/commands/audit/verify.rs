//! `flags audit verify`: whether the log is as it was written, and the controls are what it says.

use std::io::Write as _;

use clap::Args;
use flags::control::{
    DEFAULT_LOCK_WAIT, LogCheck, Revision,
    audit::{Expectation, Head, Verification},
    check_log,
};
use serde_json::{Value as Json, json};

use crate::{
    failure::Failure,
    operate::{CommandLine, StateOption},
    output::{BAD, GOOD, Output, Status, count, facts},
};

/// Verify that nobody has touched the audit log.
///
/// Every byte of it is checked, and that the file of the controls says what the log says. The first entry that is not as it was
/// written is named, and the exit status is 1. A log cannot show by itself that somebody who may write the whole state folder has
/// written all of it anew: keep the head that is printed where he may not write, and check against it with --expect-head.
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  flags audit verify --state-dir var/flags
  flags audit verify --state-dir var/flags --expect-head \"$(cat head-of-yesterday)\"

JSON: {\"ok\",\"entries\",\"segments\",\"first\",\"head\":{\"sequence\",\"hash\"},\"incidents\",
\"broken\":{\"sequence\",\"segment\",\"line\",\"problem\"},\"owed\",\"controls\",\"lost\"}; incidents are the entries in
which the log tells of its own mishaps, owed is the revision whose entry is missing at the end,
controls is in which way the file of the controls differs from the log.")]
pub(crate) struct Verify {
    #[command(flatten)]
    state: StateOption,
    /// An entry that the log has to hold: its number and its hash, as an earlier check printed them.
    #[arg(long, value_name = "NUMBER:HASH", value_parser = head)]
    expect_head: Option<Head>,
}

fn head(text: &str) -> Result<Head, String> {
    let read = || {
        let (sequence, hash) = text.split_once(':')?;
        Some(Head { sequence: sequence.parse().ok()?, hash: hash.parse().ok()? })
    };
    read().ok_or_else(|| "expected the number of an entry, a colon, and its hash of 64 hexadecimal digits".to_owned())
}

impl Verify {
    pub(crate) fn run(self, output: &mut Output) -> Result<Status, Failure> {
        let folder = self.state.existing()?;
        let mut check = check_log(&folder, DEFAULT_LOCK_WAIT).map_err(|error| Failure::Io(error.to_string()))?;
        if check.verification.is_intact()
            && let Some(expected) = self.expect_head
        {
            let verified = super::log(&self.state)?.verify(Some(Expectation::Reaches(expected)));
            check.verification = verified.map_err(|error| Failure::Io(error.to_string()))?;
        }
        if output.is_json() {
            output.json(&to_json(&check))?;
        } else {
            self.write(&check, output)?;
        }
        Ok(Status::bad_if(!check.is_intact()))
    }

    fn write(&self, check: &LogCheck, output: &mut Output) -> Result<(), Failure> {
        let verification = &check.verification;
        let mut lines: Vec<(&str, String)> = vec![];
        match &verification.broken {
            Some(broken) => {
                writeln!(output, "{BAD}BROKEN{BAD:#}: {broken}")?;
                lines.push(("unharmed", unharmed(verification)));
                lines.push((
                    "next",
                    "keep the folder as it is, put a copy from before beside it, and compare".to_owned(),
                ));
            }
            None if check.owed.is_some() => writeln!(output, "{BAD}BROKEN{BAD:#}: the last entry is missing")?,
            None if check.controls.is_some() => {
                writeln!(
                    output,
                    "{BAD}BROKEN{BAD:#}: the log is as it was written, but the controls are not what it says"
                )?;
            }
            None => {
                let segments = count(usize::try_from(verification.segments).unwrap_or(usize::MAX), "segment");
                let entries = count(usize::try_from(verification.entries).unwrap_or(usize::MAX), "entry");
                writeln!(output, "{GOOD}ok{GOOD:#}: {entries} in {segments}, each as it was written and in its place")?;
            }
        }
        lines.extend(
            verification
                .verified_from()
                .map(|first| ("from", format!("entry {first}: older ones are not here, and nothing is said of them"))),
        );
        // Where entries cannot be relied on, nobody can tell which is the last.
        lines.extend(check.owed.filter(|_| verification.is_intact()).map(|revision| {
            let why = "its program was interrupted, or the end was cut off; the next change supplies it";
            ("missing", format!("the entry of revision {revision}: {why}"))
        }));
        if let Some(words) = &check.controls {
            lines.push(("unharmed", unharmed(verification)));
            lines.push(("controls", words.to_string()));
            let recover = CommandLine::of_state(&self.state).look(&["recover"]);
            lines.push(("next", format!("whoever opens the folder next tells them again from the log: {recover}")));
        }
        if let Some(entry) = check.lost {
            lines.push(("lost", format!("entries before entry {entry}, which says so: flags audit show {entry}")));
        }
        if check.is_intact() {
            lines.push(("controls", "the file of the controls is what the log says".to_owned()));
        }
        if !verification.incidents.is_empty() {
            let numbers: Vec<String> = verification.incidents.iter().map(u64::to_string).collect();
            lines.push(("mishaps", format!("the log tells of some itself, in entry {}", numbers.join(", "))));
        }
        if let Some(head) = verification.head.filter(|_| verification.is_intact()) {
            let head = format!("{}:{}", head.sequence, head.hash);
            lines.push(("head", head.clone()));
            let line = CommandLine::of_state(&self.state);
            let command = line.look(&["audit", "verify", "--expect-head", &head]);
            lines.push(("later", format!("keep the head elsewhere, and check against it: {command}")));
        }
        facts(output, &lines)
    }
}

fn unharmed(verification: &Verification) -> String {
    match (verification.first, verification.head) {
        (Some(first), Some(head)) => format!("the entries {first} to {} are as they were written", head.sequence),
        _ => "no entry can be relied on".to_owned(),
    }
}

fn to_json(check: &LogCheck) -> Json {
    let verification = &check.verification;
    let broken = verification.broken.as_ref().map(|broken| {
        json!({
            "sequence": broken.sequence,
            "segment": broken.segment,
            "line": broken.line,
            "problem": broken.damage.to_string(),
        })
    });
    json!({
        "ok": check.is_intact(),
        "entries": verification.entries,
        "segments": verification.segments,
        "first": verification.first,
        "head": verification.head,
        "lost": check.lost,
        "incidents": verification.incidents,
        "broken": broken,
        "owed": check.owed.map(Revision::get),
        "controls": check.controls,
    })
}
