//! What turns documents into a value: the part of the work that this crate leaves to its user.

use std::error::Error;

use crate::Documents;

/// Makes a value of documents: parses, checks, compiles.
///
/// Every closure `FnMut(&Documents) -> Result<T, E>` is a loader. It runs on the watcher's thread, once for each new
/// content; it should depend on nothing but the documents, because the same content is not loaded again. A panic in it
/// counts as a failed load.
pub trait Load: Send + 'static {
    /// What the documents become.
    type Output: Send + 'static;
    /// Why they could not; kept in the status, so that it can be shown at any time.
    type Error: Error + Send + Sync + 'static;

    /// Makes the value.
    ///
    /// # Errors
    ///
    /// When the documents are not acceptable; the value in force then stays.
    fn load(&mut self, documents: &Documents) -> Result<Self::Output, Self::Error>;
}

impl<F, T, E> Load for F
where
    F: FnMut(&Documents) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: Error + Send + Sync + 'static,
{
    type Output = T;
    type Error = E;

    fn load(&mut self, documents: &Documents) -> Result<T, E> {
        self(documents)
    }
}
