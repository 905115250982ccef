//! Renders errors as problem documents (RFC 9457) with their challenges (RFC 6750 §3), for both APIs.

use super::telemetry::RequestId;
use crate::error::ServiceError;
use axum::{
    body::{Body, to_bytes},
    http::{HeaderValue, StatusCode, header, response::Parts},
    response::{IntoResponse, Response},
};
use handstamp_protocol::error::{AppError, ErrorCode};
use std::any::Any;

/// The header with which a server function marks its errors (`server_fn::error::SERVER_FN_ERROR_HEADER`).
pub const SERVER_FN_ERROR_HEADER: &str = "serverfnerror";

/// The maximum size of the error of a server function, in bytes.
const MAX_ERROR_SIZE: usize = 64 * 1024;

/// Renders the error of a response, if it has one.
pub async fn render(response: Response, id: &RequestId) -> Response {
    let (mut parts, body) = response.into_parts();
    // The error of a server function has status 500 and an `AppError` as its body.
    let is_server_function = parts.headers.remove(SERVER_FN_ERROR_HEADER).is_some();
    if let Some(error) = parts.extensions.remove::<AppError>() {
        return write(parts, error, id);
    }
    if !is_server_function {
        return Response::from_parts(parts, body);
    }
    let bytes = to_bytes(body, MAX_ERROR_SIZE).await.unwrap_or_default();
    let error = serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        let error = anyhow::Error::new(error).context("reading the error of a server function");
        ServiceError::internal(error).log()
    });
    write(parts, error, id)
}

/// Returns the response of a handler that panicked.
pub fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!(event = "handler_panicked", "a handler panicked");
    AppError::new(ErrorCode::Internal).into_response()
}

pub async fn not_found() -> AppError {
    ErrorCode::NotFound.into()
}

pub async fn method_not_allowed() -> AppError {
    ErrorCode::MethodNotAllowed.into()
}

fn write(mut parts: Parts, mut error: AppError, id: &RequestId) -> Response {
    if error.status >= 500 {
        error.request_id = Some(id.as_str().to_owned());
    }
    parts.status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = &mut parts.headers;
    headers.remove(header::CONTENT_LENGTH);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(challenge) = challenge(&error) {
        let challenge = HeaderValue::from_static(challenge);
        headers.entry(header::WWW_AUTHENTICATE).or_insert(challenge);
    }
    if let Some(seconds) = error.retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    let body = serde_json::to_vec(&error).unwrap_or_default();
    Response::from_parts(parts, Body::from(body))
}

/// The challenge of a rejected login. RFC 9110 §11.6.1 requires a challenge in every 401. The scheme is not `Bearer`,
/// because a login is not a resource that requires an access token (RFC 6750 §3), and a client that refreshes on
/// `Bearer` must not do so here.
const LOGIN_CHALLENGE: &str = r#"Handstamp realm="login""#;
/// The challenge of a rejected refresh.
pub const REFRESH_CHALLENGE: &str = r#"Handstamp realm="refresh""#;

/// Returns the value of `WWW-Authenticate`. Every 401 has one (RFC 9110 §11.6.1), and the errors of an access token
/// have one whatever their status.
fn challenge(error: &AppError) -> Option<&'static str> {
    match error.code {
        ErrorCode::AccessTokenInvalid => {
            Some(r#"Bearer error="invalid_token", error_description="The access token is invalid""#)
        }
        ErrorCode::AccessTokenExpired => {
            Some(r#"Bearer error="invalid_token", error_description="The access token expired""#)
        }
        ErrorCode::SessionRevoked => {
            Some(r#"Bearer error="invalid_token", error_description="The session was ended""#)
        }
        ErrorCode::InvalidCredentials
        | ErrorCode::SecondFactorRequired
        | ErrorCode::SecondFactorInvalid => Some(LOGIN_CHALLENGE),
        ErrorCode::RefreshTokenMissing
        | ErrorCode::RefreshTokenInvalid
        | ErrorCode::RefreshTokenReused
        | ErrorCode::SessionExpired => Some(REFRESH_CHALLENGE),
        _ => (error.status == 401).then_some("Bearer"),
    }
}
