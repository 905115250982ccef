//! The limits of request bodies, which both APIs share.

use axum::{
    body::{Body, Bytes, HttpBody, to_bytes},
    http::{HeaderMap, HeaderValue, header},
};
use handstamp_protocol::error::AppError;
use http_body_util::LengthLimitError;
use std::{error::Error, time::Duration};

/// The maximum size of a body, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// The timeout for reading a body.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Reads a body to its end.
///
/// # Errors
/// Fails with `bad_request` if the body is too large (413), too slow, or incomplete.
pub async fn read(body: Body) -> Result<Bytes, AppError> {
    // Checks the declared length first, so that a client with `Expect: 100-continue` does not send the body (RFC 9110
    // §10.1.1).
    if body.size_hint().lower() > LARGEST as u64 {
        return Err(AppError::too_large());
    }
    match tokio::time::timeout(READ_TIMEOUT, to_bytes(body, LARGEST)).await {
        Ok(Ok(body)) => Ok(body),
        Ok(Err(error)) if error.source().is_some_and(|source| source.is::<LengthLimitError>()) => {
            Err(AppError::too_large())
        }
        Ok(Err(_)) => Err(AppError::bad_request("The body is incomplete.")),
        Err(_) => Err(AppError::bad_request("The body took too long to arrive.")),
    }
}

/// Requires JSON by its content type, with or without a charset, and no content coding (RFC 9110 §15.5.16).
///
/// # Errors
/// Fails with `bad_request` and status 415 for anything else.
pub fn require_json(headers: &HeaderMap) -> Result<(), AppError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        return Err(AppError::unsupported(
            "The body has to be JSON, with the content type application/json.",
        ));
    }
    let is_coded = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get(header::CONTENT_ENCODING).is_some_and(is_coded) {
        return Err(AppError::unsupported("The body has to come without a content coding."));
    }
    Ok(())
}
