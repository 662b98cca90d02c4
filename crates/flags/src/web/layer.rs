//! The middleware.

use std::{
    fmt,
    sync::Arc,
    task::{Context as TaskContext, Poll},
};

use flags_core::Context;
use http::{Request, request::Parts};
use tower_layer::Layer;
use tower_service::Service;

use super::RequestFlags;
use crate::{
    Flags,
    ambient::{Scope, Scoped},
};

/// Gives every request its flags; for tower, and so for axum, hyper and tonic.
///
/// The context is made of the head of the request, once and before anything is asked. The scope of `feature_enabled!` lasts
/// as long as the service works on the response; a body that is sent as it is made is beyond it, and so are tasks that are
/// spawned. Both may be given a clone of the [`RequestFlags`].
pub struct FlagsLayer<F> {
    flags: Flags,
    context: Arc<F>,
}

impl<F: Fn(&Parts) -> Context> FlagsLayer<F> {
    /// A layer that asks `flags`, for what `context` makes of the head of a request.
    pub fn new(flags: Flags, context: F) -> Self {
        Self { flags, context: Arc::new(context) }
    }
}

impl<F> Clone for FlagsLayer<F> {
    fn clone(&self) -> Self {
        Self { flags: self.flags.clone(), context: Arc::clone(&self.context) }
    }
}

impl<S, F> Layer<S> for FlagsLayer<F> {
    type Service = FlagsService<S, F>;

    fn layer(&self, inner: S) -> Self::Service {
        FlagsService { inner, layer: self.clone() }
    }
}

impl<F> fmt::Debug for FlagsLayer<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagsLayer").field("flags", &self.flags).finish_non_exhaustive()
    }
}

/// A service whose requests have their flags; made by [`FlagsLayer`].
pub struct FlagsService<S, F> {
    inner: S,
    layer: FlagsLayer<F>,
}

impl<S, F, B> Service<Request<B>> for FlagsService<S, F>
where
    S: Service<Request<B>>,
    F: Fn(&Parts) -> Context,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Scoped<S::Future>;

    fn poll_ready(&mut self, task: &mut TaskContext<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(task)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let flags = RequestFlags::new(&self.layer.flags, (self.layer.context)(&head));
        let scope = Scope::of(self.layer.flags.clone(), flags.shared_context());
        head.extensions.insert(flags);
        let request = Request::from_parts(head, body);
        // A service may do its work before it returns the future.
        let response = scope.run(|| self.inner.call(request));
        scope.wrap(response)
    }
}

impl<S: Clone, F> Clone for FlagsService<S, F> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), layer: self.layer.clone() }
    }
}

impl<S: fmt::Debug, F> fmt::Debug for FlagsService<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FlagsService").field("inner", &self.inner).finish_non_exhaustive()
    }
}
