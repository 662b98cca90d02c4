//! Bayesian inference for rates and for effects: chances, expected losses and credible intervals, without simulation.
//!
//! A posterior may be looked at whenever one likes, and says then what it says; but *deciding* by a threshold on the chance
//! to win, after many looks, errs more often than that chance suggests. For a guarantee on errors use
//! [`sequential`](crate::statistics::sequential).

mod beta;
mod contest;
mod normal;

use crate::statistics::{Estimate, Undefined, outcome::finite};

pub use self::beta::BetaPosterior;
pub use self::contest::Contender;
pub use self::normal::{NormalPosterior, NormalPrior};

/// The largest number of arms that are compared with each other.
pub const MAXIMUM_CONTENDERS: usize = 32;

/// Treatment against control.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    /// The probability that the treatment is better.
    pub chance_to_win: f64,
    /// What staying with the control loses on average: E[max(treatment − control, 0)].
    pub loss_if_control: f64,
    /// What taking the treatment loses on average: E[max(control − treatment, 0)].
    pub loss_if_treatment: f64,
}

impl Comparison {
    fn new(chance_to_win: f64, loss_if_control: f64, loss_if_treatment: f64) -> Estimate<Self> {
        Ok(Self {
            chance_to_win: finite("the chance to win", chance_to_win)?,
            loss_if_control: finite("the expected loss", loss_if_control)?,
            loss_if_treatment: finite("the expected loss", loss_if_treatment)?,
        })
    }

    fn of(contenders: &[Contender]) -> Estimate<Self> {
        match contenders {
            [control, treatment] => {
                Self::new(treatment.chance_to_be_best, control.expected_loss, treatment.expected_loss)
            }
            _ => Err(Undefined::OneArm),
        }
    }
}
