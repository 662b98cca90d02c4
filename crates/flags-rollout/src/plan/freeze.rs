//! Freeze windows: when a plan does not advance.

use flags_core::Timestamp;

/// A time in which a plan does not advance. It goes on protecting: guardrails roll back as ever.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Freeze {
    /// Once, from an instant up to another, which is not included.
    Between {
        /// The first instant.
        from: Timestamp,
        /// The first instant after it.
        until: Timestamp,
    },
    /// Each week on those days, from a time of the day up to another.
    Weekly {
        /// The days on which it begins.
        days: Vec<Weekday>,
        /// When it begins.
        from: MinuteOfDay,
        /// When it ends; at or before `from`, on the next day.
        until: MinuteOfDay,
        /// How many minutes local time is ahead of UTC.
        offset_minutes: i16,
    },
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Weekday {
    /// Monday.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl Weekday {
    /// Every day, Monday first.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// Its name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Monday => "monday",
            Self::Tuesday => "tuesday",
            Self::Wednesday => "wednesday",
            Self::Thursday => "thursday",
            Self::Friday => "friday",
            Self::Saturday => "saturday",
            Self::Sunday => "sunday",
        }
    }

    /// The day of that number of days since 1970-01-01, which was a Thursday.
    fn of_day(day: i64) -> Self {
        Self::ALL[usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0) % 7]
    }
}

/// A time of the day, in whole minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MinuteOfDay(u16);

impl MinuteOfDay {
    /// The time of an hour (0 to 23) and a minute (0 to 59), or `None` where there is none.
    #[must_use]
    pub const fn new(hour: u8, minute: u8) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self(hour as u16 * 60 + minute as u16)) } else { None }
    }

    /// Minutes since midnight.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

const DAY: i64 = 24 * 60;

impl Freeze {
    /// Whether it holds at an instant.
    ///
    /// ```
    /// use flags_core::Timestamp;
    /// use flags_rollout::plan::{Freeze, MinuteOfDay, Weekday};
    ///
    /// let time = |hour| MinuteOfDay::new(hour, 0).ok_or("no such hour");
    /// let (from, until) = (time(16)?, time(8)?);
    /// let nights = Freeze::Weekly { days: vec![Weekday::Friday], from, until, offset_minutes: 60 };
    /// let at = |text| Timestamp::parse(text).unwrap_or_default();
    /// assert!(nights.holds_at(at("2026-11-20T15:00:00Z")) && nights.holds_at(at("2026-11-21T06:59:59Z")));
    /// assert!(!nights.holds_at(at("2026-11-20T14:59:00Z")) && !nights.holds_at(at("2026-11-21T07:00:00Z")));
    /// # Ok::<(), &str>(())
    /// ```
    #[must_use]
    pub fn holds_at(&self, now: Timestamp) -> bool {
        match self {
            Self::Between { from, until } => *from <= now && now < *until,
            Self::Weekly { days, from, until, offset_minutes } => {
                let minutes = now.as_millis().div_euclid(60_000) + i64::from(*offset_minutes);
                let (day, minute) = (minutes.div_euclid(DAY), minutes.rem_euclid(DAY));
                let (from, until) = (i64::from(from.0), i64::from(until.0));
                let begins_on = |day| days.contains(&Weekday::of_day(day));
                if from < until {
                    begins_on(day) && (from..until).contains(&minute)
                } else {
                    (begins_on(day) && minute >= from) || (begins_on(day - 1) && minute < until)
                }
            }
        }
    }
}
