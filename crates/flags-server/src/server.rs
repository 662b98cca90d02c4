//! What to serve, to whom and where: the builder.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
};

use axum::Router;
use flags::Flags;
use tokio::net::TcpListener;

use crate::{AllowedOrigin, BoundServer, Limits, Token, origin, router, shared::Shared};

/// A server of one client's flags, not yet listening.
///
/// It listens on 127.0.0.1:8080 and asks for no token, unless told otherwise. It needs a Tokio runtime with sockets and timers.
#[derive(Clone, Debug)]
#[must_use = "a server listens on nothing until `bind`"]
pub struct Server {
    pub(crate) flags: Flags,
    address: SocketAddr,
    pub(crate) token: Option<Token>,
    pub(crate) origins: Vec<AllowedOrigin>,
    pub(crate) limits: Limits,
    pub(crate) public_metrics: bool,
    pub(crate) base_path: String,
}

impl Server {
    /// A server of `flags`.
    pub fn new(flags: Flags) -> Self {
        Self {
            flags,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            token: None,
            origins: vec![],
            limits: Limits::default(),
            public_metrics: false,
            base_path: String::new(),
        }
    }

    /// Listens on `address`; port 0 takes a free one.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.address = address;
        self
    }

    /// Asks clients for a token. `None` lets everybody in, which [`bind`](Self::bind) allows on this machine only.
    ///
    /// `/healthz` is open all the same, and so is `/readyz`, which tells strangers no more than whether it is ready.
    pub fn token(mut self, token: Option<Token>) -> Self {
        self.token = token;
        self
    }

    /// Lets scripts of these web pages ask; without any, browsers keep every page's scripts out.
    pub fn cors_origins(mut self, origins: impl IntoIterator<Item = AllowedOrigin>) -> Self {
        self.origins = origins.into_iter().collect();
        self
    }

    /// Bounds what clients may cost.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Shows `/metrics` without a token.
    pub fn public_metrics(mut self, public: bool) -> Self {
        self.public_metrics = public;
        self
    }

    /// The path below which a proxy publishes this server, such as `/flags`; clients are told where the event stream is by
    /// it. The proxy takes the path away again.
    pub fn base_path(mut self, path: &str) -> Self {
        let path = path.trim_matches('/');
        self.base_path = if path.is_empty() { String::new() } else { format!("/{path}") };
        self
    }

    /// The routes as a service, to be served by the program itself, beside its own routes or on its own sockets.
    ///
    /// The bounds on connections do not apply then, and the program ends event streams by ending their connections.
    pub fn into_router(self) -> Router {
        router::router(&self, &Shared::start(&self))
    }

    /// Opens the socket.
    ///
    /// # Errors
    ///
    /// When others than this machine could reach the address and there is no token, and when the address cannot be listened
    /// on.
    pub async fn bind(self) -> Result<BoundServer, BindError> {
        let address = self.address;
        // A v4 address in the clothes of a v6 one is what it is underneath.
        if self.token.is_none() && !address.ip().to_canonical().is_loopback() {
            return Err(BindError::TokenRequired { address });
        }
        if self.origins.contains(&origin::any()) && self.token.is_none() {
            tracing::warn!("every web page that is opened on this machine may read the flags");
        }
        let listen_error = |source| BindError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen_error)?;
        let local = listener.local_addr().map_err(listen_error)?;
        let shared = Shared::start(&self);
        let router = router::router(&self, &shared);
        Ok(BoundServer::new(listener, local, router, shared))
    }
}

/// Why a server does not listen.
#[derive(Debug)]
#[non_exhaustive]
pub enum BindError {
    /// Others than this machine could reach the address, and there is no token to keep them out.
    TokenRequired {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened on.
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TokenRequired { address } => write!(
                f,
                "refusing to listen on {address} without a token, because whoever can reach it could read every flag; \
                 give one with `--token-file FILE` or `FLAGS_TOKEN`, or listen on 127.0.0.1:{}",
                address.port()
            ),
            Self::Listen { address, source } if source.kind() == io::ErrorKind::AddrInUse => {
                write!(f, "cannot listen on {address}, because another program does; choose another port, or stop it")
            }
            Self::Listen { address, source } => write!(f, "cannot listen on {address}: {source}"),
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } => Some(source),
            Self::TokenRequired { .. } => None,
        }
    }
}
