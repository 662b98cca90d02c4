//! Changing flags from the program (A16).

use flags::{ChangeKind, ChangeSource, Context, FlagDefinition, Flags, Percentage, RuntimeError, State};

fn flags() -> Flags {
    let text = "[features.a]\nenabled = true\n[features.b]\nenabled = true\nparent = 'a'\n[features.b.environments.staging]\nenabled = false";
    Flags::builder().toml(text).environment("production").build().unwrap()
}

#[test]
fn create_update_toggle_remove_and_revert() {
    let (flags, nobody) = (flags(), Context::anonymous());
    flags.create(FlagDefinition::new("c").requires("b")).unwrap();
    assert!(flags.is_enabled("c", &nobody));
    assert!(!flags.toggle("a").unwrap());
    assert!(!flags.is_enabled("c", &nobody), "what depends on a flag follows it");
    assert!(flags.toggle("a").unwrap());
    flags.update("c", |flag| flag.rollout(Percentage::ZERO)).unwrap();
    assert!(!flags.is_enabled("c", &nobody));
    flags.revert("c").unwrap();
    assert!(flags.snapshot().find("c").is_none());
    flags.remove("b").unwrap();
    flags.remove("a").unwrap();
    assert!(flags.list().unwrap().is_empty());
    flags.revert("a").unwrap();
    flags.revert("b").unwrap();
    assert_eq!(flags.list().unwrap().len(), 2);
}

#[test]
fn what_does_not_fit_is_refused_and_changes_nothing() {
    let flags = flags();
    let refused = [
        flags.create(FlagDefinition::new("a")).unwrap_err(),
        flags.toggle("x").map(drop).unwrap_err(),
        flags.update("x", |flag| flag).unwrap_err(),
        flags.remove("x").unwrap_err(),
        flags.revert("a").unwrap_err(),
        flags.remove("a").unwrap_err(),
        flags.update("a", |flag| flag.parent("b")).unwrap_err(),
    ];
    let expected = [
        "there is a flag `a` already; update it, or choose another key",
        "there is no flag `x` to change",
        "there is no flag `x` to change",
        "there is no flag `x` to change",
        "there is no flag `a` to change",
        "the change was refused: features.b.parent: there is no flag `a`",
        "the change was refused: features.b: these refer to each other in a circle: flag `b` -> flag `a` -> flag `b`",
    ];
    assert_eq!(refused.clone().map(|error| error.to_string()), expected);
    assert!(matches!(refused[5], RuntimeError::Invalid(_)));
    assert_eq!(flags.snapshot().revision(), 1);
}

#[test]
fn toggling_switches_the_form_of_the_clients_environment() {
    let text = "[features.a]\nenabled = true\n[features.a.environments.staging]\nenabled = false";
    let staging = Flags::builder().toml(text).environment("staging").build().unwrap();
    assert!(staging.toggle("a").unwrap());
    assert!(staging.is_enabled("a", &Context::anonymous()));
    assert!(!staging.toggle("a").unwrap());
    assert!(!staging.is_enabled("a", &Context::anonymous()));
}

#[test]
fn toggling_goes_by_what_is_in_force_and_leaves_emergencies_alone() {
    let text = r#"
[features.scheduled]
enabled = false
schedule = [{ at = 2020-01-01T00:00:00Z, enabled = true }, { at = 2090-01-01T00:00:00Z, enabled = false }]
[features.killed]
state = "emergency_off"
"#;
    let (flags, nobody) = (Flags::builder().toml(text).build().unwrap(), Context::anonymous());
    for expected in [false, true, false] {
        assert_eq!(flags.toggle("scheduled"), Ok(expected));
        assert_eq!(flags.is_enabled("scheduled", &nobody), expected);
    }
    flags.toggle("scheduled").unwrap();
    let later = flags::Timestamp::parse("2090-06-01T00:00:00Z").unwrap();
    assert!(!flags.at(later).is_enabled("scheduled", &nobody), "a step to come still comes");
    let refused = flags.toggle("killed").unwrap_err();
    assert_eq!(refused, RuntimeError::Emergency { key: "killed".into() });
    assert!(refused.to_string().contains("emergency_off"));
}

#[test]
fn the_list_and_the_history_tell_what_was_done() {
    let flags = flags();
    flags.toggle("a").unwrap();
    flags.remove("b").unwrap();
    let list = flags.list().unwrap();
    assert_eq!(list.len(), 1);
    assert!(list[0].changed_at_run_time && list[0].definition.state == State::Disabled);

    let history = flags.history("b");
    let kinds: Vec<_> = history.iter().map(|entry| (entry.revision, entry.kind, entry.source)).collect();
    assert_eq!(
        kinds,
        [
            (2, ChangeKind::Changed, ChangeSource::Runtime), // its parent changed
            (3, ChangeKind::Removed, ChangeSource::Runtime),
        ]
    );
    let toggled = &flags.history("a")[0];
    assert_eq!(toggled.before.map(|flag| flag.state), Some(State::Enabled));
    assert_eq!(toggled.after.map(|flag| flag.state), Some(State::Disabled));
    assert!(flags.history("never").is_empty());
}

#[test]
fn the_history_is_bounded() {
    let flags = flags();
    for _ in 0..flags::HISTORY_PER_FLAG + 20 {
        flags.toggle("a").unwrap();
    }
    let history = flags.history("a");
    assert_eq!(history.len(), flags::HISTORY_PER_FLAG);
    assert_eq!(history.last().map(|entry| entry.revision), Some(flags.snapshot().revision()));
}

// D4
#[test]
fn a_program_alone_does_not_change_a_protected_flag() {
    let flags = Flags::builder().toml("[features.a]\nenabled = true\nprotected = true").build().unwrap();
    let refusal = RuntimeError::Protected { key: "a".into() };
    assert!(refusal.to_string().contains("second person"));
    let refused = Err(refusal);
    assert_eq!(flags.toggle("a").map(|_| ()), refused);
    assert_eq!(flags.update("a", |flag| flag.enabled(false)), refused);
    assert_eq!(flags.update("a", |flag| FlagDefinition { protected: false, ..flag }), refused);
    assert_eq!(flags.remove("a"), refused);
    assert!(flags.is_enabled("a", &Context::new("u")));
}
