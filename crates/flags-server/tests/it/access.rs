//! C7: tokens, paths and methods.

use flags_server::{BindError, Token, TokenError};

use crate::support::{ALL, ONE, get, post, send, server};

const TOKEN: &str = "correct-horse-battery";

fn guarded() -> axum::Router {
    server().token(Some(Token::new(format!("  {TOKEN}\n")).unwrap())).into_router()
}

// C7: without the token there is nothing to be had, and nothing to be learned.
#[tokio::test]
async fn strangers_are_turned_away() {
    let router = guarded();
    let wrong = ["authorization: Bearer wrong", "authorization: Basic correct-horse-battery", "x-api-key: wrong"];
    for (method, path) in [("POST", format!("{ONE}string")), ("POST", ALL.to_owned()), ("GET", "/metrics".to_owned())] {
        for headers in [&[][..], &wrong[..1], &wrong[1..2], &wrong[2..]] {
            let answer = send(&router, method, &path, headers, "{}").await;
            assert_eq!((answer.status.as_u16(), &*answer.text), (401, ""), "{path} {headers:?}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"flags\""));
        }
    }
    for path in ["/ofrep/v1/events", "/ofrep/v1/events?key=wrong", &format!("/ofrep/v1/events?key={TOKEN}")] {
        assert_eq!(get(&router, path).await.status, 401, "{path}");
    }
}

#[tokio::test]
async fn the_token_is_shown_in_either_header() {
    let router = guarded();
    for header in [
        format!("authorization: Bearer {TOKEN}"),
        format!("authorization: bearer  {TOKEN}"),
        format!("x-api-key: {TOKEN}"),
    ] {
        assert_eq!(send(&router, "POST", ALL, &[&header], "{}").await.status, 200, "{header}");
        assert_eq!(send(&router, "GET", "/metrics", &[&header], "").await.status, 200, "{header}");
    }
}

#[tokio::test]
async fn probes_need_no_token_and_learn_little() {
    let router = guarded();
    assert_eq!(get(&router, "/healthz").await.text, r#"{"status":"ok"}"#);
    assert_eq!(get(&router, "/readyz").await.text, r#"{"status":"ready","stale":false}"#);
    let told = send(&router, "GET", "/readyz", &[&format!("x-api-key: {TOKEN}")], "").await;
    assert_eq!(told.json()["flags"], 8);
    let open = server().token(Some(Token::new(TOKEN).unwrap())).public_metrics(true).into_router();
    assert_eq!(get(&open, "/metrics").await.status, 200);
}

#[test]
fn a_token_is_never_shown() {
    let token = Token::new(TOKEN).unwrap();
    assert_eq!(format!("{token:?}"), "Token(…)");
    let server = server().token(Some(token));
    assert!(!format!("{server:?}").contains("correct"));
}

#[test]
fn a_text_that_is_no_token_is_refused() {
    assert_eq!(Token::new(" \n").unwrap_err(), TokenError::Empty);
    let error = Token::new("two words").unwrap_err();
    assert_eq!(error, TokenError::InvalidCharacter { found: ' ' });
    insta::assert_snapshot!(error, @"the token has the character ' ', which cannot stand in a header; use letters, digits and punctuation of ASCII");
}

// C7: a server that others could reach asks for a token.
#[tokio::test]
async fn others_are_not_served_without_a_token() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080", "[::ffff:192.0.2.1]:8080"] {
        let error = server().listen(address.parse().unwrap()).bind().await.unwrap_err();
        assert!(matches!(error, BindError::TokenRequired { .. }), "{address}: {error}");
    }
    let error = server().listen("0.0.0.0:8080".parse().unwrap()).bind().await.unwrap_err();
    insta::assert_snapshot!(error, @"refusing to listen on 0.0.0.0:8080 without a token, because whoever can reach it could read every flag; give one with `--token-file FILE` or `FLAGS_TOKEN`, or listen on 127.0.0.1:8080");
    for address in ["127.0.0.1:0", "127.8.8.8:0"] {
        let bound = server().listen(address.parse().unwrap()).bind().await.unwrap();
        assert_ne!(bound.local_addr().port(), 0);
    }
    let bound = server().listen("0.0.0.0:0".parse().unwrap()).token(Some(Token::new(TOKEN).unwrap())).bind().await;
    assert!(bound.is_ok());
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let first = server().listen("127.0.0.1:0".parse().unwrap()).bind().await.unwrap();
    let error = server().listen(first.local_addr()).bind().await.unwrap_err();
    let expected = format!(
        "cannot listen on {}, because another program does; choose another port, or stop it",
        first.local_addr()
    );
    assert_eq!(error.to_string(), expected);
}

// C7: a wrong path or method says what is right.
#[tokio::test]
async fn wrong_paths_and_methods_are_explained() {
    let router = server().into_router();
    let mut shown = String::new();
    for (method, path) in [
        ("GET", "/"),
        ("POST", "/ofrep/v1/evaluate"),
        ("POST", "/ofrep/v1/evaluate/flags/"),
        ("GET", "/ofrep/v1/configuration"),
        ("GET", ALL),
        ("PUT", "/ofrep/v1/evaluate/flags/string"),
        ("POST", "/readyz"),
        ("OPTIONS", ALL),
        ("OPTIONS", "/healthz"),
    ] {
        let answer = send(&router, method, path, &[], "").await;
        let allow = answer.header("allow").unwrap_or("-");
        shown.push_str(&format!("--- {method} {path}: allow {allow}, {}\n", answer.shown()));
    }
    insta::assert_snapshot!(shown);
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let router = server().into_router();
    for path in ["/healthz", "/readyz", "/metrics", "/ofrep/v1/events"] {
        let answer = send(&router, "HEAD", path, &[], "").await;
        assert_eq!((answer.status.as_u16(), &*answer.text), (200, ""), "{path}");
    }
    assert_eq!(post(&router, ALL, "{}").await.header("x-content-type-options"), Some("nosniff"));
}
