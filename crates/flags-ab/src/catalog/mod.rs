//! Every analysis by its name: arguments and results as JSON, for programs that ask across a border.
//!
//! A [`Function`] tells what it is given, what it answers, by which formula and from which source; help texts, option
//! parsers and reference pages are made from that. The calculation itself is in [`statistics`](crate::statistics).
//!
//! ```
//! use flags_ab::catalog::Function;
//! use serde_json::json;
//!
//! let function = Function::named("two_proportion_z").ok_or("there is no such function")?;
//! let arguments = json!({ "conversions_a": 250, "users_a": 5000, "conversions_b": 350, "users_b": 5000 });
//! let answer = function.answer(arguments.as_object().ok_or("no object")?)?;
//! assert!((answer.to_json()["diff"].as_f64().ok_or("no number")? - 0.02).abs() < 1e-15);
//!
//! // What is undefined is null, and says why.
//! let nobody = json!({ "conversions_a": 0, "users_a": 0, "conversions_b": 350, "users_b": 5000 });
//! let answer = function.answer(nobody.as_object().ok_or("no object")?)?.to_json();
//! assert!(answer["diff"].is_null());
//! assert_eq!(answer["reasons"]["diff"], "the control has no users");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod answer;
mod arguments;
mod bayesian;
mod conversions;
mod lists;
mod means;
mod planning;
mod reference;
mod sequential;
mod shares;
mod values;

pub use self::{
    answer::Answer,
    arguments::{Argument, ArgumentError, Kind, Presence},
    reference::reference,
};

use serde_json::{Map, Value as Json};

use self::arguments::Arguments;

/// An analysis that can be asked for by name.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name, in lower case with underscores.
    pub name: &'static str,
    /// What it answers, in a line.
    pub title: &'static str,
    /// How it calculates, on one or several lines.
    pub formula: &'static str,
    /// Where the method comes from.
    pub source: &'static str,
    /// What it is given.
    pub arguments: &'static [Argument],
    /// What it answers, in this order.
    pub results: &'static [Field],
    /// Arguments to try it with, as options of a command line.
    pub example: &'static str,
    evaluate: fn(&Arguments<'_>) -> Result<Answer, ArgumentError>,
}

/// A field of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it says, in a few words.
    pub meaning: &'static str,
}

/// A field, in fewer words: the tables are long.
const fn field(name: &'static str, meaning: &'static str) -> Field {
    Field { name, meaning }
}

impl Function {
    /// All there are, those that belong together next to each other.
    pub const ALL: [Self; 29] = [
        conversions::TWO_PROPORTION_Z,
        conversions::CONVERSION_TEST,
        conversions::FISHER_EXACT,
        conversions::BOSCHLOO,
        conversions::WILSON_INTERVAL,
        conversions::NEWCOMBE_DIFF_INTERVAL,
        means::WELCH_T,
        means::RELATIVE_LIFT_INTERVAL,
        means::NON_INFERIORITY,
        values::MANN_WHITNEY_U,
        values::WINSORIZED_MEAN,
        values::RATIO_METRIC,
        values::CUPED,
        values::ACCUMULATOR,
        shares::SRM_CHI_SQUARE,
        shares::SRM_SEQUENTIAL,
        shares::MULTIPLETESTS,
        planning::SAMPLE_SIZE_TWO_PROPORTIONS,
        planning::POWER_TWO_PROPORTIONS,
        planning::MDE_TWO_PROPORTIONS,
        planning::SAMPLE_SIZE_MEANS,
        planning::POWER_MEANS,
        planning::MDE_MEANS,
        sequential::ASYMPTOTIC_CONFIDENCE_SEQUENCE,
        sequential::MSPRT,
        sequential::GROUP_SEQUENTIAL_BOUNDARIES,
        bayesian::BAYES_BETA_BINOMIAL,
        bayesian::BAYES_PROB_BEST,
        bayesian::BAYES_NORMAL,
    ];

    /// The function of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        const ALL: &[Function] = &Function::ALL;
        ALL.iter().find(|function| function.name == name)
    }

    /// The argument of this name.
    pub fn argument(&self, name: &str) -> Option<&'static Argument> {
        self.arguments.iter().find(|argument| argument.name == name)
    }

    /// Answers a question.
    ///
    /// A quantity that is undefined for this input is `null` in the answer, with its reason beside it. What is not given
    /// has its default; `null` counts as not given.
    ///
    /// # Errors
    ///
    /// An [`ArgumentError`] that names the argument that is missing, unknown, of another kind, or out of its range.
    pub fn answer(&self, arguments: &Map<String, Json>) -> Result<Answer, ArgumentError> {
        let answer = (self.evaluate)(&Arguments::new(self, arguments)?)?;
        debug_assert!(
            answer.names().eq(self.results.iter().map(|field| field.name)),
            "the results of {} are not those of the table",
            self.name
        );
        Ok(answer)
    }
}
