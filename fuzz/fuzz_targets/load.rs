//! Whatever bytes a definition file holds, loading it comes to an end: with a document, or with a report that can be
//! printed. What was loaded can be evaluated.

#![no_main]

use std::hint::black_box;

use flags_config::{Source, load};
use flags_core::{CompileOptions, Context, FlagSet, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let loaded = load(&Source::new("features.toml", &*text).into());
    assert!(!loaded.report.render_human(false).is_empty() || loaded.document.is_some());
    black_box(loaded.report.to_json());
    let Some(document) = loaded.document else { return };
    let set = FlagSet::compile(&document.definitions, &CompileOptions::new("production"));
    let context = Context::new("user-42").set("country", "NL").set("app_version", "2.4.0");
    for flag in &document.definitions.flags {
        black_box(set.evaluate(&flag.key, &context, &Timestamp::default()).is_on());
    }
});
