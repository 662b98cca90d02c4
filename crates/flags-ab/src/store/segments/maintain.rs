//! What is done to files when nobody waits: logs are sorted, small files merged, old events forgotten.
//!
//! Each of these is in force with one renaming, so that it may be interrupted anywhere. The caller holds the lock of the folder,
//! and sees to it that one thread at a time does each.

use std::{
    fs,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use flags_core::Timestamp;

use super::{
    super::StoreError,
    files,
    folder::{Listing, Segment, Voids},
    frame::Span,
    merge::Merge,
    names::Names,
    seal::{self, Sealed},
};

/// How many neighbours of about one size are merged.
const FAN_IN: usize = 8;

/// How many are merged at once at most.
const MOST: usize = 64;

/// Files that are larger than that together stay apart.
const LARGEST: u64 = 2 << 30;

/// Seals the oldest log of those before a number; `None` if there is none.
pub(super) fn seal_oldest(folder: &Path, before: u64) -> Result<Option<Sealed>, StoreError> {
    let mut segments = Listing::open(folder)?;
    let voids = Voids::of(&mut segments)?;
    let oldest = segments.iter().find(|(segment, _)| !segment.sorted && segment.first < before);
    oldest.map(|(log, _)| seal::seal(folder, log, &voids)).transpose()
}

/// Removes what an interrupted program left. Nothing else may be removed before: it could be what keeps these from counting.
pub(super) fn remove_left_over(folder: &Path) -> Result<(), StoreError> {
    let left_over = Listing::of(folder)?.left_over;
    for path in &left_over {
        files::remove(path)?;
    }
    if left_over.is_empty() { Ok(()) } else { files::sync_folder(folder) }
}

/// Merges neighbours of about one size, if there are enough of them, and says whether it did.
pub(super) fn merge_some(folder: &Path, segment_bytes: u64, stop: &AtomicBool) -> Result<bool, StoreError> {
    remove_left_over(folder)?;
    let mut sorted = vec![];
    for segment in Listing::of(folder)?.segments.into_iter().take_while(|segment| segment.sorted) {
        let length = fs::metadata(&segment.path).map_err(files::error("cannot read", &segment.path))?.len();
        sorted.push((segment, length));
    }
    let Some(run) = run_to_merge(&sorted, segment_bytes) else { return Ok(false) };
    let inputs: Vec<_> = sorted.drain(run).map(|(segment, _)| segment).collect();
    let (Some(first), Some(last)) = (inputs.first(), inputs.last()) else { return Ok(false) };
    let output = Segment::sorted(folder, first.first, last.last);
    if !rewrite(&inputs, &output, Timestamp::from_micros(i64::MIN), stop)? {
        return Ok(false);
    }
    remove_left_over(folder)?;
    Ok(true)
}

/// Forgets events from before an instant that are in sorted files, and says how many.
pub(super) fn prune(folder: &Path, before: Timestamp, stop: &AtomicBool) -> Result<u64, StoreError> {
    remove_left_over(folder)?;
    let mut forgotten = 0;
    let mut first_error = None;
    for segment in Listing::of(folder)?.segments.into_iter().filter(|segment| segment.sorted) {
        // What is damaged keeps nothing else from being forgotten.
        match prune_one(&segment, before, stop) {
            Ok(count) => forgotten += count,
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    files::sync_folder(folder)?;
    first_error.map_or(Ok(forgotten), Err)
}

fn prune_one(segment: &Segment, before: Timestamp, stop: &AtomicBool) -> Result<u64, StoreError> {
    let Some(former) = total(segment)? else { return Ok(0) };
    if before <= former.oldest {
        return Ok(0);
    }
    if former.newest < before {
        files::remove(&segment.path)?;
        return Ok(former.events);
    }
    if !rewrite(std::slice::from_ref(segment), segment, before, stop)? {
        return Ok(0);
    }
    Ok(former.events - total(segment)?.map_or(0, |span| span.events))
}

/// Puts one file in place of several, without the events from before an instant; `false` if it was told to stop.
fn rewrite(inputs: &[Segment], output: &Segment, from: Timestamp, stop: &AtomicBool) -> Result<bool, StoreError> {
    let mut oldest = Span::EMPTY;
    let mut opened = vec![];
    for segment in inputs {
        let Some(mut file) = segment.open()? else { return Ok(false) };
        oldest = oldest.merge(segment.total(&mut file)?);
        opened.push((segment.clone(), file));
    }
    let mut merge = Merge::begin(opened, Names::default())?;
    let failed = files::error("cannot write", &output.path);
    seal::write(&output.path, oldest.oldest.max(from), |writer| {
        while !stop.load(Ordering::Relaxed) {
            let next = merge.next(
                |_, event, names| {
                    if event.at < from { Ok(()) } else { writer.push(event, names).map_err(&failed) }
                },
            )?;
            if next.is_none() {
                return Ok(true);
            }
        }
        Ok(false)
    })
}

/// What the sorted files hold together.
pub(super) fn sorted_span(folder: &Path) -> Result<Span, StoreError> {
    let segments = Listing::of(folder)?.segments;
    let sorted = segments.iter().filter(|segment| segment.sorted);
    sorted.map(total).try_fold(Span::EMPTY, |sum, span| Ok(span?.map_or(sum, |span| sum.merge(span))))
}

fn total(segment: &Segment) -> Result<Option<Span>, StoreError> {
    segment.open()?.map(|mut file| segment.total(&mut file)).transpose()
}

/// Which of neighbouring files are merged: the smallest of which there are [`FAN_IN`] of about one size with none but smaller
/// ones between them. So an event is written again about once for each time that the folder becomes that much larger.
fn run_to_merge(files: &[(Segment, u64)], segment_bytes: u64) -> Option<std::ops::Range<usize>> {
    let class = |length: u64| {
        let mut limit = segment_bytes.saturating_mul(2).max(1);
        let mut class = 0_u32;
        while limit <= length {
            limit = limit.saturating_mul(FAN_IN as u64);
            class += 1;
        }
        class
    };
    let classes: Vec<_> = files.iter().map(|(_, length)| class(*length)).collect();
    let highest = classes.iter().copied().max()?;
    (0..=highest).find_map(|class| {
        let mut start = 0;
        while start < files.len() {
            let mut bytes = 0;
            let run = files[start..].iter().zip(&classes[start..]).take(MOST).take_while(|((_, length), of)| {
                bytes += length;
                **of <= class && bytes <= LARGEST
            });
            let run = run.count();
            if FAN_IN <= classes[start..start + run].iter().filter(|of| **of == class).count() {
                return Some(start..start + run);
            }
            start += run.max(1);
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(sizes: &[u64]) -> Option<std::ops::Range<usize>> {
        let files: Vec<_> = sizes
            .iter()
            .enumerate()
            .map(|(number, size)| (Segment::sorted(Path::new(""), number as u64, number as u64), *size))
            .collect();
        run_to_merge(&files, 100)
    }

    #[test]
    fn neighbours_of_one_size_are_merged() {
        assert_eq!(run(&[]), None);
        assert_eq!(run(&[90; 7]), None);
        assert_eq!(run(&[90; 8]), Some(0..8));
        assert_eq!(run(&[1, 90, 1, 150, 2, 3, 4, 5, 6]), Some(0..9));
        // A larger one keeps apart what is on its sides, until there are enough as large as it.
        assert_eq!(run(&[90, 90, 90, 90, 700, 90, 90, 90, 90]), None);
        assert_eq!(run(&[700, 90, 90, 90, 90, 90, 90, 90, 90]), Some(1..9));
        assert_eq!(run(&[700, 710, 720, 730, 740, 750, 760, 770]), Some(0..8));
        assert_eq!(run(&[1 << 30; 20]), None);
        assert_eq!(run(&[1; 100]), Some(0..64));
    }
}
