//! The statements on `events`, the security log of the accounts.

use super::{BATCH, Db, execute, statement};
use handstamp_engine::clock::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

/// An entry of the security log of an account.
#[derive(Debug, Clone, FromQueryResult)]
pub struct EventRow {
    /// Time-ordered (UUID version 7).
    pub id: Uuid,
    /// The account.
    pub user_id: Uuid,
    /// The name of a `SecurityEvent`.
    pub kind: String,
    /// The time of the event.
    pub at: Timestamp,
    /// The browser and the operating system, for display.
    pub device: Option<String>,
    /// The network of the client's IP address, without the host part.
    pub network: Option<String>,
}

/// Adds an event. Does nothing if the account no longer exists.
pub async fn insert(db: &impl ConnectionTrait, row: EventRow) -> Result<(), DbErr> {
    let sql = "INSERT INTO events (id, user_id, kind, at, device, network) \
               SELECT $1, id, $2, $3, $4, $5 FROM users WHERE id = $6";
    let values: [Value; 6] = [
        row.id.into(),
        row.kind.into(),
        row.at.into(),
        row.device.into(),
        row.network.into(),
        row.user_id.into(),
    ];
    execute(db, sql, values).await.map(|_| ())
}

/// Returns the newest events of an account, newest first, at most 50. They include at most ten failed logins, because
/// an attacker can cause those, and must not be able to push out the other events. Reads at most 60 rows, from two
/// indexes.
pub async fn list(db: &Db, user_id: Uuid) -> Result<Vec<EventRow>, DbErr> {
    let newest = |condition: &str, limit: u8| {
        format!(
            "SELECT * FROM (SELECT id, user_id, kind, at, device, network FROM events \
             WHERE user_id = $1 AND {condition} ORDER BY at DESC, id DESC LIMIT {limit}) AS newest"
        )
    };
    let sql = format!(
        "{} UNION ALL {} ORDER BY at DESC, id DESC LIMIT 50",
        newest("kind <> 'log_in_failed'", 50),
        newest("kind = 'log_in_failed'", 10),
    );
    let rows = db.query_all_raw(statement(db, &sql, [user_id.into()])).await?;
    rows.iter().map(|row| EventRow::from_query_result(row, "")).collect()
}

/// Deletes at most [`BATCH`] events of deleted accounts. Returns how many.
pub async fn purge_of_deleted(db: &Db) -> Result<u64, DbErr> {
    let sql = "DELETE FROM events WHERE id IN (SELECT events.id FROM events JOIN users \
               ON users.id = events.user_id WHERE users.guest = TRUE \
               AND users.username_key LIKE 'deleted-%' LIMIT $1)";
    execute(db, sql, [BATCH.into()]).await
}

/// Deletes at most [`BATCH`] events from before `before`. Returns how many.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}
