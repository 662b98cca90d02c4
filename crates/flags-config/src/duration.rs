//! Durations as they are written in a file.

use std::{fmt::Write as _, time::Duration};

/// The duration in the notation of the file, without its quotes: `1h 30m`, `250ms`, `0s`.
pub(crate) fn duration_text(duration: Duration) -> String {
    /// Each unit with its length in nanoseconds; weeks are not worth the sum.
    const UNITS: [(&str, u128); 7] = [
        ("d", 86_400_000_000_000),
        ("h", 3_600_000_000_000),
        ("m", 60_000_000_000),
        ("s", 1_000_000_000),
        ("ms", 1_000_000),
        ("us", 1_000),
        ("ns", 1),
    ];
    let mut rest = duration.as_nanos();
    let mut text = String::new();
    // People plan a day or two in hours.
    let units = if rest <= 2 * UNITS[0].1 { &UNITS[1..] } else { &UNITS[..] };
    for (unit, length) in units {
        let count = rest / length;
        rest %= length;
        if count > 0 {
            let space = if text.is_empty() { "" } else { " " };
            // Writing to a string does not fail.
            let _ = write!(text, "{space}{count}{unit}");
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::leaf;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for (seconds, text) in [
            (0.0, "0s"),
            (0.25, "250ms"),
            (90.0, "1m 30s"),
            (5_400.0, "1h 30m"),
            (86_400.0, "24h"),
            (172_800.0, "48h"),
            (604_800.0, "7d"),
            (777_600.5, "9d 500ms"),
        ] {
            let duration = Duration::from_secs_f64(seconds);
            assert_eq!(duration_text(duration), text);
            assert_eq!(leaf::duration(text), Some(duration), "{text}");
        }
    }
}
