//! What the files of a flag are called.
//!
//! `flag-checkout.jsonl` is the journal of the flag `checkout`; `flag-checkout@3.jsonl` is the third that was put aside. Upper case
//! has a `~` before it, so that two flags that differ by case only have two files everywhere.

use std::path::{Path, PathBuf};

const BEFORE: &str = "flag-";
const AFTER: &str = ".jsonl";

/// The journal of a flag; `None` for what is no key of a flag.
pub(super) fn journal(folder: &Path, flag: &str) -> Option<PathBuf> {
    flags_core::definition::is_key(flag).then(|| folder.join(format!("{BEFORE}{}{AFTER}", encoded(flag))))
}

/// The journal of a flag that was put aside as the one of that number.
pub(super) fn aside(folder: &Path, flag: &str, number: u32) -> PathBuf {
    folder.join(format!("{BEFORE}{}@{number}{AFTER}", encoded(flag)))
}

/// The flag and the number of a file's name; the number is `None` for the journal that is written to.
pub(super) fn parse(name: &str) -> Option<(Box<str>, Option<u32>)> {
    let name = name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    let (encoded, number) = match name.split_once('@') {
        None => (name, None),
        Some((encoded, number)) => (encoded, Some(number.parse().ok()?)),
    };
    Some((decoded(encoded)?, number))
}

/// The key that a name was made of.
pub(crate) fn decoded(encoded: &str) -> Option<Box<str>> {
    let mut key = String::new();
    let mut letters = encoded.chars();
    while let Some(letter) = letters.next() {
        key.push(if letter == '~' { letters.next()?.to_ascii_uppercase() } else { letter });
    }
    flags_core::definition::is_key(&key).then(|| key.into())
}

/// The key as a part of a file's name.
pub(crate) fn encoded(flag: &str) -> String {
    let mut name = String::new();
    for letter in flag.chars() {
        if letter.is_ascii_uppercase() {
            name.push('~');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_a_name_of_its_own_and_comes_back() {
        let keys = ["checkout", "Checkout", "CHECKOUT", "a.b-c_d", "x.jsonl", "9"];
        let mut names = std::collections::BTreeSet::new();
        for key in keys {
            let path = journal(Path::new(""), key).unwrap();
            let name = path.to_str().unwrap();
            assert_eq!(parse(name), Some((key.into(), None)));
            assert!(names.insert(name.to_lowercase()), "{name}");
            let aside = aside(Path::new(""), key, 12);
            assert_eq!(parse(aside.to_str().unwrap()), Some((key.into(), Some(12))));
        }
        assert_eq!(journal(Path::new(""), "../checkout"), None);
        assert_eq!(["lock", "flag-.jsonl", "flag-a@x.jsonl", "flag-a~.jsonl"].map(parse), [None, None, None, None]);
    }
}
