//! Adds revocations from the database to the in-memory set of this node: those of other nodes that share the PostgreSQL
//! database, and those of statements that were committed after this node stopped waiting for them.
//!
//! A PostgreSQL trigger notifies all nodes in the transaction of the revocation. A connection can fail without an
//! error, so the node also polls twice a second. With SQLite, it only polls.

use crate::{db::session, sessions::Sessions};
use handstamp_engine::{clock::Timestamp, revoked_sessions::MARGIN};
use sea_orm::{
    DbBackend, DbErr,
    sqlx::{self, postgres::PgListener},
};
use std::time::Duration;

/// The channel that the trigger on `sessions` notifies.
const CHANNEL: &str = "handstamp_revoked";

const POLL_INTERVAL: Duration = Duration::from_millis(500);

/// The timeout of one query. The next query uses another connection.
const POLL_TIMEOUT: Duration = Duration::from_secs(2);

/// The time without a notification after which the connection is replaced.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);

/// Adds the revocations in the database to the set of this node. Never returns.
pub async fn follow(sessions: Sessions) {
    if sessions.db.reader.get_database_backend() == DbBackend::Postgres {
        tokio::join!(listen(&sessions), poll(&sessions));
    } else {
        poll(&sessions).await;
    }
}

async fn listen(sessions: &Sessions) {
    loop {
        if let Err(error) = receive(sessions).await {
            tracing::warn!(
                event = "revocation_listener_lost",
                %error,
                "listening for revocations failed; polling continues"
            );
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// Receives notifications until the connection fails.
async fn receive(sessions: &Sessions) -> Result<(), sqlx::Error> {
    let mut listener =
        PgListener::connect_with(sessions.db.reader.get_postgres_connection_pool()).await?;
    listener.listen(CHANNEL).await?;
    // A connection without traffic may be dead without an error, so it is replaced.
    while let Ok(announced) = tokio::time::timeout(SILENCE_TIMEOUT, listener.try_recv()).await {
        let Some(announced) = announced? else { break };
        let mut words = announced.payload().split(' ');
        let session = words.next().and_then(|word| word.parse().ok());
        let at = words.next().and_then(|word| word.parse().ok());
        if let (Some(session), Some(at)) = (session, at) {
            sessions.revoked.add(session, Timestamp(at));
        }
    }
    Ok(())
}

async fn poll(sessions: &Sessions) {
    let mut since = sessions.clock.now();
    loop {
        tokio::time::sleep(POLL_INTERVAL).await;
        let now = sessions.clock.now();
        // A failure is not logged, because requests that fail with the same error log it.
        if let Ok(Ok(())) = tokio::time::timeout(POLL_TIMEOUT, poll_once(sessions, since)).await {
            since = now;
        }
    }
}

/// Reads the revocations since `since`, with a margin, because the clocks of nodes differ and a revocation is written
/// after its timestamp was taken.
async fn poll_once(sessions: &Sessions, since: Timestamp) -> Result<(), DbErr> {
    for (session, at) in session::revoked_since(&sessions.db.reader, since.minus(MARGIN)).await? {
        sessions.revoked.add(session, at);
    }
    Ok(())
}
