//! One session in memory: each statement of `db/session/`, said once more on a row.
//!
//! The model, the property tests and the simulator run the engine on it, millions of times.
//! `tests/api/engine.rs` plays the same random stories here and on the database, and compares.

use super::{MAX_REISSUES, Policy, Presented, Sessions};
use crate::{
    auth::server::tokens::refresh_token::TokenHash,
    db::session::SessionRow,
    error::EndReason,
    server::{clock::Timestamp, error::ServiceError},
};
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use uuid::Uuid;

/// A session that lives in memory.
#[derive(Debug)]
pub struct InMemorySession {
    row: Mutex<SessionRow>,
    policy: Policy,
}

impl InMemorySession {
    /// A session as a login begins it.
    pub fn begin(
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

    /// A session as it stands in a row.
    pub fn from_row(row: SessionRow, policy: Policy) -> Self {
        Self { row: Mutex::new(row), policy }
    }

    /// The row as it is now.
    pub fn row(&self) -> SessionRow {
        self.lock().clone()
    }

    /// Ends the session at `now`; the token is deleted.
    pub fn end(&self, reason: EndReason, now: Timestamp) -> bool {
        let mut row = self.lock();
        let was_running = row.revoked_at.is_none();
        if was_running {
            row.revoked_at = Some(now);
            row.revoked_reason = Some(reason.as_str().to_owned());
            row.token_hash = None;
        }
        was_running
    }

    fn lock(&self) -> MutexGuard<'_, SessionRow> {
        self.row.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `UPDATE … SET … WHERE … RETURNING`: writes where the condition holds.
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

/// The part of the row that every rotation writes.
fn spend(row: &mut SessionRow, generation: i64, presented: &Presented, now: Timestamp) {
    row.generation = generation;
    row.token_hash = Some(presented.successor.to_vec());
    let attempt = presented.attempt.map(TokenHash::to_vec).filter(|attempt| {
        // One that made the generation before proves nothing any more.
        row.attempt_hash.as_ref() != Some(attempt)
    });
    row.previous_attempt_hash = std::mem::replace(&mut row.attempt_hash, attempt);
    row.rotated_at = Some(now);
    row.last_seen_at = now;
    row.repeats = 0;
}

impl Sessions for InMemorySession {
    async fn rotate(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        let earliest = now.minus(self.policy.hold());
        let condition = |row: &SessionRow| {
            row.generation == i64::from(presented.generation)
                && presented.token.matches(row.token_hash.as_deref())
                && row.revoked_at.is_none()
                && row.expires_at > now
                && row.last_seen_at > self.policy.unused_since(now)
                && (row.rotated_at.is_none() || row.last_seen_at <= earliest)
        };
        Ok(self.update(condition, |row| spend(row, row.generation + 1, presented, now)))
    }

    async fn find(&self, presented: &Presented) -> Result<Option<SessionRow>, ServiceError> {
        Ok(Some(self.row()).filter(|row| row.id == presented.session))
    }

    async fn repeat(
        &self,
        presented: &Presented,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
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

    async fn adopt(
        &self,
        presented: &Presented,
        seen: i64,
        now: Timestamp,
    ) -> Result<Option<SessionRow>, ServiceError> {
        let condition = |row: &SessionRow| {
            row.generation == seen && row.revoked_at.is_none() && row.expires_at > now
        };
        let generation = i64::from(presented.generation.saturating_add(1));
        Ok(self.update(condition, |row| spend(row, generation, presented, now)))
    }

    async fn revoke(&self, _: &Presented) -> Result<bool, ServiceError> {
        // When it ended is nothing that the table asks.
        Ok(self.end(EndReason::Reuse, self.row().last_seen_at))
    }
}
