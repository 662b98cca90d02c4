//! Names that many rows share, kept once.

use std::collections::HashMap;

use crate::Name;

/// Names as they were seen.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<Box<str>, Name>);

impl Names {
    /// So many are remembered; a file with more of them has something else in the column, and each of those is on its own.
    const MOST: usize = 10_000;

    /// The name, shared with all that are equal.
    pub(super) fn shared(&mut self, text: &str) -> Name {
        if let Some(known) = self.0.get(text) {
            return known.clone();
        }
        let name = Name::from(text);
        if self.0.len() < Self::MOST {
            self.0.insert(text.into(), name.clone());
        }
        name
    }
}
