//! A log in memory: the same lines, without files.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::super::{AuditError, Draft, Entry, MAX_LINE_BYTES, chain::Chain};

/// How many entries are kept.
const KEPT: usize = 10_000;

/// The last entries of a log, as lines.
#[derive(Debug, Default)]
pub(super) struct Memory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    lines: VecDeque<Arc<str>>,
    chain: Chain,
    is_cut: bool,
}

impl Memory {
    pub(super) fn append(&self, drafts: &[Draft]) -> Result<Vec<Entry>, AuditError> {
        let state = &mut *self.state();
        let mut chain = state.chain;
        let added: Vec<_> = chain.missing(drafts).into_iter().map(|draft| chain.add(draft)).collect();
        if let Some((_, line)) = added.iter().find(|(_, line)| line.len() > MAX_LINE_BYTES) {
            return Err(AuditError::TooLong { bytes: line.len() });
        }
        state.chain = chain;
        let mut entries = Vec::with_capacity(added.len());
        for (entry, line) in added {
            state.lines.push_back(line.into());
            entries.push(entry);
        }
        while state.lines.len() > KEPT {
            state.lines.pop_front();
            state.is_cut = true;
        }
        Ok(entries)
    }

    pub(super) fn chain(&self) -> Chain {
        self.state().chain
    }

    /// The lines there are.
    pub(super) fn lines(&self) -> Vec<Arc<str>> {
        self.state().lines.iter().cloned().collect()
    }

    /// Whether older entries were forgotten.
    pub(super) fn is_cut(&self) -> bool {
        self.state().is_cut
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic stands between the changes of a state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
