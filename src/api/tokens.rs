//! `POST /api/login`, `/api/refresh` and `/api/logout`: the same engine as the browser door, with the
//! tokens in the body.

use super::{
    extract::{AttemptId, JsonBody},
    openapi::{BadRequest, Later, Unauthorized},
    types::{Login, NativeTokens, RefreshTokenBody},
};
use crate::{
    auth::server::{
        accounts::{self, Device},
        rotation,
    },
    error::{AppError, Problem},
    server::state::AppState,
};
use axum::{Json, extract::State, http::StatusCode};

/// Logs in
///
/// Begins a session. An unknown user and a wrong password look alike.
#[utoipa::path(
    post, path = "/api/login", tag = "Tokens", request_body = Login,
    responses((status = 200, description = "Logged in.", body = NativeTokens), BadRequest, Unauthorized, Later)
)]
pub(super) async fn log_in(
    State(state): State<AppState>,
    device: Device,
    JsonBody(Login { username, password }): JsonBody<Login>,
) -> Result<Json<NativeTokens>, AppError> {
    state.limits.count(device.ip.as_deref())?;
    let grant = accounts::log_in(&state, &username, password, device).await?;
    Ok(Json(grant.into_native_tokens(None)))
}

/// Refreshes
///
/// Spends the refresh token and answers its successor, with a new access token. Who refreshes again
/// within the reuse window, or later with the same `Idempotency-Key`, gets the same successor. A spent
/// token that comes back otherwise ends the session.
#[utoipa::path(
    post, path = "/api/refresh", tag = "Tokens", request_body = RefreshTokenBody, params(AttemptId),
    responses(
        (status = 200, description = "Refreshed. Keep both tokens.", body = NativeTokens),
        BadRequest, Unauthorized,
        (status = 409, description = "Somebody was faster: try again with the token you hold now.",
            body = Problem, content_type = "application/problem+json"),
        Later
    )
)]
pub(super) async fn refresh(
    State(state): State<AppState>,
    AttemptId(attempt): AttemptId,
    JsonBody(RefreshTokenBody { refresh_token }): JsonBody<RefreshTokenBody>,
) -> Result<Json<NativeTokens>, AppError> {
    let grant = rotation::refresh(&state, refresh_token.reveal(), attempt.as_deref()).await?;
    Ok(Json(grant.into_native_tokens(Some(refresh_token))))
}

/// Logs out
///
/// Ends the session of this refresh token, whichever generation it is of. Also a success for a token
/// that is unknown (RFC 7009 §2.2).
#[utoipa::path(
    post, path = "/api/logout", tag = "Tokens", request_body = RefreshTokenBody,
    responses((status = 204, description = "The session is over."), BadRequest, Later)
)]
pub(super) async fn log_out(
    State(state): State<AppState>,
    JsonBody(RefreshTokenBody { refresh_token }): JsonBody<RefreshTokenBody>,
) -> Result<StatusCode, AppError> {
    accounts::log_out(&state, refresh_token.reveal()).await?;
    Ok(StatusCode::NO_CONTENT)
}
