//! Text operators. Case is ignored by the simple folding of the `regex` crate's `(?i)`, a route of its own.

use regex::Regex;

/// Where a text is looked for in another one.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Whole,
    Start,
    End,
    Anywhere,
}

/// Whether `part` stands at that place of `text`.
pub(super) fn has(text: &str, part: &str, place: Place, ignore_case: bool) -> bool {
    if !ignore_case {
        return match place {
            Place::Whole => text == part,
            Place::Start => text.starts_with(part),
            Place::End => text.ends_with(part),
            Place::Anywhere => text.contains(part),
        };
    }
    let part = regex::escape(part);
    let source = match place {
        Place::Whole => format!(r"(?i)\A(?:{part})\z"),
        Place::Start => format!(r"(?i)\A(?:{part})"),
        Place::End => format!(r"(?i)(?:{part})\z"),
        Place::Anywhere => format!("(?i){part}"),
    };
    Regex::new(&source).expect("an escaped text between anchors is an expression").is_match(text)
}

/// Whether the expression is found in `text`.
pub(super) fn matches(text: &str, source: &str, ignore_case: bool) -> bool {
    regex::RegexBuilder::new(source)
        .case_insensitive(ignore_case)
        .build()
        .expect("a `Pattern` exists only for a valid expression")
        .is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case() {
        assert!(has("Straße", "STRAßE", Place::Whole, true));
        assert!(!has("Straße", "STRASSE", Place::Whole, true));
        assert!(has("a.B\nc", ".b\nC", Place::End, true));
        assert!(!has("axb", "a.b", Place::Whole, true));
        assert!(has("ſoon", "S", Place::Start, true));
        assert!(!has("NL", "nl", Place::Anywhere, false));
        assert!(has("", "", Place::Anywhere, true));
    }
}
