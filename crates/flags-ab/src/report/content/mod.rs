//! What a report says, section by section.

mod days;
mod funnels;
mod lifetime;
mod metrics;
mod over_time;
mod segments;
mod summary;
mod write;

use super::{ReportInput, document::Document};

/// The document of a report.
pub(super) fn document(input: &ReportInput<'_>) -> Document {
    let mut document = summary::document(input);
    document.blocks.extend(metrics::blocks(input));
    if let Some(analytics) = input.analytics {
        document.blocks.extend(over_time::blocks(input, analytics));
        document.blocks.extend(funnels::blocks(input, analytics));
        document.blocks.extend(segments::blocks(input, analytics));
        document.blocks.extend(days::blocks(analytics));
        document.blocks.extend(lifetime::blocks(input, analytics));
    }
    document.blocks.extend(summary::rules(input));
    document
}
