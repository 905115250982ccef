//! Revokes sessions. A revocation takes effect immediately and without a database query per request: each node keeps a
//! set of the sessions that were revoked within the last access-token lifetime (`handstamp_engine::revoked_sessions`).

mod feed;

pub use feed::follow;

use super::{Sessions, security_events};
use crate::{
    db::{Db, session, user, with_timeout},
    device::Device,
    error::ServiceError,
};
use handstamp_engine::{clock::Timestamp, revoked_sessions::RevokedSessions};
use handstamp_protocol::{error::EndReason, security_event::SecurityEvent};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

/// How long one request may end surplus sessions. Shorter than the request timeout.
const SURPLUS_TIMEOUT: Duration = Duration::from_secs(10);

/// Revokes a session, in the database and on this node. Returns whether it was active.
pub async fn revoke(
    sessions: &Sessions,
    id: Uuid,
    reason: EndReason,
) -> Result<bool, ServiceError> {
    let sessions = sessions.clone();
    spawn_uncancellable(async move {
        let now = sessions.clock.now();
        let was_active = session::revoke(&sessions.db.writer, id, reason, now).await?;
        sessions.revoked.add(id, now);
        Ok(was_active)
    })
    .await
}

/// Revokes a session whose rotated refresh token was presented again, and records the security event.
pub async fn revoke_for_reuse(sessions: &Sessions, id: Uuid) -> Result<bool, ServiceError> {
    let sessions = sessions.clone();
    spawn_uncancellable(async move {
        let now = sessions.clock.now();
        let recorded = with_timeout(revoke_and_record(&sessions, id, now)).await;
        // The session is revoked even if the event can't be recorded.
        let was_active = match recorded {
            Ok(was_active) => was_active,
            Err(error) => {
                tracing::error!(
                    event = "reuse_event_not_recorded",
                    %error,
                    session = %id,
                    "the security event of a reuse could not be recorded"
                );
                session::revoke(&sessions.db.writer, id, EndReason::Reuse, now).await?
            }
        };
        sessions.revoked.add(id, now);
        Ok(was_active)
    })
    .await
}

async fn revoke_and_record(
    sessions: &Sessions,
    id: Uuid,
    now: Timestamp,
) -> Result<bool, ServiceError> {
    let transaction = sessions.db.writer.begin().await?;
    let was_active = session::revoke(&transaction, id, EndReason::Reuse, now).await?;
    if was_active && let Some(user) = user::find_by_session(&transaction, id).await? {
        security_events::record(
            &transaction,
            &sessions.mailer,
            &user,
            SecurityEvent::Reuse,
            &Device::default(),
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(was_active)
}

/// Ends sessions of a user until at most 1,000 are active, in batches of a few thousand that are committed separately,
/// so that a subsequent [`revoke_all_in`] takes bounded time. The session `except` stays active.
///
/// An account has at most [`session::MAX_RUNNING`] active sessions; only accounts from before that limit have more.
/// After a timeout, the next request continues.
///
/// # Errors
/// `unavailable` after 10 seconds, or if the database is unavailable.
pub async fn revoke_surplus(
    sessions: &Sessions,
    user: Uuid,
    except: Option<Uuid>,
    reason: EndReason,
) -> Result<(), ServiceError> {
    let now = sessions.clock.now();
    let started = Instant::now();
    loop {
        let sessions = sessions.clone();
        let batch = spawn_uncancellable(async move {
            let ended =
                session::revoke_oldest(&sessions.db.writer, user, except, reason, now).await?;
            for session in &ended {
                sessions.revoked.add(*session, now);
            }
            Ok(ended.len())
        });
        if batch.await? == 0 {
            return Ok(());
        }
        if started.elapsed() > SURPLUS_TIMEOUT {
            return Err(ServiceError::try_again());
        }
    }
}

/// Ends all sessions of a user except those in `except`, in a transaction that must end with [`commit`]. Returns the
/// ids of the ended sessions. Call [`revoke_surplus`] before the transaction.
pub async fn revoke_all_in(
    db: &impl ConnectionTrait,
    user: Uuid,
    except: [Option<Uuid>; 2],
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<Uuid>, ServiceError> {
    Ok(session::revoke_all(db, user, except, reason, now).await?)
}

/// Commits a transaction that ended sessions, and adds them to the set of revoked sessions of this node.
pub async fn commit(
    sessions: &Sessions,
    transaction: DatabaseTransaction,
    ended: Vec<Uuid>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let sessions = sessions.clone();
    spawn_uncancellable(async move {
        transaction.commit().await?;
        for session in ended {
            sessions.revoked.add(session, now);
        }
        Ok(())
    })
    .await
}

/// Runs `work` as a separate task. A client that disconnects cancels its request, which must not leave a session
/// revoked in the database but active on this node.
async fn spawn_uncancellable<T: Send + 'static>(
    work: impl Future<Output = Result<T, ServiceError>> + Send + 'static,
) -> Result<T, ServiceError> {
    match tokio::spawn(with_timeout(work).in_current_span()).await {
        Ok(done) => done,
        Err(error) => {
            Err(ServiceError::internal(anyhow::Error::new(error).context("revoking a session")))
        }
    }
}

/// Reads the sessions that were revoked within the last access-token lifetime.
pub async fn load(
    db: &Db,
    access_token_lifetime: Duration,
    now: Timestamp,
) -> Result<RevokedSessions, DbErr> {
    let since = now.minus(RevokedSessions::retention(access_token_lifetime));
    let revoked = session::revoked_since(db, since).await?;
    Ok(RevokedSessions::new(access_token_lifetime, revoked))
}
