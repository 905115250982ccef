//! `GET /api/outbox`: the mail that would have been sent, on the machine of who tries it out.

use super::{openapi::Always, types::Outbox};
use crate::{
    error::{AppError, ErrorCode, Problem},
    server::{mail, state::AppState},
};
use axum::{Json, extract::State};

/// The mail that would have been sent
///
/// In demo mode, where no mail server is set and the public URL is this machine's own; nowhere else.
#[utoipa::path(
    get, path = "/api/outbox", tag = "Demo",
    responses(
        (status = 200, description = "The newest 50, newest first.", body = Outbox),
        (status = 404, description = "There is no outbox here.", body = Problem, content_type = "application/problem+json"),
        Always
    )
)]
pub(super) async fn list(State(state): State<AppState>) -> Result<Json<Outbox>, AppError> {
    if !mail::shows_outbox(&state) {
        return Err(ErrorCode::NotFound.into());
    }
    Ok(Json(Outbox { mails: mail::outbox(&state).await? }))
}
