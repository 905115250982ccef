//! Refreshing on the database: what both doors call.

use super::{Granted, Presented, Sessions, apply};
use crate::{
    auth::server::{
        sessions::{issued_tokens::IssuedTokens, revocation},
        tokens::refresh_token::{RefreshToken, TokenHash},
    },
    db::session::{self, SessionRow},
    error::ErrorCode,
    server::{
        clock::Timestamp,
        error::ServiceError,
        state::AppState,
        timing::{self, Part},
    },
};

/// Refreshes: spends a refresh token, or repeats what was already issued for it.
///
/// `text` is the refresh token as it came; `attempt` the attempt id, if there was one.
/// The grant says whether the client has to replace the refresh token that it holds.
///
/// # Errors
/// The rows 1, 2, 3, 7, 8 and 10 of the state table, or trouble with the database.
pub async fn refresh(
    state: &AppState,
    text: &str,
    attempt: Option<&str>,
) -> Result<IssuedTokens, ServiceError> {
    let parsed = timing::within(Part::Verify, || RefreshToken::parse(&state.keys, text));
    let token = parsed.map_err(|_| ErrorCode::RefreshTokenInvalid)?;
    refresh_parsed(state, token, attempt).await
}

/// Refreshes with a token that is parsed already, as [`refresh`] does.
///
/// # Errors
/// The rows 2, 3, 7, 8 and 10 of the state table, or the database's error.
pub async fn refresh_parsed(
    state: &AppState,
    token: RefreshToken,
    attempt: Option<&str>,
) -> Result<IssuedTokens, ServiceError> {
    let successor = token.successor(&state.keys).map_err(|_| ErrorCode::RefreshTokenInvalid)?;
    let presented = Presented {
        session: token.session(),
        generation: token.generation(),
        token: token.hash(),
        successor: successor.hash(),
        attempt: attempt.map(TokenHash::of),
    };
    let now = state.clock.now();
    let Granted { row, replaces } = apply(state, &presented, now, &state.policy).await?;
    let how = match (replaces, row.repeats) {
        (false, _) => "kept",
        (true, 0) => "rotated",
        (true, _) => "repeated",
    };
    let current = if replaces { &successor } else { &token };
    timing::record_rotation(current.generation(), how);
    IssuedTokens::for_session(state, &row, if replaces { successor } else { token }, replaces, now)
}

impl Sessions for AppState {
    async fn rotate(
        &self,
        presented: &Presented,
        _: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        // It counts when it is written, and that may be later than when it was asked.
        timing::during(Part::Db, self.rotations.rotate(presented)).await
    }

    async fn find(&self, presented: &Presented) -> Result<Option<SessionRow>, ServiceError> {
        Ok(session::find(&self.db, presented.session).await?)
    }

    async fn repeat(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        Ok(session::repeat(&self.writer, presented, now).await?)
    }

    async fn adopt(
        &self,
        presented: &Presented,
        seen: i64,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        Ok(session::adopt(&self.writer, presented, seen, now).await?)
    }

    async fn revoke(&self, presented: &Presented) -> Result<bool, ServiceError> {
        revocation::revoke_for_reuse(self, presented.session).await
    }
}
