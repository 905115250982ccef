//! [`AppError`] as a response.

use super::AppError;
use axum_core::response::{IntoResponse, Response};
use http::StatusCode;

impl IntoResponse for AppError {
    /// Stores the error in the extensions of an empty response. A middleware of the server writes the body and adds the
    /// request id if required.
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}
