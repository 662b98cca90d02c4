//! How numbers are written: with digits enough to tell them apart, and no more.

/// A way to write numbers: their digits, and the unit behind them.
#[derive(Clone, Copy)]
pub(super) struct Writing {
    digits: fn(f64) -> String,
    unit: &'static str,
}

/// A share in percent.
pub(super) const PERCENT: Writing = Writing { digits: percent, unit: " %" };

/// A relative effect in percent, with its sign.
pub(super) const LIFT: Writing = Writing { digits: signed_percent, unit: " %" };

/// A difference of shares, with its sign: points are what percentages differ by.
pub(super) const POINTS: Writing = Writing { digits: signed_percent, unit: " points" };

/// A number as it is.
pub(super) const NUMBER: Writing = Writing { digits: number, unit: "" };

/// A difference of numbers, with its sign.
pub(super) const SIGNED: Writing = Writing { digits: signed, unit: "" };

impl Writing {
    /// A number without its unit, with a minus as it is printed.
    pub(super) fn digits(self, value: f64) -> String {
        (self.digits)(value).replace('-', "−")
    }

    /// A number with its unit.
    pub(super) fn one(self, value: f64) -> String {
        format!("{}{}", self.digits(value), self.unit)
    }

    /// A round number with its unit, as on an axis: without zeros at its end.
    pub(super) fn round(self, value: f64) -> String {
        let digits = self.digits(value);
        let digits = if digits.contains('.') && !digits.contains('e') {
            digits.trim_end_matches('0').trim_end_matches('.')
        } else {
            &digits
        };
        format!("{digits}{}", if self.unit == " points" { "" } else { self.unit })
    }
}

/// Three significant digits, all of a whole number, and the plain notation wherever it is readable.
fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let magnitude = libm::floor(libm::log10(value.abs()));
    if !(-4.0..9.0).contains(&magnitude) {
        return format!("{value:.2e}");
    }
    let decimals = if value == libm::trunc(value) { 0 } else { (2.0 - magnitude).max(0.0) as usize };
    format!("{value:.decimals$}")
}

fn signed(value: f64) -> String {
    if value > 0.0 { format!("+{}", number(value)) } else { number(value) }
}

/// Three significant digits, and never more than two behind the point; what is below that is 0.
fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent.abs() {
        under if under < 9.995 => 2,
        under if under < 99.95 => 1,
        _ => 0,
    };
    let text = if percent.abs() < 1e9 { format!("{percent:.decimals$}") } else { format!("{percent:.2e}") };
    if text == "-0.00" { "0.00".to_owned() } else { text }
}

fn signed_percent(share: f64) -> String {
    let text = percent(share);
    if share > 0.0 && text != "0.00" { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_matter() {
        let shares = [0.0, -1e-9, 0.000_4, 0.080_2, 0.099_96, 0.129_1, 0.999_6, 1.110_87, 14.2, 1e12];
        let written = shares.map(|share| PERCENT.one(share));
        let expected =
            ["0.00 %", "0.00 %", "0.04 %", "8.02 %", "10.0 %", "12.9 %", "100 %", "111 %", "1420 %", "1.00e14 %"];
        assert_eq!(written, expected);
        assert_eq!([0.6107, -0.014, 0.0].map(|lift| LIFT.one(lift)), ["+61.1 %", "−1.40 %", "0.00 %"]);
        assert_eq!([0.05, -0.2, 0.0, 2.0].map(|tick| LIFT.round(tick)), ["+5 %", "−20 %", "0 %", "+200 %"]);
        let numbers = [0.0, 0.000_012, 0.053_42, 49.84, 1234.5, 10_000.0, 3e12].map(|value| NUMBER.one(value));
        assert_eq!(numbers, ["0", "1.20e−5", "0.0534", "49.8", "1234", "10000", "3.00e12"]);
        assert_eq!([POINTS.one(0.0489), POINTS.round(0.025), SIGNED.one(2.386)], ["+4.89 points", "+2.5", "+2.39"]);
    }
}
