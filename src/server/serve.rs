//! Runs the listener and the background tasks until shutdown.

use crate::{
    accounts::failed_logins, config::Config, connections, housekeeping, http::state::AppState,
    mail, sessions::revocation, tls::Tls,
};
use anyhow::{Context, bail};
use axum::Router;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use std::{io::ErrorKind, net::SocketAddr, time::Duration};
use tokio::{net::TcpListener, task::JoinSet};
use tokio_util::sync::CancellationToken;

/// The time that requests in flight have to finish at shutdown.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// The timeout for aborted requests to end, and for writing the failed logins.
const ABORT_TIMEOUT: Duration = Duration::from_secs(1);

/// Listens on `HANDSTAMP_ADDR`. Sets the public URL, if there is none, to `localhost` with the bound port.
///
/// # Errors
/// Fails with one line that contains the setting if the address can't be bound.
pub async fn bind(config: &mut Config) -> anyhow::Result<TcpListener> {
    let addr = config.addr;
    let listener = match TcpListener::bind(addr).await {
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let next = SocketAddr::new(addr.ip(), addr.port().checked_add(1).unwrap_or(3000));
            bail!(
                "listening on {addr} (HANDSTAMP_ADDR): port in use; set HANDSTAMP_ADDR to another port, \
                 for example HANDSTAMP_ADDR={next}"
            );
        }
        bound => bound.with_context(|| format!("listening on {addr} (HANDSTAMP_ADDR)"))?,
    };
    let bound = listener.local_addr().context("reading the address of the listener")?;
    config.listens_at(bound.port());
    Ok(listener)
}

/// Serves `router` until `shutdown` resolves, then finishes the requests in flight.
///
/// # Errors
/// Fails if the TLS certificate can't be used, or if the listener or a background task fails.
pub async fn run(
    listener: TcpListener,
    router: Router,
    state: AppState,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let mut background = JoinSet::new();
    let tls = start_tls(&state, &mut background)?;
    let (addr, url) = (listener.local_addr()?, &state.config.public_url);
    let (access_ttl, reuse_window) = (state.config.access_ttl, state.config.reuse_window);
    tracing::info!(%addr, %url, ?access_ttl, ?reuse_window, "listening");
    background.spawn(housekeeping::run(state.clone()));
    background.spawn(failed_logins::run(state.accounts.clone()));
    background.spawn(revocation::follow(state.sessions.clone()));
    background.spawn(state.membership.clone().send_heartbeats(state.sessions.clone()));
    background.spawn(mail::run(state.mailer.clone()));
    let handle = Handle::<SocketAddr>::new();
    let stopping = CancellationToken::new();
    let (stop_handle, stop_token) = (handle.clone(), stopping.clone());
    let stopped = tokio::spawn(async move {
        shutdown.await;
        tracing::info!("shutting down, no new requests are accepted");
        stop_token.cancel();
        stop_handle.graceful_shutdown(Some(DRAIN_TIMEOUT + ABORT_TIMEOUT));
        tokio::time::sleep(DRAIN_TIMEOUT).await;
        tracing::warn!(
            event = "shutdown_timed_out",
            "some requests took longer than {} s",
            DRAIN_TIMEOUT.as_secs()
        );
        stop_handle.shutdown();
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        result = connections::serve(listener, service, handle, stopping, tls) => result.context("serving")?,
        ended = background.join_next() => bail!("a background task ended: {ended:?}"),
    }
    stopped.abort();
    background.shutdown().await;
    if let Ok(Err(error)) =
        tokio::time::timeout(ABORT_TIMEOUT, failed_logins::write(&state.accounts)).await
    {
        error.log();
    }
    state.membership.leave(&state.db.reader).await;
    state.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Loads the certificate, and reloads it in the background when its files change.
fn start_tls(
    state: &AppState,
    background: &mut JoinSet<()>,
) -> anyhow::Result<Option<RustlsConfig>> {
    let Some(files) = &state.config.tls else { return Ok(None) };
    let tls = Tls::load(files.clone(), state.clock.now())?;
    let (config, clock) = (tls.config(), state.clock.clone());
    background.spawn(tls.follow(move || clock.now()));
    Ok(Some(config))
}

/// Returns a future that resolves at Ctrl-C or SIGTERM.
///
/// # Errors
/// Fails if a signal handler can't be installed.
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
