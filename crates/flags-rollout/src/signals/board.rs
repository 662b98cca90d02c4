//! What each signal last said, and who has taken it.

use std::{collections::BTreeMap, time::Duration};

use flags_core::Timestamp;
use thiserror::Error;

use super::{SignalDefinition, SignalSource, counter::Counter};
use crate::{
    guardrail::{Arms, Counts, Reading, Sample, SignalProblem, one_value},
    machine::Verdict,
};

/// How old a sample may be when it is taken.
pub(super) const MOST_AGE: Duration = Duration::from_secs(5 * 60);

/// What a signal says.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// One number.
    Value(Sample),
    /// The runs of both arms, as counters that only rise.
    Counts {
        /// The counters.
        arms: Arms<Counts>,
        /// The instant they are of.
        at: Timestamp,
    },
    /// There is no value, or none that can be read: [`Verdict::NoData`] or [`Verdict::Error`], and why.
    Missing(Verdict, Box<str>),
}

impl Answer {
    pub(super) fn problem(problem: SignalProblem) -> Self {
        Self::Missing(problem.verdict(), problem.to_string().into())
    }

    pub(super) fn error(text: impl Into<Box<str>>) -> Self {
        Self::Missing(Verdict::Error, text.into())
    }
}

/// How a signal stands.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct SignalState {
    /// Its key.
    pub key: Box<str>,
    /// When it was last read or pushed; `None` if it never was.
    pub at: Option<Timestamp>,
    /// What it said then.
    pub answer: Option<Answer>,
}

impl SignalState {
    /// Whether its last answer was one that can be judged.
    #[must_use]
    pub fn is_up(&self) -> bool {
        match &self.answer {
            Some(Answer::Value(sample)) => sample.value.is_finite(),
            Some(Answer::Counts { .. }) => true,
            Some(Answer::Missing(..)) | None => false,
        }
    }
}

/// Why something that was pushed found no signal.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PushError {
    /// No signal has that name.
    #[error("no signal is called `{signal}`: define it as [signals.{signal}] with source = \"application\"")]
    Unknown {
        /// The name.
        signal: Box<str>,
    },
    /// The signal is read from elsewhere.
    #[error("the signal `{signal}` is read from a server, not pushed: that takes source = \"application\"")]
    NotPushed {
        /// The signal.
        signal: Box<str>,
    },
    /// A value was pushed to a signal that counts.
    #[error("the signal `{signal}` counts the runs of both arms: push counts, or define it without counts = true")]
    CountsExpected {
        /// The signal.
        signal: Box<str>,
    },
    /// Counts were pushed to a signal that is one number.
    #[error("the signal `{signal}` is one number: push a value, or define it with counts = true")]
    ValueExpected {
        /// The signal.
        signal: Box<str>,
    },
    /// More bad runs than runs.
    #[error("the signal `{signal}` cannot have {} bad runs among {}", counts.bad, counts.runs)]
    MoreBadThanRuns {
        /// The signal.
        signal: Box<str>,
        /// The counts.
        counts: Counts,
    },
}

/// Every signal there is.
#[derive(Debug, Default)]
pub(super) struct Board {
    entries: BTreeMap<Box<str>, Entry>,
    answers: u64,
}

#[derive(Debug)]
struct Entry {
    definition: SignalDefinition,
    last: Option<Last>,
    taken: BTreeMap<Box<str>, Taken>,
}

#[derive(Debug)]
struct Last {
    number: u64,
    /// When it was asked for, or pushed.
    at: Timestamp,
    answer: Answer,
}

/// What one consumer has taken.
#[derive(Debug, Default)]
struct Taken {
    number: u64,
    counter: Option<Counter>,
}

impl Board {
    /// Goes on with other signals. What is defined as before keeps what it said.
    pub(super) fn replace(&mut self, definitions: &[SignalDefinition]) {
        let mut old = std::mem::take(&mut self.entries);
        for definition in definitions {
            let kept = old.remove(&definition.key).filter(|entry| entry.definition == *definition);
            let entry =
                kept.unwrap_or_else(|| Entry { definition: definition.clone(), last: None, taken: BTreeMap::new() });
            self.entries.insert(definition.key.clone(), entry);
        }
    }

    /// Notes what a signal said when it was asked at an instant. An answer to a former definition is none.
    pub(super) fn note(&mut self, definition: &SignalDefinition, at: Timestamp, answer: Answer) {
        let Some(entry) = self.entries.get_mut(&definition.key) else { return };
        if entry.definition == *definition {
            self.answers += 1;
            entry.last = Some(Last { number: self.answers, at, answer });
        }
    }

    pub(super) fn push(&mut self, signal: &str, value: f64, now: Timestamp) -> Result<(), PushError> {
        let definition = self.pushed(signal)?.clone();
        if definition.is_counted() {
            return Err(PushError::CountsExpected { signal: signal.into() });
        }
        self.note(&definition, now, Answer::Value(Sample { value, at: now }));
        Ok(())
    }

    pub(super) fn push_counts(&mut self, signal: &str, arms: Arms<Counts>, now: Timestamp) -> Result<(), PushError> {
        let definition = self.pushed(signal)?.clone();
        if !definition.is_counted() {
            return Err(PushError::ValueExpected { signal: signal.into() });
        }
        if let Some(counts) = [arms.control, arms.treatment].into_iter().find(|counts| counts.bad > counts.runs) {
            return Err(PushError::MoreBadThanRuns { signal: signal.into(), counts });
        }
        self.note(&definition, now, Answer::Counts { arms, at: now });
        Ok(())
    }

    fn pushed(&self, signal: &str) -> Result<&SignalDefinition, PushError> {
        let entry = self.entries.get(signal).ok_or_else(|| PushError::Unknown { signal: signal.into() })?;
        match entry.definition.source {
            SignalSource::Pushed | SignalSource::PushedCounts => Ok(&entry.definition),
            _ => Err(PushError::NotPushed { signal: signal.into() }),
        }
    }

    /// What is new to a consumer, of a stage that began at `since`.
    pub(super) fn take(&mut self, consumer: &str, signal: &str, since: Timestamp, now: Timestamp) -> Reading {
        let Some(entry) = self.entries.get_mut(signal) else {
            return Reading::Missing(Verdict::Error, format!("no signal is called `{signal}` any more").into());
        };
        // What was asked for before the stage began says nothing about it; the next answer will.
        let Some(last) = entry.last.as_ref().filter(|last| last.at >= since) else { return Reading::Nothing };
        let taken = entry.taken.entry(consumer.into()).or_default();
        if taken.number == last.number {
            return Reading::Nothing;
        }
        taken.number = last.number;
        let fresh = |sample| one_value(&[sample], since, MOST_AGE, now);
        let read = match &last.answer {
            Answer::Missing(verdict, text) => return Reading::Missing(*verdict, text.clone()),
            Answer::Value(sample) => fresh(*sample).map(Reading::Value),
            Answer::Counts { arms, at } => {
                fresh(Sample { value: 0.0, at: *at }).map(|_| taken.count(*arms, *at, since))
            }
        };
        read.unwrap_or_else(|problem| Reading::Missing(problem.verdict(), problem.to_string().into()))
    }

    pub(super) fn states(&self) -> Vec<SignalState> {
        let state = |entry: &Entry| SignalState {
            key: entry.definition.key.clone(),
            at: entry.last.as_ref().map(|last| last.at),
            answer: entry.last.as_ref().map(|last| last.answer.clone()),
        };
        self.entries.values().map(state).collect()
    }
}

impl Taken {
    fn count(&mut self, arms: Arms<Counts>, at: Timestamp, since: Timestamp) -> Reading {
        let Some(counter) = &mut self.counter else {
            self.counter = Some(Counter::new(arms, at));
            return Reading::Nothing;
        };
        // Counts from a base before the stage are in part of the stage before.
        let is_of_this_stage = counter.at() >= since;
        match counter.advance(arms, at) {
            Some(counts) if is_of_this_stage => Reading::Counts(counts),
            _ => Reading::Nothing,
        }
    }
}
