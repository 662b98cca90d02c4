//! What became of a request that was accepted, and of what has expired.

use std::fmt;

use crate::{Control, Proposal, Revision};

/// What became of a request that was accepted, or of what has expired. What it says is recorded and survives whatever happens next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Receipt {
    /// The control is in force.
    Applied {
        /// The revision this made.
        revision: Revision,
        /// The control.
        control: Control,
    },
    /// The control is in force, and a second person is to confirm it.
    Unconfirmed {
        /// The revision this made.
        revision: Revision,
        /// The control.
        control: Control,
    },
    /// The controls are taken back.
    Cleared {
        /// The revision this made.
        revision: Revision,
        /// The controls that were there; at least one.
        controls: Vec<Control>,
    },
    /// The change waits for a second person.
    Proposed {
        /// The revision this made.
        revision: Revision,
        /// The proposal, with its number and its expiry.
        proposal: Proposal,
    },
    /// The controls that were in force already are confirmed.
    Confirmed {
        /// The revision this made.
        revision: Revision,
        /// The controls; at least one.
        controls: Vec<Control>,
    },
    /// The proposal is rejected, or withdrawn by its author.
    Closed {
        /// The revision this made.
        revision: Revision,
        /// The proposal as it was.
        proposal: Proposal,
        /// Whether its author withdrew it.
        withdrawn: bool,
    },
    /// The control has expired and is removed.
    ControlExpired {
        /// The revision this made.
        revision: Revision,
        /// The control as it was.
        control: Control,
    },
    /// The proposal has expired and is removed.
    ProposalExpired {
        /// The revision this made.
        revision: Revision,
        /// The proposal as it was.
        proposal: Proposal,
    },
    /// Everything was so already. Nothing is recorded.
    Unchanged,
}

impl Receipt {
    /// The revision this made; `None` if nothing changed.
    #[must_use]
    pub const fn revision(&self) -> Option<Revision> {
        match self {
            Self::Applied { revision, .. }
            | Self::Unconfirmed { revision, .. }
            | Self::Cleared { revision, .. }
            | Self::Proposed { revision, .. }
            | Self::Confirmed { revision, .. }
            | Self::Closed { revision, .. }
            | Self::ControlExpired { revision, .. }
            | Self::ProposalExpired { revision, .. } => Some(*revision),
            Self::Unchanged => None,
        }
    }
}

/// Writes it for people, on one line.
impl fmt::Display for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Applied { control, .. } => write!(f, "{}: {} is in force", control.target, control.action),
            Self::Unconfirmed { control, .. } => {
                let (target, action) = (&control.target, &control.action);
                write!(f, "{target}: {action} is in force; a second person has to confirm it")
            }
            Self::Cleared { controls, .. } => {
                list(f, controls)?;
                f.write_str(" taken back")
            }
            Self::Proposed { proposal, .. } => {
                let (id, change, expires_at) = (proposal.id, &proposal.change, proposal.expires_at);
                write!(f, "proposal {id}: {change}; somebody else may approve it until {expires_at}")
            }
            Self::Confirmed { controls, .. } => {
                list(f, controls)?;
                f.write_str(" confirmed")
            }
            Self::Closed { proposal, withdrawn, .. } => {
                write!(f, "proposal {} {}", proposal.id, if *withdrawn { "withdrawn" } else { "rejected" })
            }
            Self::ControlExpired { control, .. } => write!(f, "{}: {} has expired", control.target, control.action),
            Self::ProposalExpired { proposal, .. } => write!(f, "{proposal} has expired"),
            Self::Unchanged => f.write_str("it was so already; nothing changed"),
        }
    }
}

/// Writes `flag checkout: kill, override to express`: a receipt is about one target.
fn list(f: &mut fmt::Formatter<'_>, controls: &[Control]) -> fmt::Result {
    for (at, control) in controls.iter().enumerate() {
        match at {
            0 => write!(f, "{}: {}", control.target, control.action)?,
            _ => write!(f, ", {}", control.action)?,
        }
    }
    Ok(())
}
