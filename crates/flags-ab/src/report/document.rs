//! A report as what it says, before it is a page or a text.

use super::plot::{intervals::Intervals, lines::Lines, steps::Steps};

/// All that a report says.
pub(super) struct Document {
    /// The experiment's key.
    pub(super) title: String,
    /// Its hypothesis.
    pub(super) lead: Option<String>,
    /// Facts with their names.
    pub(super) facts: Vec<(&'static str, String)>,
    /// What to do.
    pub(super) headline: String,
    /// Whether that is good news.
    pub(super) tone: Tone,
    /// Why.
    pub(super) reasons: Vec<String>,
    /// Everything else.
    pub(super) blocks: Vec<Block>,
}

/// A part of a report. Names of people are in texts as they are; whoever writes them down escapes them.
pub(super) enum Block {
    /// A heading of the second level.
    Section(&'static str),
    /// A heading of the third level.
    Topic(String),
    /// A paragraph.
    Paragraph(String),
    /// A list.
    List(Vec<String>),
    /// A table.
    Table(Table),
    /// What the colours of the plot below it mean: the class and the name of each arm.
    Legend(Vec<(String, String)>),
    /// Intervals on an axis.
    Intervals(Intervals),
    /// Lines over time.
    Lines(Lines),
    /// Bars of a funnel.
    Steps(Steps),
}

/// A table.
pub(super) struct Table {
    /// What is in it.
    pub(super) caption: String,
    /// The names of its columns.
    pub(super) head: Vec<Cell>,
    /// Its rows, each as long as the head.
    pub(super) rows: Vec<Vec<Cell>>,
    /// Whether it is so long that a page shows it only on demand.
    pub(super) long: bool,
}

/// A cell of a table.
pub(super) struct Cell {
    /// What it says.
    pub(super) text: String,
    /// Whether that is a number, which stands on the right.
    pub(super) number: bool,
    /// What it means.
    pub(super) tone: Tone,
}

/// What something means to whoever reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Nothing in particular.
    Plain,
    /// Good news.
    Good,
    /// Bad news.
    Bad,
    /// Something to know.
    Warning,
    /// Something that is not there.
    Quiet,
    /// A share in tenths, for the shade behind it.
    Shade(u8),
}

impl Tone {
    /// The class by which a page shows it.
    pub(super) fn class(self) -> &'static str {
        const SHADES: [&str; 11] = [
            "shade-0", "shade-1", "shade-2", "shade-3", "shade-4", "shade-5", "shade-6", "shade-7", "shade-8",
            "shade-9", "shade-10",
        ];
        match self {
            Self::Plain => "",
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Warning => "warning",
            Self::Quiet => "quiet",
            Self::Shade(tenths) => SHADES[usize::from(tenths.min(10))],
        }
    }
}

impl Cell {
    /// Words.
    pub(super) fn words(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: false, tone: Tone::Plain }
    }

    /// A number, as it is written.
    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), number: true, tone: Tone::Plain }
    }

    /// A number that is not there.
    pub(super) fn none() -> Self {
        Self::number("–").tone(Tone::Quiet)
    }

    /// The cell with a meaning.
    pub(super) fn tone(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}
