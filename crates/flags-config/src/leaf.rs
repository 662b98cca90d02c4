//! Single values: numbers, instants, dates, durations and the rest, from the TOML that stands for them.
//!
//! The check of shapes says what is wrong with a value; whoever reads it afterwards calls the same function again and skips
//! what does not convert.

mod url;

use std::time::Duration;

use flags_core::{
    AttributeName, Date, IpRange, Object, Percentage, PercentageError, Timestamp, Value, VersionRequirement,
};
use flags_rollout::plan::MinuteOfDay;
use toml::{
    de::{DeInteger, DeValue},
    value::{Datetime, Time},
};

pub(crate) use self::url::{UrlFault, url};
use crate::shape::MOST_ENTRIES;

/// The integer, if it is one that fits 64 bits.
pub(crate) fn integer(value: &DeValue<'_>) -> Option<i64> {
    value.as_integer().and_then(whole)
}

pub(crate) fn whole(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// The number, if it is an integer of 64 bits or a finite float.
pub(crate) fn number(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::Integer(integer) => whole(integer).map(Value::Integer),
        DeValue::Float(float) => finite(float.as_str()).map(Value::Float),
        _ => None,
    }
}

fn finite(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// The number as a float, if it is an integer of 64 bits or a finite float. Integers beyond 2^53 are rounded.
pub(crate) fn float(value: &DeValue<'_>) -> Option<f64> {
    number(value).and_then(|number| match number {
        #[expect(
            clippy::cast_precision_loss,
            reason = "bounds and percentages are small; a rounded large one stays large"
        )]
        Value::Integer(integer) => Some(integer as f64),
        Value::Float(float) => Some(float),
        _ => None,
    })
}

/// The text, if it is a string.
pub(crate) fn text(value: &DeValue<'_>) -> Option<Box<str>> {
    value.as_str().map(Into::into)
}

/// The percentage; `None` if the value is no number at all.
pub(crate) fn percentage(value: &DeValue<'_>) -> Option<Result<Percentage, PercentageError>> {
    match value {
        DeValue::Integer(_) | DeValue::Float(_) => {
            Some(float(value).map_or(Err(PercentageError::OutOfRange), Percentage::new))
        }
        _ => None,
    }
}

/// Why a value is not an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum InstantFault {
    /// Neither a datetime nor a string.
    Type,
    /// A date and a time, without an offset.
    NoOffset,
    /// A date alone.
    DateOnly,
    /// A time alone.
    TimeOnly,
    /// A string that is not RFC 3339.
    Text,
}

/// The instant of a datetime with offset, or of an RFC 3339 string.
pub(crate) fn instant(value: &DeValue<'_>) -> Result<Timestamp, InstantFault> {
    match value {
        DeValue::Datetime(datetime) => match (datetime.date, datetime.time, datetime.offset) {
            (Some(_), Some(time), Some(_)) => {
                let whole = Datetime { time: Some(Time { second: time.second.or(Some(0)), ..time }), ..*datetime };
                Timestamp::parse(&whole.to_string()).ok_or(InstantFault::Text)
            }
            (Some(_), Some(_), None) => Err(InstantFault::NoOffset),
            (Some(_), None, _) => Err(InstantFault::DateOnly),
            (None, ..) => Err(InstantFault::TimeOnly),
        },
        DeValue::String(text) => Timestamp::parse(text).ok_or_else(|| {
            if Timestamp::parse(&format!("{text}Z")).is_some() {
                InstantFault::NoOffset
            } else if date_of(text).is_some() {
                InstantFault::DateOnly
            } else {
                InstantFault::Text
            }
        }),
        _ => Err(InstantFault::Type),
    }
}

/// The date of a local date, or of a string such as `2027-03-31`.
pub(crate) fn date(value: &DeValue<'_>) -> Option<Date> {
    match value {
        DeValue::Datetime(Datetime { date: Some(date), time: None, offset: None }) => {
            Date::new(date.year, date.month, date.day)
        }
        DeValue::String(text) => date_of(text),
        _ => None,
    }
}

fn date_of(text: &str) -> Option<Date> {
    let date: jiff::civil::Date = (text.len() == 10).then(|| text.parse().ok()).flatten()?;
    Date::new(date.year().try_into().ok()?, date.month().try_into().ok()?, date.day().try_into().ok()?)
}

/// The duration of a string such as `30s`, `1h 30m` or `7d`; not negative, days of 24 hours.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let span: jiff::Span = text.parse().ok()?;
    span.to_duration(jiff::SpanRelativeTo::days_are_24_hours()).ok()?.try_into().ok()
}

/// The time of the day of a string such as `16:00`, or of a local time; in whole minutes.
pub(crate) fn time(value: &DeValue<'_>) -> Option<MinuteOfDay> {
    match value {
        DeValue::Datetime(Datetime { date: None, time: Some(time), offset: None }) => {
            let whole = time.second.unwrap_or(0) == 0 && time.nanosecond.unwrap_or(0) == 0;
            MinuteOfDay::new(time.hour, time.minute).filter(|_| whole)
        }
        DeValue::String(text) => {
            let (hour, minute) =
                hours_and_minutes(text.strip_suffix(":00").filter(|_| text.len() == 8).unwrap_or(text))?;
            MinuteOfDay::new(hour, minute)
        }
        _ => None,
    }
}

/// The minutes that an offset such as `+01:00` or `Z` is ahead of UTC, at most fourteen hours either way.
pub(crate) fn utc_offset(text: &str) -> Option<i16> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, rest) = if let Some(rest) = text.strip_prefix('+') { (1, rest) } else { (-1, text.strip_prefix('-')?) };
    let (hours, minutes) = hours_and_minutes(rest).filter(|(_, minutes)| *minutes < 60)?;
    let ahead = i16::from(hours) * 60 + i16::from(minutes);
    (ahead <= 14 * 60).then_some(sign * ahead)
}

/// The two numbers of `16:00`, each of two digits.
fn hours_and_minutes(text: &str) -> Option<(u8, u8)> {
    let (hours, minutes) = text.split_once(':')?;
    let number = |text: &str| {
        (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
    };
    Some((number(hours)?, number(minutes)?))
}

/// The requirement, if the value is a string that holds one.
pub(crate) fn version(value: &DeValue<'_>) -> Option<VersionRequirement> {
    VersionRequirement::parse(value.as_str()?).ok()
}

/// The range, if the value is a string that holds one.
pub(crate) fn ip_range(value: &DeValue<'_>) -> Option<IpRange> {
    IpRange::parse(value.as_str()?).ok()
}

/// A free value. Datetimes become strings; numbers that do not fit are left out by returning `None`.
pub(crate) fn free(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::String((&**text).into()),
        DeValue::Integer(integer) => Value::Integer(whole(integer)?),
        DeValue::Float(float) => Value::Float(finite(float.as_str())?),
        DeValue::Boolean(value) => Value::Boolean(*value),
        DeValue::Datetime(datetime) => Value::String(datetime.to_string().into()),
        DeValue::Array(items) => Value::List(items.iter().filter_map(|item| free(item.get_ref())).collect()),
        DeValue::Table(table) => Value::Object(object(table)),
    })
}

/// A table of free values; a table with more entries than allowed was refused, and only so many are read.
pub(crate) fn object(table: &toml::de::DeTable<'_>) -> Object {
    table
        .iter()
        .take(MOST_ENTRIES)
        .filter_map(|(key, value)| Some((AttributeName::new(&**key.get_ref()), free(value.get_ref())?)))
        .collect()
}

/// What a value is, with its article, for "found …".
pub(crate) fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(Datetime { date: Some(_), time: None, .. }) => "a date",
        DeValue::Datetime(Datetime { date: None, .. }) => "a time",
        DeValue::Datetime(_) => "a datetime",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (written, seconds) in [
            ("30s", 30.0),
            ("5m", 300.0),
            ("24h", 86_400.0),
            ("7d", 604_800.0),
            ("1w", 604_800.0),
            ("1h 30m", 5_400.0),
            ("1d12h", 129_600.0),
            ("250ms", 0.25),
            ("0s", 0.0),
            ("PT5M", 300.0),
        ] {
            assert_eq!(duration(written).map(|duration| duration.as_secs_f64()), Some(seconds), "{written}");
        }
        for bad in ["", "5", "5 bananas", "-5s", "1mo", "1y", "s", "99999999999999999999s"] {
            assert_eq!(duration(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_of_the_day_and_offsets() {
        let parse = |text: &str| time(DeValue::parse(text).expect("valid TOML").get_ref()).map(MinuteOfDay::minutes);
        for (written, minutes) in
            [("\"16:00\"", 960), ("\"00:00\"", 0), ("\"23:59:00\"", 1_439), ("08:30:00", 510), ("08:30", 510)]
        {
            assert_eq!(parse(written), Some(minutes), "{written}");
        }
        for bad in
            ["\"24:00\"", "\"16\"", "\"4:00\"", "\"16:00:30\"", "16:00:30", "\"4pm\"", "16", "2026-12-01", "\"é6:00\""]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
        for (written, minutes) in [("Z", 0), ("+00:00", 0), ("+01:00", 60), ("-05:30", -330), ("+14:00", 840)] {
            assert_eq!(utc_offset(written), Some(minutes), "{written}");
        }
        for bad in ["", "1", "+1:00", "01:00", "+14:01", "+00:60", "CET", "Europe/Berlin", "é"] {
            assert_eq!(utc_offset(bad), None, "{bad}");
        }
    }

    #[test]
    fn instants_and_their_faults() {
        let parse = |text: &str| instant(DeValue::parse(text).expect("valid TOML").get_ref());
        for good in
            ["2026-12-01T09:00:00Z", "2026-12-01 09:00:00Z", "2026-12-01T09:00Z", "\"2026-12-01T10:00:00+01:00\""]
        {
            assert_eq!(parse(good).map(|at| at.to_string()).as_deref(), Ok("2026-12-01T09:00:00Z"), "{good}");
        }
        for (bad, fault) in [
            ("2026-12-01T09:00:00", InstantFault::NoOffset),
            ("\"2026-12-01T09:00:00\"", InstantFault::NoOffset),
            ("2026-12-01", InstantFault::DateOnly),
            ("\"2026-12-01\"", InstantFault::DateOnly),
            ("09:00:00", InstantFault::TimeOnly),
            ("\"tomorrow\"", InstantFault::Text),
            ("\"é2026-12-0\"", InstantFault::Text),
            ("1", InstantFault::Type),
        ] {
            assert_eq!(parse(bad), Err(fault), "{bad}");
        }
    }

    #[test]
    fn numbers_that_do_not_fit() {
        let parse = |text: &str| number(DeValue::parse(text).expect("valid TOML").get_ref());
        assert_eq!(parse("0x10"), Some(Value::Integer(16)));
        assert_eq!(parse("-9223372036854775808"), Some(Value::Integer(i64::MIN)));
        for bad in ["9223372036854775808", "inf", "nan", "1e999"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
