//! The state told again from the entries of the audit log.
//!
//! Every change of the controls is one entry, with what it took away as `before` and what it put there as `after`. Whatever
//! an entry's action is called, replaying it is the same: take the one away, put the other there.

use serde::Deserialize as _;
use serde_json::Value;

use crate::{
    Control, ControlState, Proposal, Revision,
    audit::{Draft, Entry},
    wire::{FormError, Pieces, StateForm, to_value},
};

/// Why entries do not make a state.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayError {
    /// There is a revision between two entries that has none.
    #[error(
        "the audit log has the change to revision {found} after that to revision {former}; what was between is missing"
    )]
    Gap {
        /// The revision before.
        former: Revision,
        /// The one found.
        found: Revision,
    },
    /// An entry, or the checkpoint, says something that this program does not understand.
    #[error("revision {revision} in the audit log cannot be understood: {problem}")]
    Unreadable {
        /// The revision of the entry; that of the checkpoint is 0.
        revision: Revision,
        /// What is wrong.
        problem: Box<str>,
    },
}

impl ControlState {
    /// The state after the changes of `entries`, which follow upon `checkpoint`, or upon nothing.
    ///
    /// Entries of no change of controls, and those the checkpoint knows already, are passed over. An entry that says the
    /// whole state makes good whatever is missing before it. The state owes the audit log nothing.
    ///
    /// # Errors
    ///
    /// When a revision is missing or cannot be understood.
    pub fn replay<'d>(
        checkpoint: Option<&Value>,
        entries: impl IntoIterator<Item = impl Into<RecordedChange<'d>>>,
    ) -> Result<Self, ReplayError> {
        let mut replay = Replay::from_checkpoint(checkpoint)?;
        for entry in entries {
            replay.apply(entry.into());
        }
        replay.finish()
    }

    /// The state without what it owes the audit log, as [`replay`](Self::replay) tells it.
    #[must_use]
    pub fn settled(&self) -> Self {
        Self { outbox: None, ..self.clone() }
    }

    /// The settled state as JSON, from which a replay can begin.
    #[must_use]
    pub fn to_checkpoint(&self) -> Value {
        to_value(&StateForm::from(&self.settled()))
    }

    pub(crate) fn lay(&mut self, control: Control) {
        self.controls.insert((control.target.clone(), control.slot()), control);
    }

    pub(crate) fn lift(&mut self, control: &Control) {
        self.controls.remove(&(control.target.clone(), control.slot()));
    }
}

/// What a replay needs of an entry.
#[derive(Clone, Copy, Debug)]
pub struct RecordedChange<'d> {
    revision: Option<u64>,
    before: Option<&'d Value>,
    after: Option<&'d Value>,
}

impl<'d> From<&'d Draft> for RecordedChange<'d> {
    fn from(draft: &'d Draft) -> Self {
        Self { revision: draft.revision, before: draft.before.as_ref(), after: draft.after.as_ref() }
    }
}

impl<'d> From<&'d Entry> for RecordedChange<'d> {
    fn from(entry: &'d Entry) -> Self {
        Self { revision: entry.revision, before: entry.before.as_ref(), after: entry.after.as_ref() }
    }
}

/// A replay under way, entry by entry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Replay {
    state: ControlState,
    /// Why the state is not to be relied on, until an entry says it as a whole.
    problem: Option<ReplayError>,
}

impl Replay {
    pub(crate) fn from_checkpoint(checkpoint: Option<&Value>) -> Result<Self, ReplayError> {
        let Some(value) = checkpoint else { return Ok(Self::default()) };
        let state =
            read_state(value).map_err(|problem| ReplayError::Unreadable { revision: Revision::ZERO, problem })?;
        Ok(Self { state: state.settled(), problem: None })
    }

    pub(crate) fn apply(&mut self, change: RecordedChange<'_>) {
        let Some(found) = change.revision.map(Revision::new) else { return };
        let former = self.state.revision;
        if found <= former {
            return;
        }
        self.state.revision = found;
        match read_pieces(change.before).and_then(|before| Ok((before, read_pieces(change.after)?))) {
            Ok((_, ReadPieces { state: Some(state), .. })) => {
                *self = Self { state: ControlState { revision: found, ..state.settled() }, problem: None };
            }
            Ok((before, after)) => {
                self.exchange(&before, after);
                if found != former.next() {
                    self.problem.get_or_insert(ReplayError::Gap { former, found });
                }
            }
            Err(problem) => {
                self.problem.get_or_insert(ReplayError::Unreadable { revision: found, problem });
            }
        }
    }

    fn exchange(&mut self, before: &ReadPieces, after: ReadPieces) {
        before.controls.iter().for_each(|control| self.state.lift(control));
        for proposal in &before.proposals {
            self.state.proposals.remove(&proposal.id);
        }
        after.controls.into_iter().for_each(|control| self.state.lay(control));
        self.state.proposals.extend(after.proposals.into_iter().map(|proposal| (proposal.id, proposal)));
    }

    pub(crate) fn finish(self) -> Result<ControlState, ReplayError> {
        match self.problem {
            Some(problem) => Err(problem),
            None => Ok(self.state),
        }
    }
}

#[derive(Default)]
struct ReadPieces {
    controls: Vec<Control>,
    proposals: Vec<Proposal>,
    state: Option<ControlState>,
}

fn read_pieces(value: Option<&Value>) -> Result<ReadPieces, Box<str>> {
    let Some(value) = value else { return Ok(ReadPieces::default()) };
    let pieces = Pieces::deserialize(value).map_err(|error| Box::from(error.to_string()))?;
    let read = || {
        Ok(ReadPieces {
            controls: pieces.controls.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            proposals: pieces.proposals.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?,
            state: pieces.state.map(TryInto::try_into).transpose()?,
        })
    };
    read().map_err(|error: FormError| error.to_string().into())
}

fn read_state(value: &Value) -> Result<ControlState, Box<str>> {
    let form = StateForm::deserialize(value).map_err(|error| Box::from(error.to_string()))?;
    form.try_into().map_err(|error: FormError| error.to_string().into())
}
