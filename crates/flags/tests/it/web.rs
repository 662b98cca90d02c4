//! Requests and their flags: the middleware and the extractor (C5).

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    http::{Request, Response, StatusCode, request::Parts},
    routing::get,
};
use flags::{
    Cause, Context, Flags, Timestamp, ambient, feature_enabled,
    testing::Forces,
    web::{self, FlagsLayer, RequestFlags},
};
use flags_testkit::ManualClock;
use http_body_util::BodyExt as _;
use tower::{Layer as _, ServiceExt as _, service_fn};

const DEFINITIONS: &str = r#"
[features.cart]
enabled = true
[features.theme]
enabled = true
variants = { light = "L", dark = "D" }
serve = "light"
[features.nl]
enabled = true
conditions = [{ attribute = "country", equals = "NL" }]
[features.payload]
enabled = true
variants = { big = { value = { size = 3 } } }
[features.share]
enabled = true
variants = { half = 0.5 }
[features.count]
enabled = true
variants = { two = 2 }
"#;

fn flags() -> Flags {
    Flags::builder().toml(DEFINITIONS).build().unwrap()
}

/// The user and the country of the head.
fn context(head: &Parts) -> Context {
    let user = web::header(head, "x-user").map_or_else(Context::anonymous, Context::new);
    match web::header(head, "x-country") {
        Some(country) => user.set("country", country),
        None => user,
    }
}

fn request(country: &str) -> Request<Body> {
    Request::get("/").header("x-user", "ada").header("x-country", country).body(Body::empty()).unwrap()
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn any_service_finds_the_flags_of_the_request() {
    let service = service_fn(|request: Request<&'static str>| {
        // What a service does before it returns its future is within the request, too.
        let at_once = feature_enabled!("nl");
        async move {
            let flags = request.extensions().get::<RequestFlags>().cloned().unwrap();
            tokio::task::yield_now().await;
            assert_eq!(ambient::current_context().unwrap().key(), Some("ada"));
            let here = [at_once, flags.is_enabled("nl"), feature_enabled!("nl"), flags.is_enabled("nowhere")];
            assert_eq!((flags.context().key(), *request.body()), (Some("ada"), "the body"));
            Ok::<_, Infallible>(here)
        }
    });
    let service = FlagsLayer::new(flags(), context).layer(service);
    for (country, expected) in [("NL", [true, true, true, false]), ("DE", [false; 4])] {
        let request = Request::get("/").header("x-user", "ada").header("x-country", country).body("the body").unwrap();
        assert_eq!(service.clone().oneshot(request).await, Ok(expected));
    }
}

#[test]
fn a_request_reads_like_a_client() {
    let flags = flags();
    let context = Context::new("ada").set("country", "NL");
    let request = RequestFlags::new(&flags, context.clone());
    for key in ["cart", "theme", "nl", "payload", "share", "count", "nowhere"] {
        assert_eq!(request.is_enabled(key), flags.is_enabled(key, &context), "{key}");
        assert_eq!(request.boolean(key, true), flags.boolean(key, &context, true), "{key}");
        assert_eq!(request.integer(key, 7), flags.integer(key, &context, 7), "{key}");
        assert_eq!(request.float(key, 7.5), flags.float(key, &context, 7.5), "{key}");
        assert_eq!(request.string(key, "?"), flags.string(key, &context, "?"), "{key}");
        let empty = flags::Object::new;
        assert_eq!(request.object(key, empty()), flags.object(key, &context, empty()), "{key}");
        assert_eq!(request.variant(key), flags.variant(key, &context).as_deref(), "{key}");
        assert_eq!(request.explain(key).to_string(), flags.explain(key, &context).to_string(), "{key}");
        assert_eq!(request.evaluate(key).cause(), flags.evaluate(key, &context).cause(), "{key}");
    }
    assert_eq!(request.snapshot().revision(), 1);
}

// The flag is asked for, changed by somebody else, and asked for again, in the middle of one request.
#[tokio::test]
async fn a_request_sees_one_version_whatever_changes_meanwhile() {
    let flags = flags();
    let inner = flags.clone();
    let handler = move |request: RequestFlags| {
        let flags = inner.clone();
        async move {
            let before = (request.is_enabled("cart"), request.string("theme", "?"));
            flags.toggle("cart").unwrap();
            flags.update("theme", |flag| flag.serve("dark")).unwrap();
            tokio::task::yield_now().await;
            assert_eq!((request.is_enabled("cart"), request.string("theme", "?")), before);
            // The first time it is asked for, too.
            flags.remove("count").unwrap();
            assert_eq!(request.integer("count", 7), 2);
            format!("{before:?} at {}", request.snapshot().revision())
        }
    };
    let app = Router::new().route("/", get(handler)).layer(FlagsLayer::new(flags.clone(), context));
    assert_eq!(text(app.clone().oneshot(request("NL")).await.unwrap()).await, r#"(true, "L") at 1"#);
    flags.revert("count").unwrap();
    assert_eq!(text(app.oneshot(request("NL")).await.unwrap()).await, r#"(false, "D") at 5"#);
}

#[test]
fn neither_the_time_nor_a_predicate_changes_the_answer_within_a_request() {
    let definitions = r#"
[features.later]
enabled = false
schedule = [{ at = 2026-12-01T00:00:00Z, enabled = true }]
[features.fickle]
enabled = true
conditions = { custom = "fickle" }
"#;
    let clock = ManualClock::new(Timestamp::parse("2026-11-30T23:59:59Z").unwrap());
    let (answer, heard) = (AtomicBool::new(false), Arc::new(Mutex::new(Vec::new())));
    let flags = Flags::builder()
        .toml(definitions)
        .clock(clock.clone())
        .predicate("fickle", move |_| !answer.fetch_not(Ordering::Relaxed))
        .build()
        .unwrap();
    let list = Arc::clone(&heard);
    flags.on_evaluation(move |key, decision| list.lock().unwrap().push((key.to_owned(), decision.is_on())));

    let request = RequestFlags::new(&flags, Context::anonymous());
    clock.advance(Duration::from_secs(1));
    assert!(!request.is_enabled("later"), "it is still the instant at which the request began");
    let again = request.clone();
    assert!((0..4).all(|_| request.is_enabled("fickle") && again.is_enabled("fickle")));
    assert_eq!(*heard.lock().unwrap(), [("later".to_owned(), false), ("fickle".to_owned(), true)], "decided once each");

    let next = RequestFlags::new(&flags, Context::anonymous());
    assert!(next.is_enabled("later"));
    assert!(!next.is_enabled("fickle") && !next.is_enabled("fickle"));
}

#[test]
fn a_predicate_may_ask_the_request_it_is_asked_by() {
    let definitions =
        "[features.cart]\nenabled = true\n[features.even]\nenabled = true\nconditions = { custom = 'even' }";
    let request: Arc<Mutex<Option<RequestFlags>>> = Arc::default();
    let inner = Arc::clone(&request);
    let even = move |_: &dyn flags::Attributes| {
        let flags = inner.lock().unwrap().clone();
        flags.is_some_and(|flags| flags.is_enabled("cart"))
    };
    let flags = Flags::builder().toml(definitions).predicate("even", even).build().unwrap();
    let asked = RequestFlags::new(&flags, Context::anonymous());
    *request.lock().unwrap() = Some(asked.clone());
    assert!(asked.is_enabled("even"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_at_the_same_time_do_not_see_each_other() {
    static WRONG: AtomicUsize = AtomicUsize::new(0);
    async fn handler(request: RequestFlags) -> String {
        let expected = request.is_enabled("nl");
        for _ in 0..50 {
            let (again, ambient) = (request.is_enabled("nl"), feature_enabled!("nl"));
            WRONG.fetch_add(usize::from(again != expected || ambient != expected), Ordering::Relaxed);
            tokio::task::yield_now().await;
        }
        expected.to_string()
    }
    let app = Router::new().route("/", get(handler)).layer(FlagsLayer::new(flags(), context));
    let tasks: Vec<_> = (0..32)
        .map(|task| {
            let (app, country) = (app.clone(), if task % 2 == 0 { "NL" } else { "DE" });
            tokio::spawn(async move { text(app.oneshot(request(country)).await.unwrap()).await })
        })
        .collect();
    for (number, task) in tasks.into_iter().enumerate() {
        assert_eq!(task.await.unwrap(), (number % 2 == 0).to_string());
    }
    assert_eq!(WRONG.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn what_is_forced_is_forced_in_a_request() {
    async fn handler(request: RequestFlags) -> String {
        format!("{} {}", request.is_enabled("cart"), request.evaluate("cart").cause() == Cause::Override)
    }
    let app = Router::new().route("/", get(handler)).layer(FlagsLayer::new(flags(), context));
    let forced = Forces::new().off("cart").wrap(app.clone().oneshot(request("NL"))).await.unwrap();
    assert_eq!(text(forced).await, "false true");
    assert_eq!(text(app.oneshot(request("NL")).await.unwrap()).await, "true false");
}

#[tokio::test]
async fn without_the_layer_a_handler_says_what_is_missing() {
    async fn handler(_: RequestFlags) {}
    async fn lenient(request: Option<RequestFlags>) -> String {
        request.map_or_else(|| "none".to_owned(), |request| request.is_enabled("cart").to_string())
    }
    let bare: Router = Router::new().route("/", get(handler)).route("/lenient", get(lenient));
    let refused = bare.clone().oneshot(request("NL")).await.unwrap();
    assert_eq!(refused.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(text(refused).await.contains("add a `FlagsLayer` to the router"));

    let lenient = || Request::get("/lenient").body(Body::empty()).unwrap();
    assert_eq!(text(bare.clone().oneshot(lenient()).await.unwrap()).await, "none");
    let layered = bare.layer(FlagsLayer::new(flags(), context));
    assert_eq!(text(layered.clone().oneshot(lenient()).await.unwrap()).await, "true");
    assert_eq!(layered.oneshot(request("NL")).await.unwrap().status(), StatusCode::OK);
}

// A scope within the request keeps its client, and ends with it.
#[tokio::test]
async fn an_inner_scope_asks_the_client_of_the_request() {
    async fn handler() -> String {
        let outer = feature_enabled!("nl");
        let inner = ambient::with_context(Context::new("bob").set("country", "NL"), || feature_enabled!("nl"));
        let future = ambient::scope(Context::new("eve").set("country", "NL"), async { feature_enabled!("nl") });
        format!("{outer} {inner} {} {}", future.await, feature_enabled!("nl"))
    }
    let app: Router = Router::new().route("/", get(handler)).layer(FlagsLayer::new(flags(), context));
    assert_eq!(text(app.oneshot(request("DE")).await.unwrap()).await, "false true true false");
}

// D5
#[cfg(feature = "metrics")]
#[test]
fn a_request_and_a_handle_count_a_flag_once_and_every_wrong_type() {
    let flags = Flags::builder().toml(DEFINITIONS).metrics(flags::metrics::Metrics::new()).build().unwrap();
    let evaluations = |key: &str| flags.metrics().unwrap().summary(key).unwrap().evaluations;
    let request = RequestFlags::new(&flags, Context::new("ada"));
    assert!((0..3).all(|_| request.is_enabled("cart") && request.boolean("cart", false)));
    assert_eq!(evaluations("cart"), 1);
    let bound = flags.bind(Context::new("ada"));
    assert_eq!((request.integer("theme", 7), bound.integer("theme", 7), evaluations("theme")), (7, 7, 2));
    let scrape = flags.metrics().unwrap().render();
    let mismatches = "flags_evaluation_errors_total{flag=\"theme\",error_type=\"TYPE_MISMATCH\"} 2";
    assert!(scrape.lines().any(|line| line == mismatches), "{scrape}");
}
