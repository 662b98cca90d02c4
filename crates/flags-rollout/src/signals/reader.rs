//! What asks for a signal.

use flags_core::Timestamp;

use super::Answer;

/// What asks for a signal.
pub trait SignalReader: Send + Sync {
    /// Asks for it as it is now, and waits for the answer as long as it may take. What goes wrong is an answer as well.
    fn read(&self, now: Timestamp) -> Answer;
}
