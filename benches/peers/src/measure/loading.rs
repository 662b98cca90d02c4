//! Loading: from bytes in memory to a store that evaluates, and what stays on the heap.

use std::{hint::black_box, time::Instant};

use serde::Serialize;

use super::{Effort, sample::Summary};
use crate::{
    peer::{Entry, PeerError},
    workload::{FlagSet, LARGE_SET},
};

/// The sizes loaded, in flags.
const SIZES: [usize; 2] = [1_000, LARGE_SET];

/// What one peer's loading takes. A quarter of the flags is of each kind.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Loading {
    pub(crate) milliseconds_for_1_000: Summary,
    pub(crate) milliseconds_for_10_000: Summary,
    /// The peer's own file, in bytes a flag.
    pub(crate) file_bytes_per_flag: f64,
    /// Still allocated by the loading thread once 10,000 flags are loaded, in bytes a flag.
    pub(crate) resident_bytes_per_flag: f64,
}

/// Loads everybody's documents, interleaved.
pub(crate) fn measure(
    entries: &[&Entry],
    effort: Effort,
    progress: &mut impl FnMut(&str),
) -> Result<Vec<Loading>, PeerError> {
    let sets = SIZES.map(FlagSet::mixed);
    let documents: Vec<[Vec<u8>; 2]> =
        entries.iter().map(|entry| sets.each_ref().map(|set| (entry.document)(set))).collect();
    let mut milliseconds = vec![[Vec::new(), Vec::new()]; entries.len()];
    for round in 1..=effort.rounds {
        progress(&format!("loads, round {round} of {}", effort.rounds));
        for (index, entry) in entries.iter().enumerate() {
            for (size, document) in documents[index].iter().enumerate() {
                for _ in 0..effort.loads {
                    milliseconds[index][size].push(load(entry, document)?);
                }
            }
        }
    }
    entries
        .iter()
        .zip(&documents)
        .zip(&milliseconds)
        .map(|((entry, [_, document]), [small, large])| {
            Ok(Loading {
                milliseconds_for_1_000: Summary::of(small),
                milliseconds_for_10_000: Summary::of(large),
                file_bytes_per_flag: document.len() as f64 / LARGE_SET as f64,
                resident_bytes_per_flag: resident(entry, document)? as f64 / LARGE_SET as f64,
            })
        })
        .collect()
}

/// Milliseconds for one load; neither the copy of the document nor the end of the store is in it.
fn load(entry: &Entry, document: &[u8]) -> Result<f64, PeerError> {
    let copy = document.to_vec();
    let start = Instant::now();
    let store = black_box((entry.load)(copy)?);
    let taken = start.elapsed();
    drop(store);
    Ok(taken.as_secs_f64() * 1_000.0)
}

/// Bytes still allocated after a load. The copy of the document is made inside what is counted, so that it weighs nothing
/// where the peer lets go of it, and its size where the peer keeps it.
fn resident(entry: &Entry, document: &[u8]) -> Result<i64, PeerError> {
    let mut loaded = None;
    let counted = mockalloc::record_allocs(|| loaded = Some((entry.load)(document.to_vec())));
    if let Some(store) = loaded {
        drop(store?);
    }
    Ok(i64::try_from(counted.mem_allocated()).unwrap_or(i64::MAX)
        - i64::try_from(counted.mem_freed()).unwrap_or(i64::MAX))
}
