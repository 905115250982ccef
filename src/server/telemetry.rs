//! The log: one line an event, with the request it belongs to. No token, password or query in it.

use axum::http::Request;
use std::io::IsTerminal;
use tower_http::{
    request_id::{MakeRequestId, RequestId},
    trace::MakeSpan,
};
use tracing::Span;
use tracing_subscriber::EnvFilter;
use uuid::Uuid;

/// Starts the log with a filter such as `info` or `off`.
pub fn start(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
}

/// Names a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewRequestId;

impl MakeRequestId for NewRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        Uuid::now_v7().to_string().parse().ok().map(RequestId::new)
    }
}

/// The span of a request, at a level that every filter keeps: method and path, never the query, which may hold what must not be logged.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestSpan;

impl<B> MakeSpan<B> for RequestSpan {
    fn make_span(&mut self, request: &Request<B>) -> Span {
        let id =
            request.extensions().get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
        tracing::error_span!("request", id, method = %request.method(), path = request.uri().path())
    }
}
