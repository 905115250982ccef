//! Revocation that takes effect at once, without a look-up a request.
//!
//! The node holds the ids of the sessions that were revoked within the last access-token lifetime.
//! After that every access token of such a session has expired by itself, and the id is forgotten.

mod feed;

pub use feed::follow;

use crate::protocol::security_event::SecurityEvent;
use crate::{
    auth::server::{accounts::security_events, http::device::Device},
    db::{Db, session, user, with_timeout},
    engine::{clock::Timestamp, revoked_sessions::RevokedSessions},
    protocol::error::EndReason,
    server::{error::ServiceError, state::AppState},
};
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, TransactionTrait};
use std::time::{Duration, Instant};
use tracing::Instrument;
use uuid::Uuid;

/// How long one request ends sessions beyond the limit: less than a request can take.
const SURPLUS_TIMEOUT: Duration = Duration::from_secs(10);

/// Ends a session, in the database and on this node. Answers whether it was still running.
pub async fn revoke(state: &AppState, id: Uuid, reason: EndReason) -> Result<bool, ServiceError> {
    let state = state.clone();
    to_the_end(async move {
        let now = state.clock.now();
        let was_running = session::revoke(&state.writer, id, reason, now).await?;
        state.revoked.add(id, now);
        Ok(was_running)
    })
    .await
}

/// Ends a session whose spent refresh token came back, and tells its person.
pub async fn revoke_for_reuse(state: &AppState, id: Uuid) -> Result<bool, ServiceError> {
    let state = state.clone();
    to_the_end(async move {
        let now = state.clock.now();
        let told = with_timeout(revoke_and_tell(&state, id, now)).await;
        // Ending it comes first, whatever keeps the person from hearing of it.
        let was_running = match told {
            Ok(was_running) => was_running,
            Err(error) => {
                tracing::error!(%error, session = %id, "the reuse of a refresh token could not be written down");
                session::revoke(&state.writer, id, EndReason::Reuse, now).await?
            }
        };
        state.revoked.add(id, now);
        Ok(was_running)
    })
    .await
}

async fn revoke_and_tell(state: &AppState, id: Uuid, now: Timestamp) -> Result<bool, ServiceError> {
    let transaction = state.writer.begin().await?;
    let was_running = session::revoke(&transaction, id, EndReason::Reuse, now).await?;
    if was_running && let Some(user) = user::find_by_session(&transaction, id).await? {
        security_events::record(
            &transaction,
            state,
            &user,
            SecurityEvent::Reuse,
            &Device::default(),
        )
        .await?;
    }
    transaction.commit().await?;
    Ok(was_running)
}

/// Ends sessions of a user until no more than 1,000 run, a few thousand in each statement and each with a commit
/// of its own, so that [`revoke_all_in`] takes bounded time after it. The session `except` stays.
///
/// An account has at most [`session::MAX_RUNNING`] running sessions; this is for rows from before that limit.
/// If the time is up, what was ended stays ended, and the next try goes on.
///
/// # Errors
/// `unavailable` after 10 s, or if the database can't answer.
pub async fn revoke_surplus(
    state: &AppState,
    user: Uuid,
    except: Option<Uuid>,
    reason: EndReason,
) -> Result<(), ServiceError> {
    let now = state.clock.now();
    let started = Instant::now();
    loop {
        let state = state.clone();
        let batch = to_the_end(async move {
            let ended = session::revoke_oldest(&state.writer, user, except, reason, now).await?;
            for session in &ended {
                state.revoked.add(*session, now);
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

/// Ends every session of a user, but not those in `except`, in a transaction that [`commit`] ends. Returns which
/// ones. Call [`revoke_surplus`] before the transaction.
pub async fn revoke_all_in(
    db: &impl ConnectionTrait,
    user: Uuid,
    except: [Option<Uuid>; 2],
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<Uuid>, ServiceError> {
    Ok(session::revoke_all(db, user, except, reason, now).await?)
}

/// Commits a transaction in which sessions were ended, and ends them on this node too.
pub async fn commit(
    state: &AppState,
    transaction: DatabaseTransaction,
    ended: Vec<Uuid>,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let state = state.clone();
    to_the_end(async move {
        transaction.commit().await?;
        for session in ended {
            state.revoked.add(session, now);
        }
        Ok(())
    })
    .await
}

/// Runs as a task of its own: a client that hangs up drops its request, and must not leave a session
/// that is revoked in the database and alive on this node.
async fn to_the_end<T: Send + 'static>(
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
