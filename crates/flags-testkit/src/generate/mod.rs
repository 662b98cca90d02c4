//! Generators: whole definition sets that are always consistent, the controls over them, and the contexts asking.
//!
//! Everything is drawn from [`Choices`], so that one builder serves property tests (random bytes, shrunk by `proptest`), fuzz
//! targets (the fuzzer's bytes) and long seeded runs. The alphabets are small: definitions and contexts meet often, and every
//! cause of the evaluation order occurs (a test counts them).

mod choices;
mod condition;
mod context;
mod experiment;
mod flag;
mod pool;

use flags_core::{Context, Definitions, Percentage, Timestamp};
use proptest::{collection::vec, prelude::any, strategy::Strategy};

pub use self::{
    choices::Choices,
    context::{context, instant},
    pool::PREDICATES,
};
use crate::oracle::Control;

/// A set of definitions together with what else is fixed for a client: its environment and the controls in force.
///
/// The predicates registered are always [`PREDICATES`].
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Flags, segments and experiments; they pass [`Definitions::check`].
    pub definitions: Definitions,
    /// The client's environment.
    pub environment: &'static str,
    /// The controls in force.
    pub controls: Vec<Control>,
}

/// One question to a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The key asked for; now and then one that does not exist.
    pub flag: String,
    /// Who asks.
    pub context: Context,
    /// When.
    pub now: Timestamp,
}

/// A scenario with up to eight flags, four segments and three experiments.
#[must_use]
pub fn scenario(choices: &mut Choices<'_>) -> Scenario {
    let mut definitions = Definitions::default();
    let mut known = Known::default();
    if choices.chance(15) {
        definitions.bucket_by = condition::boxed(choices.some(&["user_id", "node_id", "tenant", "session_id"], 1, 2));
    }
    let flags = 1 + choices.below(8);
    let segments = choices.below(5);
    // Flags and segments take turns, each referring to nothing but those before it: no circle can arise.
    let mut known_before = Vec::new();
    for at in 0..flags.max(segments) {
        known_before.push(known.clone());
        if at < segments {
            let segment = flag::segment(choices, pool::KEYS[at], &known);
            known.segments.push(segment.key.clone());
            definitions.segments.push(segment);
        }
        if at < flags {
            let flag = flag::flag(choices, pool::KEYS[at], &known);
            known.add_flag(&flag);
            definitions.flags.push(flag);
        }
    }
    experiment::experiments(choices, &known_before[..flags], &known, &mut definitions);
    let environment = choices.pick(&pool::ENVIRONMENTS);
    let mut controls = controls(choices, &known);
    experiment::controls(choices, &definitions, &mut controls);
    Scenario { definitions, environment, controls }
}

/// A question about one of the flags of a scenario.
#[must_use]
pub fn question(choices: &mut Choices<'_>, scenario: &Scenario) -> Question {
    let flag = if choices.chance(2) {
        "no.such.flag".to_owned()
    } else {
        let at = choices.below(scenario.definitions.flags.len());
        scenario.definitions.flags[at].key.to_string()
    };
    let context = context(choices);
    let now = instant(choices);
    Question { flag, context, now }
}

/// A scenario and a question, whatever the bytes are: the entry for fuzz targets.
///
/// ```
/// let (scenario, question) = flags_testkit::generate::from_bytes(b"any bytes at all");
/// assert!(scenario.definitions.check().is_ok());
/// # let _ = question;
/// ```
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> (Scenario, Question) {
    // The question comes first in the bytes, so that a few of them already make a context.
    let (front, back) = bytes.split_at(bytes.len().min(64));
    let scenario = scenario(&mut Choices::from_bytes(back));
    let question = question(&mut Choices::from_bytes(front), &scenario);
    (scenario, question)
}

/// Scenarios for property tests; they shrink towards few and simple flags.
pub fn scenarios() -> impl Strategy<Value = Scenario> {
    vec(any::<u8>(), 0..2_048).prop_map(|bytes| scenario(&mut Choices::from_bytes(&bytes)))
}

/// Contexts for property tests; they shrink towards the empty one.
pub fn contexts() -> impl Strategy<Value = Context> {
    vec(any::<u8>(), 0..96).prop_map(|bytes| context(&mut Choices::from_bytes(&bytes)))
}

/// Instants for property tests, around those that definitions name.
pub fn instants() -> impl Strategy<Value = Timestamp> {
    any::<[u8; 2]>().prop_map(|bytes| instant(&mut Choices::from_bytes(&bytes)))
}

/// What a definition may refer to: everything that was made before it.
#[derive(Clone, Default)]
struct Known {
    segments: Vec<Box<str>>,
    flags: Vec<(Box<str>, Vec<Box<str>>)>,
}

impl Known {
    fn add_flag(&mut self, flag: &flags_core::FlagDefinition) {
        let names = if flag.variants.is_empty() {
            vec!["on".into(), "off".into()]
        } else {
            flag.variants.iter().map(|variant| variant.name.clone()).collect()
        };
        self.flags.push((flag.key.clone(), names));
    }

    fn flag_and_variant(&self, choices: &mut Choices<'_>) -> (Box<str>, Option<Box<str>>) {
        let (flag, variants) = choices.pick(&self.flags);
        let variant = choices.chance(50).then(|| choices.pick(&variants));
        (flag, variant)
    }
}

fn controls(choices: &mut Choices<'_>, known: &Known) -> Vec<Control> {
    let mut controls = Vec::new();
    for (flag, variants) in &known.flags {
        if choices.chance(25) {
            for _ in 0..=choices.below(2) {
                control(choices, flag, variants, &mut controls);
            }
        }
    }
    // A flag that is not there, as after its removal from the file.
    if choices.chance(5) {
        controls.push(Control::Kill { flag: "removed".to_owned() });
    }
    controls
}

fn control(choices: &mut Choices<'_>, flag: &str, variants: &[Box<str>], controls: &mut Vec<Control>) {
    let flag = flag.to_owned();
    // A variant the flag does not have: such an override does nothing.
    let variant = if choices.chance(10) { "no_such_variant".to_owned() } else { choices.pick(variants).to_string() };
    match choices.below(8) {
        0 => controls.push(Control::Kill { flag }),
        1 => controls.push(Control::BreakerOpen { flag }),
        2 => controls.push(Control::OverrideAll { flag, variant }),
        3..=5 => controls.extend(choices.some(&pool::UNITS, 4, 10).into_iter().map(|unit| Control::OverrideUnit {
            flag: flag.clone(),
            unit: unit.to_owned(),
            variant: variant.clone(),
        })),
        _ => {
            let thousandths = choices.pick(&pool::PERCENTAGES);
            let percentage = Percentage::from_thousandths(thousandths).expect("the alphabet is in range");
            controls.push(Control::Percentage { flag, percentage });
        }
    }
}
