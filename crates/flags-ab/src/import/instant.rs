//! Instants as programs and databases write them.

use flags_core::Timestamp;

/// What an instant looks like.
pub(super) const EXPECTED: &str = "an instant such as 2026-11-25T10:00:00Z, or milliseconds since 1970-01-01T00:00:00Z";

/// The instant that a text says; in UTC where it has no offset.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().map(Timestamp::from_millis);
    }
    let mut text = text.trim_end_matches(" UTC").replacen(' ', "T", 1);
    let time = text.split_once('T').map_or("", |(_, time)| time).to_owned();
    match time.rfind(['+', '-']) {
        None if !time.ends_with(['Z', 'z']) => text.push('Z'),
        // PostgreSQL and DuckDB write +00.
        Some(sign) if time.len() - sign == 3 => text.push_str(":00"),
        _ => {}
    }
    Timestamp::parse(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_programs_and_databases_write_them() {
        let instant = Timestamp::parse("2026-11-25T10:00:00.250Z");
        assert!(instant.is_some());
        for text in [
            "2026-11-25T10:00:00.250Z",
            "2026-11-25T11:00:00.25+01:00",
            "2026-11-25 10:00:00.25",
            "2026-11-25 10:00:00.250000 UTC",
            "2026-11-25 10:00:00.25+00",
            "2026-11-25 05:00:00.25-05",
            "1795600800250",
        ] {
            assert_eq!(parse(text), instant, "{text}");
        }
        for text in ["", "yesterday", "2026-11-25", "10:00:00", "1.5", "99999999999999999999", "2026-13-25T10:00:00Z"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
