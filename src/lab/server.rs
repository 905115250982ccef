//! The implementation of the lab's server functions. They work only in a demo, and only on the caller's own session.

use super::types::{CopiedToken, CopyResult, ShortenedToken};
use anyhow::anyhow;
use handstamp_engine::{
    access_token::{Subject, seconds_left},
    clock::Timestamp,
    refresh_token::RefreshToken,
};
use handstamp_leptos::auth_request::AuthRequest;
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};
use handstamp_server::{
    db::{self, session},
    error::ServiceError,
    http::state::AppState,
    sessions::{current_user::CurrentUser, refresh, revocation},
    timing::TIMING,
};
use leptos::prelude::use_context;
use quick_cache::sync::Cache;
use std::{fmt, sync::Arc, time::Duration};
use uuid::Uuid;

/// When there are more copies, the oldest are dropped.
const MAX_COPIES: usize = 1000;

const MAX_SHORTENED_TTL_SECONDS: u32 = 300;

const MAX_PASSED_SECONDS: u32 = 400 * 86_400;

/// The copied refresh tokens by session. They are only in memory.
pub struct CopiedTokens(Cache<Uuid, RefreshToken>);

impl Default for CopiedTokens {
    fn default() -> Self {
        Self(Cache::new(MAX_COPIES))
    }
}

impl fmt::Debug for CopiedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CopiedTokens").field("copies", &self.0.len()).finish()
    }
}

/// Returns the request of a server function of the lab.
///
/// # Errors
/// `not_found` without a demo.
pub fn open() -> Result<AuthRequest, ServiceError> {
    let request = AuthRequest::from_context()?;
    if request.state.config.demo { Ok(request) } else { Err(ErrorCode::NotFound.into()) }
}

/// Issues an access token that expires after this many seconds, or with the one that was sent.
///
/// # Errors
/// `validation` if `seconds` is out of range.
pub fn shorten_access_token(
    state: &AppState,
    current: &CurrentUser,
    seconds: u32,
) -> Result<ShortenedToken, ServiceError> {
    if !(1..=MAX_SHORTENED_TTL_SECONDS).contains(&seconds) {
        return Err(AppError::field("seconds", "Choose 1 to 300 seconds.").into());
    }
    let now = state.clock.now();
    // In whole seconds, as `exp` is: the client waits until the token has expired.
    let end = now.plus(Duration::from_secs(seconds.into())).seconds_up().min(current.claims().exp);
    issue_until(state, current, end)
}

/// Issues an access token for the session of another one, which expires at `end`, in seconds since the Unix epoch.
fn issue_until(
    state: &AppState,
    current: &CurrentUser,
    end: i64,
) -> Result<ShortenedToken, ServiceError> {
    let now = state.clock.now();
    let subject = Subject {
        user: current.user_id(),
        session: current.session_id(),
        authenticated_at: Timestamp(current.claims().auth_time.saturating_mul(1000)),
        session_ends_at: Timestamp(end.saturating_mul(1000)),
    };
    let issued = state.sessions.access_tokens.issue(subject, now);
    let (access_token, _) = issued.map_err(ServiceError::internal)?;
    let expires_in = seconds_left(subject.session_ends_at, now);
    Ok(ShortenedToken { access_token, expires_in })
}

/// Moves all times of the caller's session into the past, so that the server decides as if `seconds` had passed for
/// this session alone. Returns an access token whose life is as much shorter.
///
/// # Errors
/// `validation` if `seconds` is out of range.
pub async fn pass_time(
    state: &AppState,
    current: &CurrentUser,
    seconds: u32,
) -> Result<ShortenedToken, ServiceError> {
    if !(1..=MAX_PASSED_SECONDS).contains(&seconds) {
        return Err(AppError::field("seconds", "Choose 1 second to 400 days.").into());
    }
    let sql = "UPDATE sessions SET created_at = created_at - $1, rotated_at = rotated_at - $1, \
               last_seen_at = last_seen_at - $1, confirmed_at = confirmed_at - $1, \
               expires_at = expires_at - $1 WHERE id = $2 AND revoked_at IS NULL";
    let passed = i64::from(seconds) * 1000;
    db::execute(&state.db.writer, sql, [passed.into(), current.session_id().into()]).await?;
    let now = state.clock.now();
    let end = current.claims().exp.saturating_sub(seconds.into());
    // `exp` is rounded up, so a token that has expired needs an earlier one.
    issue_until(state, current, end.max(now.minus(Duration::from_secs(1)).seconds()))
}

/// Ends the caller's session as the same user would on another device.
///
/// # Errors
/// Fails if the database fails.
pub async fn end_session(state: &AppState, current: &CurrentUser) -> Result<(), ServiceError> {
    let id = current.session_id();
    revocation::revoke(&state.sessions, id, EndReason::EndedElsewhere).await.map(|_| ())
}

/// Copies the caller's refresh token, as malware on their device could.
///
/// # Errors
/// `refresh_token_missing`, `refresh_token_invalid`; `session_expired` if the session no longer exists,
/// `session_revoked` if it was ended.
pub async fn copy_refresh_token(request: &AuthRequest) -> Result<CopiedToken, ServiceError> {
    let (state, token) = (&request.state, request.refresh_token()?);
    let row = session::find(&state.db.reader, token.session()).await?;
    let row = row.ok_or(ErrorCode::SessionExpired)?;
    if let Some(reason) = row.end_reason() {
        return Err(AppError { reason: Some(reason), ..ErrorCode::SessionRevoked.into() }.into());
    }
    let policy = &state.sessions.policy;
    let rotates_at = row.rotated_at.map(|_| row.last_seen_at.plus(policy.min_rotation_interval()));
    let copy = CopiedToken {
        generation: token.generation(),
        rotates_in: rotates_at.map_or(0, |at| millis(at.since(state.clock.now()))),
    };
    tracing::trace!(name: "refresh_token", target: TIMING, generation = copy.generation, outcome = "copied");
    copied_tokens()?.0.insert(token.session(), token);
    Ok(copy)
}

/// Refreshes with the copy, as an attacker would on another device: without the attempt id.
///
/// # Errors
/// `not_found` without a copy, and errors other than 401 and 409 of the refresh.
pub async fn refresh_with_copy(request: &AuthRequest) -> Result<CopyResult, ServiceError> {
    let (state, session) = (&request.state, request.refresh_token()?.session());
    let copied = copied_tokens()?;
    let (_, copy) = copied.0.remove(&session).ok_or(ErrorCode::NotFound)?;
    let shown = copy.generation();
    match refresh::refresh(&state.sessions, copy.expose_secret(), None).await {
        Ok(issued) => {
            let holds = Some(issued.refresh_token.generation());
            copied.0.insert(session, issued.refresh_token);
            Ok(CopyResult { shown, holds, refused: None })
        }
        Err(error) if matches!(error.status, 401 | 409) => {
            Ok(CopyResult { shown, holds: None, refused: Some(error.code) })
        }
        Err(error) => {
            copied.0.insert(session, copy);
            Err(error)
        }
    }
}

fn copied_tokens() -> Result<Arc<CopiedTokens>, ServiceError> {
    use_context()
        .ok_or_else(|| ServiceError::internal(anyhow!("a server function ran outside of the demo")))
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}
