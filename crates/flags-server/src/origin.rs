//! The web pages whose scripts may ask.

use std::{fmt, str::FromStr};

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer, ExposeHeaders};

/// A web page's origin that browsers may let ask this server: `https://app.example`, or `*` for every page.
///
/// ```
/// use flags_server::AllowedOrigin;
///
/// let origin: AllowedOrigin = "https://app.example".parse()?;
/// assert!("https://app.example/".parse::<AllowedOrigin>().is_err());
/// # let _ = origin;
/// # Ok::<(), flags_server::AllowedOriginError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOrigin(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Any,
    Exact(HeaderValue),
}

impl FromStr for AllowedOrigin {
    type Err = AllowedOriginError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self(Kind::Any));
        }
        let refused = || AllowedOriginError { text: text.into() };
        let (scheme, host) = text.split_once("://").ok_or_else(refused)?;
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_graphic());
        // An origin ends with its host and port; a browser compares it letter by letter and sends it in lower case.
        if !matches!(scheme, "http" | "https") || !plain(host) || host.contains(['/', '?', '#', '@', '*', ',']) {
            return Err(refused());
        }
        HeaderValue::from_str(&text.to_ascii_lowercase()).map(|value| Self(Kind::Exact(value))).map_err(|_| refused())
    }
}

/// A text that is not an origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowedOriginError {
    text: Box<str>,
}

impl fmt::Display for AllowedOriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}` is not an origin; write the scheme, the host and the port if it is not the usual one, such as \
             `https://app.example` or `http://localhost:3000`, or `*` for every page",
            self.text
        )
    }
}

impl std::error::Error for AllowedOriginError {}

/// The layer that answers browsers, or `None` where no page may ask.
pub(crate) fn cors(origins: &[AllowedOrigin]) -> Option<CorsLayer> {
    if origins.is_empty() {
        return None;
    }
    let exact: Option<Vec<HeaderValue>> = origins
        .iter()
        .map(|origin| match &origin.0 {
            Kind::Any => None,
            Kind::Exact(value) => Some(value.clone()),
        })
        .collect();
    let allowed = exact.map_or_else(AllowOrigin::any, AllowOrigin::list);
    // A client may be told to send headers of its own, so whatever it announces is allowed. No cookie is ever read, so
    // credentials are not.
    Some(
        CorsLayer::new()
            .allow_origin(allowed)
            .allow_methods([Method::GET, Method::HEAD, Method::POST])
            .allow_headers(AllowHeaders::mirror_request())
            .expose_headers(ExposeHeaders::list([
                header::ETAG,
                header::RETRY_AFTER,
                HeaderName::from_static("flags-revision"),
            ]))
            .max_age(std::time::Duration::from_secs(600)),
    )
}

/// Every page.
pub(crate) fn any() -> AllowedOrigin {
    AllowedOrigin(Kind::Any)
}
