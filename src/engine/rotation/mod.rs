//! Rotation of refresh tokens: applies the state table to a session in a store. Nothing else changes a session's
//! generation.

mod decision;
#[cfg(test)]
mod decision_tests;
pub mod in_memory;

pub use decision::{Decision, MAX_REISSUES, Policy, Presented, decide};

use super::{clock::Timestamp, session::SessionRow};
use handstamp_protocol::error::{AppError, EndReason, ErrorCode};

/// Where sessions are stored. Each method is one atomic step; other requests may change the session between two steps.
///
/// The server implements it on a database. The proofs run the same engine on [`in_memory`].
pub trait SessionStore: Sync {
    /// What a step fails with, such as a database error.
    type Error: From<AppError> + Send;

    /// Row 4 of the state table: rotates the session if the token is current and older than the minimum rotation
    /// interval. Returns the session after the rotation, or `None` if the condition was not met.
    fn rotate(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> impl Step<Option<SessionRow>, Self::Error>;

    /// Returns the session of the token, if it exists.
    fn find(&self, presented: &Presented) -> impl Step<Option<SessionRow>, Self::Error>;

    /// Row 6: counts the reissue and restarts the minimum rotation interval, at most [`MAX_REISSUES`] times. The reuse
    /// window is not restarted. Returns `None` if the session has rotated since it was read.
    fn reissue(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> impl Step<Option<SessionRow>, Self::Error>;

    /// Row 9: makes the token's successor the current token. Returns `None` if the session is no longer at the
    /// generation `seen`.
    fn resume_from_token(
        &self,
        presented: &Presented,
        seen: i64,
        now: Timestamp,
    ) -> impl Step<Option<SessionRow>, Self::Error>;

    /// Row 8: revokes the session for reuse. Returns whether it was active.
    fn revoke(&self, presented: &Presented) -> impl Step<bool, Self::Error>;
}

/// The future of one step of a [`SessionStore`].
pub trait Step<T, E>: Future<Output = Result<T, E>> + Send {}
impl<T, E, F: Future<Output = Result<T, E>> + Send> Step<T, E> for F {}

/// What a refresh has done, if it returns tokens.
#[derive(Debug)]
pub struct Refreshed {
    /// The session after the refresh.
    pub session: SessionRow,
    /// Whether the client receives the successor; otherwise it keeps the token that it presented.
    pub rotated: bool,
}

impl Refreshed {
    /// The session after a conditional write, or `None` if another request was faster (row 10).
    fn written(session: Option<SessionRow>) -> Option<Self> {
        session.map(|session| Self { session, rotated: true })
    }
}

/// Refreshes a session. Row 4 is tried first: it is the usual case and takes one step.
///
/// # Errors
/// `session_expired` (row 2), `session_revoked` (3), `refresh_superseded` (7), `refresh_token_reused` (8) and
/// `refresh_conflict` (10) of the state table, and the errors of the store.
pub async fn refresh<S: SessionStore>(
    store: &S,
    presented: &Presented,
    now: Timestamp,
    policy: &Policy,
) -> Result<Refreshed, S::Error> {
    if let Some(session) = store.rotate(presented, now).await? {
        return Ok(Refreshed { session, rotated: true });
    }
    for _ in 0..2 {
        if let Some(refreshed) = attempt(store, presented, now, policy).await? {
            return Ok(refreshed);
        }
    }
    Err(refused(ErrorCode::RefreshConflict))
}

/// Reads the session, decides, and writes. Returns `None` if another request was faster (row 10).
async fn attempt<S: SessionStore>(
    store: &S,
    presented: &Presented,
    now: Timestamp,
    policy: &Policy,
) -> Result<Option<Refreshed>, S::Error> {
    let session = store.find(presented).await?;
    let decision = decide(presented, session.as_ref(), now, policy);
    let Some(session) = session else { return Err(refused(ErrorCode::SessionExpired)) };
    match decision {
        Decision::Expired => Err(refused(ErrorCode::SessionExpired)),
        Decision::Revoked(reason) => {
            Err(AppError { reason, ..ErrorCode::SessionRevoked.into() }.into())
        }
        Decision::Rotate => Ok(Refreshed::written(store.rotate(presented, now).await?)),
        Decision::Keep => Ok(Some(Refreshed { session, rotated: false })),
        Decision::Reissue => {
            let session = store.reissue(presented, now).await?;
            if session.as_ref().is_some_and(|session| session.repeats == MAX_REISSUES) {
                tracing::warn!(event = "refresh_reissue_limit_reached", session = %presented.session, reissues = MAX_REISSUES,
                    "the same refresh was repeated many times: a client that receives no response, or an attacker who keeps the session from rotating");
            }
            Ok(Refreshed::written(session))
        }
        Decision::Superseded => Err(refused(ErrorCode::RefreshSuperseded)),
        Decision::Reuse { forged } => {
            revoke_for_reuse(store, presented, session.generation, forged).await?;
            Err(refused(ErrorCode::RefreshTokenReused))
        }
        Decision::ResumeFromToken => {
            tracing::warn!(event = "refresh_token_ahead_of_database", session = %presented.session, presented = presented.generation, stored = session.generation,
                "the database is behind a genuine refresh token: it may have been restored from a backup");
            let resumed = store.resume_from_token(presented, session.generation, now).await?;
            Ok(Refreshed::written(resumed))
        }
    }
}

fn refused<E: From<AppError>>(code: ErrorCode) -> E {
    AppError::new(code).into()
}

async fn revoke_for_reuse<S: SessionStore>(
    store: &S,
    presented: &Presented,
    stored: i64,
    forged: bool,
) -> Result<(), S::Error> {
    let Presented { session, generation, .. } = presented;
    if forged {
        tracing::error!(event = "refresh_token_forged", %session, presented = generation,
            "a refresh token of the current generation has a valid tag and another secret: the server secret has leaked");
    }
    if store.revoke(presented).await? {
        tracing::warn!(event = "session_revoked_for_reuse", %session, presented = generation, stored, reason = EndReason::Reuse.as_str(),
            "a rotated refresh token was presented again: session revoked");
    }
    Ok(())
}
