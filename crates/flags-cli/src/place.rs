//! On which line of which file a flag or an experiment is defined.

use flags::config::Source;
use toml::de::{DeTable, DeValue};

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The name of the file.
    pub(crate) file: String,
    /// The line, from 1.
    pub(crate) line: usize,
}

/// Where the flag called `key` is defined.
pub(crate) fn of_flag(sources: &[Source], key: &str) -> Option<Place> {
    of_entry(sources, "features", key)
}

/// Where the experiment called `key` is defined.
pub(crate) fn of_experiment(sources: &[Source], key: &str) -> Option<Place> {
    of_entry(sources, "experiments", key)
}

fn of_entry(sources: &[Source], section: &str, key: &str) -> Option<Place> {
    sources.iter().find_map(|source| {
        // What has been accepted parses; what does not has nothing to show.
        let (root, _) = DeTable::parse_recoverable(source.text());
        let DeValue::Table(entries) = root.get_ref().get(section)?.get_ref() else { return None };
        let (name, _) = entries.get_key_value(key)?;
        let before = source.text().get(..name.span().start)?;
        Some(Place { file: source.name().to_owned(), line: before.matches('\n').count() + 1 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn however_it_is_written() {
        let text = "# é\n[features]\na = { enabled = true }\nb.enabled = true\n\n[features.c]\nenabled = true\n[features.\"d.e\"]\n[experiments.a]\n";
        let sources = [Source::new("other.toml", "[settings]\n"), Source::new("flags.toml", text)];
        for (key, line) in [("a", Some(3)), ("b", Some(4)), ("c", Some(6)), ("d.e", Some(8)), ("z", None)] {
            assert_eq!(of_flag(&sources, key).map(|place| place.line), line, "{key}");
        }
        assert_eq!(of_experiment(&sources, "a").map(|place| place.line), Some(9));
    }
}
