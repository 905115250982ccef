//! The statements on `nodes` and `remembered`. `server/cluster.rs` calls them, and the log of failed logins.

use super::{Db, execute, statement};
use handstamp_engine::clock::millis;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use std::time::Duration;
use uuid::Uuid;

/// A node as it describes itself.
#[derive(Debug, Clone, FromQueryResult)]
pub struct NodeRow {
    /// Generated at each start.
    pub id: Uuid,
    /// JSON: variable to value.
    pub settings: String,
    /// Fingerprints of the secrets that it reads, newest first, with spaces between.
    pub secrets: String,
}

/// The time of the database in milliseconds since the epoch: one clock for all nodes (PostgreSQL).
const NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// The nodes that gave a sign of life within the last `span`.
pub async fn alive(db: &Db, span: Duration) -> Result<Vec<NodeRow>, DbErr> {
    let sql = format!("SELECT id, settings, secrets FROM nodes WHERE seen_at > {NOW} - $1");
    let rows = db.query_all_raw(statement(db, &sql, [millis(span).into()])).await?;
    rows.iter().map(|row| NodeRow::from_query_result(row, "")).collect()
}

/// Writes a sign of life.
pub async fn heartbeat(db: &Db, node: &NodeRow) -> Result<(), DbErr> {
    let sql = format!(
        "INSERT INTO nodes (id, settings, secrets, seen_at) VALUES ($1, $2, $3, {NOW}) \
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at"
    );
    let values: [Value; 3] =
        [node.id.into(), node.settings.as_str().into(), node.secrets.as_str().into()];
    execute(db, &sql, values).await.map(|_| ())
}

/// Takes a node away that stops.
pub async fn remove(db: &Db, id: Uuid) -> Result<(), DbErr> {
    execute(db, "DELETE FROM nodes WHERE id = $1", [id.into()]).await.map(|_| ())
}

/// Forgets nodes that gave no sign of life within the last `span`.
pub async fn remove_expired(db: &Db, span: Duration) -> Result<(), DbErr> {
    let sql = format!("DELETE FROM nodes WHERE seen_at < {NOW} - $1");
    execute(db, &sql, [millis(span).into()]).await.map(|_| ())
}

/// Reads what the database remembers under a name.
pub async fn load(db: &Db, fact: &str) -> Result<Option<String>, DbErr> {
    let sql = "SELECT value FROM remembered WHERE fact = $1";
    let row = db.query_one_raw(statement(db, sql, [fact.into()])).await?;
    row.map(|row| row.try_get("", "value")).transpose()
}

/// Lets the database remember something under a name, in the place of what it was before.
pub async fn store(db: &impl ConnectionTrait, fact: &str, value: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO remembered (fact, value) VALUES ($1, $2) \
               ON CONFLICT (fact) DO UPDATE SET value = excluded.value";
    execute(db, sql, [fact.into(), value.into()]).await.map(|_| ())
}
