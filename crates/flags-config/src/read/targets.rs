//! `[features.KEY.targets]`.

use flags_core::definition::Targets;
use toml::de::DeValue;

use super::{entries, names};
use crate::leaf;

pub(super) fn targets(value: &DeValue<'_>) -> Targets {
    let mut targets = Targets::default();
    let Some(table) = value.as_table() else { return targets };
    for (name, entry) in entries(table) {
        let value = entry.value.get_ref();
        match name {
            "environments" => targets.environments = names(value),
            "users" => targets.users = names(value),
            "node_ids" => targets.node_ids = names(value),
            "validator_keys" => targets.validator_keys = names(value),
            "ip_ranges" => {
                let items = value.as_array().map_or(&[][..], |items| items);
                targets.ip_ranges = items.iter().filter_map(|item| leaf::ip_range(item.get_ref())).collect();
            }
            "segments" => targets.segments = names(value),
            _ => {}
        }
    }
    targets
}
