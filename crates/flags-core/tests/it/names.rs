//! The words on the wire, which logs, metrics and other languages rely on: the design's table, word by word. // A14

use flags_core::{Cause, ErrorCode, FlagKind, Purpose, Reason, State, ValueType};

#[test]
fn reasons() {
    for (reason, word) in [
        (Reason::Static, "STATIC"),
        (Reason::Default, "DEFAULT"),
        (Reason::TargetingMatch, "TARGETING_MATCH"),
        (Reason::Split, "SPLIT"),
        (Reason::Disabled, "DISABLED"),
        (Reason::Error, "ERROR"),
    ] {
        assert_eq!((reason.name(), &*reason.to_string()), (word, word));
    }
}

#[test]
fn causes_and_their_steps() {
    for (cause, step, word) in [
        (Cause::Error, 1, "error"),
        (Cause::Kill, 2, "kill"),
        (Cause::Override, 3, "override"),
        (Cause::Breaker, 4, "breaker"),
        (Cause::State, 5, "state"),
        (Cause::Parent, 6, "parent"),
        (Cause::Prerequisite, 7, "prerequisite"),
        (Cause::UnitOverride, 8, "unit_override"),
        (Cause::Condition, 9, "condition"),
        (Cause::Target, 10, "target"),
        (Cause::Experiment, 11, "experiment"),
        (Cause::Rule, 12, "rule"),
        (Cause::Rollout, 13, "rollout"),
        (Cause::Fallthrough, 14, "fallthrough"),
    ] {
        assert_eq!((cause.name(), &*cause.to_string(), cause.step()), (word, word, step));
    }
}

#[test]
fn error_codes() {
    for (code, word) in [
        (ErrorCode::FlagNotFound, "FLAG_NOT_FOUND"),
        (ErrorCode::TypeMismatch, "TYPE_MISMATCH"),
        (ErrorCode::TargetingKeyMissing, "TARGETING_KEY_MISSING"),
    ] {
        assert_eq!((code.name(), &*code.to_string()), (word, word));
    }
}

#[test]
fn words_of_the_format() {
    let states = State::ALL.map(|state| state.to_string());
    assert_eq!(states, ["disabled", "development", "canary", "rollout", "enabled", "emergency_off"]);
    let types = ValueType::ALL.map(|value_type| value_type.to_string());
    assert_eq!(types, ["boolean", "string", "integer", "float", "object"]);
    let purposes = Purpose::ALL.map(Purpose::name);
    assert_eq!(purposes, ["rollout", "variant", "percentage", "traffic", "arm", "layer", "holdout"]);
    let kinds =
        [FlagKind::Boolean, FlagKind::Percentage, FlagKind::AllowList, FlagKind::Multivariate, FlagKind::KillSwitch];
    assert_eq!(
        kinds.map(|kind| kind.to_string()),
        ["boolean", "percentage", "allow-list", "multivariate", "kill-switch"]
    );
    for state in State::ALL {
        assert_eq!(State::from_name(state.name()), Some(state));
    }
    for purpose in Purpose::ALL {
        assert_eq!(Purpose::from_name(purpose.name()), Some(purpose));
    }
    for value_type in ValueType::ALL {
        assert_eq!(ValueType::from_name(value_type.name()), Some(value_type));
    }
}
