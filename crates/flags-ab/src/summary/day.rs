//! A day in UTC, by which results are told apart.

use std::fmt;

use flags_core::Timestamp;

const MICROS: i64 = 86_400_000_000;

/// A day in UTC. Written as `2026-11-20`.
///
/// ```
/// use flags_ab::summary::Day;
/// use flags_core::Timestamp;
///
/// let day = Day::of(Timestamp::from_millis(1_795_000_000_000));
/// assert_eq!(day.to_string(), "2026-11-18");
/// assert_eq!(Day::parse("2026-11-18"), Some(day));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of an instant.
    #[must_use]
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_micros().div_euclid(MICROS))
    }

    /// The day that is written as `2026-11-20`, or `None` where that is no day. A time of day behind it is not read.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let date = text.get(..10)?;
        let rest = &text[10..];
        let ends_there = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
        ends_there.then(|| Timestamp::parse(&format!("{date}T00:00:00Z"))).flatten().map(Self::of)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }

    /// The day that many days after 1970-01-01.
    #[must_use]
    pub fn from_number(days: i64) -> Self {
        Self(days)
    }

    /// Its first instant.
    #[must_use]
    pub fn start(self) -> Timestamp {
        Timestamp::from_micros(self.0.saturating_mul(MICROS))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.split('T').next().unwrap_or(&text))
    }
}
