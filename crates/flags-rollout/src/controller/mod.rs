//! The controller: what runs plans, by the time of a clock and through the controls of a client.

mod port;

pub use self::port::{Measured, Port, PortError, Told};
