//! Asking a client: getters, evaluations, snapshots, handles, observers, predicates.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicI64, Ordering},
};

use flags::{
    AttributeName, Attributes, BuildError, Cause, Context, ErrorCode, Flag, FlagDefinition, Flags, Object, Reason,
    Timestamp, ValueRef, feature_enabled,
};

const DEFINITIONS: &str = r#"
[features.cart]
enabled = true
[features.gone]
enabled = false
variants = { a = "A" }
[features.name]
enabled = true
variants = { one = "eins" }
[features.count]
enabled = true
variants = { one = 1 }
[features.share]
enabled = true
variants = { half = 0.5 }
[features.payload]
enabled = true
metadata = { owner = "growth" }
variants = { big = { value = { copy = "Buy", size = 3 } } }
[features.later]
enabled = false
schedule = [{ at = 2026-12-01T00:00:00Z, enabled = true }]
[features.even]
enabled = true
conditions = { custom = "epoch_is_even" }
[features.here]
enabled = false
[features.here.environments.production]
enabled = true
"#;

fn flags() -> Flags {
    Flags::builder().toml(DEFINITIONS).environment("production").build().unwrap()
}

#[test]
fn typed_getters_serve_the_value_or_the_default() {
    let (flags, context) = (flags(), Context::new("u"));
    assert!(flags.is_enabled("cart", &context) && flags.boolean("cart", &context, false));
    assert_eq!(flags.string("name", &context, "?"), "eins");
    assert_eq!(flags.integer("count", &context, 7), 1);
    assert_eq!(flags.float("share", &context, 0.0), 0.5);
    assert_eq!(flags.float("count", &context, 0.0), 1.0, "an integer satisfies a float");
    assert_eq!(flags.object("payload", &context, Object::new()).to_string(), r#"{"copy":"Buy","size":3}"#);
    // Another type, a flag that is off without an off variant, and one that is not there.
    assert_eq!(flags.integer("name", &context, 7), 7);
    assert_eq!(flags.string("gone", &context, "?"), "?");
    assert!(flags.boolean("nowhere", &context, true) && !flags.is_enabled("nowhere", &context));
}

#[test]
fn an_evaluation_says_why() {
    let (flags, context) = (flags(), Context::new("u"));
    let payload = flags.evaluate("payload", &context);
    assert_eq!(
        (payload.variant(), payload.reason(), payload.cause()),
        (Some("big"), Reason::Static, Cause::Fallthrough)
    );
    assert_eq!(payload.metadata().map(ToString::to_string).as_deref(), Some(r#"{"owner":"growth"}"#));
    assert!(flags.variant("name", &context).is_some_and(|variant| variant == "one"));
    assert!(flags.variant("gone", &context).is_none());
    let nowhere = flags.evaluate("nowhere", &context);
    assert_eq!((nowhere.error(), nowhere.variant(), nowhere.is_on()), (Some(ErrorCode::FlagNotFound), None, false));
    assert!(flags.explain("gone", &context).to_string().contains("DECIDED: DISABLED"));
}

// A15
#[test]
fn another_instant_is_another_answer() {
    let (flags, context) = (flags(), Context::new("u"));
    let at = |text: &str| flags.at(Timestamp::parse(text).unwrap()).is_enabled("later", &context);
    assert!(!at("2026-11-30T23:59:59Z") && at("2026-12-01T00:00:00Z"));
}

// A12
#[test]
fn the_environment_is_the_clients() {
    assert!(flags().is_enabled("here", &Context::anonymous()));
    let elsewhere = Flags::builder().toml(DEFINITIONS).environment("testnet").build().unwrap();
    assert!(!elsewhere.is_enabled("here", &Context::anonymous()));
}

// A6
#[test]
fn a_predicate_is_false_until_it_is_registered() {
    let flags = flags();
    let epoch = |number: i64| Context::new("u").set("epoch", number);
    assert!(!flags.is_enabled("even", &epoch(2)));
    let name = AttributeName::new("epoch");
    flags.register_predicate("epoch_is_even", move |context: &dyn Attributes| {
        matches!(context.attribute(&name), Some(ValueRef::Integer(epoch)) if epoch % 2 == 0)
    });
    assert!(flags.is_enabled("even", &epoch(2)) && !flags.is_enabled("even", &epoch(3)));
}

// A predicate may itself ask the client, in the middle of an evaluation.
#[test]
fn a_predicate_may_evaluate() {
    let flags = flags();
    let inner = flags.clone();
    flags
        .register_predicate("epoch_is_even", move |_: &dyn Attributes| inner.is_enabled("cart", &Context::anonymous()));
    assert!(flags.is_enabled("even", &Context::anonymous()));
    flags.toggle("cart").unwrap();
    assert!(!flags.is_enabled("even", &Context::anonymous()));
}

// A4
#[test]
fn a_request_type_of_the_applications_is_read_as_it_is() {
    struct Request {
        user: u64,
        country: &'static str,
    }
    impl Attributes for Request {
        fn attribute(&self, name: &AttributeName) -> Option<ValueRef<'_>> {
            match &**name {
                "user_id" => i64::try_from(self.user).ok().map(ValueRef::Integer),
                "country" => Some(ValueRef::String(self.country)),
                _ => None,
            }
        }
    }
    let definition = "[features.a]\nenabled = true\nrollout_percentage = 50\n[[features.a.conditions]]\nattribute = 'country'\nequals = 'NL'";
    let flags = Flags::builder().toml(definition).build().unwrap();
    let on = (0..1000).filter(|user| flags.is_enabled("a", &Request { user: *user, country: "NL" })).count();
    assert!((400..600).contains(&on), "{on} of 1000");
    assert!((0..1000).all(|user| !flags.is_enabled("a", &Request { user, country: "DE" })));
    // The same person by text has the same answer.
    for user in 0..100_u64 {
        let by_text = Context::new(user.to_string()).set("country", "NL");
        assert_eq!(flags.is_enabled("a", &Request { user, country: "NL" }), flags.is_enabled("a", &by_text));
    }
}

#[test]
fn a_handle_follows_changes() {
    let flags = flags();
    let context = Context::new("u");
    let count: Flag<i64> = flags.flag("count", 7);
    assert_eq!((count.get(&context), count.is_enabled(&context)), (1, true));
    flags.update("count", |flag| flag.variant("two", 2).serve("two")).unwrap();
    assert_eq!(count.get(&context), 2);
    flags.remove("count").unwrap();
    assert_eq!((count.get(&context), count.is_enabled(&context)), (7, false));
    flags.create(FlagDefinition::new("first").variant("x", 1)).unwrap();
    flags.create(FlagDefinition::new("count").variant("three", 3)).unwrap();
    assert_eq!(count.get(&context), 3);
    let wrong: Flag<bool> = flags.flag("count", true);
    assert!(wrong.get(&context));
}

#[test]
fn a_snapshot_stays_as_it_was() {
    let flags = flags();
    let before = flags.snapshot();
    flags.toggle("cart").unwrap();
    let context = Context::anonymous();
    assert!(before.is_enabled("cart", &context) && !flags.is_enabled("cart", &context));
    assert_eq!((before.revision(), flags.snapshot().revision()), (1, 2));
}

// A17
#[test]
fn observers_hear_every_decision_once() {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let flags = flags();
    let list = Arc::clone(&heard);
    flags.on_evaluation(move |key, decision| list.lock().unwrap().push((key.to_owned(), decision.is_on())));
    let context = Context::new("u");
    let _ = flags.is_enabled("cart", &context);
    let _ = flags.evaluate("nowhere", &context);
    let _ = flags.snapshot().is_enabled("gone", &context);
    let _ = flags.flag("count", 0).get(&context);
    let heard = heard.lock().unwrap();
    let expected = [("cart", true), ("nowhere", false), ("gone", false), ("count", true)];
    assert_eq!(*heard, expected.map(|(key, on)| (key.to_owned(), on)));
}

// C1
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_macro_asks_for_the_ambient_context_of_the_task() {
    static EVALUATED: AtomicI64 = AtomicI64::new(0);
    let definition = "[features.nl]\nenabled = true\n[[features.nl.conditions]]\nattribute = 'country'\nequals = 'NL'";
    let flags = Flags::builder().toml(definition).build().unwrap();
    flags.on_evaluation(|_, _| {
        EVALUATED.fetch_add(1, Ordering::Relaxed);
    });
    flags::ambient::set_default(flags, Context::new("process"));
    let ask = || feature_enabled!("nl");
    assert!(!ask());
    let tasks = (0..32).map(|task| {
        let country = if task % 2 == 0 { "NL" } else { "DE" };
        tokio::spawn(flags::ambient::scope(Context::new("u").set("country", country), async move {
            for _ in 0..100 {
                assert_eq!(ask(), task % 2 == 0);
                tokio::task::yield_now().await;
            }
        }))
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert!(!ask());
    flags::testing::Forces::new().on("nl").run(|| assert!(ask(), "what is forced is seen past the cache"));
    assert!(!ask());
    assert!(EVALUATED.load(Ordering::Relaxed) < 32 * 100, "some answers came from a call site");
}

#[test]
fn a_bad_text_is_an_error_with_every_diagnostic() {
    let error = Flags::builder().toml("[features.a]\nenabeld = true\nrollout_percentage = 120").build().unwrap_err();
    let BuildError::Rejected(report) = &error else { panic!("{error}") };
    assert!(report.diagnostics().len() >= 2);
    assert!(error.to_string().contains("did you mean `enabled`"), "{error}");
    assert_eq!(format!("{error:?}"), format!("\n{error}"), "what `expect` prints is for people, too");
    let error = Flags::builder().flag(FlagDefinition::new("a").requires("b")).build().unwrap_err();
    assert_eq!(error.to_string(), "features.a.requires[0]: there is no flag `b`");
}
