//! Requests with flags: a tower middleware, and what it makes of a request.
//!
//! [`FlagsLayer`] makes a [`Context`](crate::Context) of the head of each request, and puts [`RequestFlags`] into its
//! extensions: one version of all flags, at one instant, for one context, for the whole request. With the feature `axum` that
//! is an extractor. `feature_enabled!` within the request asks the same client for the same context.
//!
#![cfg_attr(feature = "axum", doc = "```")]
#![cfg_attr(not(feature = "axum"), doc = "```ignore")]
//! use axum::{Router, routing::get};
//! use flags::{Context, Flags, web::{self, FlagsLayer, RequestFlags}};
//!
//! async fn cart(flags: RequestFlags) -> &'static str {
//!     if flags.is_enabled("new_cart") { "the new cart" } else { "the cart" }
//! }
//!
//! let flags = Flags::builder().toml("[features.new_cart]\nenabled = true\nrollout_percentage = 50").build()?;
//! let layer = FlagsLayer::new(flags, |request| match web::cookie(request, "session") {
//!     Some(session) => Context::new(session),
//!     None => Context::anonymous(),
//! });
//! let app: Router = Router::new().route("/cart", get(cart)).layer(layer);
//! # let _ = app;
//! # Ok::<(), flags::BuildError>(())
//! ```
//!
//! # Whom to believe
//!
//! A header, a cookie and the first entry of `X-Forwarded-For` say what a client wants them to say. That is good enough for a
//! percentage. Where an attribute opens something that not everybody may have, it should come from what an earlier middleware
//! has authenticated and put into the extensions of the request, which the function of the layer sees as well.

#[cfg(feature = "axum")]
mod axum;
mod head;
mod layer;
mod proxies;
mod request_flags;

#[cfg(feature = "axum")]
pub use self::axum::MissingFlagsLayer;
pub use self::{
    head::{cookie, header},
    layer::{FlagsLayer, FlagsService},
    proxies::TrustedProxies,
    request_flags::RequestFlags,
};
