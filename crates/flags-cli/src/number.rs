//! Numbers as people read them.

/// A number with six significant digits, trailing zeros left out: `0.02`, `1.96`, `12345.7`, `2.5e-8`.
pub(crate) fn significant(number: f64) -> String {
    rounded(number, 6)
}

/// A share as percent, with four significant digits.
pub(crate) fn percent(share: f64) -> String {
    format!("{} %", rounded(share * 100.0, 4))
}

fn rounded(number: f64, digits: usize) -> String {
    if number == 0.0 {
        return "0".to_owned();
    }
    let rounded = format!("{number:.*e}", digits - 1);
    let (mantissa, exponent) = rounded.split_once('e').unwrap_or((&rounded, "0"));
    match exponent.parse::<i32>() {
        Ok(power @ -4..=14) => {
            let decimals = usize::try_from(digits as i32 - 1 - power).unwrap_or_default();
            without_zeros(&format!("{number:.decimals$}")).to_owned()
        }
        _ => format!("{}e{exponent}", without_zeros(mantissa)),
    }
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_digits_and_no_more_than_needed() {
        for (number, text) in [
            (0.0, "0"),
            (0.02, "0.02"),
            (-1.959963984540054, "-1.95996"),
            (12345.678, "12345.7"),
            (3840.8474824362766, "3840.85"),
            (1_234_567.0, "1234567"),
            (0.000123456789, "0.000123457"),
            (0.0000123456789, "1.23457e-5"),
            (9.9999999, "10"),
            (1e300, "1e300"),
            (2.5e-8, "2.5e-8"),
        ] {
            assert_eq!(significant(number), text);
        }
        assert_eq!((percent(0.354108), percent(0.05), percent(1.0)), ("35.41 %".into(), "5 %".into(), "100 %".into()));
    }
}
