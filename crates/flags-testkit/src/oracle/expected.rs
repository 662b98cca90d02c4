//! What an evaluation has to result in.

use flags_core::{Value, ValueType, definition::FlagDefinition};

/// The outcome the description demands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// The value; `None` stands for the caller's default.
    pub value: Option<Value>,
    /// The name of the variant, if one is served.
    pub variant: Option<String>,
    /// The reason, as OpenFeature spells it.
    pub reason: &'static str,
    /// The precise cause.
    pub cause: &'static str,
    /// What decided, where the cause names it: the parent's or the prerequisite's key, the number of the condition, the
    /// dimension of the targets, the experiment and its arm (`experiment/arm`).
    pub named: Option<String>,
    /// The rule that decided: its name, or its number counted from 1.
    pub rule: Option<String>,
    /// The code of the error, for the reason `ERROR`.
    pub error_code: Option<&'static str>,
    /// Whether the flag is on: no off step decided, and the value is not `false`.
    pub on: bool,
    /// Whether one of the steps that switch a flag off decided, or an error.
    pub off: bool,
    /// The bucket of the rollout draw, where the step that decided made it.
    pub bucket: Option<u32>,
}

impl Expected {
    /// The caller's default, for a flag that is not on.
    pub(super) fn nothing(reason: &'static str, cause: &'static str) -> Self {
        Self {
            value: None,
            variant: None,
            reason,
            cause,
            named: None,
            rule: None,
            error_code: None,
            on: false,
            off: true,
            bucket: None,
        }
    }

    /// A variant of a flag, which is on unless the value is `false`.
    pub(super) fn serving(
        flag: &FlagDefinition,
        variant: Option<String>,
        reason: &'static str,
        cause: &'static str,
    ) -> Self {
        let value = variant.as_deref().map(|name| value_of(flag, name));
        let on = value != Some(Value::Boolean(false));
        Self { value, variant, on, off: false, ..Self::nothing(reason, cause) }
    }

    pub(super) fn off(self) -> Self {
        Self { on: false, off: true, ..self }
    }

    pub(super) fn code(self, code: &'static str) -> Self {
        Self { error_code: Some(code), ..self }
    }

    pub(super) fn named(self, name: &str) -> Self {
        Self { named: Some(name.to_owned()), ..self }
    }

    /// What a caller gets who asks for a type and gives a default of it: an integer satisfies a float, any other type than
    /// the one asked for is an error.
    #[must_use]
    pub fn asked_as(self, value_type: ValueType, default: &Value) -> Self {
        let found = self.value.as_ref().and_then(Value::value_type);
        let fits = match (found, value_type) {
            (None, _) | (Some(ValueType::Integer), ValueType::Float) => true,
            (Some(found), asked) => found == asked,
        };
        if fits {
            let value = self.value.unwrap_or_else(|| default.clone());
            return Self { value: Some(value), ..self };
        }
        Self { value: Some(default.clone()), ..Self::nothing("ERROR", "error") }.code("TYPE_MISMATCH")
    }
}

fn value_of(flag: &FlagDefinition, variant: &str) -> Value {
    if flag.variants.is_empty() {
        return Value::Boolean(variant == "on");
    }
    let found = flag.variants.iter().find(|known| *known.name == *variant);
    let value = found.expect("checked definitions name known variants only").value.clone();
    match value {
        // A flag of type float serves floats, whichever way a whole one is written.
        Value::Integer(whole) if flag.value_type == ValueType::Float => Value::Float(whole as f64),
        value => value,
    }
}
