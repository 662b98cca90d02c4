//! What the tests of flags share: a second opinion on every decision, and plenty to ask it about.
//!
//! ```
//! use flags_testkit::{differences, generate::{self, Choices}};
//!
//! let mut choices = Choices::seeded(7);
//! let scenario = generate::scenario(&mut choices);
//! let set = scenario.compile()?;
//! let question = generate::question(&mut choices, &scenario);
//! let decision = set.evaluate(&question.flag, &question.context, &question.now);
//! assert_eq!(differences(&scenario.expected(&question), &decision), Vec::<String>::new());
//! # Ok::<(), flags_core::DefinitionErrors>(())
//! ```
//!
//! - [`oracle`]: a naive evaluator written from the published description alone, to judge the fast one by.
//! - [`generate`]: consistent definition sets, controls, contexts and instants, out of random bytes or a seed.
//! - [`suite`]: tables of questions and answers, one file for each step of the evaluation order and each operator.
//! - [`vectors`]: what implementations in other languages have to reproduce as well.
//! - [`reader`]: a naive reader of the definition file, to judge the real one by.
//! - [`ManualClock`]: time that moves only when a test says so.

mod clock;
pub mod generate;
mod judge;
pub mod oracle;
pub mod reader;
pub mod suite;
pub mod vectors;

pub use self::{
    clock::ManualClock,
    judge::{answer, assigned, compile, differences, registered},
};
