//! The sockets: connections are accepted, served, and seen off. The only file that owns tasks.

use std::{future::Future, io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
    time,
};

use crate::shared::Shared;

/// How long accepting rests after the system refused it, for example because there are too many open files.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// A server that listens. Connections wait in the system's queue until [`run`](Self::run).
#[must_use = "a bound server answers nobody until `run`"]
pub struct BoundServer {
    listener: TcpListener,
    address: SocketAddr,
    router: Router,
    shared: Arc<Shared>,
}

impl BoundServer {
    pub(crate) fn new(listener: TcpListener, address: SocketAddr, router: Router, shared: Arc<Shared>) -> Self {
        Self { listener, address, router, shared }
    }

    /// The address it listens on, with the port that was taken where 0 was asked for.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `shutdown` is ready; then no connection is accepted any more, event streams end, and requests under way
    /// are finished, for as long as [`Limits::drain`](crate::Limits::drain) says.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, router, shared, address } = self;
        tracing::info!(%address, "serving flags");
        let mut shutdown = pin!(shutdown);
        let permits = Arc::new(Semaphore::new(shared.limits.connections.clamp(1, Semaphore::MAX_PERMITS)));
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                // Finished connections are forgotten as they finish.
                Some(_) = connections.join_next() => {}
                accepted = accept(&listener, &permits) => match accepted {
                    Ok((stream, permit)) => {
                        connections.spawn(serve(stream, router.clone(), Arc::clone(&shared), permit));
                    }
                    Err(error) => {
                        tracing::warn!(%error, "a connection could not be accepted");
                        tokio::select! {
                            () = &mut shutdown => break,
                            () = time::sleep(ACCEPT_REST) => {}
                        }
                    }
                },
            }
        }
        drop(listener);
        shared.stopping.send_replace(true);
        let open = connections.len();
        tracing::info!(open, "stopping");
        let drained = time::timeout(shared.limits.drain, async { while connections.join_next().await.is_some() {} });
        if drained.await.is_err() {
            tracing::warn!(open = connections.len(), "connections cut off that were still busy");
            connections.shutdown().await;
        }
    }
}

async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> io::Result<(TcpStream, Option<OwnedSemaphorePermit>)> {
    // `None` would mean that the semaphore is closed, which nobody does.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Ok((stream, permit)),
            // The client went away while it waited, which is no fault of ours.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {
            }
            Err(error) => return Err(error),
        }
    }
}

async fn serve(stream: TcpStream, router: Router, shared: Arc<Shared>, permit: Option<OwnedSemaphorePermit>) {
    // Answers are small and written at once; waiting for more to send only delays them.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps its delay");
    }
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(shared.limits.head_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    let mut connection = pin!(connection);
    let outcome = tokio::select! {
        outcome = connection.as_mut() => outcome,
        () = shared.stopped() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = outcome {
        tracing::debug!(%error, "a connection ended early");
    }
    drop(permit);
}

impl std::fmt::Debug for BoundServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BoundServer").field("address", &self.address).finish_non_exhaustive()
    }
}
