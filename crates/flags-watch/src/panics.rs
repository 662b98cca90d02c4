//! Runs foreign code so that its panic becomes a value.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The result of `run`, or the message it panicked with.
///
/// The caller must not go on using what `run` left half done.
pub(crate) fn caught<R>(run: impl FnOnce() -> R) -> Result<R, Box<str>> {
    catch_unwind(AssertUnwindSafe(run)).map_err(|payload| {
        let message = message(&*payload).into();
        // A payload may panic when it is dropped; there is nobody left to tell.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload))).map_err(std::mem::forget);
        message
    })
}

fn message(payload: &(dyn Any + Send)) -> &str {
    if let Some(text) = payload.downcast_ref::<&'static str>() {
        text
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text
    } else {
        "(a panic without a message)"
    }
}

#[cfg(test)]
mod tests {
    use super::caught;

    #[test]
    fn the_message_survives_and_a_payload_that_panics_does_no_harm() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("again");
            }
        }
        assert_eq!(caught(|| 3), Ok(3));
        assert_eq!(caught(|| panic!("plain")), Err::<(), _>("plain".into()));
        assert_eq!(caught(|| panic!("number {}", 7)), Err::<(), _>("number 7".into()));
        let odd = caught(|| std::panic::panic_any(Bomb)).map_err(|message| message.contains("without"));
        assert_eq!(odd, Err::<(), _>(true));
    }
}
