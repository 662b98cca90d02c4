//! Why a request is not accepted.

use flags_core::Timestamp;

use crate::{Actor, MAX_NAME_BYTES, MAX_REASON_CHARS, Origin, Revision, Target};

/// Why a request is not accepted. Nothing has changed, and nothing is recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The target is protected, and the change is not one that is made at once.
    #[error(
        "{target} is protected: one person may {}, every other change needs two; propose it, for somebody else to approve",
        brakes(.target)
    )]
    NeedsApproval {
        /// The target.
        target: Target,
    },
    /// Nobody can say whether the target is protected, so it counts as protected.
    #[error(
        "no definitions can be read, so {target} may be protected: one person may {}, every other change needs two; \
         repair the definitions, or propose the change for somebody else to approve",
        brakes(.target)
    )]
    ProtectionUnknown {
        /// The target.
        target: Target,
    },
    /// Who proposed a change cannot approve it.
    #[error("proposal {id} is {actor}'s own; somebody else has to approve it")]
    OwnProposal {
        /// The proposal.
        id: Revision,
        /// Who asked.
        actor: Actor,
    },
    /// Who set a control cannot confirm it.
    #[error("the {what} of {target} is {actor}'s own; somebody else has to confirm it")]
    OwnControl {
        /// The target.
        target: Target,
        /// What was set.
        what: Box<str>,
        /// Who asked.
        actor: Actor,
    },
    /// Only a person approves, confirms, rejects and withdraws.
    #[error("a {origin} decides nothing for others: only a person approves, confirms, rejects or withdraws")]
    NotAPerson {
        /// The way it came.
        origin: Origin,
    },
    /// There is no such proposal, and no unconfirmed control of that number.
    #[error(
        "there is no proposal {id}, and no control {id} that waits to be confirmed; it may have been decided already, or have expired"
    )]
    UnknownNumber {
        /// The number.
        id: Revision,
    },
    /// The proposal has expired.
    #[error("proposal {id} expired at {expired_at}; propose the change again")]
    ProposalExpired {
        /// The proposal.
        id: Revision,
        /// When it expired.
        expired_at: Timestamp,
    },
    /// The controls that the proposed change would replace are not those it was proposed for.
    #[error(
        "proposal {id} was made for another state of {target}: {now_there}; look whether the change is still wanted, reject \
         this proposal and propose it again"
    )]
    BaseChanged {
        /// The proposal.
        id: Revision,
        /// The target.
        target: Target,
        /// What is there now, in words.
        now_there: Box<str>,
    },
    /// Only its author withdraws a proposal.
    #[error("proposal {id} is {author}'s; only its author withdraws it, others reject it")]
    NotTheAuthor {
        /// The proposal.
        id: Revision,
        /// Whose it is.
        author: Actor,
    },
    /// Nothing of the target waits to be confirmed.
    #[error("{target} has no control that waits to be confirmed")]
    NothingToConfirm {
        /// The target.
        target: Target,
    },
    /// A kill has no expiry.
    #[error("a kill of {target} cannot expire: it holds until somebody revives the flag; leave out the expiry")]
    KillNeverExpires {
        /// The target.
        target: Target,
    },
    /// What is done to an experiment has no expiry, but for a pause.
    #[error(
        "the {action} of {target} cannot expire: only a pause of an experiment ends by itself; leave out the expiry, or say \
         by an extension when the experiment is to end"
    )]
    NeverExpires {
        /// The target.
        target: Target,
        /// The kind of the action.
        action: &'static str,
    },
    /// The new end of an experiment is not in the future.
    #[error("the new end of {target}, {end}, is not after {now}; give a later one, or stop the experiment")]
    EndInThePast {
        /// The target.
        target: Target,
        /// The end asked for.
        end: Timestamp,
        /// The present instant.
        now: Timestamp,
    },
    /// The new end of an experiment is beyond what can be written.
    #[error("the new end of {target} is after the year 9999")]
    EndTooFar {
        /// The target.
        target: Target,
    },
    /// The expiry is not in the future.
    #[error("the expiry {expires_at} is not after {now}, so the control would never be in force; give a later one")]
    AlreadyExpired {
        /// The expiry asked for.
        expires_at: Timestamp,
        /// The present instant.
        now: Timestamp,
    },
    /// The expiry is beyond what can be written.
    #[error("the expiry is after the year 9999; leave it out for a control without one")]
    ExpiryTooFar,
    /// The action is not one for this sort of target.
    #[error(
        "{target} cannot have the control `{action}`: start, pause, stop, extend and winner are for experiments, everything \
         else is for flags"
    )]
    WrongTarget {
        /// The target.
        target: Target,
        /// The kind of the action.
        action: &'static str,
    },
    /// A name in the action cannot be one.
    #[error("the {what} is empty, longer than {MAX_NAME_BYTES} bytes, or holds a control character")]
    UnfitName {
        /// What it names: `unit`, `variant` or `arm`.
        what: &'static str,
    },
    /// The reason is too long.
    #[error("the reason is longer than {MAX_REASON_CHARS} characters; keep it short and point to the rest")]
    ReasonTooLong,
    /// What is measured does not move a breaker that a person holds.
    #[error("the breaker of {target} is held by {by}; what is measured does not move it until it is cleared")]
    BreakerForced {
        /// The target.
        target: Target,
        /// Who holds it.
        by: Actor,
    },
    /// A person holds a breaker open or closed; the other states belong to the breaker.
    #[error("only the breaker of {target} itself opens or half opens; to hold it, force it open or force it closed")]
    NotTheBreaker {
        /// The target.
        target: Target,
    },
    /// A part of the system does not take back what a person killed.
    #[error("{target} was killed by {by}, a person; only a person revives it")]
    KilledByAPerson {
        /// The target.
        target: Target,
        /// Who killed it.
        by: Actor,
    },
    /// A part of the system does nothing to experiments, but that the analysis of one declares its winner.
    #[error(
        "origin `{origin}` cannot do this to {target}: what an experiment's analysis does by itself is to declare its winner; \
         everything else is for people"
    )]
    OnlyAWinner {
        /// The target.
        target: Target,
        /// The way it came.
        origin: Origin,
    },
    /// A person has held or decided the experiment, so its analysis does not.
    #[error("{by}, a person, has set `{what}` for {target}; while it is so, only a person decides it")]
    HeldByAPerson {
        /// The target.
        target: Target,
        /// What was set.
        what: Box<str>,
        /// Who set it.
        by: Actor,
    },
    /// There are as many controls as there may be.
    #[error("there are {count} controls, which is the most there may be; clear what is no longer needed")]
    TooManyControls {
        /// How many there are.
        count: usize,
    },
    /// The names and reasons of all controls and proposals are as long as they may be.
    #[error(
        "the names and reasons of all controls and proposals have {bytes} bytes, and this would be too many; clear what is \
         no longer needed, or give a shorter reason"
    )]
    TooMuchText {
        /// How many bytes they have.
        bytes: usize,
    },
    /// There are as many proposals as there may be.
    #[error("{count} proposals wait already, which is the most there may be; approve, reject or withdraw some")]
    TooManyProposals {
        /// How many there are.
        count: usize,
    },
}

/// What one person may do at once to a target that is protected.
fn brakes(target: &Target) -> &'static str {
    match target {
        Target::Flag(_) => "kill it",
        Target::Experiment(_) => "pause it without an end or stop it",
    }
}
