//! `[segments.KEY]`.

use flags_core::SegmentDefinition;
use toml::de::DeTable;

use super::{Reader, entries, name_or_names, names};
use crate::leaf;

impl Reader<'_> {
    pub(crate) fn segment(&mut self, key: &str, table: &DeTable<'_>) -> SegmentDefinition {
        let mut segment = SegmentDefinition::new(key);
        for (name, entry) in entries(table) {
            let value = entry.value.get_ref();
            match name {
                "description" => segment.description = leaf::text(value),
                "members" => segment.members = names(value),
                "exclude" => segment.exclude = names(value),
                "when" => segment.when = self.conditions(value),
                "bucket_by" => segment.bucket_by = name_or_names(value),
                "salt" => segment.salt = leaf::text(value),
                _ => {}
            }
        }
        segment
    }
}
