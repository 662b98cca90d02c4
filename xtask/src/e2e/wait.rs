//! Looking until something is so, and the JSON of an answer.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::http;
use crate::failure::Failure;

/// How long something may take to come about: a few scrapes, a delivery.
const PATIENCE: Duration = Duration::from_secs(60);

/// Looks again and again until it is so; what is wrong at the end is the failure.
pub(super) fn until(what: &str, look: impl Fn() -> Result<Result<(), String>, Failure>) -> Result<(), Failure> {
    let started = Instant::now();
    loop {
        let Err(wrong) = look()? else { return Ok(()) };
        if started.elapsed() > PATIENCE {
            let problem = format!("{what}: not within {} s: {wrong}", PATIENCE.as_secs());
            return Err(Failure::Problems { problems: vec![problem] });
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// The JSON of an answer that says that all went well.
pub(super) fn json(what: &str, answer: std::io::Result<http::Answer>) -> Result<Value, Failure> {
    let answer = answer.map_err(Failure::file(what))?;
    if answer.status != 200 {
        let problem = format!("{what} answered {}: {}", answer.status, answer.body);
        return Err(Failure::Problems { problems: vec![problem] });
    }
    serde_json::from_str(&answer.body).map_err(|source| Failure::Json { what: what.to_owned(), source })
}
