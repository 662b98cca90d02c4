//! The flags of a request as an argument of an axum handler.

use std::{convert::Infallible, fmt};

use axum_core::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};
use http::{StatusCode, request::Parts};

use super::RequestFlags;

impl<S: Send + Sync> FromRequestParts<S> for RequestFlags {
    type Rejection = MissingFlagsLayer;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Self, MissingFlagsLayer> {
        request.extensions.get::<Self>().cloned().ok_or(MissingFlagsLayer)
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for RequestFlags {
    type Rejection = Infallible;

    async fn from_request_parts(request: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(request.extensions.get::<Self>().cloned())
    }
}

/// A handler asked for the flags of a request that has none: a mistake of the program, and so a response with status 500.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingFlagsLayer;

impl fmt::Display for MissingFlagsLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "this request has no flags: add a `FlagsLayer` to the router, after the routes it is for, \
             or take an `Option<RequestFlags>`",
        )
    }
}

impl std::error::Error for MissingFlagsLayer {}

impl IntoResponse for MissingFlagsLayer {
    fn into_response(self) -> Response {
        tracing::error!("{self}");
        (StatusCode::INTERNAL_SERVER_ERROR, self.to_string()).into_response()
    }
}
