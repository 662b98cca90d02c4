//! C7: every flag at once over OFREP, entity tags, and where the event stream is.

use std::time::Duration;

use flags::{FlagDefinition, Flags, Recording, Timestamp};
use flags_server::{Server, Token};

use crate::support::{ALL, flags, post, send, server};

const USER: &str = r#"{"context": {"targetingKey": "user-42"}}"#;

// C7: all flags in the order of their keys; one that cannot be answered is a failure inside the list.
#[tokio::test]
async fn every_flag_is_answered() {
    let router = server().into_router();
    let answer = post(&router, ALL, "{}").await;
    insta::assert_snapshot!(answer.shown().replace(&since(&answer.json()), "<digest>"));
    let json = answer.json();
    let keys: Vec<&str> = json["flags"].as_array().unwrap().iter().map(|flag| flag["key"].as_str().unwrap()).collect();
    assert!(keys.is_sorted());
    assert_eq!(keys.len(), 8);
}

fn since(answer: &serde_json::Value) -> String {
    let uri = answer["eventStreams"][0]["endpoint"]["requestUri"].as_str().unwrap();
    uri.split("since=").nth(1).unwrap().split('&').next().unwrap().to_owned()
}

// C7: a client that has the answer is not sent it again.
#[tokio::test]
async fn a_known_answer_is_not_sent_again() {
    let router = server().into_router();
    let first = post(&router, ALL, USER).await;
    let tag = first.header("etag").unwrap();
    assert!(tag.len() == 34 && tag.starts_with('"') && tag.ends_with('"'), "{tag}");
    for known in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".to_owned()] {
        let again = send(&router, "POST", ALL, &[&format!("if-none-match: {known}")], USER).await;
        assert_eq!((again.status.as_u16(), &*again.text), (304, ""), "{known}");
        assert_eq!(again.header("etag"), Some(tag));
        assert_eq!(again.header("content-type"), None);
    }
    let other = send(&router, "POST", ALL, &["if-none-match: \"x\""], USER).await;
    assert_eq!((other.status.as_u16(), other.header("etag")), (200, Some(tag)));
    let told = format!("{ALL}?flagConfigEtag=abc&flagConfigLastModified=1767225600");
    assert_eq!(send(&router, "POST", &told, &[&format!("if-none-match: {tag}")], USER).await.status, 304);
}

// C7: the tag depends on the answer: on the context, the definitions and the time as far as they matter, and no further.
#[tokio::test]
async fn the_tag_names_the_answer() {
    let flags = flags(crate::support::DEFINITIONS);
    let router = Server::new(flags.clone()).into_router();
    let tag = async |context: &str| {
        let answer = post(&router, ALL, &format!(r#"{{"context": {context}}}"#)).await;
        answer.header("etag").unwrap().to_owned()
    };
    let (dutch, german) = (tag(r#"{"country": "NL"}"#).await, tag(r#"{"country": "DE"}"#).await);
    assert_ne!(dutch, german);
    assert_eq!(german, tag(r#"{"country": "FR", "other": 1}"#).await);

    // A change that does not reach this context leaves its answer alone; one that does, does not.
    flags.update("string", |flag| FlagDefinition { rules: vec![], ..flag }).unwrap();
    assert_eq!(tag(r#"{"country": "DE"}"#).await, german);
    assert_eq!(tag(r#"{"country": "NL"}"#).await, german);
    assert!(flags.toggle("off").unwrap());
    assert_ne!(tag(r#"{"country": "DE"}"#).await, german);
}

#[tokio::test]
async fn the_tag_changes_with_the_time_where_an_answer_does() {
    let definitions = "[features.later]\nenabled = false\nschedule = [{ at = 2030-01-01T00:00:00Z, enabled = true }]";
    let tag = async |at: &str| {
        let instant = Timestamp::parse(at).unwrap();
        let flags = flags::Flags::builder().toml(definitions).clock(instant).build().unwrap();
        let answer = post(&Server::new(flags).into_router(), ALL, "{}").await;
        answer.header("etag").unwrap().to_owned()
    };
    let before = tag("2029-12-31T23:59:59Z").await;
    assert_eq!(before, tag("2029-01-01T00:00:00Z").await);
    assert_ne!(before, tag("2030-01-01T00:00:00Z").await);
}

// C7: requests that have no context to evaluate for are refused as a whole, without a key.
#[tokio::test]
async fn a_bad_request_is_refused_as_a_whole() {
    let router = server().into_router();
    for (body, code) in [("{", "PARSE_ERROR"), ("3", "INVALID_CONTEXT"), (r#"{"context": 3}"#, "INVALID_CONTEXT")] {
        let answer = post(&router, ALL, body).await;
        assert_eq!((answer.status.as_u16(), answer.json()["errorCode"].as_str()), (400, Some(code)), "{body}");
        assert_eq!(answer.json().get("key"), None);
        assert!(answer.json()["errorDetails"].is_string());
    }
}

// C7: clients find the event stream by the answer, also behind a proxy and where a token is asked for.
#[tokio::test]
async fn the_answer_names_the_event_stream() {
    let token = Token::new("a-token-of-sixteen").unwrap();
    let router = server().base_path("flags/").token(Some(token)).into_router();
    let answer = send(&router, "POST", ALL, &["x-api-key: a-token-of-sixteen"], USER).await.json();
    let uri = answer["eventStreams"][0]["endpoint"]["requestUri"].as_str().unwrap().to_owned();
    assert!(uri.starts_with("/flags/ofrep/v1/events?since="), "{uri}");
    assert!(!answer.to_string().contains("a-token-of-sixteen"));
    let opened = crate::support::open(&router, "GET", uri.strip_prefix("/flags").unwrap(), &[], "").await;
    assert_eq!(opened.status(), 200);
}

// F2: whoever asks for every flag says nothing of which he will show; whoever asks for one does.
#[tokio::test]
async fn a_bulk_evaluation_exposes_nobody_and_a_single_one_does() {
    let text = r#"
        [features.button]
        enabled = true
        serve = "off"
        [experiments.colour]
        status = "running"
        arms = [{ name = "grey", control = true }, { name = "red", overrides = { button = "on" } }]
    "#;
    let flags = Flags::builder().toml(text).recording(Recording::new()).build().unwrap();
    let exposures = || {
        assert!(flags.flush_events(Duration::from_secs(60)));
        flags.recording().unwrap().exposures.iter().map(|arm| arm.count).sum::<u64>()
    };
    let router = Server::new(flags.clone()).into_router();
    assert_eq!(post(&router, ALL, USER).await.status, 200);
    assert_eq!(exposures(), 0);
    assert_eq!(post(&router, &format!("{ALL}/button"), USER).await.status, 200);
    assert_eq!(exposures(), 1);
}
