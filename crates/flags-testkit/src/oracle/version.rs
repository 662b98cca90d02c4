//! Versions by Semantic Versioning 2.0.0, section 11: split into strings, compared piece by piece.

use std::cmp::Ordering;

use regex::Regex;

/// A version: three numbers and the identifiers of the pre-release, none for a release.
#[derive(Clone, Debug)]
struct Version {
    numbers: Vec<u64>,
    pre_release: Vec<String>,
}

/// Whether `text` is a version that meets every comparator of `requirement`.
pub(super) fn meets(text: &str, requirement: &str) -> bool {
    let Some(version) = parse(text) else { return false };
    requirement.split(',').all(|comparator| holds(&version, comparator.trim()))
}

fn holds(version: &Version, comparator: &str) -> bool {
    let start = comparator.find(|c: char| !"=<>^~".contains(c)).unwrap_or(comparator.len());
    let (operator, limit) = comparator.split_at(start);
    let limit = parse(limit.trim()).expect("a `VersionRequirement` exists only for valid comparators");
    let order = precedence(version, &limit);
    match operator {
        "=" => order == Ordering::Equal,
        ">" => order == Ordering::Greater,
        ">=" => order != Ordering::Less,
        "<" => order == Ordering::Less,
        "<=" => order != Ordering::Greater,
        "~" => order != Ordering::Less && below(version, vec![limit.numbers[0], limit.numbers[1] + 1, 0]),
        // Up to the next change of the first part that is not 0.
        "^" => {
            let first = limit.numbers.iter().position(|number| *number != 0).unwrap_or(2);
            let mut next = vec![0, 0, 0];
            next[..first].copy_from_slice(&limit.numbers[..first]);
            next[first] = limit.numbers[first] + 1;
            order != Ordering::Less && below(version, next)
        }
        _ => unreachable!("a `VersionRequirement` exists only for known comparators"),
    }
}

fn below(version: &Version, numbers: Vec<u64>) -> bool {
    precedence(version, &Version { numbers, pre_release: Vec::new() }) == Ordering::Less
}

fn parse(text: &str) -> Option<Version> {
    const NUMBER: &str = "(0|[1-9][0-9]*)";
    const PRE: &str = "(?:0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)";
    const BUILD: &str = "[0-9A-Za-z-]+";
    let grammar =
        format!(r"\Av?{NUMBER}(?:\.{NUMBER})?(?:\.{NUMBER})?(?:-({PRE}(?:\.{PRE})*))?(?:\+{BUILD}(?:\.{BUILD})*)?\z");
    let parts = Regex::new(&grammar).expect("the grammar is an expression").captures(text)?;
    let mut numbers = Vec::new();
    for group in 1..=3 {
        numbers.push(parts.get(group).map_or(Some(0), |number| number.as_str().parse().ok())?);
    }
    let pre_release = parts.get(4).map_or(Vec::new(), |text| text.as_str().split('.').map(str::to_owned).collect());
    Some(Version { numbers, pre_release })
}

fn precedence(a: &Version, b: &Version) -> Ordering {
    for (a, b) in a.numbers.iter().zip(&b.numbers) {
        if a != b {
            return a.cmp(b);
        }
    }
    match (a.pre_release.is_empty(), b.pre_release.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    for (a, b) in a.pre_release.iter().zip(&b.pre_release) {
        let order = match (a.parse::<u128>(), b.parse::<u128>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
    a.pre_release.len().cmp(&b.pre_release.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chain of section 11.4 of the specification.
    #[test]
    fn precedence_of_the_specification() {
        let chain = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
        ];
        for pair in chain.windows(2) {
            assert!(meets(pair[0], &format!("<{}", pair[1])) && meets(pair[1], &format!(">{}", pair[0])), "{pair:?}");
        }
    }

    #[test]
    fn comparators() {
        for (text, requirement, expected) in [
            ("2.4.0", ">=2.4.0, <3", true),
            ("3.0.0-rc.1", ">=2.4.0, <3", true),
            ("2.4.0-rc.1", ">=2.4.0", false),
            ("v1", "=1.0.0", true),
            ("1.0.0+build.5", "=1", true),
            ("1.9.9", "^1.2", true),
            ("2.0.0", "^1.2", false),
            ("0.3.0", "^0.2.3", false),
            ("0.0.4", "^0.0.3", false),
            ("0.0.1", "^0", false),
            ("1.2.9", "~1.2.3", true),
            ("1.3.0", "~1.2.3", false),
            ("1.1.0", "~1", false),
            ("01.0.0", ">0", false),
            ("1.0.0-01", ">0", false),
            ("", ">0", false),
            ("1.2.3.4", ">0", false),
        ] {
            assert_eq!(meets(text, requirement), expected, "{text} {requirement}");
        }
    }
}
