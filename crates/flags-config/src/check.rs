//! From the core's findings on consistency to diagnostics with places and likely corrections.

mod experiment;
pub(crate) mod migration;
pub(crate) mod rollout;

use std::{cell::Cell, ops::Range};

use flags_core::{DefinitionError, PathPart, Problem};
use toml::Spanned;

use crate::{
    Code, Diagnostic,
    place::{Index, Place},
    problems::Problems,
    shape::{header_span, on_separate_lines, quoted},
    suggest::closest,
};

/// What it takes to say where a finding is and what was meant.
pub(crate) struct Context<'c, 't> {
    index: &'c Index<'t>,
    texts: &'c [&'t str],
    /// How many more names may be compared for suggestions: a file in which everything is wrong gets none after a while.
    comparisons: Cell<usize>,
}

/// How many names are compared in one load.
const COMPARISONS: usize = 1_000_000;

impl<'c, 't> Context<'c, 't> {
    pub(crate) fn new(index: &'c Index<'t>, texts: &'c [&'t str]) -> Self {
        Self { index, texts, comparisons: Cell::new(COMPARISONS) }
    }

    /// Adds the findings to the problems, as far as there is room.
    pub(crate) fn report(&self, errors: &[&DefinitionError], problems: &mut Problems) {
        let kept = errors.len().min(problems.room());
        for error in &errors[..kept] {
            problems.push(self.diagnostic(error));
        }
        problems.count_more(errors.len() - kept);
    }

    fn diagnostic(&self, error: &DefinitionError) -> Diagnostic {
        let Some(place) = self.index.locate(&error.path, self.texts) else {
            return Diagnostic::new(code_of(&error.problem), 0, 0..0, error.to_string());
        };
        let (span, message) = self.described(error, &place);
        let mut diagnostic = Diagnostic::new(code_of(&error.problem), place.source, span.clone(), message);
        diagnostic = self.corrected(diagnostic, &error.problem, &span, &place);
        let noun = noun_of(place.section);
        if let Some((_, environment)) = &place.environment {
            diagnostic = diagnostic.related(place.source, environment.clone(), "in this environment");
        }
        if let Problem::Cycle { path } = &error.problem {
            return self.on_the_way(diagnostic, path);
        }
        if on_separate_lines(self.texts[place.source], &place.header, &span) {
            diagnostic = diagnostic.related(place.source, place.header.clone(), format!("in this {noun}"));
        }
        if let Some((other, label)) = experiment::other(&error.problem)
            && let Some(defined) = self.index.get("experiments", other)
        {
            let header = header_span(self.texts[defined.source], Some(defined.entry.key), defined.entry.value);
            diagnostic = diagnostic.related(defined.source, header, label);
        }
        diagnostic
    }

    /// Adds the other flags, segments and experiments of a circle.
    fn on_the_way(&self, mut diagnostic: Diagnostic, path: &[(&'static str, Box<str>)]) -> Diagnostic {
        /// How many of a long circle are shown.
        const SHOWN: usize = 8;
        let others = path.len().saturating_sub(1).min(SHOWN);
        for (kind, key) in path.iter().take(others).skip(1) {
            let section = match *kind {
                "segment" => "segments",
                "experiment" => "experiments",
                _ => "features",
            };
            if let Some(defined) = self.index.get(section, key) {
                let span = header_span(self.texts[defined.source], Some(defined.entry.key), defined.entry.value);
                diagnostic = diagnostic.related(defined.source, span, format!("by way of this {kind}"));
            }
        }
        diagnostic
    }

    /// The bytes to point at, and the message.
    fn described(&self, error: &DefinitionError, place: &Place<'_>) -> (Range<usize>, String) {
        let below = |parent: &str| matches!(error.path.as_slice(), [.., PathPart::Key(key), PathPart::Key(_)] if **key == *parent);
        let in_split = below("split");
        match &error.problem {
            // In an arm, the flag is the key.
            Problem::UnknownFlag { .. } if below("overrides") => (place.key.clone(), error.problem.to_string()),
            Problem::UnknownVariant { flag, name, .. } => {
                let span = if in_split { place.key.clone() } else { place.value.clone() };
                let shown = match (&**name, self.raw(place.source, &span)) {
                    (_, raw @ ("true" | "false")) => raw,
                    (name, _) => name,
                };
                let there = place.environment.as_ref().map(|(name, _)| format!("in environment `{name}`, "));
                (span, format!("{}flag `{flag}` has no variant `{shown}`", there.unwrap_or_default()))
            }
            Problem::WrongType { expected, found } => {
                let name = last_key(&error.path);
                let found = found.map_or_else(|| "a list".to_owned(), |found| format!("of type {found}"));
                (variant_value(place), format!("variant `{name}` is {found}, the flag is of type {expected}"))
            }
            Problem::NotFinite => (variant_value(place), format!("variant `{}` is not finite", last_key(&error.path))),
            Problem::DuplicateVariant => {
                (place.key.clone(), format!("variant `{}` is named twice", last_key(&error.path)))
            }
            Problem::MissingPercentage => {
                let state = place.node.get_ref().as_str().unwrap_or_default();
                (place.value.clone(), format!("the state `{state}` needs a `rollout_percentage`"))
            }
            Problem::ZeroWeights if place.section == "experiments" => {
                (place.value.clone(), "every arm has the weight 0, so nobody would be enrolled".to_owned())
            }
            Problem::OutOfRange { expected } => {
                (place.value.clone(), format!("`{}` must be {expected}", last_key(&error.path)))
            }
            Problem::LayerOverfull { layer, left } => {
                (place.value.clone(), format!("only {left} % of layer `{layer}` are left for this experiment"))
            }
            Problem::Cycle { path } => {
                let way: Vec<String> = path.iter().map(|(kind, key)| format!("{kind} `{key}`")).collect();
                (place.value.clone(), format!("these refer to each other in a circle: {}", way.join(" -> ")))
            }
            other => (place.value.clone(), other.to_string()),
        }
    }

    /// Labels and help.
    fn corrected(
        &self,
        diagnostic: Diagnostic,
        problem: &Problem,
        span: &Range<usize>,
        place: &Place<'_>,
    ) -> Diagnostic {
        let plain = "write `true` or `false`";
        match problem {
            Problem::UnknownFlag { name } => {
                let diagnostic = diagnostic.label("no such flag");
                match self.closest(name, "features") {
                    Some(meant) => self.suggest_name(diagnostic, meant, span, place.source),
                    None => diagnostic.help(format!("a flag is defined by a table `[features.{name}]`")),
                }
            }
            Problem::UnknownSegment { name } => {
                let diagnostic = diagnostic.label("no such segment");
                match self.closest(name, "segments") {
                    Some(meant) => self.suggest_name(diagnostic, meant, span, place.source),
                    None => diagnostic.help(format!("a segment is defined by a table `[segments.{name}]`")),
                }
            }
            Problem::UnknownVariant { flag, name, known } => {
                let known: Vec<&str> = known.iter().map(|name| &**name).collect();
                let diagnostic = diagnostic.label("no such variant");
                let boolean = self.index.get("features", flag).is_some_and(|flag| {
                    flag.entry.value.get_ref().as_table().is_some_and(|table| !table.contains_key("variants"))
                });
                if boolean {
                    return diagnostic.help(match &**name {
                        "true" | "false" => format!("it is a boolean flag: {plain}, without quotes"),
                        _ => format!("it is a boolean flag: {plain}, or give it `variants`"),
                    });
                }
                match closest(name, known.iter().copied()) {
                    Some(meant) => self.suggest_name(diagnostic, meant, span, place.source),
                    None => diagnostic.help(format!("it has {}", quoted(&known))),
                }
            }
            Problem::MissingVariants { value_type } => diagnostic.label("what does it serve?").help(format!(
                "write `variants = {{ NAME = VALUE, … }}` with values of type {value_type}, or remove `type`"
            )),
            Problem::WrongType { expected, .. } => diagnostic.label(format!("expected a value of type {expected}")),
            Problem::NotFinite => diagnostic.label("expected a finite number"),
            Problem::DuplicateVariant => diagnostic
                .label("named again here")
                .help("in a boolean flag `true` is `on` and `false` is `off`; keep one of the two"),
            Problem::ZeroWeights if place.section == "experiments" => {
                diagnostic.label("nobody would get an arm").help("give at least two arms a weight above 0")
            }
            Problem::ZeroWeights => diagnostic
                .label("nothing could be served")
                .help("give at least one variant a weight above 0, or write `serve`"),
            Problem::WeightsTooLarge => diagnostic
                .label("too large together")
                .help("weights are relative to each other; smaller ones say the same"),
            Problem::MissingPercentage => diagnostic
                .label("for which share of the units?")
                .help("add `rollout_percentage`, or write `enabled` for everybody"),
            Problem::MixedList => diagnostic
                .label("expected all strings or all numbers")
                .help("an attribute of another type fails the test; write two conditions under `any`"),
            Problem::EmptyList => diagnostic.label("expected at least one element"),
            Problem::TooDeep => diagnostic.label("too deep").help("move an inner part into a segment"),
            Problem::Cycle { .. } => diagnostic
                .label("from here and back")
                .help("whether one is on would depend on itself; remove one of the references"),
            Problem::ChainTooLong { .. } => {
                diagnostic.label("the chain starts here").help("refer to a flag further up the chain")
            }
            Problem::TooExpensive { .. } => diagnostic
                .label("too much to look at")
                .help("use fewer references, or a segment in place of repeated conditions"),
            other => self.corrected_experiment(diagnostic, other, span, place),
        }
    }

    /// The key of a section that was probably meant.
    pub(crate) fn closest(&self, name: &str, section: &str) -> Option<&str> {
        self.spend(self.index.count(section))?;
        closest(name, self.index.keys(section))
    }

    /// Takes comparisons from those that are left; `None` if there are not as many.
    fn spend(&self, comparisons: usize) -> Option<()> {
        self.comparisons.set(self.comparisons.get().checked_sub(comparisons)?);
        Some(())
    }

    /// Suggests another name where a plain string or key stands.
    pub(crate) fn suggest_name(
        &self,
        diagnostic: Diagnostic,
        meant: &str,
        span: &Range<usize>,
        source: usize,
    ) -> Diagnostic {
        let diagnostic = diagnostic.help(format!("did you mean `{meant}`?"));
        let raw = self.raw(source, span);
        let quote = raw.chars().next().filter(|first| matches!(first, '"' | '\''));
        match quote {
            _ if raw.contains('\n') || raw.starts_with(['[', '{']) => diagnostic,
            Some(quote) => diagnostic.suggest(span.clone(), format!("{quote}{meant}{quote}")),
            None => diagnostic.suggest(span.clone(), meant),
        }
    }

    fn raw(&self, source: usize, span: &Range<usize>) -> &str {
        self.texts[source].get(span.clone()).unwrap_or_default()
    }
}

/// What an entry of a section is called.
pub(crate) fn noun_of(section: &str) -> &'static str {
    match section {
        "segments" => "segment",
        "layers" => "layer",
        "holdouts" => "holdout",
        "experiments" => "experiment",
        "channels" => "channel",
        "alerts" => "alert",
        "signals" => "signal",
        "migrations" => "migration",
        _ => "flag",
    }
}

/// The value of a variant, short or long.
fn variant_value(place: &Place<'_>) -> Range<usize> {
    let long = place.node.get_ref().as_table().and_then(|table| table.get("value"));
    long.map_or_else(|| place.value.clone(), Spanned::span)
}

fn last_key(path: &[PathPart]) -> &str {
    path.iter()
        .rev()
        .find_map(|part| if let PathPart::Key(key) = part { Some(&**key) } else { None })
        .unwrap_or_default()
}

fn code_of(problem: &Problem) -> Code {
    match problem {
        Problem::InvalidKey => Code::INVALID_KEY,
        Problem::DuplicateKey => Code::DUPLICATE_KEY,
        Problem::DuplicateVariant => Code::DUPLICATE_VARIANT,
        Problem::UnknownFlag { .. } => Code::UNKNOWN_FLAG,
        Problem::UnknownSegment { .. } => Code::UNKNOWN_SEGMENT,
        Problem::UnknownVariant { .. } => Code::UNKNOWN_VARIANT,
        Problem::MissingVariants { .. } => Code::MISSING_VARIANTS,
        Problem::WrongType { .. } => Code::WRONG_VARIANT_TYPE,
        Problem::NotFinite => Code::OUT_OF_RANGE,
        Problem::ZeroWeights => Code::ZERO_WEIGHTS,
        Problem::WeightsTooLarge => Code::WEIGHTS_TOO_LARGE,
        Problem::MissingPercentage => Code::MISSING_PERCENTAGE,
        Problem::EmptyList => Code::LIST_LENGTH,
        Problem::MixedList => Code::MIXED_LIST,
        Problem::TooDeep => Code::CONDITIONS_TOO_DEEP,
        Problem::Cycle { .. } => Code::CYCLE,
        Problem::ChainTooLong { .. } => Code::CHAIN_TOO_LONG,
        Problem::TooExpensive { .. } => Code::TOO_EXPENSIVE,
        Problem::TooLarge => Code::SET_TOO_LARGE,
        Problem::UnknownExperiment { .. } => Code::UNKNOWN_EXPERIMENT,
        Problem::UnknownLayer { .. } => Code::UNKNOWN_LAYER,
        Problem::UnknownArm { .. } => Code::UNKNOWN_ARM,
        Problem::UnknownEvent { .. } => Code::UNKNOWN_EVENT,
        Problem::DuplicateArm { .. } | Problem::DuplicateMetric { .. } => Code::DUPLICATE_NAME,
        Problem::MissingControl | Problem::SecondControl { .. } => Code::CONTROL_ARM,
        Problem::EndBeforeStart => Code::END_BEFORE_START,
        Problem::WinnerOfDraft => Code::WINNER_OF_DRAFT,
        Problem::LayerOverfull { .. } => Code::LAYER_OVERFULL,
        Problem::LayerUnits { .. } => Code::LAYER_UNITS,
        Problem::OverlappingExperiments { .. } => Code::OVERLAPPING_EXPERIMENTS,
        Problem::MissingEvent { .. } | Problem::MisplacedEvent { .. } => Code::METRIC_EVENT,
        Problem::MissingMargin | Problem::MisplacedMargin => Code::GUARDRAIL_MARGIN,
        Problem::TooFewArms => Code::LIST_LENGTH,
        Problem::OutOfRange { .. } => Code::OUT_OF_RANGE,
        // `NotANumber` and `NotAScalar`, which the shapes refuse first, and what later versions of the core may add.
        _ => Code::WRONG_TYPE,
    }
}
