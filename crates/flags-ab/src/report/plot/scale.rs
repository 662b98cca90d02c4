//! From values to places: axes with round numbers.

/// An axis from the lowest to the highest value that it shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    lowest: f64,
    highest: f64,
}

impl Scale {
    /// An axis on which all of the values have a place, with some room at both ends.
    pub(super) fn over(values: impl IntoIterator<Item = f64>) -> Self {
        let bounds = values.into_iter().filter(|value| value.is_finite()).fold(None, |bounds, value| match bounds {
            None => Some((value, value)),
            Some((lowest, highest)) => Some((value.min(lowest), value.max(highest))),
        });
        let (lowest, highest): (f64, f64) = bounds.unwrap_or((0.0, 0.0));
        // Halves, since the whole may be beyond the doubles; a single value gets a tenth of itself to either side.
        let half = (highest / 2.0 - lowest / 2.0).max(highest.abs().max(lowest.abs()) * 1e-9);
        let room = if half > 0.0 { half * 0.12 } else { 1.0 };
        Self { lowest: (lowest - room).max(f64::MIN), highest: (highest + room).min(f64::MAX) }
    }

    /// The place of a value: 0 at the lowest, 1 at the highest, and beyond where it is beyond.
    pub(super) fn place(self, value: f64) -> f64 {
        // Quarters, since the distance between two doubles may be none.
        let from_lowest = |value: f64| value / 4.0 - self.lowest / 4.0;
        (from_lowest(value) / from_lowest(self.highest)).clamp(-100.0, 100.0)
    }

    /// Whether the value has a place on the axis.
    pub(super) fn shows(self, value: f64) -> bool {
        (self.lowest..=self.highest).contains(&value)
    }

    /// Round values on the axis, at most `most` and some more; 0 among them where it is on the axis.
    pub(super) fn ticks(self, most: usize) -> Vec<f64> {
        let rough = (self.highest / 4.0 - self.lowest / 4.0) / most.max(1) as f64 * 4.0;
        let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
        let step = [1.0, 2.0, 2.5, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough);
        let step = step.unwrap_or(rough);
        let first = libm::ceil(self.lowest / step);
        let ticks = (0..=2 * most).map(|tick| (first + tick as f64) * step);
        // 0 · step may be −0, and what comes after the end is none.
        ticks.take_while(|tick| *tick <= self.highest).map(|tick| if tick == 0.0 { 0.0 } else { tick }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_on_the_axis() {
        let ticks = Scale::over([-0.031, 0.18]).ticks(5);
        let shown: Vec<String> = ticks.iter().map(|tick| format!("{tick:.3}")).collect();
        assert_eq!(shown, ["0.000", "0.050", "0.100", "0.150"]);
        assert!(Scale::over([5.0]).ticks(4).len() >= 2);
    }

    #[test]
    fn every_axis_has_finite_places() {
        for values in [vec![], vec![0.0], vec![7.0], vec![f64::MAX, f64::MIN], vec![1e-320, 0.0], vec![f64::NAN, 1.0]] {
            let scale = Scale::over(values.clone());
            let places = values.iter().filter(|value| value.is_finite()).map(|value| scale.place(*value));
            assert!(places.clone().all(|place| (0.0..=1.0).contains(&place)), "{values:?}");
            assert!(scale.ticks(5).iter().all(|tick| tick.is_finite()) && scale.ticks(5).len() <= 11, "{values:?}");
        }
    }
}
