//! What every request passes on its way to a handler, and every answer on its way back.
//!
//! One middleware and not a stack of them: each layer of a router copies and boxes all those below it
//! for every request, which took longer than the work itself (`docs/performance.md`).

use super::cookie_api;
use super::{
    address, headers,
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
const LONGEST_REQUEST: Duration = Duration::from_secs(15);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Names the request, keeps the doors, runs the handler, writes its error, adds the headers, logs.
pub(crate) async fn handle(
    State(state): State<AppState>,
    request: Request,
    next: Next,
) -> Response {
    // Requests are named here: a name that a client brings could be anything, and would stand in the log.
    let id = RequestId::new();
    let span = telemetry::span(&id);
    let passing = async move {
        let log = telemetry::RequestLog::to(&request);
        let kind = headers::Kind::at(request.uri().path());
        // A handler that panics leaves nothing behind that anybody else looks at.
        let answering = AssertUnwindSafe(answer(&state, request, next)).catch_unwind();
        let response = match tokio::time::timeout(LONGEST_REQUEST, answering).await {
            Ok(answered) => answered.unwrap_or_else(panicked),
            Err(_) => AppError::new(ErrorCode::Unavailable).retry_after(1).into_response(),
        };
        let mut response = problem::render(response, &id).await;
        headers::secure(&state, kind, &mut response);
        response.headers_mut().insert(REQUEST_ID, id.header_value());
        log.answered(response.status());
        response
    };
    passing.instrument(span).await
}

async fn answer(state: &AppState, request: Request, next: Next) -> Response {
    if let Err(refused) = request_target::check(&request, state.config.urls()) {
        return refused.into_response();
    }
    if address::has_token(request.uri()) {
        return AppError::new(ErrorCode::TokenInQuery).into_response();
    }
    cookie_api::protect(state, request, next).await
}
