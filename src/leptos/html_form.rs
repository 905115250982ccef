//! Forms of pages that the browser itself sends.
//!
//! The program of a page sends the forms. A password manager that calls `form.submit()`, or a user who is faster than
//! the start of the program, makes the browser post the form to the address of the page.

use crate::program::program_state::RETRY;
use axum::{
    http::{HeaderValue, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use handstamp_protocol::error::AppError;

/// `POST` to a page: `303 See Other` (RFC 9110 §15.4.4) to the same page, which says that nothing was done
/// (`program/program_state.rs`). The body may hold a password and is not read.
///
/// # Errors
/// `bad_request` if the address can't stand in a header.
pub(crate) async fn send_back(uri: Uri) -> Result<Response, AppError> {
    let parameters = uri.query().unwrap_or_default().split('&');
    let kept = parameters.filter(|parameter| !parameter.is_empty() && *parameter != RETRY);
    let query = kept.chain([RETRY]).collect::<Vec<_>>().join("&");
    let location = HeaderValue::try_from(format!("{}?{query}", uri.path()))
        .map_err(|_| AppError::bad_request("The address is malformed."))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}
