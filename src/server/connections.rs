//! Serves connections: HTTP/1.1 without TLS; HTTP/2 or HTTP/1.1 with it, as the client chooses (ALPN, RFC 7301).
//! Slow and silent clients are disconnected.

use axum::Router;
use axum::extract::connect_info::IntoMakeServiceWithConnectInfo;
use axum_server::{
    Handle, Server,
    accept::Accept,
    tls_rustls::{RustlsAcceptor, RustlsConfig},
};
use futures::future::BoxFuture;
use hyper_util::rt::TokioTimer;
use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpListener,
    time::{Sleep, sleep},
};

/// How long the head of a request may take to arrive, and a connection may stay idle.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);

/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);

/// How often an HTTP/2 client is asked whether it is still there, and how long it may take to answer.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `handle` says otherwise.
///
/// # Errors
/// Fails if the listener breaks.
pub(super) async fn serve(
    listener: TcpListener,
    service: IntoMakeServiceWithConnectInfo<Router, SocketAddr>,
    handle: Handle<SocketAddr>,
    tls: Option<RustlsConfig>,
) -> io::Result<()> {
    let mut server = Server::from_listener(listener).handle(handle);
    let mut http1 = server.http_builder().http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let Some(config) = tls else {
        return server.http1_only().serve(service).await;
    };
    let mut http2 = server.http_builder().http2();
    http2.timer(TokioTimer::new());
    http2.keep_alive_interval(PING_INTERVAL).keep_alive_timeout(PING_TIMEOUT);
    let acceptor = RustlsAcceptor::new(config).handshake_timeout(HANDSHAKE_TIMEOUT);
    server.acceptor(FirstWriteAcceptor(acceptor)).serve(service).await
}

/// Gives every connection a deadline for the first thing that it makes the server write.
///
/// The limits of HTTP/1 and of HTTP/2 begin when it is known which of the two a client speaks. Until then
/// hyper reads without a limit; what it reads last is followed by a write, of the HTTP/2 settings or of a response.
#[derive(Debug, Clone)]
struct FirstWriteAcceptor<A>(A);

impl<I, S, A> Accept<I, S> for FirstWriteAcceptor<A>
where
    A: Accept<I, S>,
    A::Future: Send + 'static,
    A::Stream: Send,
    A::Service: Send,
{
    type Stream = FirstWriteDeadline<A::Stream>;
    type Service = A::Service;
    type Future = BoxFuture<'static, io::Result<(Self::Stream, Self::Service)>>;

    fn accept(&self, stream: I, service: S) -> Self::Future {
        let accepted = self.0.accept(stream, service);
        Box::pin(async move {
            let (stream, service) = accepted.await?;
            let deadline = Some(Box::pin(sleep(HEAD_TIMEOUT)));
            Ok((FirstWriteDeadline { stream, deadline }, service))
        })
    }
}

/// A stream whose reads fail once the deadline is over. The first write lifts it.
#[derive(Debug)]
struct FirstWriteDeadline<S> {
    stream: S,
    deadline: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + Unpin> AsyncRead for FirstWriteDeadline<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = Pin::new(&mut self.stream).poll_read(context, buffer) {
            return Poll::Ready(read);
        }
        match &mut self.deadline {
            Some(deadline) => {
                ready!(deadline.as_mut().poll(context));
                Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
            }
            None => Poll::Pending,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for FirstWriteDeadline<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.deadline = None;
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
