//! Targets: every written dimension has to match, and within one any entry suffices.

use flags_core::{Value, definition::Targets};

use super::{Oracle, address};

impl Oracle<'_> {
    /// The first dimension, in the order the format lists them, that does not match; `None` if the context is meant.
    pub(super) fn failing_dimension(&self, targets: &Targets) -> Option<&'static str> {
        let names = |list: &[Box<str>], attribute| {
            self.identifier(attribute).is_some_and(|own| list.iter().any(|listed| **listed == *own))
        };
        let dimensions = [
            (
                "environments",
                targets.environments.is_empty() || targets.environments.iter().any(|name| **name == *self.environment),
            ),
            ("users", targets.users.is_empty() || names(&targets.users, "user_id")),
            ("node_ids", targets.node_ids.is_empty() || names(&targets.node_ids, "node_id")),
            ("validator_keys", targets.validator_keys.is_empty() || names(&targets.validator_keys, "validator_key")),
            (
                "ip_ranges",
                targets.ip_ranges.is_empty()
                    || matches!(self.attribute("ip_address"), Some(Value::String(address))
                        if targets.ip_ranges.iter().any(|range| address::within(&address, &range.to_string()))),
            ),
            (
                "segments",
                targets.segments.is_empty() || targets.segments.iter().any(|segment| self.is_in_segment(segment)),
            ),
        ];
        dimensions.into_iter().find(|(_, matches)| !matches).map(|(name, _)| name)
    }
}
