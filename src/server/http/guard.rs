//! Verifies the access token of a request, without a database query.

use super::state::AppState;
use crate::{sessions::current_user::CurrentUser, timing::TIMING};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use handstamp_engine::access_token::TokenError;
use handstamp_protocol::error::{AppError, ErrorCode};

/// Verifies the access token in the `Authorization` header, the only place where one is accepted (RFC 6750 §2.1).
///
/// # Errors
/// `access_token_missing`, `access_token_invalid`, `access_token_expired` or `session_revoked`.
pub fn authenticate(state: &AppState, headers: &HeaderMap) -> Result<CurrentUser, AppError> {
    let text = bearer(headers).ok_or(ErrorCode::AccessTokenMissing)?;
    verify(state, text).inspect_err(|refused| {
        tracing::trace!(name: "access_token", target: TIMING, outcome = refused.code.name());
    })
}

fn verify(state: &AppState, text: &str) -> Result<CurrentUser, AppError> {
    let verified = tracing::trace_span!(target: TIMING, "verify")
        .in_scope(|| state.sessions.access_tokens.verify(text, state.clock.now()));
    let claims = verified.map_err(|refused| match refused {
        TokenError::Invalid => ErrorCode::AccessTokenInvalid.into(),
        TokenError::Expired => {
            AppError { status: state.config.expired_status, ..ErrorCode::AccessTokenExpired.into() }
        }
    })?;
    if state.sessions.revoked.contains(claims.sid) {
        return Err(ErrorCode::SessionRevoked.into());
    }
    Ok(CurrentUser::new(claims))
}

impl FromRequestParts<AppState> for CurrentUser {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, AppError> {
        authenticate(state, &parts.headers)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && !token.is_empty())
}
