//! The middleware of every request.
//!
//! It is a single middleware, because each layer of a router clones and boxes all inner layers for every request, which
//! took longer than the work of the middleware (`docs/performance.md`).

use super::{
    address, cookie_api, headers,
    problem::{self, panicked},
    request_target,
    state::AppState,
    telemetry::{self, RequestId},
};
use axum::{
    extract::{Request, State},
    http::HeaderName,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::FutureExt;
use handstamp_protocol::error::{AppError, ErrorCode};
use std::{panic::AssertUnwindSafe, time::Duration};
use tracing::Instrument;

/// The timeout of a request until its response begins. It is longer than all timeouts within a request.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Assigns a request id, checks the target and the origin of the request, runs the handler, renders its error, adds the
/// headers, and logs the response.
pub(crate) async fn handle(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    // A request id of the client is ignored, because it would be written to the log unchecked.
    let id = RequestId::new();
    let span = telemetry::span(&id);
    let handling = async move {
        let log = telemetry::RequestLog::to(&request);
        let kind = headers::Kind::at(request.uri().path());
        // Unwind safe: no other request uses the state of a handler that has panicked.
        let responding = AssertUnwindSafe(respond(&state, request, next)).catch_unwind();
        let response = match tokio::time::timeout(REQUEST_TIMEOUT, responding).await {
            Ok(response) => response.unwrap_or_else(panicked),
            Err(_) => AppError::new(ErrorCode::Unavailable).retry_after(1).into_response(),
        };
        let mut response = problem::render(response, &id).await;
        headers::secure(&state, kind, &mut response);
        response.headers_mut().insert(REQUEST_ID, id.header_value());
        log.answered(response.status());
        response
    };
    handling.instrument(span).await
}

async fn respond(state: &AppState, request: Request, next: Next) -> Response {
    if let Err(refused) = request_target::check(&request, state.config.urls()) {
        return refused.into_response();
    }
    if address::has_token(request.uri()) {
        return AppError::new(ErrorCode::TokenInQuery).into_response();
    }
    cookie_api::protect(state, request, next).await
}
