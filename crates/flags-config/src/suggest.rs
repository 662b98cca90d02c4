//! Did you mean: the known name closest to one that is not known.

use std::cmp::Reverse;

/// The candidate that was probably meant by `written`, if there is one.
///
/// A name is close if about a third of it differs at most, or if one contains the other as a word (`percentage` and
/// `rollout_percentage`); case and the choice of `-` or `_` do not count.
pub(crate) fn closest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    // Longer names are not worth the quadratic comparison, and hostile ones would make it slow.
    const LONGEST: usize = 128;
    if written.len() > LONGEST {
        return None;
    }
    let plain = normal(written);
    // Of names that are equally close, the one that starts alike, then the first in the alphabet: always the same.
    let mut best: Option<(usize, Reverse<usize>, &'c str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| candidate.len() <= LONGEST) {
        let other = normal(candidate);
        let (length, other_length) = (plain.chars().count(), other.chars().count());
        let most = (length.max(other_length) / 3).max(1);
        let distance =
            if length.abs_diff(other_length) <= most { strsim::osa_distance(&plain, &other) } else { LONGEST };
        let score = if distance <= most {
            distance
        } else if is_part(&plain, &other) || is_part(&other, &plain) {
            // Behind every candidate that is close by spelling.
            LONGEST + length.abs_diff(other_length)
        } else {
            continue;
        };
        let alike = plain.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        let found = (score, Reverse(alike), candidate);
        if best.is_none_or(|known| found < known) {
            best = Some(found);
        }
    }
    best.map(|(_, _, candidate)| candidate)
}

fn normal(name: &str) -> String {
    name.chars().map(|c| if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() }).collect()
}

/// Whether `part` is one or more of the words of `whole`, and long enough to mean something.
fn is_part(part: &str, whole: &str) -> bool {
    part.len() >= 4 && (whole.starts_with(&format!("{part}_")) || whole.ends_with(&format!("_{part}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["enabled", "rollout_percentage", "requires", "rules", "on", "off", "north-america"];
        for (written, meant) in [
            ("enable", Some("enabled")),
            ("Enabled", Some("enabled")),
            ("rollout-percentage", Some("rollout_percentage")),
            ("percentage", Some("rollout_percentage")),
            ("rulse", Some("rules")),
            ("of", Some("off")),
            ("north_america", Some("north-america")),
            ("metadata", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(closest(written, known), meant, "{written}");
        }
        assert_eq!(closest(&"x".repeat(10_000), known), None);
    }
}
