//! Whatever bytes a server answers with, a signal is read without a panic: samples, or a problem on one line.

#![no_main]

use std::{hint::black_box, time::Duration};

use flags_core::Timestamp;
use flags_rollout::{guardrail::one_value, signals::decode_answer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match decode_answer(bytes) {
        Ok(samples) => {
            let now = samples.first().map_or(Timestamp::default(), |sample| sample.at);
            // One number that counts as a value is one sample, and finite.
            if let Ok(value) = one_value(&samples, Timestamp::default(), Duration::from_secs(60), now) {
                assert!(samples.len() == 1 && value.is_finite());
            }
            black_box(samples);
        }
        Err(problem) => {
            let told = problem.to_string();
            assert!(!told.is_empty() && !told.contains(['\n', '\r']));
        }
    }
});
