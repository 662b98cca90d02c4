//! Names as small numbers, so that events are compared, filtered and rewritten without their text.

use std::collections::HashMap;

use crate::Name;

/// The names met so far; each has a number that stays as it is.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Name, u32, foldhash::fast::RandomState>,
    names: Vec<Name>,
}

impl Names {
    /// The number of a name that is at hand.
    pub(super) fn number(&mut self, name: &Name) -> u32 {
        match self.numbers.get(name) {
            Some(number) => *number,
            None => self.add(name.clone()),
        }
    }

    /// The number of a name that was read.
    pub(super) fn number_of(&mut self, text: &str) -> u32 {
        match self.numbers.get(text) {
            Some(number) => *number,
            None => self.add(text.into()),
        }
    }

    /// The name with that number, which this gave.
    pub(super) fn name(&self, number: u32) -> &Name {
        &self.names[number as usize]
    }

    fn add(&mut self, name: Name) -> u32 {
        // A program has names by the hundred; each takes more memory than its number.
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}
