//! The server around the feature: settings, state, routing, headers, log, housekeeping.

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
use fleet::Membership;
use state::AppState;
use std::{net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

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
    let (stop, mut stopped) = watch::channel(false);
    tokio::spawn(async move {
        shutdown.await;
        let _ = stop.send(true);
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let mut draining = stopped.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
        tracing::info!("stopping: no new requests");
    });
    let too_long = async move {
        let _ = draining.wait_for(|stopped| *stopped).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = serving => result.context("serving")?,
        ended = background.join_next() => bail!("a background task broke off: {ended:?}"),
        () = too_long => tracing::warn!("some requests took longer than {} s", DRAIN.as_secs()),
    }
    background.shutdown().await;
    state.membership.leave(&state.db).await;
    tracing::info!("stopped");
    Ok(())
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
