//! A time as people write it: `90s`, `2h`, `1h30m`, `7d`.

use std::time::Duration;

use jiff::{Span, SpanRelativeTo};

/// Reads a time, or says how one is written. A day has 24 hours.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let expected = || "expected a time, such as 90s, 30m, 2h, 7d or 1h30m".to_owned();
    let span: Span = text.parse().map_err(|_| expected())?;
    let time = span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| expected())?;
    match Duration::try_from(time) {
        Ok(time) if !time.is_zero() => Ok(time),
        _ => Err("expected a time above zero, such as 30m".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_people_write_them() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("30m", Some(1_800)),
            ("2h", Some(7_200)),
            ("1h30m", Some(5_400)),
            ("7d", Some(604_800)),
        ] {
            assert_eq!(parse(text).ok().map(|time| time.as_secs()), seconds, "{text}");
        }
        for wrong in ["", "2", "h", "2 parsecs", "-2h", "0s", "1mo"] {
            assert!(parse(wrong).is_err(), "{wrong}: {:?}", parse(wrong));
        }
    }
}
