//! Verifies the access token of a request, without a database query.

use crate::engine::access_token::{Claims, Refused};
use crate::{
    protocol::error::{AppError, ErrorCode},
    server::{
        state::AppState,
        timing::{self, Part},
    },
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use std::sync::Arc;

/// The user and the session of a request, from its access token.
#[derive(Debug, Clone)]
pub struct Authenticated(pub Arc<Claims>);

/// Verifies the access token in the `Authorization` header, the only place where one is accepted (RFC 6750 §2.1).
///
/// # Errors
/// `access_token_missing`, `access_token_invalid`, `access_token_expired` or `session_revoked`.
pub fn authenticate(state: &AppState, headers: &HeaderMap) -> Result<Authenticated, AppError> {
    let text = bearer(headers).ok_or(ErrorCode::AccessTokenMissing)?;
    let verified = timing::within(Part::Verify, || {
        state.sessions.access_tokens.verify(text, state.clock.now())
    });
    let claims = verified.map_err(|refused| match refused {
        Refused::Invalid => ErrorCode::AccessTokenInvalid.into(),
        Refused::Expired => {
            AppError { status: state.config.expired_status, ..ErrorCode::AccessTokenExpired.into() }
        }
    })?;
    if state.sessions.revoked.contains(claims.sid) {
        return Err(ErrorCode::SessionRevoked.into());
    }
    Ok(Authenticated(claims))
}

impl FromRequestParts<AppState> for Authenticated {
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
