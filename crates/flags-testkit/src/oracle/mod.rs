//! The naive oracle: an evaluator written from the published description alone.
//!
//! Obvious, slow, recursive, and without a line in common with the evaluator it judges. It shares the data types of
//! definitions and contexts with it and nothing that decides: hashing, comparing, folding and parsing are written once more.

mod address;
mod condition;
pub mod draw;
mod expected;
mod experiment;
mod instant;
mod number;
mod target;
mod text;
mod version;

use flags_core::{
    Context, DEFAULT_BUCKET_BY, Definitions, ExperimentAction, Percentage, Serve, State, Timestamp, Value,
    definition::FlagDefinition,
};

pub use self::{expected::Expected, experiment::ExpectedArm};

/// What an operator or the automation has set for a flag or an experiment while the program runs.
///
/// Of several of one kind for one flag (or one flag and unit, or one experiment), the last counts. An override to a variant the
/// flag does not have, or a winner the experiment does not have, is as good as absent.
#[derive(Clone, Debug, PartialEq)]
pub enum Control {
    /// The flag is killed, and everything below it.
    Kill {
        /// The flag.
        flag: String,
    },
    /// The flag serves that variant to everybody.
    OverrideAll {
        /// The flag.
        flag: String,
        /// The name of the variant; `on` or `off` for a boolean flag without written variants.
        variant: String,
    },
    /// The flag serves that variant to one unit.
    OverrideUnit {
        /// The flag.
        flag: String,
        /// The unit.
        unit: String,
        /// The name of the variant; `on` or `off` for a boolean flag without written variants.
        variant: String,
    },
    /// The circuit breaker of the flag is open.
    BreakerOpen {
        /// The flag.
        flag: String,
    },
    /// The flag's rollout percentage is this one, whatever is written and scheduled.
    Percentage {
        /// The flag.
        flag: String,
        /// The percentage in force.
        percentage: Percentage,
    },
    /// An experiment is started, paused, stopped, extended or decided.
    Experiment {
        /// The experiment.
        experiment: String,
        /// What is done to it.
        action: ExperimentAction,
    },
}

/// What evaluating `flag` for `context` at `now` has to result in, by the description.
///
/// `definitions` have to be consistent: what they refer to exists, and nothing goes round in a circle. `overlay` holds the
/// controls in force, `predicates` answers for the predicates the application registered, with `None` for any other name.
#[must_use]
pub fn evaluate(
    definitions: &Definitions,
    environment: &str,
    overlay: &[Control],
    predicates: &dyn Fn(&str) -> Option<bool>,
    flag: &str,
    context: &Context,
    now: Timestamp,
) -> Expected {
    Oracle { definitions, environment, overlay, predicates, context, now }.evaluate(flag)
}

/// The arm that asking `experiment` for `context` at `now` has to result in, by the description; the rest as for
/// [`evaluate`].
#[must_use]
pub fn assign(
    definitions: &Definitions,
    environment: &str,
    overlay: &[Control],
    predicates: &dyn Fn(&str) -> Option<bool>,
    experiment: &str,
    context: &Context,
    now: Timestamp,
) -> Option<ExpectedArm> {
    let oracle = Oracle { definitions, environment, overlay, predicates, context, now };
    oracle.arm_of(definitions.experiments.iter().find(|known| *known.key == *experiment)?)
}

/// Everything an evaluation may look at.
struct Oracle<'a> {
    definitions: &'a Definitions,
    environment: &'a str,
    overlay: &'a [Control],
    predicates: &'a dyn Fn(&str) -> Option<bool>,
    context: &'a Context,
    now: Timestamp,
}

/// A needed draw has no unit.
struct UnitMissing;

impl Oracle<'_> {
    /// The steps of the evaluation order, one after the other.
    fn evaluate(&self, key: &str) -> Expected {
        // 1
        let Some(flag) = self.flag(key) else {
            return Expected::nothing("ERROR", "error").code("FLAG_NOT_FOUND");
        };
        let off = |reason, cause| Expected::serving(flag, off_variant(flag), reason, cause).off();
        // 2
        if let Some(killed) = self.killed(key) {
            return off("DISABLED", "kill").named(&killed);
        }
        // 3
        if let Some(variant) = self.override_for_all(flag) {
            return Expected::serving(flag, Some(variant), "STATIC", "override");
        }
        if let Some(variant) = self.override_for_unit(flag) {
            return Expected::serving(flag, Some(variant), "TARGETING_MATCH", "override");
        }
        // 4
        if self.overlay.iter().any(|control| matches!(control, Control::BreakerOpen { flag } if flag == key)) {
            return off("DISABLED", "breaker");
        }
        // 5
        let is_on = match self.state(flag) {
            State::Disabled | State::EmergencyOff => false,
            State::Development => self.environment == "development",
            State::Canary | State::Rollout | State::Enabled => true,
        };
        if !is_on {
            return off("DISABLED", "state");
        }
        // 6
        if let Some(parent) = &flag.parent
            && !self.evaluate(parent).on
        {
            return off("DISABLED", "parent").named(parent);
        }
        // 7
        for prerequisite in &flag.requires {
            if !self.serves(&prerequisite.flag, prerequisite.variant.as_deref()) {
                return off("DISABLED", "prerequisite").named(&prerequisite.flag);
            }
        }
        // 8
        if let Some(unit) = self.unit(&flag.bucket_by)
            && let Some((_, variant)) = flag.overrides.iter().find(|(listed, _)| **listed == *unit)
        {
            return Expected::serving(flag, Some(variant.to_string()), "TARGETING_MATCH", "unit_override");
        }
        // 9
        let scope = condition::Scope { salt: salt_of(flag), bucket_by: &flag.bucket_by };
        for (at, condition) in flag.conditions.iter().enumerate() {
            if !self.holds(condition, scope) {
                return off("DEFAULT", "condition").named(&(at + 1).to_string());
            }
        }
        // 10
        if let Some(dimension) = self.failing_dimension(&flag.targets) {
            return off("DEFAULT", "target").named(dimension);
        }
        // 11
        if let Some(expected) = self.by_experiment(flag) {
            return expected;
        }
        // 12, 13, 14
        self.serve(flag, scope).unwrap_or_else(|UnitMissing| off("ERROR", "error").code("TARGETING_KEY_MISSING"))
    }

    /// Rules, rollout, and what is served otherwise.
    fn serve(&self, flag: &FlagDefinition, scope: condition::Scope<'_>) -> Result<Expected, UnitMissing> {
        for (at, rule) in flag.rules.iter().enumerate() {
            if !rule.when.iter().all(|condition| self.holds(condition, scope)) {
                continue;
            }
            let (admitted, gate) = self.admits(flag, rule.rollout_percentage)?;
            if !admitted {
                continue;
            }
            let (variant, drawn) = match &rule.serve {
                Some(serve) => self.choose(flag, serve)?,
                None => self.choose_default(flag)?,
            };
            let reason = if gate.is_some() || drawn { "SPLIT" } else { "TARGETING_MATCH" };
            let name = rule.name.as_ref().map_or_else(|| (at + 1).to_string(), ToString::to_string);
            return Ok(Expected {
                rule: Some(name),
                bucket: gate,
                ..Expected::serving(flag, Some(variant), reason, "rule")
            });
        }
        let (admitted, gate) = self.admits(flag, self.rollout_percentage(flag))?;
        if !admitted {
            let off = Expected::serving(flag, off_variant(flag), "SPLIT", "rollout").off();
            return Ok(Expected { bucket: gate, ..off });
        }
        let (variant, drawn) = self.choose_default(flag)?;
        let reason = if gate.is_some() || drawn { "SPLIT" } else { "STATIC" };
        Ok(Expected { bucket: gate, ..Expected::serving(flag, Some(variant), reason, "fallthrough") })
    }

    /// Whether a percentage admits the unit, with the bucket if one was drawn.
    fn admits(
        &self,
        flag: &FlagDefinition,
        percentage: Option<Percentage>,
    ) -> Result<(bool, Option<u32>), UnitMissing> {
        match percentage.map(Percentage::thousandths) {
            None | Some(100_000) => Ok((true, None)),
            Some(0) => Ok((false, None)),
            Some(thousandths) => {
                let unit = self.unit(&flag.bucket_by).ok_or(UnitMissing)?;
                let bucket = draw::bucket(salt_of(flag), "rollout", &unit);
                Ok((bucket < thousandths, Some(bucket)))
            }
        }
    }

    /// The variant a flag serves when nothing else decides, and whether it was drawn.
    fn choose_default(&self, flag: &FlagDefinition) -> Result<(String, bool), UnitMissing> {
        if let Some(serve) = &flag.serve {
            self.choose(flag, serve)
        } else if flag.variants.is_empty() {
            Ok(("on".to_owned(), false))
        } else {
            let arms = flag.variants.iter().map(|variant| (variant.name.clone(), variant.weight)).collect();
            self.choose(flag, &Serve::Split(arms))
        }
    }

    fn choose(&self, flag: &FlagDefinition, serve: &Serve) -> Result<(String, bool), UnitMissing> {
        let arms = match serve {
            Serve::Variant(name) => return Ok((name.to_string(), false)),
            Serve::Split(arms) => arms,
        };
        let weighted: Vec<_> = arms.iter().filter(|(_, weight)| *weight > 0).collect();
        if let [(only, _)] = weighted.as_slice() {
            return Ok((only.to_string(), false));
        }
        let unit = self.unit(&flag.bucket_by).ok_or(UnitMissing)?;
        let weights: Vec<u32> = arms.iter().map(|(_, weight)| *weight).collect();
        let arm = draw::arm(salt_of(flag), "variant", &unit, &weights).expect("a split has a positive weight");
        Ok((arms[arm].0.to_string(), true))
    }

    /// Whether another flag is on, or serves that variant, for the same context.
    fn serves(&self, flag: &str, variant: Option<&str>) -> bool {
        let decision = self.evaluate(flag);
        match variant {
            None => decision.on,
            // A flag that is off serves its off variant without having it; the vectors say so.
            Some(variant) => !decision.off && decision.variant.as_deref() == Some(variant),
        }
    }

    /// The flag as it is in the client's environment.
    fn flag(&self, key: &str) -> Option<&FlagDefinition> {
        let flag = self.definitions.flags.iter().find(|flag| *flag.key == *key)?;
        let own = flag.environments.iter().find(|(environment, _)| **environment == *self.environment);
        Some(own.map_or(flag, |(_, own)| own))
    }

    /// The flag itself or the nearest ancestor that is killed.
    fn killed(&self, key: &str) -> Option<String> {
        let flag = self.flag(key)?;
        let by_control = self.overlay.iter().any(|control| matches!(control, Control::Kill { flag } if flag == key));
        // A written emergency is not undone by a scheduled step; the vectors say so.
        let by_state = flag.state == State::EmergencyOff || self.state(flag) == State::EmergencyOff;
        if by_control || by_state { Some(key.to_owned()) } else { self.killed(flag.parent.as_ref()?) }
    }

    fn override_for_all(&self, definition: &FlagDefinition) -> Option<String> {
        self.overlay.iter().rev().find_map(|control| match control {
            Control::OverrideAll { flag, variant } if **flag == *definition.key && has_variant(definition, variant) => {
                Some(variant.clone())
            }
            _ => None,
        })
    }

    fn override_for_unit(&self, definition: &FlagDefinition) -> Option<String> {
        let own = self.unit(&definition.bucket_by)?;
        self.overlay.iter().rev().find_map(|control| match control {
            Control::OverrideUnit { flag, unit, variant }
                if **flag == *definition.key && *unit == own && has_variant(definition, variant) =>
            {
                Some(variant.clone())
            }
            _ => None,
        })
    }

    /// The state in force: the written one, or that of the last schedule step at or before now that names one.
    fn state(&self, flag: &FlagDefinition) -> State {
        let mut state = flag.state;
        for step in self.steps_in_force(flag) {
            state = step.state.unwrap_or(state);
        }
        state
    }

    fn rollout_percentage(&self, definition: &FlagDefinition) -> Option<Percentage> {
        let control = self.overlay.iter().rev().find_map(|control| match control {
            Control::Percentage { flag, percentage } if **flag == *definition.key => Some(*percentage),
            _ => None,
        });
        if control.is_some() {
            return control;
        }
        let mut percentage = definition.rollout_percentage;
        for step in self.steps_in_force(definition) {
            percentage = step.rollout_percentage.or(percentage);
        }
        percentage
    }

    fn steps_in_force<'f>(&self, flag: &'f FlagDefinition) -> Vec<&'f flags_core::ScheduleStep> {
        let mut steps: Vec<_> = flag.schedule.iter().filter(|step| step.at <= self.now).collect();
        steps.sort_by_key(|step| step.at);
        steps
    }

    /// The unit: the first of the attributes that is there and identifies something.
    fn unit(&self, bucket_by: &[Box<str>]) -> Option<String> {
        let names: Vec<&str> = match (bucket_by, self.definitions.bucket_by.as_slice()) {
            ([], []) => DEFAULT_BUCKET_BY.to_vec(),
            ([], settings) => settings.iter().map(|name| &**name).collect(),
            (own, _) => own.iter().map(|name| &**name).collect(),
        };
        names.into_iter().find_map(|name| self.identifier(name))
    }

    /// The value of an attribute of the context: the one of that whole name, or else the one that descending at every dot
    /// leads to.
    fn attribute(&self, path: &str) -> Option<Value> {
        match (path, self.context.key()) {
            ("targeting_key", Some(key)) => return Some(Value::from(key)),
            ("user_id", Some(key)) if self.context.attributes().get("user_id").is_none() => {
                return Some(Value::from(key));
            }
            _ => {}
        }
        if let Some(value) = self.context.attributes().get(path) {
            return Some(value.clone());
        }
        let mut parts = path.split('.');
        let mut value = self.context.attributes().get(parts.next()?)?;
        for part in parts {
            let Value::Object(inner) = value else { return None };
            value = inner.get(part)?;
        }
        Some(value.clone())
    }

    /// An attribute that identifies somebody or something: a string as it is, an integer in decimal, nothing else.
    fn identifier(&self, path: &str) -> Option<String> {
        match self.attribute(path)? {
            Value::String(text) => Some(text.to_string()),
            Value::Integer(number) => Some(number.to_string()),
            _ => None,
        }
    }
}

fn salt_of(flag: &FlagDefinition) -> &str {
    flag.salt.as_deref().unwrap_or(&flag.key)
}

fn has_variant(flag: &FlagDefinition, name: &str) -> bool {
    match flag.variants.as_slice() {
        [] => name == "on" || name == "off",
        written => written.iter().any(|variant| *variant.name == *name),
    }
}

/// The variant served when a flag is off; `None` leaves it to the caller's default.
fn off_variant(flag: &FlagDefinition) -> Option<String> {
    match &flag.off {
        Some(off) => Some(off.to_string()),
        None if flag.variants.is_empty() => Some("off".to_owned()),
        None => None,
    }
}
