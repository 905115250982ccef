//! Revocation that takes effect at once, without a look-up a request.
//!
//! The node holds the ids of the sessions that were revoked within the last access-token lifetime.
//! After that every access token of such a session has expired by itself, and the id is forgotten.

mod feed;

pub use feed::follow;

use crate::{
    db::{Db, in_time, session},
    error::{AppError, EndReason},
    server::{clock::Timestamp, state::AppState},
};
use sea_orm::DbErr;
use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};
use tracing::Instrument;
use uuid::Uuid;

/// A token's expiry is rounded up to a whole second, and a refresh that waits for the database may be
/// answered some seconds after the revocation was dated.
const MARGIN: Duration = Duration::from_secs(30);

/// Ends a session, in the database and on this node. Answers whether it was still running.
///
/// # Errors
/// The database's.
pub async fn revoke(state: &AppState, id: Uuid, reason: EndReason) -> Result<bool, AppError> {
    let state = state.clone();
    to_the_end(async move {
        let now = state.clock.now();
        let was_running = session::revoke(&state.writer, id, reason, now).await?;
        state.revoked.add(id, now);
        Ok(was_running)
    })
    .await
}

/// Ends every session of a user but the session `except`, in the database and on this node.
///
/// # Errors
/// The database's.
pub async fn revoke_all(
    state: &AppState,
    user: Uuid,
    except: Option<Uuid>,
    reason: EndReason,
) -> Result<(), AppError> {
    let state = state.clone();
    to_the_end(async move {
        let now = state.clock.now();
        for id in session::revoke_all(&state.writer, user, except, reason, now).await? {
            state.revoked.add(id, now);
        }
        Ok(())
    })
    .await
}

/// Runs as a task of its own: a client that hangs up drops its request, and must not leave a session
/// that is revoked in the database and alive on this node.
async fn to_the_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbErr>> + Send + 'static,
) -> Result<T, AppError> {
    match tokio::spawn(in_time(work).in_current_span()).await {
        Ok(done) => Ok(done?),
        Err(error) => {
            Err(AppError::internal(anyhow::Error::new(error).context("revoking a session")))
        }
    }
}

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
        let kept_for = access_lifetime + MARGIN;
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
