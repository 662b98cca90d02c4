//! An axum service whose handlers ask for the flags of their request.
//!
//! `cargo run -p flags --example web --features axum` makes a few requests to itself, prints the answers, and ends; with an
//! address such as `127.0.0.1:8080` behind `--` it serves there.

use std::{error::Error, io::Write, net::SocketAddr};

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, request::Parts},
    routing::get,
};
use flags::{
    Context, Flags, feature_enabled,
    web::{self, FlagsLayer, RequestFlags, TrustedProxies},
};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

const DEFINITIONS: &str = r#"
[features.new_cart]
enabled = true
targets = { users = ["ada", "grace"] }

[features.theme]
enabled = true
variants = { light = "light", dark = "dark" }
serve = "light"
rules = [{ when = [{ attribute = "country", equals = "NL" }], serve = "dark" }]

[features.office_banner]
enabled = true
targets = { ip_ranges = ["192.0.2.0/24"] }
"#;

async fn cart(flags: RequestFlags) -> String {
    let cart = if flags.is_enabled("new_cart") { "the new cart" } else { "the cart" };
    format!("{cart}, {}{}", flags.string("theme", "light"), banner())
}

/// Far from the handler, the request's context is still the ambient one.
fn banner() -> &'static str {
    if feature_enabled!("office_banner") { ", welcome to the office" } else { "" }
}

/// Who is asking, as far as decisions care.
fn context(request: &Parts, proxies: &TrustedProxies) -> Context {
    // A gateway in front of this service has checked who the user is, and takes this header away from everybody else.
    let mut context = match web::header(request, "x-user").or_else(|| web::cookie(request, "session")) {
        Some(unit) => Context::new(unit),
        None => Context::anonymous(),
    };
    if let Some(country) = web::header(request, "x-country") {
        context.insert("country", country);
    }
    match request.extensions.get::<ConnectInfo<SocketAddr>>() {
        Some(ConnectInfo(peer)) => context.ip_address(proxies.client_address(request, peer.ip())),
        None => context,
    }
}

fn app() -> Result<Router, Box<dyn Error>> {
    let flags = Flags::builder().toml(DEFINITIONS).build()?;
    let proxies = TrustedProxies::new(["127.0.0.0/8"])?;
    let layer = FlagsLayer::new(flags, move |request: &Parts| context(request, &proxies));
    Ok(Router::new().route("/cart", get(cart)).layer(layer))
}

/// Makes some requests, and tells `out` what came back.
pub(crate) async fn run(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let requests: [&[(&str, &str)]; 4] = [
        &[],
        &[("x-user", "ada")],
        &[("cookie", "session=7f3a"), ("x-country", "NL")],
        &[("x-user", "grace"), ("x-forwarded-for", "192.0.2.7")],
    ];
    let app = app()?;
    for headers in requests {
        let request =
            headers.iter().fold(Request::get("/cart"), |request, (name, value)| request.header(*name, *value));
        let mut request = request.body(Body::empty())?;
        // What `into_make_service_with_connect_info` says of a connection.
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4711))));
        let body = app.clone().oneshot(request).await?.into_body().collect().await?.to_bytes();
        writeln!(out, "{headers:?} -> {}", String::from_utf8_lossy(&body))?;
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let Some(address) = std::env::args().nth(1) else { return run(&mut std::io::stdout()).await };
    let listener = tokio::net::TcpListener::bind(address).await?;
    let service = app()?.into_make_service_with_connect_info::<SocketAddr>();
    Ok(axum::serve(listener, service).await?)
}
