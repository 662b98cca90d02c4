//! Guardrails: from counts and signals to verdicts.
//!
//! | a bound | judged by | fails when |
//! | --- | --- | --- |
//! | `max_increase` | bets that there is more harm than in the concurrent control group | they win what they hardly would by chance: the increase is surely larger, at the plan's level over all looks |
//! | `max` on counts | a one-sided confidence sequence of the share of the recent past | the share is surely above it |
//! | `max` on a signal | the signal itself | it has been above it for a whole window |
//! | none, a [`Rule`] | the application | it says so |
//!
//! Runs of one minute or node share what befell it, so a comparison trusts in what is seen in batch after batch more than in
//! the number of runs. What hits both arms alike is no difference and rolls nothing back. A latency is judged as
//! the share of runs that took longer than the bound.
//!
//! [`Evidence`] gathers what has been seen since a stage began, and says at any time what the machine needs to know.

mod arms;
mod catastrophe;
mod compare;
mod counted;
mod evidence;
mod harm;
mod rule;
mod share;
mod signal;

pub use self::{
    arms::{Arms, Counts, Group},
    evidence::{Batch, Evidence, Reading},
    rule::{Rule, RuleLook},
    signal::{Sample, SignalProblem, one_value},
};
