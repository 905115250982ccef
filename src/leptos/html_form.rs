//! Handles forms that the browser posts natively.
//!
//! Usually the program of a page sends its forms. If a password manager calls `form.submit()`, or if the user submits a
//! form before hydration, the browser posts the form to the URL of the page.

use crate::program::program_state::RETRY;
use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use handstamp_protocol::error::AppError;

/// Redirects a `POST` to the same page with `303 See Other` (RFC 9110 §15.4.4). The page then tells the user to submit
/// the form again (`program/program_state.rs`). The body may contain a password and is not read.
///
/// # Errors
/// Fails with `bad_request` if the URL can't be the value of a header.
pub(crate) async fn send_back(uri: Uri) -> Result<Response, AppError> {
    let parameters = uri.query().unwrap_or_default().split('&');
    let kept = parameters.filter(|parameter| !parameter.is_empty() && *parameter != RETRY);
    let query = kept.chain([RETRY]).collect::<Vec<_>>().join("&");
    let location = HeaderValue::try_from(format!("{}?{query}", uri.path()))
        .map_err(|_| AppError::bad_request("The address is malformed."))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
