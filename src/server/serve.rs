//! Listens, serves until it is told to stop, and runs the background tasks.

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

/// How long requests in flight may take once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(10);

/// How long the requests that are aborted then may take to end.
const LEAVE: Duration = Duration::from_secs(1);

/// Listens on `HANDSTAMP_ADDR`. Completes the public URL with the port if that is not set.
///
/// # Errors
/// Fails with one line that names the setting if the address can't be listened on.
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
/// Fails if the TLS certificate can't be used, or if the listener breaks.
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
    tracing::info!(%addr, %url, ?access_ttl, ?reuse_window, "handstamp serves");
    background.spawn(housekeeping::run(state.clone()));
    background.spawn(failed_logins::run(state.accounts.clone()));
    background.spawn(revocation::follow(state.sessions.clone()));
    background.spawn(state.membership.clone().keep(state.sessions.clone()));
    background.spawn(mail::run(state.mailer.clone()));
    let handle = Handle::<SocketAddr>::new();
    let stopping = CancellationToken::new();
    let (stop_handle, stop_token) = (handle.clone(), stopping.clone());
    let stopped = tokio::spawn(async move {
        shutdown.await;
        tracing::info!("stopping: no new requests");
        stop_token.cancel();
        stop_handle.graceful_shutdown(Some(DRAIN + LEAVE));
        tokio::time::sleep(DRAIN).await;
        tracing::warn!(
            event = "shutdown_timed_out",
            "some requests took longer than {} s",
            DRAIN.as_secs()
        );
        stop_handle.shutdown();
    });
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::select! {
        result = connections::serve(listener, service, handle, stopping, tls) => result.context("serving")?,
        ended = background.join_next() => bail!("a background task broke off: {ended:?}"),
    }
    stopped.abort();
    background.shutdown().await;
    if let Ok(Err(error)) = tokio::time::timeout(LEAVE, failed_logins::write(&state.accounts)).await
    {
        error.log();
    }
    state.membership.leave(&state.db.reader).await;
    state.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// Loads the certificate, and follows its files in the background.
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
