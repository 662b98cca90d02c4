//! Did you mean: the known name closest to one that is not known.

/// The candidate that was probably meant by `written`, if there is one: about a third of it may differ. Case, and the choice
/// of `-` or `_`, do not count.
pub(crate) fn closest<'c>(written: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let normal = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    let written = normal(written);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let other = normal(candidate);
            let most = (written.chars().count().max(other.chars().count()) / 3).max(1);
            let distance = strsim::damerau_levenshtein(&written, &other);
            (distance <= most).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to say where there is no flag called `key`.
pub(crate) fn no_such_flag<'c>(key: &str, place: &str, keys: impl IntoIterator<Item = &'c str>) -> String {
    match closest(key, keys) {
        Some(meant) => format!("there is no flag `{key}` in {place}; did you mean `{meant}`?"),
        None => format!("there is no flag `{key}` in {place}; `flags list {place}` shows those there are"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let known = ["checkout", "new-search", "dark_mode"];
        for (written, meant) in [
            ("chekout", Some("checkout")),
            ("new_search", Some("new-search")),
            ("DARK_MODE", Some("dark_mode")),
            ("pricing", None),
            ("", None),
        ] {
            assert_eq!(closest(written, known), meant, "{written}");
        }
    }
}
