//! Refreshes sessions in the database, for the cookie API and the JSON API.

use super::{Sessions, issued_tokens::IssuedTokens, revocation};
use crate::{db::session, error::ServiceError, timing::TIMING};
use handstamp_engine::{
    clock::Timestamp,
    refresh_token::{RefreshToken, TokenHash},
    rotation::{self, Presented, Refreshed, SessionStore},
    session::SessionRow,
};
use handstamp_protocol::error::ErrorCode;
use tracing::Instrument;

/// Refreshes a session: rotates the refresh token, or reissues the tokens that were already issued for it.
///
/// `text` is the refresh token as received, and `attempt` the idempotency key of the request.
///
/// # Errors
/// `refresh_token_invalid` (row 1 of the state table) and the errors of [`refresh_parsed`].
pub async fn refresh(
    sessions: &Sessions,
    text: &str,
    attempt: Option<&str>,
) -> Result<IssuedTokens, ServiceError> {
    let parsed = tracing::trace_span!(target: TIMING, "verify")
        .in_scope(|| RefreshToken::parse(&sessions.keys, text));
    let token = parsed.map_err(|_| ErrorCode::RefreshTokenInvalid)?;
    refresh_parsed(sessions, token, attempt).await
}

/// Refreshes with a parsed token, as [`refresh`] does.
///
/// # Errors
/// The errors of [`rotation::refresh`].
pub async fn refresh_parsed(
    sessions: &Sessions,
    token: RefreshToken,
    attempt: Option<&str>,
) -> Result<IssuedTokens, ServiceError> {
    let successor = token.successor(&sessions.keys).map_err(|_| ErrorCode::RefreshTokenInvalid)?;
    let presented = Presented {
        session: token.session(),
        generation: token.generation(),
        token: token.hash(),
        successor: successor.hash(),
        attempt: attempt.map(TokenHash::of),
    };
    let now = sessions.clock.now();
    let refreshed = rotation::refresh(sessions, &presented, now, &sessions.policy).await;
    let Refreshed { session, rotated } = refreshed.inspect_err(|refused| {
        let generation = presented.generation;
        tracing::trace!(name: "refresh_token", target: TIMING, generation, outcome = refused.code.name());
    })?;
    let outcome = match (rotated, session.repeats) {
        (false, _) => "kept",
        (true, 0) => "rotated",
        (true, _) => "repeated",
    };
    let current = if rotated { successor } else { token };
    let generation = current.generation();
    tracing::trace!(name: "refresh_token", target: TIMING, generation, outcome);
    IssuedTokens::for_session(sessions, &session, current, rotated, now)
}

impl SessionStore for Sessions {
    type Error = ServiceError;

    async fn rotate(
        &self,
        presented: &Presented,
        _: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        // The batcher uses the time of the write, which may be later than that of the request.
        let waiting = tracing::trace_span!(target: TIMING, "db");
        self.batcher.rotate(presented).instrument(waiting).await
    }

    async fn find(&self, presented: &Presented) -> Result<Option<SessionRow>, ServiceError> {
        Ok(session::find(&self.db.reader, presented.session).await?)
    }

    async fn reissue(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        Ok(session::reissue(&self.db.writer, presented, now).await?)
    }

    async fn resume_from_token(
        &self,
        presented: &Presented,
        seen: i64,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        Ok(session::resume_from_token(&self.db.writer, presented, seen, now).await?)
    }

    async fn revoke(&self, presented: &Presented) -> Result<bool, ServiceError> {
        revocation::revoke_for_reuse(self, presented.session).await
    }
}
