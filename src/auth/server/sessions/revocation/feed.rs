//! How a node learns what it did not revoke itself: other nodes of the same PostgreSQL did, or the database
//! wrote it down after the node had given up waiting for it.
//!
//! PostgreSQL announces each revocation in the transaction that makes it. A connection can break without a
//! sign, so twice a second the node also looks for itself; on SQLite it only looks.

use crate::{
    db::session, engine::clock::Timestamp, engine::revoked_sessions::MARGIN,
    server::state::AppState,
};
use sea_orm::{
    DbBackend, DbErr,
    sqlx::{self, postgres::PgListener},
};
use std::time::Duration;

/// The channel that the trigger on `sessions` announces on.
const CHANNEL: &str = "handstamp_revoked";

const POLL: Duration = Duration::from_millis(500);

/// How long one look may take: then the next one tries another connection.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the announcements may be silent.
const SILENCE: Duration = Duration::from_secs(60);

/// Follows what the database knows of revocations, for ever.
pub async fn follow(state: AppState) {
    if state.db.get_database_backend() == DbBackend::Postgres {
        tokio::join!(listen(&state), poll(&state));
    } else {
        poll(&state).await;
    }
}

async fn listen(state: &AppState) {
    loop {
        if let Err(error) = hear(state).await {
            tracing::warn!(%error, "no announcements of revocations; looking for them goes on");
        }
        tokio::time::sleep(POLL).await;
    }
}

/// Hears announcements until the connection breaks.
async fn hear(state: &AppState) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect_with(state.db.get_postgres_connection_pool()).await?;
    listener.listen(CHANNEL).await?;
    // A connection that is silent for long may be dead without a sign: then there is a new one.
    while let Ok(announced) = tokio::time::timeout(SILENCE, listener.try_recv()).await {
        let Some(announced) = announced? else { break };
        let mut words = announced.payload().split(' ');
        let session = words.next().and_then(|word| word.parse().ok());
        let at = words.next().and_then(|word| word.parse().ok());
        if let (Some(session), Some(at)) = (session, at) {
            state.revoked.add(session, Timestamp(at));
        }
    }
    Ok(())
}

async fn poll(state: &AppState) {
    let mut since = state.clock.now();
    loop {
        tokio::time::sleep(POLL).await;
        let now = state.clock.now();
        // Failing is no news: every request that meets the same trouble says so.
        if let Ok(Ok(())) = tokio::time::timeout(PATIENCE, look(state, since)).await {
            since = now;
        }
    }
}

/// Looks for what was revoked since `since`, and a little before: clocks of nodes differ, and a
/// revocation is dated before it is written.
async fn look(state: &AppState, since: Timestamp) -> Result<(), DbErr> {
    for (session, at) in session::revoked_since(&state.db, since.minus(MARGIN)).await? {
        state.revoked.add(session, at);
    }
    Ok(())
}
