//! A journal in memory: for programs that keep nothing, and for tests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{Incident, Journal, JournalError, JournalWriter, Leader, Leadership, Request};
use crate::{machine::State, wire::Record};

/// How many records of a flag are kept, the newest ones.
const MOST_RECORDS: usize = 10_000;

/// Journals in memory. A clone is the same journals. Whoever has one leads.
///
/// The newest 10 000 records of each flag are kept.
#[derive(Clone, Debug, Default)]
pub struct MemoryJournal {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    /// Whoever has it writes. Reading needs only what is kept, for a moment.
    turn: Mutex<()>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    records: BTreeMap<Box<str>, Vec<Record>>,
    requests: Vec<Request>,
}

impl MemoryJournal {
    /// Journals with nothing in them.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        lock(&self.shared.kept)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Every change is made at once, so what a panic leaves behind is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn last(&self, flag: &str) -> Option<State> {
        Some(self.records.get(flag)?.last()?.state.clone())
    }
}

impl Journal for MemoryJournal {
    fn write(&self) -> Result<Box<dyn JournalWriter + '_>, JournalError> {
        Ok(Box::new(Writer { kept: &self.shared.kept, _turn: lock(&self.shared.turn) }))
    }

    fn flags(&self) -> Result<Vec<Box<str>>, JournalError> {
        Ok(self.kept().records.keys().cloned().collect())
    }

    fn last(&self, flag: &str) -> Result<Option<State>, JournalError> {
        Ok(self.kept().last(flag))
    }

    fn history(&self, flag: &str) -> Result<Vec<Record>, JournalError> {
        Ok(self.kept().records.get(flag).cloned().unwrap_or_default())
    }

    fn requests(&self) -> Result<Vec<Request>, JournalError> {
        Ok(self.kept().requests.clone())
    }

    fn lead(&self) -> Result<Leadership, JournalError> {
        Ok(Leadership::Leading)
    }

    fn leader(&self) -> Result<Option<Leader>, JournalError> {
        Ok(None)
    }

    fn resign(&self) {}
}

struct Writer<'a> {
    kept: &'a Mutex<Kept>,
    _turn: MutexGuard<'a, ()>,
}

impl JournalWriter for Writer<'_> {
    fn last(&mut self, flag: &str) -> Result<Option<State>, JournalError> {
        Ok(lock(self.kept).last(flag))
    }

    fn append(&mut self, flag: &str, record: &Record) -> Result<(), JournalError> {
        let mut kept = lock(self.kept);
        let records = kept.records.entry(flag.into()).or_default();
        if records.len() >= MOST_RECORDS {
            records.drain(..MOST_RECORDS / 10);
        }
        records.push(record.clone());
        Ok(())
    }

    fn set_requests(&mut self, requests: &[Request]) -> Result<(), JournalError> {
        lock(self.kept).requests = requests.to_vec();
        Ok(())
    }

    fn incidents(&mut self) -> Vec<(Box<str>, Incident)> {
        vec![]
    }
}
