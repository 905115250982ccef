//! `POST /api/login`, `/api/refresh` and `/api/logout`: the same engine as the browser door, with the
//! tokens in the body.

use super::{
    extract::{AttemptId, JsonBody},
    openapi::{Always, Refused, TooLarge, TooMany},
    types::{Login, NativeTokens, RefreshTokenBody},
};
use crate::{
    auth::server::{accounts, device::Device, rotation},
    error::{AppError, ErrorCode, Problem},
    server::state::AppState,
};
use axum::{Json, extract::State, http::StatusCode};

/// Logs in
///
/// Begins a session. An unknown user and a wrong password look alike. Where two-step login is on, the right
/// password alone is answered with `second_factor_required`; send it again with a `code`.
#[utoipa::path(
    post, path = "/api/login", tag = "Tokens", request_body = Login,
    responses((status = 200, description = "Logged in.", body = NativeTokens), Refused, TooLarge, TooMany, Always)
)]
pub(super) async fn log_in(
    State(state): State<AppState>,
    device: Device,
    JsonBody(Login { username, password, code }): JsonBody<Login>,
) -> Result<Json<NativeTokens>, AppError> {
    let grant = accounts::log_in(&state, &username, password, code.as_deref(), device).await?;
    Ok(Json(grant.into_native_tokens()))
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
        Refused, TooLarge,
        (status = 409, description = "Somebody was faster: try again with the token you hold now.",
            body = Problem, content_type = "application/problem+json"),
        Always
    )
)]
pub(super) async fn refresh(
    State(state): State<AppState>,
    AttemptId(attempt): AttemptId,
    JsonBody(RefreshTokenBody { refresh_token }): JsonBody<RefreshTokenBody>,
) -> Result<Json<NativeTokens>, AppError> {
    let token = refresh_token.ok_or(ErrorCode::RefreshTokenMissing)?;
    let grant = rotation::refresh(&state, token.reveal(), attempt.as_deref()).await?;
    Ok(Json(grant.into_native_tokens()))
}

/// Logs out
///
/// Ends the session of this refresh token, whichever generation it is of. Also a success for a token
/// that is unknown (RFC 7009 §2.2).
#[utoipa::path(
    post, path = "/api/logout", tag = "Tokens", request_body = RefreshTokenBody,
    responses((status = 204, description = "The session is over."), TooLarge, Always)
)]
pub(super) async fn log_out(
    State(state): State<AppState>,
    JsonBody(RefreshTokenBody { refresh_token }): JsonBody<RefreshTokenBody>,
) -> Result<StatusCode, AppError> {
    let missing = || AppError::bad_request("The field refresh_token is missing.");
    accounts::log_out(&state, refresh_token.ok_or_else(missing)?.reveal()).await?;
    Ok(StatusCode::NO_CONTENT)
}
