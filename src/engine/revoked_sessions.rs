//! The sessions whose access tokens are refused before they expire.
//!
//! The set holds the sessions that were revoked within the last access-token lifetime. Access tokens of sessions that
//! were revoked earlier have expired.

use super::clock::Timestamp;
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};
use uuid::Uuid;

/// Added to the lifetime of access tokens: their expiry is rounded up to a second, and a refresh that waits for the
/// database may return a token some seconds after the time of the revocation.
pub const MARGIN: Duration = Duration::from_secs(30);

/// A set of revoked sessions, shared by all requests.
#[derive(Debug)]
pub struct RevokedSessions {
    retention: Duration,
    revoked: RwLock<HashMap<Uuid, Timestamp>>,
}

impl RevokedSessions {
    /// Creates the set for access tokens of this lifetime. `revoked` are the sessions that were revoked within
    /// [`Self::retention`], with the time.
    pub fn new(
        access_token_lifetime: Duration,
        revoked: impl IntoIterator<Item = (Uuid, Timestamp)>,
    ) -> Self {
        Self {
            retention: Self::retention(access_token_lifetime),
            revoked: RwLock::new(revoked.into_iter().collect()),
        }
    }

    /// Returns how long a revoked session stays in the set.
    pub fn retention(access_token_lifetime: Duration) -> Duration {
        access_token_lifetime + MARGIN
    }

    /// Adds a session that was revoked at `now`.
    pub fn add(&self, session: Uuid, now: Timestamp) {
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).insert(session, now);
    }

    /// Removes the sessions whose access tokens have all expired.
    pub fn purge(&self, now: Timestamp) {
        let oldest = now.minus(self.retention);
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).retain(|_, at| *at > oldest);
    }

    /// Returns whether a session was revoked.
    pub fn contains(&self, session: Uuid) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }
}
