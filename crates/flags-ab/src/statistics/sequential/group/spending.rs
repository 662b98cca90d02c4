//! Spending functions: how much of the level may be used up by a given share of the information.

use crate::statistics::special::normal;
use crate::statistics::{Estimate, outcome::argument};

/// How the permitted error is spent over the information (Lan and DeMets, Biometrika 1983).
///
/// Each function is zero before the first observation, rises, and has spent the whole level when all the planned
/// information is there. Boundaries at a look depend only on the looks up to it, so neither the number of looks nor their
/// times have to be fixed in advance; they must only not be chosen by what the data show.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Spending {
    /// Hardly anything early, like O'Brien and Fleming's boundaries: 2(1 − Φ(z_{a/2} / √t)). The usual choice.
    ObrienFleming,
    /// Even looks early, like Pocock's boundaries: a ln(1 + (e − 1) t).
    Pocock,
    /// a t^ρ (Kim and DeMets, Biometrika 1987), ρ in (0, 20]: 1 spends in proportion, 3 is close to O'Brien and Fleming.
    Power(f64),
    /// a (1 − e^{−γt}) / (1 − e^{−γ}) (Hwang, Shih and DeCani, Statistics in Medicine 1990), γ in [−40, 40]: −4 is close
    /// to O'Brien and Fleming, 1 to Pocock, 0 spends in proportion.
    HwangShihDeCani(f64),
}

impl Spending {
    /// Refuses parameters outside of their range.
    pub(super) fn check(self) -> Estimate<()> {
        match self {
            Self::ObrienFleming | Self::Pocock => Ok(()),
            // A power of zero would spend everything at the first look, however early.
            Self::Power(rho) => {
                argument("the power of the spending function", rho, "above 0 and at most 20", |rho| {
                    rho > 0.0 && rho <= 20.0
                })?;
                Ok(())
            }
            Self::HwangShihDeCani(gamma) => {
                argument("gamma of the spending function", gamma, "from -40 to 40", |gamma| gamma.abs() <= 40.0)?;
                Ok(())
            }
        }
    }

    /// What may be spent up to the share `fraction` of the information, of `level` (one side's). Domain: `fraction` ≥ 0;
    /// from 1 on all of the level. Relative error below 1e-13, also where almost nothing is spent.
    pub(super) fn spent(self, level: f64, fraction: f64) -> f64 {
        if fraction >= 1.0 {
            return level;
        }
        match self {
            Self::ObrienFleming => 2.0 * normal::sf(normal::upper_quantile(0.5 * level) / libm::sqrt(fraction)),
            Self::Pocock => level * libm::log1p((std::f64::consts::E - 1.0) * fraction),
            Self::Power(rho) => level * libm::pow(fraction, rho),
            // The limit of the ratio below.
            Self::HwangShihDeCani(0.0) => level * fraction,
            Self::HwangShihDeCani(gamma) => level * libm::expm1(-gamma * fraction) / libm::expm1(-gamma),
        }
    }
}
