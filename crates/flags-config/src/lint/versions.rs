//! Whether any version meets several requirements.

use flags_core::VersionRequirement;

/// Whether some version meets all of the requirements.
///
/// Together they admit an interval. If it is not empty, it holds its lower end, or, where that is excluded, the version right
/// above it, or, where there is no lower end, the lowest version of all; so trying these few is enough. By the precedence of
/// Semantic Versioning (section 11) nothing stands between `1.2.3` and `1.2.4-0`, nor between `1.2.3-a` and `1.2.3-a.0`.
pub(super) fn satisfiable(requirements: &[&VersionRequirement]) -> bool {
    let met = |version: &str| requirements.iter().all(|requirement| requirement.is_met_by(version));
    met("0.0.0-0") || requirements.iter().flat_map(|requirement| ends(requirement)).any(|end| met(&end))
}

/// The versions a requirement names, and the version right above each.
fn ends(requirement: &VersionRequirement) -> impl Iterator<Item = String> {
    requirement.source().split(',').flat_map(|comparator| {
        let named = comparator.trim().trim_start_matches(['=', '<', '>', '^', '~']).trim();
        let plain = named.trim_start_matches(['v', 'V']);
        let plain = plain.split_once('+').map_or(plain, |(version, _)| version);
        let above = if plain.contains('-') { Some(format!("{plain}.0")) } else { above_release(plain) };
        [Some(named.to_owned()), above].into_iter().flatten()
    })
}

fn above_release(release: &str) -> Option<String> {
    let mut parts = release.split('.').map(str::parse::<u64>);
    let mut next = || parts.next().map_or(Some(0), Result::ok);
    let (major, minor, patch) = (next()?, next()?, next()?);
    Some(format!("{major}.{minor}.{}-0", patch.checked_add(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        for (sources, expected) in [
            (&[">=2.4.0, <3"][..], true),
            (&[">=3, <2"], false),
            (&[">2, <2.0.1"], true),
            (&[">2, <2.0.1-0"], false),
            (&[">2, <=2.0.1-0"], true),
            (&["=2.0.0"], true),
            (&["=2.0.0, =v2"], true),
            (&["=2.0.0, >2"], false),
            (&["<0.0.0-0"], false),
            (&["<0.0.0-1"], true),
            (&["<=0"], true),
            (&["^1", "^2"], false),
            (&["^1", "~1.4", "<1.4.1"], true),
            (&[">1.0.0-a, <1.0.0-a.0"], false),
            (&[">1.0.0-a, <1.0.0-a.1"], true),
            (&[">=1.0.0+build", "<=1.0.0"], true),
        ] {
            let parsed: Vec<_> = sources.iter().map(|source| VersionRequirement::parse(source).unwrap()).collect();
            assert_eq!(satisfiable(&parsed.iter().collect::<Vec<_>>()), expected, "{sources:?}");
        }
    }
}
