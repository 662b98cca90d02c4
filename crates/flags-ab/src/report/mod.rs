//! Reports: an analysis as a page and as a text, for people who were not there.
//!
//! [`html`] writes one page that needs nothing else: its plots are inline SVG, it runs no script, asks no network, follows the
//! reader's choice of light or dark, and can be printed. [`markdown`] writes the same tables for a pull request or a wiki.
//! Both say the same, since both are written from one document.

mod content;
mod document;
mod markdown;
mod markup;
mod page;
mod plot;
mod writing;

use flags_core::definition::ExperimentDefinition;

use crate::{analysis::Analysis, analytics::Analytics};

/// What a report is made of.
#[derive(Clone, Copy, Debug)]
pub struct ReportInput<'a> {
    /// The experiment as it is defined.
    pub definition: &'a ExperimentDefinition,
    /// What the analysis says of it.
    pub analysis: &'a Analysis,
    /// What else is known: days, funnels, segments, the long run. Sections without anything in them are left out.
    pub analytics: Option<&'a Analytics>,
}

impl<'a> ReportInput<'a> {
    /// A report of an analysis alone.
    #[must_use]
    pub fn new(definition: &'a ExperimentDefinition, analysis: &'a Analysis) -> Self {
        Self { definition, analysis, analytics: None }
    }

    /// The report with analytics.
    #[must_use]
    pub fn analytics(mut self, analytics: &'a Analytics) -> Self {
        self.analytics = Some(analytics);
        self
    }

    /// The class that gives an arm its colour, the same in every plot.
    fn arm_class(&self, name: &str) -> String {
        let arms = &self.definition.arms;
        let control = arms.iter().position(|arm| arm.control).unwrap_or(0);
        let place = arms.iter().position(|arm| *arm.name == *name).unwrap_or(arms.len());
        plot::arm_class(place, control)
    }
}

/// The report as a page of HTML in UTF-8.
///
/// Whatever names an experiment, its arms, metrics, events and segments have, they are text on the page and nothing else.
#[must_use]
pub fn html(input: &ReportInput<'_>) -> String {
    page::write(&content::document(input))
}

/// The report as Markdown with tables, as on GitHub; the plots are left out.
#[must_use]
pub fn markdown(input: &ReportInput<'_>) -> String {
    markdown::write(&content::document(input))
}
