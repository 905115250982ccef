//! The log: one line per event, with the id of its request. It contains no token, no password and no query string.

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

/// The targets whose spans contain the URL of the database with its password. They are disabled.
const TARGETS_WITH_PASSWORD: [&str; 2] = ["sea_orm::database", "sea_orm::driver"];

/// Installs the log with a filter such as `info` or `off`.
pub fn start(filter: &str) {
    start_with(filter, None::<Identity>);
}

/// Installs the log and another layer. The filter does not apply to that layer.
pub fn start_with(filter: &str, layer: Option<impl Layer<Registry> + Send + Sync>) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = TARGETS_WITH_PASSWORD
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

/// The id of a request, which its log lines and its response contain.
#[derive(Debug, Clone, Copy)]
pub struct RequestId([u8; Hyphenated::LENGTH]);

impl RequestId {
    /// Generates a UUID version 7.
    #[expect(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        let mut text = [0; Hyphenated::LENGTH];
        Uuid::now_v7().hyphenated().encode_lower(&mut text);
        Self(text)
    }

    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }

    pub fn header_value(&self) -> HeaderValue {
        HeaderValue::from_str(self.as_str()).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// Returns the span of a request, at the level `error`, which every filter enables. The id is its only field; the
/// method and the path are in the last log line of the request.
pub fn span(id: &RequestId) -> Span {
    tracing::error_span!("request", id = %id.as_str())
}

/// The data of the last log line of a request.
#[derive(Debug)]
pub struct RequestLog {
    method: Method,
    uri: Uri,
    since: Instant,
}

impl RequestLog {
    /// Starts the measurement of a request.
    pub fn to(request: &Request) -> Self {
        let (method, uri) = (request.method().clone(), request.uri().clone());
        Self { method, uri, since: Instant::now() }
    }

    /// Logs the response: successful reads at level `debug`, all others at `info`. Omits the query string, which may
    /// contain secrets.
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
