//! Refreshing: the state table applied to the sessions. Only this module moves a session's generation.

mod batcher;
mod database;
mod decision;
#[cfg(test)]
mod decision_tests;
pub mod in_memory;

pub use batcher::Queue;
pub use database::{refresh, refresh_parsed};
pub use decision::{Decision, MAX_REISSUES, Policy, Presented, decide};

use crate::{
    db::session::SessionRow,
    error::{AppError, EndReason, ErrorCode},
    server::clock::Timestamp,
};

/// What a refresh asks of the place where sessions are kept. Each method is one step that either
/// happens as a whole or not at all; between two of them anybody may come.
///
/// The server's is the database (`stored.rs`, with the statements in `db/session/`). The proofs
/// run the same engine on [`in_memory`].
pub trait Sessions: Sync {
    /// Row 4 of the state table: if this token is current and not held, spends it. Answers the session
    /// as it is now, or nothing when the condition didn't hold.
    fn rotate(&self, presented: &Presented, now: Timestamp) -> impl Step<Option<SessionRow>>;

    /// Looks at the session.
    fn find(&self, presented: &Presented) -> impl Step<Option<SessionRow>>;

    /// Row 6: counts the repeat and lets the hold start anew, [`MAX_REISSUES`] times at the most; nothing
    /// when the session moved meanwhile. The window never starts anew.
    fn repeat(&self, presented: &Presented, now: Timestamp) -> impl Step<Option<SessionRow>>;

    /// Row 9: takes the token's successor as the current one, unless the session left the generation
    /// `seen` meanwhile.
    fn adopt(
        &self,
        presented: &Presented,
        seen: i64,
        now: Timestamp,
    ) -> impl Step<Option<SessionRow>>;

    /// Row 8: ends the session for reuse. Answers whether it was still running.
    fn revoke(&self, presented: &Presented) -> impl Step<bool>;
}

/// One step of [`Sessions`], under way.
pub trait Step<T>: Future<Output = Result<T, AppError>> + Send {}
impl<T, F: Future<Output = Result<T, AppError>> + Send> Step<T> for F {}

/// A row of the state table that answers with tokens.
#[derive(Debug)]
pub struct Granted {
    /// The session as it is now.
    pub row: SessionRow,
    /// Whether the client gets the successor; otherwise the token that it showed stays.
    pub replaces: bool,
}

impl Granted {
    /// After a write: nothing when someone was faster (row 10).
    fn written(row: Option<SessionRow>) -> Option<Self> {
        row.map(|row| Self { row, replaces: true })
    }
}

/// Applies the state table: row 4 first, because it is what nearly always happens and takes one step.
///
/// # Errors
/// The rows 2, 3, 7, 8 and 10 of the state table, or trouble with the place where sessions are kept.
pub async fn apply(
    sessions: &impl Sessions,
    presented: &Presented,
    now: Timestamp,
    policy: &Policy,
) -> Result<Granted, AppError> {
    if let Some(row) = sessions.rotate(presented, now).await? {
        return Ok(Granted { row, replaces: true });
    }
    for _ in 0..2 {
        if let Some(granted) = look_and_act(sessions, presented, now, policy).await? {
            return Ok(granted);
        }
    }
    Err(ErrorCode::RefreshConflict.into())
}

/// Looks at the session, decides, and writes. Nothing when someone was faster (row 10).
async fn look_and_act(
    sessions: &impl Sessions,
    presented: &Presented,
    now: Timestamp,
    policy: &Policy,
) -> Result<Option<Granted>, AppError> {
    let row = sessions.find(presented).await?;
    let decision = decide(presented, row.as_ref(), now, policy);
    let Some(row) = row else { return Err(ErrorCode::SessionExpired.into()) };
    match decision {
        Decision::Expired => Err(ErrorCode::SessionExpired.into()),
        Decision::Revoked(reason) => Err(AppError { reason, ..ErrorCode::SessionRevoked.into() }),
        Decision::Rotate => Ok(Granted::written(sessions.rotate(presented, now).await?)),
        Decision::Keep => Ok(Some(Granted { row, replaces: false })),
        Decision::Repeat => {
            let row = sessions.repeat(presented, now).await?;
            if row.as_ref().is_some_and(|row| row.repeats == MAX_REISSUES) {
                tracing::warn!(session = %presented.session, repeats = MAX_REISSUES,
                    "one refresh was repeated again and again: a client that no answer reaches, or somebody who keeps the session from rotating");
            }
            Ok(Granted::written(row))
        }
        Decision::Superseded => Err(ErrorCode::RefreshSuperseded.into()),
        Decision::Reuse { forged } => {
            end_for_reuse(sessions, presented, row.generation, forged).await?;
            Err(ErrorCode::RefreshTokenReused.into())
        }
        Decision::Adopt => {
            tracing::warn!(session = %presented.session, presented = presented.generation, stored = row.generation,
                "the database is behind a genuine refresh token: restored from a backup?");
            Ok(Granted::written(sessions.adopt(presented, row.generation, now).await?))
        }
    }
}

async fn end_for_reuse(
    sessions: &impl Sessions,
    presented: &Presented,
    stored: i64,
    forged: bool,
) -> Result<(), AppError> {
    let Presented { session, generation, .. } = presented;
    if forged {
        tracing::error!(%session, presented = generation, "a token of the current generation with a good tag and another secret: the server secret has leaked");
    }
    if sessions.revoke(presented).await? {
        tracing::warn!(%session, presented = generation, stored, reason = EndReason::Reuse.as_str(),
            "a spent refresh token came back: session revoked");
    }
    Ok(())
}
