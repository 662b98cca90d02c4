//! The peers, one file each, and the table of them. A peer's file writes its format, loads it, and makes its contexts;
//! nothing else in this package knows any of them.

mod datadog;
mod eppo;
mod flagd;
mod floor;
mod growthbook;
mod launchdarkly;
#[cfg(feature = "statsig")]
mod statsig;
mod universal;
mod unleash;

use crate::peer::Entry;

/// Every row, in the order of the tables.
pub(crate) const ENTRIES: &[Entry] = &[
    Entry::of::<floor::Floor>(),
    #[cfg(feature = "ours")]
    Entry::of::<crate::ours::Ours>(),
    Entry::of::<datadog::Datadog>(),
    Entry::of::<eppo::Eppo>(),
    Entry::of::<unleash::Unleash>(),
    Entry::of::<launchdarkly::LaunchDarkly>(),
    Entry::of::<growthbook::GrowthBook>(),
    #[cfg(feature = "statsig")]
    Entry::of::<statsig::Statsig>(),
    Entry::of::<flagd::Flagd>(),
];
