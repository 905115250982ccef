//! Deletes ended sessions.

use crate::db::{BATCH, Db, execute, statement};
use handstamp_engine::clock::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, Value};
use std::time::Duration;
use uuid::Uuid;

/// How long an ended session is kept, so that its user can still be given the reason.
pub const KEPT_AFTER_END: Duration = Duration::from_secs(24 * 60 * 60);

/// Deletes at most [`BATCH`] sessions that expired or were revoked before `before`. Returns how many.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM sessions WHERE id IN \
               (SELECT id FROM sessions WHERE expires_at < $1 OR revoked_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}

/// Deletes at most [`BATCH`] sessions that were last used before `since`. Returns how many.
///
/// `last_seen_at` has no index, because every rotation would have to update it. The search is therefore a separate
/// statement: it takes long, but does not hold the write lock.
pub async fn purge_unused(db: &Db, since: Timestamp) -> Result<u64, DbErr> {
    let select = "SELECT id FROM sessions WHERE last_seen_at < $1 LIMIT $2";
    let rows = db.query_all_raw(statement(db, select, [since.into(), BATCH.into()])).await?;
    let ids = rows.iter().map(|row| row.try_get("", "id")).collect::<Result<Vec<Uuid>, _>>()?;
    if ids.is_empty() {
        return Ok(0);
    }
    let places: Vec<String> = (2..2 + ids.len()).map(|place| format!("${place}")).collect();
    let sql =
        format!("DELETE FROM sessions WHERE last_seen_at < $1 AND id IN ({})", places.join(", "));
    let values = std::iter::once(since.into()).chain(ids.into_iter().map(Value::from));
    execute(db, &sql, values).await
}
