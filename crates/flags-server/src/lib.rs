//! Flags over HTTP: the OpenFeature Remote Evaluation Protocol for every language that has a client of it, events when
//! flags change, health and metrics.
//!
//! ```no_run
//! use flags::Flags;
//! use flags_server::{Server, Token};
//!
//! # async fn serve() -> Result<(), Box<dyn std::error::Error>> {
//! let flags = Flags::builder().file("config/features.toml").build()?;
//! let server = Server::new(flags)
//!     .listen("0.0.0.0:8080".parse()?)
//!     .token(Some(Token::new(std::env::var("FLAGS_TOKEN")?)?))
//!     .bind()
//!     .await?;
//! println!("listening on http://{}", server.local_addr());
//! server.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await;
//! # Ok(())
//! # }
//! ```
//!
//! | path | what it is |
//! | --- | --- |
//! | `POST /ofrep/v1/evaluate/flags/{key}` | one flag for the context in the body |
//! | `POST /ofrep/v1/evaluate/flags` | every flag, with an entity tag |
//! | `GET /ofrep/v1/events` | an event stream that says when to ask again |
//! | `GET /healthz` | 200 while the process lives |
//! | `GET /readyz` | 200 while decisions are served, with how the files stand |
//! | `GET /metrics` | counters for Prometheus |
//!
//! The protocol is OFREP 0.3.0 with the event streams of its ADR-0008. Where real clients want more than the protocol asks
//! for, they get it; `ofrep/answer.rs` says what and why.
//!
//! # What is not here
//!
//! TLS, compression and HTTP/2 belong to the proxy in front. Nothing here changes a flag.

mod bound;
mod events;
mod exposition;
mod health;
mod layers;
mod limits;
mod metrics;
mod ofrep;
mod origin;
mod respond;
mod router;
mod server;
mod shared;
mod token;

pub use self::{
    bound::BoundServer,
    limits::Limits,
    origin::{AllowedOrigin, AllowedOriginError},
    server::{BindError, Server},
    token::{Token, TokenError},
};
