//! Refreshing: the state table applied to the database. Only this module moves a session's generation.

mod table;

pub use table::{Decision, Policy, Presented, decide};

use super::{
    accounts::Grant,
    revocation,
    stamp::{Fingerprint, RefreshToken},
};
use crate::{
    db::session::{self, SessionRow},
    error::{AppError, EndReason, ErrorCode},
    server::{clock::Timestamp, state::AppState},
};

/// Refreshes: spends a refresh token, or repeats what was already issued for it.
///
/// `text` is the refresh token as it came; `attempt` the attempt id, if there was one.
/// The grant's refresh token is set where the client has to replace the one it holds.
///
/// # Errors
/// The rows 1, 2, 3, 7, 8 and 10 of the state table, or trouble with the database.
pub async fn refresh(
    state: &AppState,
    text: &str,
    attempt: Option<&str>,
) -> Result<Grant, AppError> {
    let token =
        RefreshToken::parse(&state.keys, text).map_err(|_| ErrorCode::RefreshTokenInvalid)?;
    let successor = token.successor(&state.keys).map_err(|_| ErrorCode::RefreshTokenInvalid)?;
    let presented = Presented {
        token: &token,
        successor: successor.hash(),
        attempt: attempt.map(Fingerprint::of),
    };
    let now = state.clock.now();

    // Row 4 is what nearly always happens: one statement, nothing before it, nothing after it.
    if let Some(row) = session::rotate(&state.db, &presented, now, &state.policy).await? {
        return Grant::for_session(state, &row, Some(successor), now);
    }
    for _ in 0..2 {
        if let Some(Applied { row, replaces }) = apply(state, &presented, now).await? {
            return Grant::for_session(state, &row, replaces.then_some(successor), now);
        }
    }
    Err(ErrorCode::RefreshConflict.into())
}

/// A row of the state table that answers with tokens.
struct Applied {
    /// The session as it is now.
    row: SessionRow,
    /// Whether the client gets the successor; otherwise its token stays.
    replaces: bool,
}

impl Applied {
    /// After a write: nothing when someone was faster (row 10).
    fn written(row: Option<SessionRow>) -> Option<Self> {
        row.map(|row| Self { row, replaces: true })
    }
}

/// Looks at the session, decides, and writes. Nothing when someone was faster (row 10).
async fn apply(
    state: &AppState,
    presented: &Presented<'_>,
    now: Timestamp,
) -> Result<Option<Applied>, AppError> {
    let (db, policy, token) = (&state.db, &state.policy, presented.token);
    let row = session::find(db, token.session()).await?;
    let decision = decide(presented, row.as_ref(), now, policy);
    let Some(row) = row else { return Err(ErrorCode::SessionExpired.into()) };
    match decision {
        Decision::Expired => Err(ErrorCode::SessionExpired.into()),
        Decision::Revoked(reason) => Err(AppError { reason, ..ErrorCode::SessionRevoked.into() }),
        Decision::Rotate => {
            Ok(Applied::written(session::rotate(db, presented, now, policy).await?))
        }
        Decision::Keep => Ok(Some(Applied { row, replaces: false })),
        Decision::Repeat { late: false } => Ok(Some(Applied { row, replaces: true })),
        Decision::Repeat { late: true } => {
            Ok(Applied::written(session::restart_hold(db, presented, now).await?))
        }
        Decision::Superseded => Err(ErrorCode::RefreshSuperseded.into()),
        Decision::Reuse { forged } => {
            end_for_reuse(state, token, row.generation, forged).await?;
            Err(ErrorCode::RefreshTokenReused.into())
        }
        Decision::Adopt => {
            tracing::warn!(session = %token.session(), presented = token.generation(), stored = row.generation,
                "the database is behind a genuine refresh token: restored from a backup?");
            Ok(Applied::written(session::adopt(db, presented, row.generation, now).await?))
        }
    }
}

async fn end_for_reuse(
    state: &AppState,
    token: &RefreshToken,
    stored: i64,
    forged: bool,
) -> Result<(), AppError> {
    let (session, presented) = (token.session(), token.generation());
    if forged {
        tracing::error!(%session, presented, "a token of the current generation with a good tag and another secret: the server secret has leaked");
    }
    if revocation::revoke(state, session, EndReason::Reuse).await? {
        tracing::warn!(%session, presented, stored, "a spent refresh token came back: session revoked");
    }
    Ok(())
}
