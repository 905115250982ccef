//! The log: one line an event, with the request it belongs to. No token, password or query in it.

use super::address;
use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, Uri},
};
use std::{io::IsTerminal, time::Instant};
use tracing::Span;
use tracing_subscriber::{
    EnvFilter, Layer, Registry, fmt,
    layer::{Identity, SubscriberExt},
    registry,
    util::SubscriberInitExt,
};
use uuid::{Uuid, fmt::Hyphenated};

/// Where the spans of a trace have the URL of the database among their fields, with its password.
const SHOWS_THE_URL: [&str; 2] = ["sea_orm::database", "sea_orm::driver"];

/// Starts the log with a filter such as `info` or `off`.
pub fn start(filter: &str) {
    start_with(filter, None::<Identity>);
}

/// Starts the log, and another layer, which the filter of the log does not affect.
pub fn start_with(filter: &str, layer: Option<impl Layer<Registry> + Send + Sync>) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = SHOWS_THE_URL
        .iter()
        .filter_map(|target| format!("{target}=off").parse().ok())
        .fold(filter, EnvFilter::add_directive);
    let log = fmt::layer()
        .with_target(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .with_filter(filter);
    registry().with(layer).with(log).init();
}

/// The name of a request, in its log lines and in its answer.
#[derive(Debug, Clone, Copy)]
pub struct RequestId([u8; Hyphenated::LENGTH]);

impl RequestId {
    /// A name that no other request has.
    #[expect(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        Uuid::now_v7().hyphenated().encode_lower(&mut text);
        Self(text)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    /// As the value of a header.
    pub fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(self.as_str()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The span of a request, at a level that every filter keeps. It has no other field:
/// everything else is in the last log line of the request, which a filter may drop.
pub fn span(id: &RequestId) -> Span {
    tracing::error_span!("request", id = %id.as_str())
}

/// What the last line of a request needs.
#[derive(Debug)]
pub struct RequestLog {
    method: Method,
    uri: Uri,
    since: Instant,
}

impl RequestLog {
    /// Begins with a request.
    pub fn to(request: &Request) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { method, uri, since: Instant::now() }
    }

    /// Logs the answer: at level `debug` where something was read and it worked, else at `info`. Never
    /// the query, which may hold what must not be logged.
    pub fn answered(&self, status: StatusCode) {
        let path = address::without_tokens(self.uri.path());
        let (method, path) = (&self.method, path.as_ref());
        let (status, took) = (status.as_u16(), self.since.elapsed());
        if matches!(*method, Method::GET | Method::HEAD) && status < 400 {
            tracing::debug!(%method, path, status, ?took, "answered");
        } else {
            tracing::info!(%method, path, status, ?took, "answered");
        }
    }
}
