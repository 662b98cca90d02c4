//! How numbers are written in a report.

use std::time::Duration;

use flags_core::definition::MetricKind;

use crate::{
    analysis::{Measured, Unavailable, display::p_value},
    analytics::{Effect, Share},
    report::{
        ReportInput,
        document::{Cell, Tone},
        writing::{LIFT, NUMBER, PERCENT, POINTS, SIGNED, Writing},
    },
    statistics::{Alpha, Estimate, Interval},
};

/// How the numbers of a metric are written.
#[derive(Clone, Copy)]
pub(super) struct Style {
    pub(super) value: Writing,
    pub(super) difference: Writing,
}

/// Of a rate in percent, its differences in points; of anything else as it is.
pub(super) fn style(kind: MetricKind) -> Style {
    if kind == MetricKind::Conversion {
        Style { value: PERCENT, difference: POINTS }
    } else {
        Style { value: NUMBER, difference: SIGNED }
    }
}

/// The style of a metric by its name.
pub(super) fn style_of(input: &ReportInput<'_>, metric: &str) -> Style {
    let known = input.definition.metrics.iter().find(|known| *known.name == *metric);
    style(known.map_or(MetricKind::Mean, |metric| metric.kind))
}

/// A number with its interval: `+61.1 % [+25.0, +111]`.
pub(super) fn with_interval(value: f64, interval: Option<Interval>, writing: Writing) -> String {
    match interval {
        Some(Interval { lower, upper }) => {
            format!("{} [{}, {}]", writing.one(value), writing.digits(lower), writing.digits(upper))
        }
        None => writing.one(value),
    }
}

pub(super) fn measured(measured: &Result<Measured, Unavailable>, writing: Writing) -> Cell {
    match measured {
        Ok(measured) => Cell::number(with_interval(measured.value, measured.interval.ok(), writing)),
        Err(_) => Cell::none(),
    }
}

pub(super) fn share(share: &Estimate<Share>) -> Cell {
    share
        .as_ref()
        .map_or_else(|_| Cell::none(), |share| Cell::number(with_interval(share.rate, Some(share.interval), PERCENT)))
}

pub(super) fn known(value: &Estimate, writing: Writing) -> Cell {
    value.as_ref().map_or_else(|_| Cell::none(), |value| Cell::number(writing.one(*value)))
}

/// The relative effect, or the difference where there is no relative one.
pub(super) fn effect(effect: &Estimate<Effect>, style: Style) -> Cell {
    let Ok(effect) = effect else { return Cell::none() };
    Cell::number(match effect.lift {
        Ok(lift) => with_interval(lift, effect.lift_interval.ok(), LIFT),
        Err(_) => with_interval(effect.difference, effect.interval.ok(), style.difference),
    })
}

/// The adjusted p-value of an effect, marked where it is at most α.
pub(super) fn p_of(effect: &Estimate<Effect>, alpha: Alpha) -> Cell {
    let adjusted = effect.as_ref().ok().and_then(|effect| effect.adjusted_p.ok());
    adjusted.map_or_else(Cell::none, |p| {
        let tone = if p <= alpha.value() { Tone::Warning } else { Tone::Plain };
        Cell::number(p_text(p)).tone(tone)
    })
}

/// `p = 0.0123`, `p < 0.0001`.
pub(super) fn p_text(p: f64) -> String {
    format!("p {}", p_value(p))
}

/// A time in the unit that suits it.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (amount, unit) = match seconds {
        under if under < 1.0 => (seconds * 1e3, "ms"),
        under if under < 120.0 => (seconds, "s"),
        under if under < 7_200.0 => (seconds / 60.0, "min"),
        under if under < 172_800.0 => (seconds / 3_600.0, "h"),
        _ => (seconds / 86_400.0, "days"),
    };
    format!("{} {unit}", if amount >= 100.0 { format!("{amount:.0}") } else { trimmed(amount) })
}

/// With one decimal, if it is not 0.
fn trimmed(amount: f64) -> String {
    let text = format!("{amount:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A count with its thousands apart.
pub(super) fn count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// The word for one or for many of something.
pub(super) fn plural(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", self::count(count), if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_counts_are_readable() {
        let times =
            [0.25, 42.0, 90.5, 600.0, 18_000.0, 300_000.0].map(|seconds| time(Duration::from_secs_f64(seconds)));
        assert_eq!(times, ["250 ms", "42 s", "90.5 s", "10 min", "5 h", "3.5 days"]);
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]);
    }
}
