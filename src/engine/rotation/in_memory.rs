//! A store of one session in memory. Each method does what the SQL statement of `db/session/` does.
//!
//! The model, the property tests and the simulator run the engine on it. `tests/api/engine.rs` runs the same random
//! sequences here and on the database, and compares the results.

use super::{MAX_REISSUES, Policy, Presented, SessionStore};
use crate::{clock::Timestamp, refresh_token::TokenHash, session::SessionRow};
use handstamp_protocol::error::{AppError, EndReason};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// A session in memory.
#[derive(Debug)]
pub struct InMemorySession {
    row: Mutex<SessionRow>,
    policy: Policy,
}

impl InMemorySession {
    /// Starts a session, as a login does.
    pub fn start(
        id: Uuid,
        first: TokenHash,
        lifetime: Duration,
        now: Timestamp,
        policy: Policy,
    ) -> Self {
        Self::from_row(
            SessionRow {
                id,
                user_id: Uuid::nil(),
                generation: 0,
                token_hash: Some(first.to_vec()),
                attempt_hash: None,
                previous_attempt_hash: None,
                created_at: now,
                rotated_at: None,
                expires_at: now.plus(lifetime),
                last_seen_at: now,
                repeats: 0,
                confirmed_at: None,
                revoked_at: None,
                revoked_reason: None,
                user_agent: None,
                ip: None,
                username: String::new(),
                email: String::new(),
            },
            policy,
        )
    }

    /// Creates the store from a row.
    pub fn from_row(row: SessionRow, policy: Policy) -> Self {
        Self { row: Mutex::new(row), policy }
    }

    /// Returns a copy of the row.
    pub fn row(&self) -> SessionRow {
        self.lock().clone()
    }

    /// Revokes the session at `now` and deletes the hash of its token. Returns whether it was active.
    pub fn end(&self, reason: EndReason, now: Timestamp) -> bool {
        let mut row = self.lock();
        let was_active = row.revoked_at.is_none();
        if was_active {
            row.revoked_at = Some(now);
            row.revoked_reason = Some(reason.as_str().to_owned());
            row.token_hash = None;
        }
        was_active
    }

    fn lock(&self) -> MutexGuard<'_, SessionRow> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `UPDATE … SET … WHERE … RETURNING`: writes if the condition holds.
    fn update(
        &self,
        condition: impl FnOnce(&SessionRow) -> bool,
        write: impl FnOnce(&mut SessionRow),
    ) -> Option<SessionRow> {
        let mut row = self.lock();
        condition(&row).then(|| {
            write(&mut row);
            row.clone()
        })
    }
}

/// Writes what every rotation writes.
fn write_rotation(row: &mut SessionRow, generation: i64, presented: &Presented, now: Timestamp) {
    row.generation = generation;
    row.token_hash = Some(presented.successor.to_vec());
    let attempt = presented.attempt.map(TokenHash::to_vec).filter(|attempt| {
        // A key that was used for the previous generation proves nothing.
        row.attempt_hash.as_ref() != Some(attempt)
    });
    row.previous_attempt_hash = std::mem::replace(&mut row.attempt_hash, attempt);
    row.rotated_at = Some(now);
    row.last_seen_at = now;
    row.repeats = 0;
}

impl SessionStore for InMemorySession {
    type Error = AppError;

    async fn rotate(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, AppError> {
        let earliest = now.minus(self.policy.min_rotation_interval());
        let condition = |row: &SessionRow| {
            row.generation == i64::from(presented.generation)
                && presented.token.matches(row.token_hash.as_deref())
                && row.revoked_at.is_none()
                && row.expires_at > now
                && row.last_seen_at > self.policy.idle_since(now)
                && (row.rotated_at.is_none() || row.last_seen_at <= earliest)
        };
        Ok(self.update(condition, |row| write_rotation(row, row.generation + 1, presented, now)))
    }

    async fn find(&self, presented: &Presented) -> Result<Option<SessionRow>, AppError> {
        Ok(Some(self.row()).filter(|row| row.id == presented.session))
    }

    async fn reissue(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, AppError> {
        let condition = |row: &SessionRow| {
            presented.successor.matches(row.token_hash.as_deref())
                && row.revoked_at.is_none()
                && row.expires_at > now
        };
        Ok(self.update(condition, |row| {
            if row.repeats < MAX_REISSUES {
                row.last_seen_at = row.last_seen_at.max(now);
            }
            row.repeats += 1;
        }))
    }

    async fn resume_from_token(
        &self,
        presented: &Presented,
        seen: i64,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, AppError> {
        let condition = |row: &SessionRow| {
            row.generation == seen && row.revoked_at.is_none() && row.expires_at > now
        };
        let generation = i64::from(presented.generation.saturating_add(1));
        Ok(self.update(condition, |row| write_rotation(row, generation, presented, now)))
    }

    async fn revoke(&self, _: &Presented) -> Result<bool, AppError> {
        // The table does not depend on the time of the revocation.
        Ok(self.end(EndReason::Reuse, self.row().last_seen_at))
    }
}
