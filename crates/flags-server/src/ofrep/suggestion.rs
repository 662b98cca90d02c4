//! The answer for a flag nobody knows, with the key that was probably meant.

use flags::{ErrorCode, FlagSet};

use crate::respond::Failure;

/// Longer keys are no flag's (128 characters is the most), and comparing them takes time.
const LONGEST: usize = 128;
/// So many keys are compared at most: a client that keeps asking for a flag to come must not keep a large set busy.
const MOST_COMPARED: usize = 2000;

/// The answer for a flag called `key` that is not in `set`.
pub(super) fn not_found<'a>(key: &'a str, set: &FlagSet) -> Failure<'a> {
    let shown: String = key.chars().take(LONGEST).collect();
    let details = match closest(key, set) {
        Some(known) => format!("there is no flag `{shown}`; did you mean `{known}`?"),
        None => format!("there is no flag `{shown}`"),
    };
    Failure { key: Some(key), error_code: ErrorCode::FlagNotFound.name(), error_details: details }
}

/// The key closest to `key`, if about a third of it differs at most.
fn closest<'s>(key: &str, set: &'s FlagSet) -> Option<&'s str> {
    let plain = normal(key);
    let most = (plain.len() / 3).max(1);
    set.flags()
        .map(flags::FlagView::key)
        .filter(|known| known.len().abs_diff(plain.len()) <= most && plain.len() <= LONGEST)
        .take(MOST_COMPARED)
        .map(|known| (strsim::osa_distance(&plain, &normal(known)), known))
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, known)| known)
}

fn normal(key: &str) -> String {
    key.to_ascii_lowercase().replace(['-', ' ', '.'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flags::Flags;

    #[test]
    fn the_key_that_was_meant_is_named() {
        let flags = Flags::builder()
            .toml("[features.checkout]\nenabled = true\n[features.new_cart]\nenabled = true\n[features.a]\nenabled = true")
            .build()
            .unwrap();
        let snapshot = flags.snapshot();
        for (key, meant) in [
            ("chekcout", Some("checkout")),
            ("new-cart", Some("new_cart")),
            ("NewCart", Some("new_cart")),
            ("pricing", None),
        ] {
            assert_eq!(closest(key, snapshot.set()), meant, "{key}");
        }
        let long = "checkout".repeat(1000);
        assert!(not_found(&long, snapshot.set()).error_details.len() < 200);
    }
}
