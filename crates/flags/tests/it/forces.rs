//! Forcing flags in tests (C6).

use std::{
    sync::{Arc, Barrier},
    thread,
};

use flags::{
    Cause, Context, Flags,
    testing::{Forces, inherit},
};

fn flags() -> Flags {
    let text = r#"
[features.off]
state = "emergency_off"
[features.theme]
enabled = true
off = "light"
variants = { light = "L", dark = "D" }
serve = "light"
[features.bare]
enabled = true
variants = { x = "X" }
"#;
    Flags::builder().toml(text).build().unwrap()
}

#[test]
fn what_is_forced_is_served_here_and_nowhere_else() {
    let (flags, context) = (flags(), Context::anonymous());
    let (inside, outside) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let other = thread::spawn({
        let (flags, inside, outside) = (flags.clone(), Arc::clone(&inside), Arc::clone(&outside));
        move || {
            inside.wait();
            let seen = flags.is_enabled("off", &Context::anonymous());
            outside.wait();
            seen
        }
    });
    Forces::new().on("off").variant("theme", "dark").on("new").value("limit", 7).off("bare").run(|| {
        inside.wait();
        outside.wait();
        assert!(flags.is_enabled("off", &context), "a force is above a kill");
        assert_eq!(flags.evaluate("off", &context).cause(), Cause::Override);
        assert_eq!(flags.string("theme", &context, "?"), "D");
        assert!(flags.is_enabled("new", &context), "a flag need not be defined");
        assert_eq!(flags.integer("limit", &context, 0), 7);
        assert_eq!(flags.string("bare", &context, "default"), "default");
        assert_eq!(flags.flag("limit", 0_i64).get(&context), 7);
        assert!(flags.snapshot().is_enabled("new", &context));
    });
    assert!(!other.join().unwrap());
    assert!(!flags.is_enabled("off", &context) && !flags.is_enabled("new", &context));
    assert_eq!(flags.flag("limit", 0_i64).get(&context), 0);
}

#[test]
fn forces_nest_and_end_with_a_panic_too() {
    let (flags, context) = (flags(), Context::anonymous());
    Forces::new().on("a").on("b").run(|| {
        let _inner = Forces::new().off("a").guard();
        assert!(!flags.is_enabled("a", &context) && flags.is_enabled("b", &context));
    });
    let result = std::panic::catch_unwind(|| Forces::new().on("a").run(|| panic!("a failing test")));
    assert!(result.is_err());
    assert!(!flags.is_enabled("a", &context));
}

#[test]
fn a_handle_is_not_fooled_by_the_places_of_another_scope() {
    let (flags, context) = (flags(), Context::anonymous());
    let (first, second) = (flags.flag("first", false), flags.flag("second", false));
    Forces::new().on("first").run(|| assert!(first.get(&context) && !second.get(&context)));
    Forces::new().on("second").run(|| assert!(!first.get(&context) && second.get(&context)));
    assert!(!first.get(&context) && !second.get(&context));
}

#[test]
fn a_change_meanwhile_is_seen_beside_what_is_forced() {
    let (flags, context) = (flags(), Context::anonymous());
    Forces::new().on("off").run(|| {
        flags.update("theme", |flag| flag.serve("dark")).unwrap();
        assert_eq!(flags.string("theme", &context, "?"), "D");
        assert!(flags.is_enabled("off", &context));
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_forced_goes_along_with_a_task() {
    let flags = flags();
    let check = |flags: Flags, expected: bool| async move {
        for _ in 0..50 {
            assert_eq!(flags.is_enabled("off", &Context::anonymous()), expected);
            tokio::task::yield_now().await;
        }
    };
    let plain = tokio::spawn(check(flags.clone(), false));
    let forced = tokio::spawn(Forces::new().on("off").wrap({
        let flags = flags.clone();
        async move {
            check(flags.clone(), true).await;
            tokio::spawn(inherit(check(flags.clone(), true))).await.unwrap();
            tokio::spawn(check(flags, false)).await.unwrap();
        }
    }));
    plain.await.unwrap();
    forced.await.unwrap();
}
