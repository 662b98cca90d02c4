//! How recording stands, as metrics.

use flags_metrics::{Samples, table};

use super::{Recorder, RecordingStatus};

/// What clients that record show.
pub(crate) const SHOWN: &[table::Metric] = &[
    table::EXPOSURES,
    table::TRACKED_EVENTS,
    table::EVENTS_DROPPED,
    table::EVENT_QUEUE_LENGTH,
    table::EVENT_QUEUE_CAPACITY,
    table::EVENT_STORE_LAST_APPEND_SUCCESSFUL,
    table::EVENT_STORE_SIZE,
];

impl Recorder {
    /// Whether anything is recorded.
    pub(crate) fn records(&self) -> bool {
        self.store().is_some()
    }

    /// Shows how recording stands.
    pub(crate) fn show(&self, samples: &mut Samples) {
        let Some(status) = self.status() else { return };
        let RecordingStatus { exposures, events, dropped, waiting, capacity, failures, .. } = status;
        for arm in exposures {
            samples.add_count(&table::EXPOSURES, &[&arm.experiment, &arm.arm], arm.count);
        }
        for event in events {
            samples.add_count(&table::TRACKED_EVENTS, &[&event.event], event.count);
        }
        for (why, count) in dropped {
            samples.add_count(&table::EVENTS_DROPPED, &[why.name()], count);
        }
        samples.add_count(&table::EVENT_QUEUE_LENGTH, &[], waiting as u64);
        samples.add_count(&table::EVENT_QUEUE_CAPACITY, &[], capacity as u64);
        samples.add_count(&table::EVENT_STORE_LAST_APPEND_SUCCESSFUL, &[], u64::from(failures == 0));
        if let Some(bytes) = self.folder().and_then(size) {
            samples.add_count(&table::EVENT_STORE_SIZE, &[], bytes);
        }
    }
}

/// What the files of a folder take; `None` if it cannot be read.
fn size(folder: &std::path::Path) -> Option<u64> {
    let files = std::fs::read_dir(folder).ok()?;
    Some(files.filter_map(|file| Some(file.ok()?.metadata().ok()?.len())).sum())
}
