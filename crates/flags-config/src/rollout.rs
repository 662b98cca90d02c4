//! Rollout plans, circuit breakers and migrations as they stand in a document: checked, with whose they are.

use std::sync::Arc;

use flags_rollout::{breaker::BreakerOptions, migration::Migration, plan::Plan};

use crate::Document;

/// The rollout plan of a flag, or of a flag in one environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RolloutSection {
    /// The flag's key.
    pub flag: Box<str>,
    /// The environment whose plan it is; `None` for that of the flag itself, which counts where an environment has none.
    pub environment: Option<Box<str>>,
    /// The plan, checked.
    pub plan: Arc<Plan>,
}

/// The circuit breaker of a flag, or of a flag in one environment.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct BreakerSection {
    /// The flag's key.
    pub flag: Box<str>,
    /// The environment whose breaker it is; `None` for that of the flag itself, which counts where an environment has none.
    pub environment: Option<Box<str>>,
    /// When it opens, and how it is tried again.
    pub options: BreakerOptions,
}

/// A migration with its name.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct MigrationSection {
    /// Its key.
    pub key: Box<str>,
    /// What it is about.
    pub description: Option<Box<str>>,
    /// The phases with their guardrails, checked; the flags they name are defined.
    pub migration: Migration,
}

impl Document {
    /// The rollout plan of a flag in an environment: the environment's own, else the flag's.
    ///
    /// ```
    /// use flags_config::{Source, load};
    /// use flags_core::Percentage;
    ///
    /// let text = r#"
    /// [features.checkout]
    /// enabled = true
    /// rollout_percentage = 0
    ///
    /// [features.checkout.rollout]
    /// strategy = "canary"
    /// guardrails = [{ metric = "error_rate", max_increase = 0.1, max = 0.05 }]
    ///
    /// [features.checkout.environments.development.rollout]
    /// strategy = "blue_green"
    /// "#;
    /// let document = load(&Source::new("flags.toml", text).into()).document.expect("the file has no errors");
    /// let stages = |environment| document.rollout("checkout", environment).map(|plan| plan.stages().len());
    /// assert_eq!((stages("production"), stages("development")), (Some(2), Some(1)));
    /// assert!(document.rollout("cart", "production").is_none());
    /// ```
    #[must_use]
    pub fn rollout(&self, flag: &str, environment: &str) -> Option<&Arc<Plan>> {
        in_environment(&self.rollouts, flag, environment).map(|section| &section.plan)
    }

    /// The circuit breaker of a flag in an environment: the environment's own, else the flag's.
    #[must_use]
    pub fn breaker(&self, flag: &str, environment: &str) -> Option<BreakerOptions> {
        in_environment(&self.breakers, flag, environment).map(|section| section.options)
    }

    /// The migration of that key.
    #[must_use]
    pub fn migration(&self, key: &str) -> Option<&MigrationSection> {
        self.migrations.iter().find(|section| &*section.key == key)
    }
}

/// What belongs to a flag, or to a flag in one environment.
trait OfFlag {
    fn flag(&self) -> &str;
    fn environment(&self) -> Option<&str>;
}

impl OfFlag for RolloutSection {
    fn flag(&self) -> &str {
        &self.flag
    }

    fn environment(&self) -> Option<&str> {
        self.environment.as_deref()
    }
}

impl OfFlag for BreakerSection {
    fn flag(&self) -> &str {
        &self.flag
    }

    fn environment(&self) -> Option<&str> {
        self.environment.as_deref()
    }
}

/// The section that counts in an environment.
fn in_environment<'s, T: OfFlag>(sections: &'s [T], flag: &str, environment: &str) -> Option<&'s T> {
    let of = |wanted: Option<&str>| {
        sections.iter().find(|section| section.flag() == flag && section.environment() == wanted)
    };
    of(Some(environment)).or_else(|| of(None))
}
