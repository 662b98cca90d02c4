//! Text operators, with and without case, without allocating.
//!
//! `ignore_case` uses Unicode *simple* case folding: character by character, so `ß` does not equal `ss`, and `İ` stays as it is.

mod table;

use self::table::RUNS;

/// Neighbouring characters that fold by the same distance: each of them, or every second one.
struct Run {
    first: u32,
    last: u32,
    step: u32,
    distance: i32,
}

/// The folded characters of a text.
pub(crate) fn folded(text: &str) -> impl Iterator<Item = char> + Clone + '_ {
    text.chars().map(fold)
}

fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let code = u32::from(character);
    match RUNS.get(RUNS.partition_point(|run| run.last < code)) {
        Some(run) if run.first <= code && (code - run.first).is_multiple_of(run.step) => {
            char::from_u32(code.wrapping_add_signed(run.distance)).unwrap_or(character)
        }
        _ => character,
    }
}

pub(crate) fn equals(text: &str, other: &str, ignore_case: bool) -> bool {
    if ignore_case { folded(text).eq(folded(other)) } else { text == other }
}

pub(crate) fn starts_with(text: &str, prefix: &str, ignore_case: bool) -> bool {
    if ignore_case { has_prefix(folded(text), folded(prefix)) } else { text.starts_with(prefix) }
}

pub(crate) fn ends_with(text: &str, suffix: &str, ignore_case: bool) -> bool {
    if ignore_case {
        has_prefix(text.chars().rev().map(fold), suffix.chars().rev().map(fold))
    } else {
        text.ends_with(suffix)
    }
}

pub(crate) fn contains(text: &str, part: &str, ignore_case: bool) -> bool {
    if !ignore_case {
        return text.contains(part);
    }
    let mut rest = folded(text);
    loop {
        if has_prefix(rest.clone(), folded(part)) {
            return true;
        }
        if rest.next().is_none() {
            return false;
        }
    }
}

fn has_prefix(mut text: impl Iterator<Item = char>, mut prefix: impl Iterator<Item = char>) -> bool {
    prefix.all(|wanted| text.next() == Some(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_folds_as_unicode_says() {
        for character in '\0'..=char::MAX {
            let expected = unicode_case_mapping::case_folded(character).map_or(u32::from(character), u32::from);
            assert_eq!(u32::from(fold(character)), expected, "{character:?}");
        }
    }

    #[test]
    fn folding_is_simple_and_unicode() {
        for (a, b) in
            [("STRASSE", "strasse"), ("ΜΆΙΟΣ", "μάιος"), ("ſ", "S"), ("K", "k"), ("ДА", "да"), ("ẞ", "ß"), ("Ω", "ω")]
        {
            assert!(equals(a, b, true), "{a} {b}");
            assert!(!equals(a, b, false), "{a} {b}");
        }
        for (a, b) in [("ß", "ss"), ("İ", "i"), ("ﬁ", "fi")] {
            assert!(!equals(a, b, true), "{a} {b}");
        }
    }

    #[test]
    fn parts() {
        assert!(starts_with("ÄPFEL", "äp", true) && !starts_with("ÄPFEL", "äp", false));
        assert!(ends_with("user@CORP.example", "@corp.EXAMPLE", true) && !ends_with("p.example", "corp.example", true));
        assert!(contains("xxABCab", "abCA", true) && !contains("xxABC", "abcd", true));
        for ignore_case in [false, true] {
            assert!(
                contains("", "", ignore_case) && starts_with("a", "", ignore_case) && ends_with("a", "", ignore_case)
            );
        }
    }
}
