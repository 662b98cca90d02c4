//! Labels and help for what is wrong with experiments, layers and holdouts.

use std::ops::Range;

use flags_core::{Problem, definition::MetricKind};

use super::{Context, noun_of};
use crate::{
    Diagnostic,
    place::Place,
    shape::{quoted, with_article},
    suggest::closest,
};

impl Context<'_, '_> {
    /// Labels and help for what is wrong with experiments.
    pub(super) fn corrected_experiment(
        &self,
        diagnostic: Diagnostic,
        problem: &Problem,
        span: &Range<usize>,
        place: &Place<'_>,
    ) -> Diagnostic {
        let defined = |diagnostic: Diagnostic, section: &'static str, name: &str| {
            let noun = noun_of(section);
            let diagnostic = diagnostic.label(format!("no such {noun}"));
            match self.closest(name, section) {
                Some(meant) => self.suggest_name(diagnostic, meant, span, place.source),
                None => diagnostic.help(format!("{} is defined by a table `[{section}.{name}]`", with_article(noun))),
            }
        };
        match problem {
            Problem::UnknownExperiment { name } => defined(diagnostic, "experiments", name),
            Problem::UnknownLayer { name } => defined(diagnostic, "layers", name),
            Problem::UnknownArm { name, known } => {
                let known: Vec<&str> = known.iter().map(|name| &**name).collect();
                let diagnostic = diagnostic.label("no such arm");
                match closest(name, known.iter().copied()) {
                    Some(meant) => self.suggest_name(diagnostic, meant, span, place.source),
                    None => diagnostic.help(format!("it has {}", quoted(&known))),
                }
            }
            Problem::UnknownEvent { name } => {
                let diagnostic = diagnostic.label("no such event");
                match self.closest_event(name) {
                    Some(meant) => self.suggest_name(diagnostic, meant, span, place.source),
                    None => diagnostic.help("if the application tracks it, add it to `events` in `[settings]`"),
                }
            }
            Problem::DuplicateArm { .. } | Problem::DuplicateMetric { .. } => {
                diagnostic.label("named again here").help("give one of the two another name")
            }
            Problem::MissingControl => diagnostic
                .label("which of them are the others compared with?")
                .help("add `control = true` to the arm that leaves things as they are"),
            Problem::SecondControl { .. } => {
                diagnostic.label("a second one").help("the others are compared with one arm; remove it here or there")
            }
            Problem::EndBeforeStart => diagnostic
                .label("not after the start")
                .help("write an `end` that is after the `start`, or leave one of the two out"),
            Problem::WinnerOfDraft => diagnostic
                .label("won before it began?")
                .help("set `status` to what the experiment was when it was decided, such as `\"stopped\"`"),
            Problem::LayerOverfull { .. } => diagnostic.label("more than is left").help(
                "each experiment owns as much of its layer as its `traffic`, 100 where none is written; lower it, or use \
                 another layer",
            ),
            Problem::LayerUnits { .. } => diagnostic
                .label("other units")
                .help("in one layer a unit is the same for all; write the same `bucket_by`, or use another layer"),
            Problem::OverlappingExperiments { .. } => diagnostic
                .label("both would serve this flag")
                .help("put both into one layer so that they share no unit, or let one end before the other starts"),
            Problem::MissingEvent { field, .. } => diagnostic
                .label(format!("`{field}` is missing"))
                .help(format!("name what the application tracks, such as `{field} = \"purchase\"`")),
            Problem::MisplacedEvent { kind: MetricKind::Ratio, .. } => diagnostic
                .label("not of a ratio")
                .help("a ratio is computed from two events, `numerator` and `denominator`"),
            Problem::MisplacedEvent { .. } => {
                diagnostic.label("of a ratio only").help("write `kind = \"ratio\"`, or name one `event`")
            }
            Problem::MissingMargin => diagnostic
                .label("how much worse may it get?")
                .help("add `margin`, such as `margin = 0.05` for five percent; 0 tolerates no loss at all"),
            Problem::MisplacedMargin => {
                diagnostic.label("of a guardrail only").help("add `role = \"guardrail\"`, or remove `margin`")
            }
            Problem::OutOfRange { expected } => diagnostic.label(format!("expected {expected}")),
            _ => diagnostic,
        }
    }

    /// The event of the settings that was probably meant.
    fn closest_event(&self, name: &str) -> Option<&str> {
        let events = self.index.settings()?.get("events")?.get_ref().as_array()?;
        self.spend(events.len())?;
        closest(name, events.iter().filter_map(|event| event.get_ref().as_str()))
    }
}

/// The experiment that another one is in the way of, and how it is shown.
pub(super) fn other(problem: &Problem) -> Option<(&str, &'static str)> {
    match problem {
        Problem::OverlappingExperiments { other, .. } => Some((other, "the same flag, at the same time")),
        Problem::LayerUnits { other, .. } => Some((other, "the first of the layer")),
        _ => None,
    }
}
