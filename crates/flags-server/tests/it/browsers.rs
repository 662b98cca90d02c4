//! C7: clients in web pages.

use flags_server::AllowedOrigin;

use crate::support::{ALL, send, server};

const PREFLIGHT: [&str; 3] = [
    "origin: https://app.example",
    "access-control-request-method: POST",
    "access-control-request-headers: content-type,if-none-match,authorization",
];

fn origins(texts: &[&str]) -> Vec<AllowedOrigin> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[tokio::test]
async fn no_page_may_ask_unless_it_is_named() {
    let router = server().into_router();
    let preflight = send(&router, "OPTIONS", ALL, &PREFLIGHT, "").await;
    assert_eq!(preflight.header("access-control-allow-origin"), None);
    let router = server().cors_origins(origins(&["https://other.example"])).into_router();
    let preflight = send(&router, "OPTIONS", ALL, &PREFLIGHT, "").await;
    assert_eq!(preflight.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_page_that_is_named_may_ask() {
    for named in [&["https://other.example", "https://APP.example"][..], &["*"][..]] {
        // The preflight never carries the token.
        let token = flags_server::Token::new("correct-horse-battery").unwrap();
        let router = server().token(Some(token)).cors_origins(origins(named)).into_router();
        let preflight = send(&router, "OPTIONS", ALL, &PREFLIGHT, "").await;
        assert_eq!(preflight.status, 200);
        let allowed = if named == ["*"] { "*" } else { "https://app.example" };
        assert_eq!(preflight.header("access-control-allow-origin"), Some(allowed));
        assert_eq!(preflight.header("access-control-allow-headers"), Some("content-type,if-none-match,authorization"));
        assert!(preflight.header("access-control-allow-methods").unwrap().contains("POST"));

        let headers = ["origin: https://app.example", "x-api-key: correct-horse-battery"];
        let answer = send(&router, "POST", ALL, &headers, "{}").await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("access-control-allow-origin"), Some(allowed));
        // Scripts see no header that is not named here.
        assert!(answer.header("access-control-expose-headers").unwrap().contains("etag"));

        // A script must be able to read why it was turned away.
        let refused = send(&router, "POST", ALL, &headers[..1], "{}").await;
        assert_eq!(refused.status, 401);
        assert_eq!(refused.header("access-control-allow-origin"), Some(allowed));
    }
}

#[test]
fn what_is_no_origin_is_refused() {
    for text in
        ["", "app.example", "https://", "https://app.example/", "ftp://app.example", "https://*.example", "null"]
    {
        assert!(text.parse::<AllowedOrigin>().is_err(), "{text}");
    }
    for text in ["https://app.example", "http://localhost:3000", "http://[::1]:8080", "*"] {
        assert!(text.parse::<AllowedOrigin>().is_ok(), "{text}");
    }
    insta::assert_snapshot!("app.example".parse::<AllowedOrigin>().unwrap_err(), @"`app.example` is not an origin; write the scheme, the host and the port if it is not the usual one, such as `https://app.example` or `http://localhost:3000`, or `*` for every page");
}
