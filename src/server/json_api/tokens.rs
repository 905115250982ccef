//! `POST /api/login`, `/api/refresh` and `/api/logout`: like the cookie API, but with the tokens in the body.

use super::{
    extract::{IdempotencyKey, JsonBody},
    openapi::responses::{Always, NotLoggedIn, NotRefreshed, TooMany, WithBody},
};
use crate::{
    accounts::{login, sessions},
    device::Device,
    error::ServiceError,
    http::{problem, state::AppState},
    sessions::{issued_tokens::IssuedTokens, refresh},
};
use axum::{
    Json,
    extract::State,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    json_api::{Login, NativeTokens, RefreshTokenBody},
    types::RefreshTokenText,
};

/// Logs in
///
/// Starts a session. The response to an unknown user and to a wrong password is the same. If two-step login is
/// on, a correct password without a code gets `second_factor_required`; send it again with a `code`.
#[utoipa::path(
    post, path = "/api/login", operation_id = "log_in", tag = "Tokens", request_body = Login,
    responses((status = 200, description = "Logged in.", body = NativeTokens), NotLoggedIn, WithBody, TooMany, Always)
)]
pub(super) async fn log_in(
    State(state): State<AppState>,
    device: Device,
    JsonBody(Login { username, password, code }): JsonBody<Login>,
) -> Result<Json<NativeTokens>, ServiceError> {
    let tokens =
        login::log_in(&state.accounts, &username, password, code.as_deref(), device).await?;
    Ok(Json(tokens.into()))
}

/// Refreshes
///
/// Spends the refresh token and returns its successor, with a new access token. A retry within the reuse window, or
/// later with the same `Idempotency-Key`, returns the same successor. Any other use of a spent token ends the session.
#[utoipa::path(
    post, path = "/api/refresh", operation_id = "refresh", tag = "Tokens", request_body = RefreshTokenBody, params(IdempotencyKey),
    responses(
        (status = 200, description = "Refreshed. Store both tokens.", body = NativeTokens),
        NotRefreshed, WithBody, Always
    )
)]
pub(super) async fn refresh(
    State(state): State<AppState>,
    IdempotencyKey(attempt): IdempotencyKey,
    JsonBody(RefreshTokenBody { refresh_token }): JsonBody<RefreshTokenBody>,
) -> Result<Json<NativeTokens>, ServiceError> {
    let token = refresh_token.ok_or(ErrorCode::RefreshTokenMissing)?;
    let tokens =
        refresh::refresh(&state.sessions, token.expose_secret(), attempt.as_deref()).await?;
    Ok(Json(tokens.into()))
}

/// Sets the challenge of a refused refresh, which concerns the token in the body and not an access token: a client that
/// refreshes on `Bearer error="invalid_token"` must not do so here.
pub(super) async fn challenge_for_refresh(mut response: Response) -> Response {
    let error = response.extensions().get::<AppError>();
    if error.is_some_and(|error| error.code == ErrorCode::SessionRevoked) {
        let challenge = HeaderValue::from_static(problem::REFRESH_CHALLENGE);
        response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Logs out
///
/// Ends the session of this refresh token, of any generation. Also succeeds if the token is unknown (RFC 7009 §2.2).
#[utoipa::path(
    post, path = "/api/logout", operation_id = "log_out", tag = "Tokens", request_body = RefreshTokenBody,
    responses((status = 204, description = "The session has ended."), WithBody, Always)
)]
pub(super) async fn log_out(
    State(state): State<AppState>,
    JsonBody(RefreshTokenBody { refresh_token }): JsonBody<RefreshTokenBody>,
) -> Result<StatusCode, ServiceError> {
    let missing = || AppError::bad_request("The field refresh_token is missing.");
    sessions::log_out(&state.accounts, refresh_token.ok_or_else(missing)?.expose_secret()).await?;
    Ok(StatusCode::NO_CONTENT)
}

impl From<IssuedTokens> for NativeTokens {
    fn from(tokens: IssuedTokens) -> Self {
        Self {
            refresh_token_expires_in: tokens.session_expires_in(),
            access_token: tokens.access_token,
            token_type: "Bearer".to_owned(),
            expires_in: tokens.expires_in,
            refresh_token: RefreshTokenText::new(tokens.refresh_token.expose_secret().to_owned()),
        }
    }
}
