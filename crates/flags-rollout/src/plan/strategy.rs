//! The strategies: how the percentages of the stages follow from a start and a target.

use std::fmt;

use flags_core::Percentage;

/// How the stages of a plan are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Strategy {
    /// 10, 25, 50, 75 and 100 percent: those above the start and below the target, and the target.
    Linear,
    /// Twice as many each time: 1, 2, 4, and so on, and the target.
    Exponential,
    /// A few at first (1 percent), then the target.
    Canary,
    /// All at once: from nobody to the target.
    BlueGreen,
    /// Equal steps, each as large as the start (20 percent), up to the target.
    Stepped,
    /// Stages of one's own.
    Custom,
}

const LINEAR: [u32; 5] = [10_000, 25_000, 50_000, 75_000, 100_000];

impl Strategy {
    /// Every strategy, in the order of the format's documentation.
    pub const ALL: [Self; 6] =
        [Self::Linear, Self::Exponential, Self::Canary, Self::BlueGreen, Self::Stepped, Self::Custom];

    /// The word the format uses for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Exponential => "exponential",
            Self::Canary => "canary",
            Self::BlueGreen => "blue_green",
            Self::Stepped => "stepped",
            Self::Custom => "custom",
        }
    }

    /// The strategy called `name`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    /// The percentage of the first stage where none is written; `None` for those that have no start.
    #[must_use]
    pub const fn default_start(self) -> Option<Percentage> {
        match self {
            Self::Linear => Percentage::from_thousandths(10_000),
            Self::Exponential | Self::Canary => Percentage::from_thousandths(1_000),
            Self::Stepped => Percentage::from_thousandths(20_000),
            Self::BlueGreen | Self::Custom => None,
        }
    }

    /// The percentages of the stages, rising, the target last. Empty for [`Strategy::Custom`], whose stages are written.
    ///
    /// A start of zero or not below the target leaves the target alone.
    ///
    /// ```
    /// use flags_core::Percentage;
    /// use flags_rollout::plan::Strategy;
    ///
    /// let shares = Strategy::Exponential.percentages(None, Percentage::HUNDRED);
    /// let shares: Vec<u32> = shares.iter().map(|share| share.thousandths() / 1_000).collect();
    /// assert_eq!(shares, [1, 2, 4, 8, 16, 32, 64, 100]);
    /// ```
    #[must_use]
    pub fn percentages(self, start: Option<Percentage>, target: Percentage) -> Vec<Percentage> {
        let first = start.or(self.default_start()).map_or(0, Percentage::thousandths);
        let target = target.thousandths();
        let mut shares: Vec<u32> = vec![];
        match self {
            Self::Custom => return vec![],
            Self::BlueGreen => {}
            Self::Canary => shares.push(first),
            Self::Linear => {
                shares.push(first);
                shares.extend(LINEAR.into_iter().filter(|share| *share > first));
            }
            Self::Exponential => {
                let doubled = |share: &u32| share.checked_mul(2).filter(|next| *next < target && *next > 0);
                shares.extend(std::iter::successors(Some(first), doubled));
            }
            Self::Stepped => {
                let next = |share: &u32| share.checked_add(first).filter(|next| *next < target && first > 0);
                shares.extend(std::iter::successors(Some(first), next));
            }
        }
        shares.retain(|share| (1..target).contains(share));
        shares.push(target);
        shares.into_iter().filter_map(Percentage::from_thousandths).collect()
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // E1
    #[test]
    fn each_strategy_has_its_stages() {
        let shares = |strategy: Strategy, start: Option<f64>, target: f64| -> String {
            let start = start.map(|start| Percentage::new(start).unwrap());
            let shares = strategy.percentages(start, Percentage::new(target).unwrap());
            shares.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(shares(Strategy::Linear, None, 100.0), "10 25 50 75 100");
        assert_eq!(shares(Strategy::Linear, Some(5.0), 60.0), "5 10 25 50 60");
        assert_eq!(shares(Strategy::Exponential, None, 100.0), "1 2 4 8 16 32 64 100");
        assert_eq!(shares(Strategy::Exponential, Some(0.5), 3.0), "0.5 1 2 3");
        assert_eq!(shares(Strategy::Canary, None, 100.0), "1 100");
        assert_eq!(shares(Strategy::BlueGreen, None, 100.0), "100");
        assert_eq!(shares(Strategy::Stepped, None, 100.0), "20 40 60 80 100");
        assert_eq!(shares(Strategy::Stepped, Some(30.0), 100.0), "30 60 90 100");
        assert_eq!(shares(Strategy::Custom, None, 100.0), "");
    }

    #[test]
    fn any_start_and_target_rise_to_the_target_in_the_end() {
        for strategy in Strategy::ALL.into_iter().filter(|strategy| *strategy != Strategy::Custom) {
            for start in [0, 1, 999, 10_000, 50_000, 99_999, 100_000] {
                for target in [1, 2_000, 50_000, 100_000] {
                    let (start, target) = (Percentage::from_thousandths(start), Percentage::from_thousandths(target));
                    let shares = strategy.percentages(start, target.unwrap());
                    assert!(shares.is_sorted_by(|a, b| a < b), "{strategy} {start:?} {target:?} {shares:?}");
                    assert!(shares[0] > Percentage::ZERO);
                    assert_eq!(shares.last(), target.as_ref());
                }
            }
        }
    }
}
