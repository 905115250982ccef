//! The server around the feature: settings, state, routing, headers, log, housekeeping.

pub mod alone;
pub mod body;
pub mod clock;
pub mod config;
pub mod fleet;
pub mod headers;
pub(crate) mod health;
pub mod housekeeping;
pub mod mail;
pub(crate) mod passage;
pub mod problem;
pub mod router;
pub mod secret;
pub mod state;
pub mod telemetry;
pub mod timing;

use crate::auth::server::revocation;
use anyhow::{Context, bail};
use axum::Router;
use axum_server::{Handle, Server};
use fleet::Membership;
use hyper_util::{
    rt::{TokioExecutor, TokioTimer},
    server::conn::auto::Builder,
};
use state::AppState;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How long whatever does not end by itself then may take to be cut off.
const LEAVE: Duration = Duration::from_secs(1);

/// How long the head of a request may take to come, and a connection lie idle: whoever sends slower only
/// keeps a place occupied.
const HEAD: Duration = Duration::from_secs(30);

/// Serves until `shutdown` resolves, then finishes the requests in flight.
///
/// # Errors
/// Only if the listener breaks.
pub async fn run(
    listener: TcpListener,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    run_router(listener, router::router(state.clone()), state, shutdown).await
}

/// The same for a router of your own, made with [`router::router_with`].
///
/// # Errors
/// Only if the listener breaks.
pub async fn run_router(
    listener: TcpListener,
    router: Router,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let mut background = JoinSet::new();
    background.spawn(housekeeping::run(state.clone()));
    background.spawn(revocation::follow(state.clone()));
    background.spawn(Membership::keep(state.clone()));
    background.spawn(mail::run(state.clone()));
    let handle = Handle::<SocketAddr>::new();
    let stopping = handle.clone();
    let stopped = tokio::spawn(async move {
        shutdown.await;
        tracing::info!("stopping: no new requests");
        stopping.graceful_shutdown(Some(DRAIN + LEAVE));
        tokio::time::sleep(DRAIN).await;
        tracing::warn!("some requests took longer than {} s", DRAIN.as_secs());
        stopping.shutdown();
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut server = Server::from_listener(listener).handle(handle);
    *server.http_builder() = http();
    tokio::select! {
        result = server.serve(service) => result.context("serving")?,
        ended = background.join_next() => bail!("a background task broke off: {ended:?}"),
    }
    stopped.abort();
    background.shutdown().await;
    state.membership.leave(&state.db).await;
    state.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// HTTP/1.1, as proxies speak it, with limits for slow senders.
fn http() -> Builder<TokioExecutor> {
    let mut http = Builder::new(TokioExecutor::new()).http1_only();
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD);
    http
}

/// Resolves at Ctrl-C or SIGTERM.
///
/// # Errors
/// The operating system gives no signal handler.
pub fn stop_signal() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("listening for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listening for Ctrl-C")?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
