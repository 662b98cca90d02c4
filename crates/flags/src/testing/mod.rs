//! Forcing flags, for one test or one piece of code, without disturbing anything beside it.
//!
//! What is forced holds on one thread or in one future, and nowhere else, so tests may run in parallel:
//!
//! ```
//! use flags::{Context, Flags, testing::Forces};
//!
//! let flags = Flags::builder().toml("[features.cart]\nenabled = false").build()?;
//! let context = Context::new("user-42");
//! Forces::new().on("cart").variant("theme", "dark").run(|| {
//!     assert!(flags.is_enabled("cart", &context));
//!     assert_eq!(flags.string("theme", &context, "light"), "dark");
//! });
//! assert!(!flags.is_enabled("cart", &context));
//! # Ok::<(), flags::BuildError>(())
//! ```
//!
//! In async code, `Forces::wrap` makes a future that carries them along, whichever thread it runs on; a task spawned
//! from within it has to be wrapped by `inherit`.

#[cfg(not(feature = "testing"))]
mod disabled;
#[cfg(feature = "testing")]
mod enabled;

#[cfg(not(feature = "testing"))]
pub(crate) use self::disabled::{forced, is_forcing};
#[cfg(feature = "testing")]
pub use self::enabled::{ForceGuard, Forced, Forces, inherit};
#[cfg(feature = "testing")]
pub(crate) use self::enabled::{forced, is_forcing};
