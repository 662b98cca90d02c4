//! The stable codes of diagnostics: what `flags explain FLG010` prints, and where the reference page comes from.
//!
//! A code never changes its meaning and is never given to something else; one that is no longer needed stays unused.

mod table;

use std::fmt::{self, Write as _};

use crate::{LintCode, Severity};

/// The stable code of one kind of diagnostic, such as `FLG010`.
///
/// ```
/// use flags_config::Code;
///
/// let code = Code::from_id("FLG010").expect("a code of this crate");
/// assert_eq!(code.name(), "unknown-key");
/// assert!(code.explain().contains("```toml"));
/// ```
#[derive(Clone, Copy)]
pub struct Code(&'static CodeEntry);

/// What is known of one code.
#[derive(Debug)]
pub(crate) struct CodeEntry {
    /// `FLG` and three digits.
    pub(crate) id: &'static str,
    /// A few words joined by hyphens.
    pub(crate) name: &'static str,
    /// How serious it is.
    pub(crate) severity: Severity,
    /// What is wrong, in one line.
    pub(crate) title: &'static str,
    /// Why it is refused or reported, and how to mend it.
    pub(crate) explanation: &'static str,
    /// A file that gets the diagnostic.
    pub(crate) bad: &'static str,
    /// The same file mended.
    pub(crate) good: &'static str,
}

impl Code {
    /// Every code, in the order of their numbers.
    pub fn all() -> impl Iterator<Item = Self> {
        let mut all: Vec<Self> = table::AREAS.into_iter().flatten().map(Self).collect();
        all.extend(LintCode::ALL.map(Self::from));
        all.sort_unstable();
        all.into_iter()
    }

    /// The code with that identifier, in whatever case, such as `FLG010`.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|code| code.id().eq_ignore_ascii_case(id))
    }

    /// `FLG` and three digits.
    #[must_use]
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// A few words joined by hyphens, such as `unknown-key`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// How serious a diagnostic of this code is.
    #[must_use]
    pub fn severity(self) -> Severity {
        self.0.severity
    }

    /// What is wrong, in one line.
    #[must_use]
    pub fn title(self) -> &'static str {
        self.0.title
    }

    /// Why it is refused or reported, and how to mend it.
    #[must_use]
    pub fn explanation(self) -> &'static str {
        self.0.explanation
    }

    /// A file that gets the diagnostic. Where the cause is size, the example is shortened and says so in a comment.
    #[must_use]
    pub fn bad_example(self) -> &'static str {
        self.0.bad
    }

    /// The same file mended.
    #[must_use]
    pub fn good_example(self) -> &'static str {
        self.0.good
    }

    /// All of it as Markdown: title, explanation, and both examples.
    #[must_use]
    pub fn explain(self) -> String {
        let entry = self.0;
        let mut text = format!("# {} {}\n\n{} ({}).\n\n", entry.id, entry.name, entry.title, entry.severity);
        let _ = write!(
            text,
            "{}\n\nReported:\n\n```toml\n{}\n```\n\nMended:\n\n```toml\n{}\n```\n",
            entry.explanation,
            entry.bad.trim(),
            entry.good.trim()
        );
        text
    }

    /// The page of the reference that lists every code (`docs/reference/diagnostics.md`).
    #[must_use]
    pub fn reference() -> String {
        let mut page = String::from(
            "# Diagnostics\n\nWhat `flags check` and a loading client report. Codes are stable: scripts may rely on them.\n\
             This page is generated from the table of codes in `flags-config`.\n\n\
             | code | severity | name | meaning |\n| --- | --- | --- | --- |\n",
        );
        for code in Self::all() {
            let _ = writeln!(
                page,
                "| [{id}](#{anchor}-{name}) | {severity} | {name} | {title} |",
                id = code.id(),
                anchor = code.id().to_ascii_lowercase(),
                name = code.name(),
                severity = code.severity(),
                title = code.title(),
            );
        }
        for code in Self::all() {
            page.push('\n');
            // One level below the title of the page.
            page.push('#');
            page.push_str(&code.explain());
        }
        page
    }
}

impl From<LintCode> for Code {
    fn from(lint: LintCode) -> Self {
        Self(lint.entry())
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for Code {}

impl PartialOrd for Code {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Code {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.id.cmp(other.0.id)
    }
}

impl std::hash::Hash for Code {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

/// Names for the codes this crate reports itself, so that a misspelled one does not compile.
macro_rules! names {
    ($($name:ident = $index:literal;)*) => {
        impl Code {
            $(pub(crate) const $name: Self = table::entry($index);)*
        }
    };
}

names! {
    SYNTAX = "FLG001";
    DUPLICATE_KEY = "FLG002";
    TOO_LARGE = "FLG003";
    TOO_DEEP = "FLG004";
    TOO_MANY_FLAGS = "FLG005";
    NOTHING_DEFINED = "FLG006";
    NOT_UTF8 = "FLG007";
    UNSUPPORTED_FORMAT = "FLG008";
    TOO_MANY_PROBLEMS = "FLG009";
    UNKNOWN_KEY = "FLG010";
    WRONG_TYPE = "FLG011";
    MISSING_KEY = "FLG012";
    OUT_OF_RANGE = "FLG013";
    UNKNOWN_WORD = "FLG014";
    INVALID_INSTANT = "FLG015";
    INVALID_DATE = "FLG016";
    INVALID_DURATION = "FLG017";
    INVALID_PERCENTAGE = "FLG018";
    INVALID_KEY = "FLG019";
    INVALID_PATTERN = "FLG020";
    INVALID_VERSION = "FLG021";
    INVALID_IP_RANGE = "FLG022";
    LIST_LENGTH = "FLG023";
    EMPTY_TEXT = "FLG024";
    EXCLUSIVE_KEYS = "FLG025";
    INVALID_TIME = "FLG026";
    WEIGHT_WITHOUT_VALUE = "FLG030";
    VARIANT_TYPES_DIFFER = "FLG031";
    WRONG_VARIANT_TYPE = "FLG032";
    MISSING_VARIANTS = "FLG033";
    IDENTITY_IN_ENVIRONMENT = "FLG034";
    MISSING_PERCENTAGE = "FLG035";
    ZERO_WEIGHTS = "FLG036";
    WEIGHTS_TOO_LARGE = "FLG037";
    DUPLICATE_VARIANT = "FLG038";
    CONDITION_FORM = "FLG040";
    CONDITION_OPERATORS = "FLG041";
    MISPLACED_IGNORE_CASE = "FLG042";
    MIXED_LIST = "FLG043";
    UNKNOWN_FLAG = "FLG050";
    UNKNOWN_SEGMENT = "FLG051";
    UNKNOWN_VARIANT = "FLG052";
    CYCLE = "FLG053";
    CONDITIONS_TOO_DEEP = "FLG054";
    CHAIN_TOO_LONG = "FLG055";
    TOO_EXPENSIVE = "FLG056";
    SET_TOO_LARGE = "FLG057";
    UNKNOWN_CHANNEL = "FLG060";
    INVALID_URL = "FLG061";
    CHANNEL_KEY = "FLG062";
    HOLD_OF_AN_INSTANT = "FLG063";
    UNKNOWN_EXPERIMENT = "FLG070";
    UNKNOWN_LAYER = "FLG071";
    UNKNOWN_ARM = "FLG072";
    UNKNOWN_EVENT = "FLG073";
    DUPLICATE_NAME = "FLG074";
    CONTROL_ARM = "FLG075";
    END_BEFORE_START = "FLG076";
    WINNER_OF_DRAFT = "FLG077";
    LAYER_OVERFULL = "FLG078";
    LAYER_UNITS = "FLG079";
    OVERLAPPING_EXPERIMENTS = "FLG080";
    METRIC_EVENT = "FLG081";
    GUARDRAIL_MARGIN = "FLG082";
    NEWER_SYNTAX = "FLG090";
    UNKNOWN_SIGNAL = "FLG091";
    PLAN_KEY = "FLG092";
    PLAN_PERCENTAGES = "FLG093";
    PLAN_DURATION = "FLG094";
    GUARDRAIL_BOUND = "FLG095";
    SIGNAL_SOURCE = "FLG096";
    FREEZE_WINDOW = "FLG097";
    MIGRATION_PHASE = "FLG098";
    RESERVED_SIGNAL = "FLG099";
}
