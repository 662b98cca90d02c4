//! RFC 3339 date-times, counted out day by day from 1970.

use flags_core::Timestamp;
use regex::Regex;

/// The instant a text names, or `None` if it is no RFC 3339 date-time. Digits beyond the microsecond are cut off.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let grammar = r"(?i)\A([0-9]{4})-([0-9]{2})-([0-9]{2})[T ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))\z";
    let parts = Regex::new(grammar).expect("the grammar is an expression").captures(text)?;
    let number = |group: usize| parts.get(group).map_or(Some(0), |digits| digits.as_str().parse::<i64>().ok());
    let (year, month, day) = (number(1)?, number(2)?, number(3)?);
    let (hour, minute, second) = (number(4)?, number(5)?, number(6)?);
    let (offset_hours, offset_minutes) = (number(9)?, number(10)?);
    let possible = (1..=12).contains(&month)
        && (1..=days_of_month(year, month)).contains(&day)
        && hour < 24
        && minute < 60
        && second <= 60
        && offset_hours < 24
        && offset_minutes < 60;
    if !possible {
        return None;
    }
    let mut days = day - 1;
    for earlier in 1..month {
        days += days_of_month(year, earlier);
    }
    for earlier in 1970..year {
        days += days_of_year(earlier);
    }
    for later in year..1970 {
        days -= days_of_year(later);
    }
    let sign = if parts.get(8).is_some_and(|sign| sign.as_str() == "-") { -1 } else { 1 };
    let seconds =
        days * 86_400 + hour * 3_600 + minute * 60 + second - sign * (offset_hours * 3_600 + offset_minutes * 60);
    let fraction: String =
        parts.get(7).map_or("", |digits| digits.as_str()).chars().chain("000000".chars()).take(6).collect();
    Some(Timestamp::from_micros(seconds * 1_000_000 + fraction.parse::<i64>().ok()?))
}

fn days_of_year(year: i64) -> i64 {
    (1..=12).map(|month| days_of_month(year, month)).sum()
}

fn days_of_month(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2000-02-29T12:00:00.5+01:30", 951_820_200_500_000),
            ("2026-12-01t09:00:00.1234567z", 1_796_115_600_123_456),
            ("1969-12-31 23:59:59-00:00", -1_000_000),
        ] {
            assert_eq!(parse(text), Some(Timestamp::from_micros(micros)), "{text}");
        }
        for text in [
            "2026-02-29T00:00:00Z",
            "2026-12-01T09:00:00",
            "2026-12-01",
            "٢026-12-01T09:00:00Z",
            " 2026-12-01T09:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
