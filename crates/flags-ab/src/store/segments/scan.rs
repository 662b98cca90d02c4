//! What a query wants of a folder, unit by unit.

use std::{ops::ControlFlow, path::Path};

use super::{
    super::{Query, StoreError, UnitEvents},
    codec::{self, What},
    folder::Listing,
    merge::Merge,
    names::Names,
};
use crate::{Name, Occurrence};

/// Visits the units of a folder. Nothing is locked meanwhile.
pub(super) fn scan(
    folder: &Path,
    query: &Query,
    visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>,
) -> Result<(), StoreError> {
    let mut names = Names::default();
    let wanted = Wanted::of(query, &mut names);
    let mut merge = Merge::begin(Listing::open(folder)?, names)?;
    let mut unit = Unit::default();
    loop {
        let next = merge.next(|file, event, names| {
            if unit.unit_kind.as_ref().map(|(number, _)| *number) != Some(event.unit_kind) || unit.unit != event.unit {
                if unit.visit(query, visit).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                unit.begin(event.unit_kind, event.unit, names);
            }
            if wanted.includes(&event.what) && query.wants_instant(event.at) {
                let kind = codec::kind(&event.what, names).map_err(|malformed| file.malformed(malformed))?;
                unit.events.push(Occurrence { at: event.at, kind });
            }
            Ok(ControlFlow::Continue(()))
        })?;
        match next {
            Some(ControlFlow::Continue(())) => {}
            Some(ControlFlow::Break(())) => return Ok(()),
            None => {
                let _ = unit.visit(query, visit);
                return Ok(());
            }
        }
    }
}

/// A unit, with what is wanted of it so far.
#[derive(Default)]
struct Unit {
    unit_kind: Option<(u32, Name)>,
    unit: String,
    events: Vec<Occurrence>,
}

impl Unit {
    fn begin(&mut self, unit_kind: u32, unit: &str, names: &Names) {
        if self.unit_kind.as_ref().is_none_or(|(number, _)| *number != unit_kind) {
            self.unit_kind = Some((unit_kind, names.name(unit_kind).clone()));
        }
        self.unit.clear();
        self.unit.push_str(unit);
        self.events.clear();
    }

    fn visit(&self, query: &Query, visit: &mut dyn FnMut(UnitEvents<'_>) -> ControlFlow<()>) -> ControlFlow<()> {
        match &self.unit_kind {
            Some((_, unit_kind)) if query.wants_unit(&self.events) => {
                visit(UnitEvents { unit_kind, unit: &self.unit, events: &self.events })
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

/// What a query wants, by the numbers of names: those that it names are the first.
struct Wanted {
    everything: bool,
    experiment: Option<u32>,
    events: Vec<bool>,
}

impl Wanted {
    fn of(query: &Query, names: &mut Names) -> Self {
        let experiment = query.experiment_key().map(|key| names.number_of(key));
        let mut events = vec![];
        for name in query.events() {
            let number = names.number(name) as usize;
            events.resize(events.len().max(number + 1), false);
            events[number] = true;
        }
        Self { everything: query.wants_everything(), experiment, events }
    }

    fn includes(&self, what: &What<'_>) -> bool {
        self.everything
            || match what {
                What::Exposure { experiment, .. } => self.experiment == Some(*experiment),
                What::Tracked { event, .. } => self.events.get(*event as usize).copied().unwrap_or(false),
            }
    }
}
