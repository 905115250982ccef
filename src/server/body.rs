//! What a body may be, the same at both doors.

use crate::error::AppError;
use axum::http::{HeaderMap, header};

/// The largest body that is read, in bytes.
pub const LARGEST: usize = 64 * 1024;

/// Asks for JSON by name, with or without a charset.
///
/// # Errors
/// `bad_request` for any other content type.
pub fn require_json(headers: &HeaderMap) -> Result<(), AppError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    Err(AppError::bad_request("The body has to be JSON, with the content type application/json."))
}
