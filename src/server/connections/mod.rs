//! Serves connections: HTTP/1.1 without TLS, and HTTP/2 or HTTP/1.1 with TLS, negotiated by ALPN (RFC 7301). Closes
//! slow and idle connections.

mod activity;
mod deadline;

use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum_server::{
    Handle, Server,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use deadline::DeadlineAcceptor;
use hyper_util::rt::TokioTimer;
use std::{io, net::SocketAddr, time::Duration};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The timeout for the head of a request, and for an idle connection.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// The timeout for a client that does not read its response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(300);

/// How long an idle connection stays open at shutdown, so that an HTTP/2 client receives GOAWAY (RFC 9113 §6.8).
const STOP_TIMEOUT: Duration = Duration::from_secs(1);

/// The interval of HTTP/2 pings, and the timeout for their acknowledgement.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The read buffer of an HTTP/1.1 connection, in bytes. A request head that does not fit is answered with 431; what
/// arrives in the read that fills the buffer is still parsed.
const MAX_HEAD: usize = 64 * 1024;

/// Serves until `handle` shuts the server down. `stopping` is cancelled when the shutdown starts.
///
/// # Errors
/// Fails if the listener fails.
pub(super) async fn serve(
    listener: TcpListener,
    service: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    handle: Handle<SocketAddr>,
    stopping: CancellationToken,
    tls: Option<RustlsConfig>,
) -> io::Result<()> {
    let deadline = DeadlineAcceptor { stopping };
    let mut server = Server::from_listener(listener).handle(handle);
    let mut http1 = server.http_builder().http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(MAX_HEAD);
    let Some(config) = tls else {
        return server.acceptor(deadline).http1_only().serve(service).await;
    };
    let mut http2 = server.http_builder().http2();
    http2.timer(TokioTimer::new());
    http2.keep_alive_interval(PING_INTERVAL).keep_alive_timeout(PING_TIMEOUT);
    let tls = RustlsAcceptor::new(config).handshake_timeout(HANDSHAKE_TIMEOUT);
    let acceptor = tls.acceptor(deadline);
    server.acceptor(acceptor).serve(service).await
}
