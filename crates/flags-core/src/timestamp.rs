//! Instants, and the clock the application lends to an evaluation.

use core::fmt;

/// An instant: microseconds since 1970-01-01T00:00:00Z, without leap seconds.
///
/// Covers more than 290 000 years to either side. Finer fractions of a second are cut off when text is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant that many microseconds after 1970-01-01T00:00:00Z (before it, where negative).
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// The instant that many milliseconds after 1970-01-01T00:00:00Z; out of range, the nearest there is.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000))
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1_000)
    }

    /// The instant that much later, or the last one there is.
    ///
    /// ```
    /// use core::time::Duration;
    /// use flags_core::Timestamp;
    ///
    /// assert_eq!(Timestamp::from_millis(500).saturating_add(Duration::from_secs(1)), Timestamp::from_millis(1_500));
    /// ```
    #[must_use]
    pub fn saturating_add(self, time: core::time::Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(time.as_micros()).unwrap_or(i64::MAX)))
    }

    /// How much later it is than `earlier`; nothing if it is not later.
    ///
    /// ```
    /// use core::time::Duration;
    /// use flags_core::Timestamp;
    ///
    /// let (earlier, later) = (Timestamp::from_millis(500), Timestamp::from_millis(1_500));
    /// assert_eq!(later.saturating_since(earlier), Duration::from_secs(1));
    /// assert_eq!(earlier.saturating_since(later), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn saturating_since(self, earlier: Self) -> core::time::Duration {
        core::time::Duration::from_micros(u64::try_from(i128::from(self.0) - i128::from(earlier.0)).unwrap_or(0))
    }

    /// Reads an RFC 3339 date-time, such as `2026-12-01T09:00:00Z` or `2026-12-01T10:00:00.5+01:00`.
    ///
    /// The offset is required; `T` and `Z` may be lower case, and a space may stand for the `T`, as the RFC allows. A leap
    /// second (`:60`) is read as the first moment of the next minute. Returns `None` for anything else.
    ///
    /// ```
    /// use flags_core::Timestamp;
    ///
    /// assert_eq!(Timestamp::parse("1970-01-01T01:00:00.25+01:00"), Some(Timestamp::from_millis(250)));
    /// assert_eq!(Timestamp::parse("1970-01-01T01:00:00"), None);
    /// ```
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let (year, month, day) = (digits(bytes, 0, 4)?, digits(bytes, 5, 2)?, digits(bytes, 8, 2)?);
        let (hour, minute, second) = (digits(bytes, 11, 2)?, digits(bytes, 14, 2)?, digits(bytes, 17, 2)?);
        let punctuated = bytes[4] == b'-'
            && bytes[7] == b'-'
            && matches!(bytes[10], b'T' | b't' | b' ')
            && bytes[13] == b':'
            && bytes[16] == b':';
        if !punctuated || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let (fraction, at) = fraction_micros(bytes, 19)?;
        let offset_seconds = offset_seconds(bytes, at)?;
        let days = days_from_civil(year, month, day);
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - offset_seconds;
        Some(Self(seconds * 1_000_000 + fraction))
    }
}

fn digits(bytes: &[u8], at: usize, count: usize) -> Option<i64> {
    let mut number = 0;
    for byte in bytes.get(at..at + count)? {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
    }
    Some(number)
}

/// Reads `.digits` if it is there; returns the microseconds and where reading stopped.
fn fraction_micros(bytes: &[u8], at: usize) -> Option<(i64, usize)> {
    if bytes.get(at) != Some(&b'.') {
        return Some((0, at));
    }
    let count = bytes[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return None;
    }
    let kept = count.min(6);
    let scale = 10_i64.pow(6 - u32::try_from(kept).ok()?);
    Some((digits(bytes, at + 1, kept)? * scale, at + 1 + count))
}

fn offset_seconds(bytes: &[u8], at: usize) -> Option<i64> {
    let sign = match bytes.get(at)? {
        b'Z' | b'z' => return (bytes.len() == at + 1).then_some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(bytes, at + 1, 2)?, digits(bytes, at + 4, 2)?);
    let valid = bytes[at + 3] == b':' && bytes.len() == at + 6 && hours <= 23 && minutes <= 59;
    valid.then_some(sign * (hours * 3_600 + minutes * 60))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar (Howard Hinnant, *chrono-Compatible Low-Level Date
/// Algorithms*, `days_from_civil`), for years 0 to 9999.
const fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`] (`civil_from_days` of the same source).
const fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month, day)
}

/// Writes the instant as RFC 3339 in UTC, with a fraction only where there is one.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        let (days, second_of_day) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let (hour, minute, second) = (second_of_day / 3_600, second_of_day / 60 % 60, second_of_day % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros % 1_000 != 0 {
            write!(f, ".{micros:06}")?;
        } else if micros != 0 {
            write!(f, ".{:03}", micros / 1_000)?;
        }
        f.write_str("Z")
    }
}

/// A calendar date without a time or an offset, such as the day a flag expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    days: i64,
}

impl Date {
    /// The date of a year (0 to 9999), a month (1 to 12) and a day of that month, or `None` where there is no such day.
    #[must_use]
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
        let exists = year <= 9_999 && (1..=12).contains(&month) && day >= 1 && day <= days_in_month(year, month);
        exists.then(|| Self { days: days_from_civil(year, month, day) })
    }

    /// The first instant after the date, in UTC.
    #[must_use]
    pub const fn end(self) -> Timestamp {
        Timestamp((self.days + 1) * 86_400_000_000)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.days);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Where an evaluation learns the time, and only if a flag asks for it.
///
/// A [`Timestamp`] is a clock that stands still, which is how a flag is evaluated at another point in time.
pub trait Clock {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

impl Clock for Timestamp {
    fn now(&self) -> Timestamp {
        *self
    }
}

impl<C: Clock + ?Sized> Clock for &C {
    fn now(&self) -> Timestamp {
        C::now(self)
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;

    use super::*;

    #[test]
    fn reads_and_writes_rfc_3339() {
        for (text, shown) in [
            ("1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("2024-02-29T23:59:59.999Z", "2024-02-29T23:59:59.999Z"),
            ("2026-12-01T10:00:00.5+01:00", "2026-12-01T09:00:00.500Z"),
            ("2026-12-01t09:00:00.0000015z", "2026-12-01T09:00:00.000001Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00Z"),
            ("0000-01-01T00:00:00-00:30", "0000-01-01T00:30:00Z"),
            ("9999-12-31 23:59:59Z", "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(Timestamp::parse(text).map(|at| at.to_string()).as_deref(), Some(shown), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "2026",
            "2026-12-01",
            "2026-12-01T09:00:00",
            "2026-12-01T09:00Z",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-12-01T24:00:00Z",
            "2026-12-01T09:60:00Z",
            "2026-12-01T09:00:61Z",
            "2026-12-01T09:00:00.Z",
            "2026-12-01T09:00:00Z ",
            "2026-12-01T09:00:00+1:00",
            "2026-12-01T09:00:00+24:00",
            "2023-02-29T00:00:00Z",
            "é026-12-01T09:00:00Z",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_day_comes_back() {
        for days in (-800_000..3_000_000).step_by(13) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }
}
