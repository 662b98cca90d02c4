//! Health signals from outside the process: what they are, as plain data.

mod definition;

pub use self::definition::{CountQueries, Credentials, HealthCheck, SecretSource, SignalDefinition, SignalSource};
