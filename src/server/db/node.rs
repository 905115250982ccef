//! The statements on `nodes`, the members of the cluster, and on `remembered`, which maps names to values.

use super::{Db, execute, statement};
use handstamp_engine::clock::millis;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use std::time::Duration;
use uuid::Uuid;

/// A node of the cluster.
#[derive(Debug, Clone, FromQueryResult)]
pub struct NodeRow {
    /// Generated at each start.
    pub id: Uuid,
    /// The settings that must be the same on all nodes: a JSON object of variables and values.
    pub settings: String,
    /// The fingerprints of its secrets, newest first, separated by spaces.
    pub secrets: String,
}

/// The time in milliseconds since the epoch by the clock of PostgreSQL, which all nodes share.
const NOW: &str = "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)";

/// Returns the nodes whose last heartbeat is at most `span` ago.
pub async fn alive(db: &Db, span: Duration) -> Result<Vec<NodeRow>, DbErr> {
    let sql = format!("SELECT id, settings, secrets FROM nodes WHERE seen_at > {NOW} - $1");
    let rows = db.query_all_raw(statement(db, &sql, [millis(span).into()])).await?;
    rows.iter().map(|row| NodeRow::from_query_result(row, "")).collect()
}

/// Records a heartbeat of a node.
pub async fn heartbeat(db: &Db, node: &NodeRow) -> Result<(), DbErr> {
    let sql = format!(
        "INSERT INTO nodes (id, settings, secrets, seen_at) VALUES ($1, $2, $3, {NOW}) \
         ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at"
    );
    let values: [Value; 3] =
        [node.id.into(), node.settings.as_str().into(), node.secrets.as_str().into()];
    execute(db, &sql, values).await.map(|_| ())
}

/// Removes a node that shuts down.
pub async fn remove(db: &Db, id: Uuid) -> Result<(), DbErr> {
    execute(db, "DELETE FROM nodes WHERE id = $1", [id.into()]).await.map(|_| ())
}

/// Removes the nodes without a heartbeat within the last `span`.
pub async fn remove_expired(db: &Db, span: Duration) -> Result<(), DbErr> {
    let sql = format!("DELETE FROM nodes WHERE seen_at < {NOW} - $1");
    execute(db, &sql, [millis(span).into()]).await.map(|_| ())
}

/// Returns the value that [`store`] has written under a name.
pub async fn load(db: &Db, fact: &str) -> Result<Option<String>, DbErr> {
    let sql = "SELECT value FROM remembered WHERE fact = $1";
    let row = db.query_one_raw(statement(db, sql, [fact.into()])).await?;
    row.map(|row| row.try_get("", "value")).transpose()
}

/// Writes a value under a name, and replaces the previous one.
pub async fn store(db: &impl ConnectionTrait, fact: &str, value: &str) -> Result<(), DbErr> {
    let sql = "INSERT INTO remembered (fact, value) VALUES ($1, $2) \
               ON CONFLICT (fact) DO UPDATE SET value = excluded.value";
    execute(db, sql, [fact.into(), value.into()]).await.map(|_| ())
}
