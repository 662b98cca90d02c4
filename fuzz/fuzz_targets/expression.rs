//! The small languages inside of conditions: whatever the text, reading it comes to an end without a panic, and what was
//! read says the same when it is written and read again.

#![no_main]

use std::hint::black_box;

use flags_core::{IpRange, Pattern, Percentage, Timestamp, VersionRequirement, definition::is_key};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // A requirement and the version it is asked about, one line each.
    let (expression, subject) = text.split_once('\n').unwrap_or((text, text));
    if let Ok(requirement) = VersionRequirement::parse(expression) {
        let again = VersionRequirement::parse(requirement.source()).expect("because it is the text that was read");
        assert_eq!(again.is_met_by(subject), requirement.is_met_by(subject));
    }
    if let Ok(range) = IpRange::parse(expression) {
        assert_eq!(IpRange::parse(&range.to_string()).as_ref(), Ok(&range));
        if let Ok(address) = subject.parse() {
            black_box(range.contains(address));
        }
    }
    if let Some(instant) = Timestamp::parse(expression) {
        assert_eq!(Timestamp::parse(&instant.to_string()), Some(instant));
    }
    if let Ok(number) = expression.parse()
        && let Ok(percentage) = Percentage::new(number)
    {
        let written: f64 = percentage.to_string().parse().expect("because a percentage is written as a number");
        assert_eq!(Percentage::new(written), Ok(percentage));
    }
    // Long expressions take long to compile and show nothing new.
    if expression.len() <= 64
        && let Ok(pattern) = Pattern::new(expression, true)
    {
        black_box(pattern.is_match(subject));
    }
    assert!(!is_key(expression) || (1..=128).contains(&expression.len()));
});
