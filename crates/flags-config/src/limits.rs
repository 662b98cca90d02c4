//! Bounds on what is loaded, so that a wrong or hostile file costs little.

/// How much one load may take. The defaults are far above what people write.
///
/// ```
/// use flags_config::{Limits, Source, load_within};
///
/// let limits = Limits { flags: 1, ..Limits::default() };
/// let two = Source::new("flags.toml", "[features.a]\nenabled = true\n[features.b]\nenabled = true\n");
/// let loaded = load_within(&two.into(), &limits);
/// assert_eq!(loaded.report.diagnostics()[0].code.id(), "FLG005");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of all texts together, in bytes; 64 MiB.
    pub bytes: usize,
    /// How many tables and lists may be nested, headers and dotted keys counted; 72. Conditions 32 deep, which is what the
    /// evaluator allows, take up to 71; the parser itself stops at 80.
    pub depth: usize,
    /// How many flags there may be; 100 000.
    pub flags: usize,
    /// How many problems are kept; 1 000. More are only counted.
    pub diagnostics: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 64 << 20, depth: 72, flags: 1_000_000, diagnostics: 1_000 }
    }
}
