//! Nothing is ever forced: the crate was built without the feature `testing`.

use std::sync::Arc;

use crate::live::{Current, Live};

/// What is forced on this thread: nothing.
#[inline]
pub(crate) const fn forced(_current: &Current) -> Option<Arc<Live>> {
    None
}

/// Nothing ever is.
#[inline]
pub(crate) fn is_forcing() -> bool {
    false
}
