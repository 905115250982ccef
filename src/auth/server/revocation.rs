//! Revocation that takes effect at once, without a look-up a request.
//!
//! The node holds the ids of the sessions that were revoked within the last access-token lifetime.
//! After that every access token of such a session has expired by itself, and the id is forgotten.

use crate::{
    db::{Db, session},
    server::clock::Timestamp,
};
use sea_orm::DbErr;
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};
use uuid::Uuid;

/// The sessions whose access tokens are refused although they are still good.
#[derive(Debug)]
pub struct RevokedSessions {
    kept_for: Duration,
    revoked: RwLock<HashMap<Uuid, Timestamp>>,
}

impl RevokedSessions {
    /// Reads from the database what was revoked within the last access-token lifetime.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(db: &Db, access_lifetime: Duration, now: Timestamp) -> Result<Self, DbErr> {
        // A token's expiry is rounded up to a whole second.
        let kept_for = access_lifetime + Duration::from_secs(1);
        let revoked = session::revoked_since(db, now.minus(kept_for)).await?.into_iter().collect();
        Ok(Self { kept_for, revoked: RwLock::new(revoked) })
    }

    /// Remembers that a session was revoked at `now`.
    pub fn add(&self, session: Uuid, now: Timestamp) {
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).insert(session, now);
    }

    /// Forgets the sessions whose access tokens have all expired by themselves.
    pub fn forget_old(&self, now: Timestamp) {
        let oldest = now.minus(self.kept_for);
        self.revoked.write().unwrap_or_else(PoisonError::into_inner).retain(|_, at| *at > oldest);
    }

    /// Whether a session was revoked.
    pub fn contains(&self, session: Uuid) -> bool {
        self.revoked.read().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }
}
