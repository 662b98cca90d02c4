//! Versions and version requirements, by the precedence of Semantic Versioning 2.0.0 (section 11).
//!
//! Lenient in three ways that real version strings need: missing parts are 0, a leading `v` is allowed, and a pre-release
//! counts like any other version. Reading one allocates nothing.

use alloc::{boxed::Box, string::String, vec::Vec};
use core::{cmp::Ordering, fmt};

/// A version that borrows its text: up to three numbers and perhaps a pre-release. Build metadata is read and ignored.
///
/// ```
/// use flags_core::Version;
///
/// assert!(Version::parse("v1.10.0-rc.1").is_some());
/// assert!(Version::parse("latest").is_none());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    numbers: [u64; 3],
    /// What stands between `-` and `+`; empty for a release.
    pre_release: &'a str,
}

impl<'a> Version<'a> {
    /// Reads `1.2.3-rc.1+build`, `v1.2` or `1`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let bytes = text.as_bytes();
        let mut at = usize::from(matches!(bytes.first(), Some(b'v' | b'V')));
        let mut numbers = [0_u64; 3];
        for (index, number) in numbers.iter_mut().enumerate() {
            if index > 0 {
                if bytes.get(at) != Some(&b'.') {
                    break;
                }
                at += 1;
            }
            let start = at;
            while let Some(digit @ b'0'..=b'9') = bytes.get(at) {
                *number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
                at += 1;
            }
            let leading_zero = at - start > 1 && bytes[start] == b'0';
            if at == start || leading_zero {
                return None;
            }
        }
        if at == bytes.len() {
            return Some(Self { numbers, pre_release: "" });
        }
        let (rest, build) = match text.get(at..)?.split_once('+') {
            Some((rest, build)) => (rest, Some(build)),
            None => (text.get(at..)?, None),
        };
        if build.is_some_and(|build| !identifiers(build).all(is_identifier)) {
            return None;
        }
        let pre_release = match rest.strip_prefix('-') {
            Some(pre_release) if identifiers(pre_release).all(is_pre_release_identifier) => pre_release,
            None if rest.is_empty() => "",
            _ => return None,
        };
        Some(Self { numbers, pre_release })
    }

    /// Compares by precedence: numbers first, then a pre-release below its release, then identifier by identifier.
    #[inline]
    pub(crate) fn precedence(&self, other: &Version<'_>) -> Ordering {
        let ([a, b, c], [x, y, z]) = (self.numbers, other.numbers);
        // Written out: the first part usually decides.
        let numbers = if a != x {
            a.cmp(&x)
        } else if b != y {
            b.cmp(&y)
        } else {
            c.cmp(&z)
        };
        numbers.then_with(|| match (self.pre_release, other.pre_release) {
            ("", "") => Ordering::Equal,
            ("", _) => Ordering::Greater,
            (_, "") => Ordering::Less,
            (a, b) => identifiers(a)
                .zip(identifiers(b))
                .map(|(a, b)| compare_identifiers(a, b))
                .find(|order| order.is_ne())
                .unwrap_or_else(|| identifiers(a).count().cmp(&identifiers(b).count())),
        })
    }
}

fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split('.')
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

fn is_pre_release_identifier(text: &str) -> bool {
    is_identifier(text) && !(text.len() > 1 && text.starts_with('0') && is_numeric(text))
}

fn is_numeric(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Numbers by value and below words; words byte by byte. Numbers of any length: without leading zeros, the longer is larger.
fn compare_identifiers(a: &str, b: &str) -> Ordering {
    match (is_numeric(a), is_numeric(b)) {
        (true, true) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

/// A version that was read beforehand from a text somebody else keeps: its numbers, and where its pre-release lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ReadVersion {
    numbers: [u64; 3],
    start: usize,
    end: usize,
}

impl ReadVersion {
    /// Reads a text; `None` if it is no version.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let version = Version::parse(text)?;
        // A pre-release follows the first hyphen; before it there are only digits and dots.
        let start = if version.pre_release.is_empty() { 0 } else { text.find('-')? + 1 };
        Some(Self { numbers: version.numbers, start, end: start + version.pre_release.len() })
    }

    /// The version, given the text it was read from.
    #[inline]
    pub(crate) fn in_text<'a>(&self, text: &'a str) -> Version<'a> {
        let pre_release = if self.start == 0 { "" } else { text.get(self.start..self.end).unwrap_or("") };
        Version { numbers: self.numbers, pre_release }
    }
}

/// What a version has to be like: comparators joined by commas, all of which have to hold.
///
/// `=`, `>`, `>=`, `<`, `<=`, `^` (up to the next change of the first part that is not 0) and `~` (up to the next minor
/// version). Missing parts are 0, so `^1` is `>=1.0.0, <2.0.0` and `~1` is `>=1.0.0, <1.1.0`. Pre-releases take part by
/// precedence: `2.0.0-rc.1` is below `2.0.0`, so `<2` admits it.
///
/// ```
/// use flags_core::VersionRequirement;
///
/// let requirement = VersionRequirement::parse(">=2.4.0, <3")?;
/// assert!(requirement.is_met_by("v2.10"));
/// assert!(!requirement.is_met_by("2.4.0-beta"));
/// assert!(!requirement.is_met_by("unknown"));
/// # Ok::<(), flags_core::VersionRequirementError>(())
/// ```
#[derive(Clone, Debug)]
pub struct VersionRequirement {
    source: Box<str>,
    /// `^` and `~` are two bounds each, so that a test is nothing but comparisons.
    bounds: Vec<Bound>,
}

#[derive(Clone, Debug)]
struct Bound {
    comparator: Comparator,
    numbers: [u64; 3],
    pre_release: Box<str>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Comparator {
    Equal,
    Greater,
    AtLeast,
    Less,
    AtMost,
}

impl VersionRequirement {
    /// Reads a requirement such as `">=2.4.0, <3"`.
    ///
    /// # Errors
    ///
    /// When a comparator lacks its operator or its version, or the version is malformed.
    pub fn parse(source: &str) -> Result<Self, VersionRequirementError> {
        let mut bounds = Vec::new();
        for part in source.split(',').map(str::trim) {
            let refuse = |reason| VersionRequirementError { comparator: part.into(), reason };
            let operator_end = part.find(|c: char| !matches!(c, '=' | '<' | '>' | '^' | '~')).unwrap_or(part.len());
            let (operator, text) = part.split_at(operator_end);
            let version = Version::parse(text.trim_start()).ok_or_else(|| refuse(Reason::Version))?;
            let bound =
                |comparator| Bound { comparator, numbers: version.numbers, pre_release: version.pre_release.into() };
            let below = |numbers| Bound { comparator: Comparator::Less, numbers, pre_release: "".into() };
            let [major, minor, patch] = version.numbers;
            match operator {
                "=" => bounds.push(bound(Comparator::Equal)),
                ">" => bounds.push(bound(Comparator::Greater)),
                ">=" => bounds.push(bound(Comparator::AtLeast)),
                "<" => bounds.push(bound(Comparator::Less)),
                "<=" => bounds.push(bound(Comparator::AtMost)),
                "^" => {
                    bounds.push(bound(Comparator::AtLeast));
                    bounds.push(below(match (major, minor) {
                        (0, 0) => [0, 0, patch.saturating_add(1)],
                        (0, minor) => [0, minor.saturating_add(1), 0],
                        (major, _) => [major.saturating_add(1), 0, 0],
                    }));
                }
                "~" => {
                    bounds.push(bound(Comparator::AtLeast));
                    bounds.push(below([major, minor.saturating_add(1), 0]));
                }
                _ => return Err(refuse(Reason::Operator)),
            }
        }
        Ok(Self { source: source.into(), bounds })
    }

    /// The requirement as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether `version` is a version and meets every comparator.
    #[must_use]
    pub fn is_met_by(&self, version: &str) -> bool {
        Version::parse(version).is_some_and(|version| self.admits(&version))
    }

    #[inline]
    pub(crate) fn admits(&self, version: &Version<'_>) -> bool {
        self.bounds.iter().all(|bound| {
            let limit = Version { numbers: bound.numbers, pre_release: &bound.pre_release };
            let order = version.precedence(&limit);
            match bound.comparator {
                Comparator::Equal => order.is_eq(),
                Comparator::Greater => order.is_gt(),
                Comparator::AtLeast => order.is_ge(),
                Comparator::Less => order.is_lt(),
                Comparator::AtMost => order.is_le(),
            }
        })
    }
}

/// Two requirements are equal when they are written alike.
impl PartialEq for VersionRequirement {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl core::hash::Hash for VersionRequirement {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        self.source.hash(state);
    }
}

/// Why text is not a version requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRequirementError {
    comparator: Box<str>,
    reason: Reason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    Operator,
    Version,
}

impl VersionRequirementError {
    /// The comparator at fault, as it was written.
    #[must_use]
    pub fn comparator(&self) -> &str {
        &self.comparator
    }

    /// The comparator that was probably meant, where one can be guessed.
    #[must_use]
    pub fn suggestion(&self) -> Option<String> {
        (self.reason == Reason::Operator && Version::parse(&self.comparator).is_some())
            .then(|| alloc::format!("={}", self.comparator))
    }
}

impl fmt::Display for VersionRequirementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            Reason::Operator => {
                write!(f, "`{}` does not start with one of `=` `>` `>=` `<` `<=` `^` `~`", self.comparator)
            }
            Reason::Version => write!(f, "`{}` has no version such as `2.4.0` after its operator", self.comparator),
        }
    }
}

impl core::error::Error for VersionRequirementError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The chain of section 11 of the specification, with neighbours.
    const ASCENDING: &[&str] = &[
        "0.0.0-0",
        "0.0.0",
        "0.0.1",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-beta.99999999999999999999999",
        "1.0.0-rc.1",
        "1.0.0",
        "1.2",
        "1.10",
        "2.0.0-rc.1",
        "v2",
        "10",
    ];

    #[test]
    fn precedence_follows_the_specification() {
        for (i, a) in ASCENDING.iter().enumerate() {
            for (j, b) in ASCENDING.iter().enumerate() {
                let order = Version::parse(a).unwrap().precedence(&Version::parse(b).unwrap());
                assert_eq!(order, i.cmp(&j), "{a} {b}");
            }
        }
        assert!(Version::parse("1.0.0+a").unwrap().precedence(&Version::parse("1+b.c").unwrap()).is_eq());
    }

    #[test]
    fn a_version_read_beforehand_is_the_same() {
        for text in ASCENDING.iter().copied().chain(["1.0.0-a-b+c-d", "v2.0-x", "3+build-7"]) {
            let (now, before) = (Version::parse(text).unwrap(), ReadVersion::of(text).unwrap().in_text(text));
            assert_eq!((now.numbers, now.pre_release), (before.numbers, before.pre_release), "{text}");
        }
        assert_eq!(ReadVersion::of("nope"), None);
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in [
            "",
            "v",
            "1.",
            ".1",
            "1.2.3.4",
            "01",
            "1.02",
            "1-",
            "1.0.0-01",
            "1.0.0-a..b",
            "1.0.0+",
            "1.0.0 ",
            "x",
            "1.0.0-ä",
            "99999999999999999999",
        ] {
            assert!(Version::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn requirements() {
        for (requirement, met, unmet) in [
            (">=2.4.0, <3", &["2.4.0", "v2.99", "3.0.0-rc.1"][..], &["2.4.0-rc", "3", "1", "", "two"][..]),
            ("=1.2", &["1.2.0", "1.2+b"], &["1.2.1", "1.2.0-a"]),
            ("^1.2.3", &["1.2.3", "1.99.0", "2.0.0-a"], &["1.2.2", "2.0.0"]),
            ("^0.2.3", &["0.2.9"], &["0.3.0"]),
            ("^0.0.3", &["0.0.3"], &["0.0.4"]),
            ("~1.2", &["1.2.0", "1.2.9"], &["1.3.0"]),
            (">1, <=1.5", &["1.0.1", "1.5"], &["1", "1.5.1"]),
        ] {
            let parsed = VersionRequirement::parse(requirement).unwrap();
            for version in met {
                assert!(parsed.is_met_by(version), "{version} {requirement}");
            }
            for version in unmet {
                assert!(!parsed.is_met_by(version), "{version} {requirement}");
            }
        }
    }

    #[test]
    fn a_bare_version_is_refused_with_a_suggestion() {
        let error = VersionRequirement::parse(">=1, 2.4").unwrap_err();
        assert_eq!((error.comparator(), error.suggestion().as_deref()), ("2.4", Some("=2.4")));
        for bad in ["", ">=", ">=1,", "=>1", "!=1", ">= 1.x"] {
            assert!(VersionRequirement::parse(bad).is_err(), "{bad}");
        }
    }
}
