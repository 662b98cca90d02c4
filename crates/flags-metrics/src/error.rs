//! Why a metric of the application's own was not taken.

/// Why a metric of the application's own was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegisterError {
    /// The name is one of ours, or might become one.
    #[error(
        "`{name}` begins with `flags_`, which is kept for the metrics of flags: choose a name that begins with that of your application"
    )]
    Reserved {
        /// The name.
        name: String,
    },
    /// There is a metric of that name already.
    #[error("there is a metric called `{name}` already: choose another name, or register it once and share it")]
    Taken {
        /// The name, or the names of everything the collector was to show.
        name: String,
    },
    /// The name, a label or the help text is not what Prometheus takes.
    #[error("`{name}` cannot be a metric: {reason}")]
    Refused {
        /// The name, or the names of everything the collector was to show.
        name: String,
        /// What the registry says.
        reason: String,
    },
}

impl RegisterError {
    pub(crate) fn new(name: impl Into<String>, reason: prometheus::Error) -> Self {
        let name = name.into();
        match reason {
            prometheus::Error::AlreadyReg => Self::Taken { name },
            prometheus::Error::Msg(reason) => Self::Refused { name, reason },
            reason => Self::Refused { name, reason: reason.to_string() },
        }
    }
}
