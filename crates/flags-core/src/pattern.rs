//! Regular expressions of the `matches` operator.

use alloc::{
    boxed::Box,
    string::{String, ToString},
};
use core::fmt;

/// A regular expression that has been checked, found anywhere in the text unless it is anchored.
///
/// The engine takes time linear in the text, and a compiled expression is limited to [`Pattern::SIZE_LIMIT`] bytes. Two
/// patterns are equal when their source and their way with case are.
#[derive(Clone)]
pub struct Pattern {
    source: Box<str>,
    ignore_case: bool,
    #[cfg(feature = "regex")]
    engine: regex_automata::meta::Regex,
}

impl Pattern {
    /// How large a compiled expression may be, in bytes.
    pub const SIZE_LIMIT: usize = 1 << 20;

    /// Checks and compiles an expression. With `ignore_case`, letters match whatever their case (Unicode simple folding).
    ///
    /// # Errors
    ///
    /// When the expression is malformed or too large, or when the crate was built without the `regex` feature.
    #[cfg(feature = "regex")]
    pub fn new(source: &str, ignore_case: bool) -> Result<Self, PatternError> {
        use regex_automata::{meta::Regex, util::syntax};

        let engine = Regex::builder()
            .configure(Regex::config().nfa_size_limit(Some(Self::SIZE_LIMIT)).onepass(false).dfa(false))
            .syntax(syntax::Config::new().case_insensitive(ignore_case).nest_limit(100))
            .build(source)
            .map_err(|error| PatternError {
                message: match (error.syntax_error(), error.size_limit()) {
                    (Some(syntax), _) => last_line(&syntax.to_string()),
                    (None, Some(limit)) => alloc::format!("the compiled expression is larger than {limit} bytes"),
                    (None, None) => error.to_string(),
                },
            })?;
        Ok(Self { source: source.into(), ignore_case, engine })
    }

    /// Refuses: the crate was built without the `regex` feature.
    ///
    /// # Errors
    ///
    /// Always.
    #[cfg(not(feature = "regex"))]
    pub fn new(source: &str, ignore_case: bool) -> Result<Self, PatternError> {
        let _ = (source, ignore_case);
        Err(PatternError {
            message: "this build has no regular expressions (feature `regex` of flags-core)".to_string(),
        })
    }

    /// The expression as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whether letters match whatever their case.
    #[must_use]
    pub fn ignores_case(&self) -> bool {
        self.ignore_case
    }

    /// Whether the expression is found in `text`.
    #[must_use]
    pub fn is_match(&self, text: &str) -> bool {
        #[cfg(feature = "regex")]
        {
            self.engine.is_match(text)
        }
        #[cfg(not(feature = "regex"))]
        {
            let _ = text;
            false
        }
    }
}

/// The parser's message is a picture with a caret; its last line says what is wrong.
#[cfg(feature = "regex")]
fn last_line(message: &str) -> String {
    message.lines().last().unwrap_or(message).trim_start_matches("error: ").to_string()
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        (&self.source, self.ignore_case) == (&other.source, other.ignore_case)
    }
}

impl core::hash::Hash for Pattern {
    fn hash<H: core::hash::Hasher>(&self, state: &mut H) {
        (&self.source, self.ignore_case).hash(state);
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pattern").field("source", &self.source).field("ignore_case", &self.ignore_case).finish()
    }
}

/// Why text is not a regular expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    message: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl core::error::Error for PatternError {}
