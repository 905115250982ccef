//! Deleting the sessions that are over.

use crate::db::{BATCH, Db, execute, statement};
use handstamp_engine::clock::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, Value};
use std::time::Duration;
use uuid::Uuid;

/// How long a session that is over stays, so that its owner still reads why it ended.
pub const KEPT_AFTER_END: Duration = Duration::from_secs(24 * 60 * 60);

/// Deletes at most [`BATCH`] sessions that expired or were revoked before `before`. Returns how many.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM sessions WHERE id IN \
               (SELECT id FROM sessions WHERE expires_at < $1 OR revoked_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}

/// Deletes at most [`BATCH`] sessions that were last used before `since`. Returns how many.
///
/// There is no index to look in, because every rotation would have to move in it. So the look is apart
/// from the deletion, which alone keeps others from writing.
pub async fn purge_unused(db: &Db, since: Timestamp) -> Result<u64, DbErr> {
    let look = "SELECT id FROM sessions WHERE last_seen_at < $1 LIMIT $2";
    let rows = db.query_all_raw(statement(db, look, [since.into(), BATCH.into()])).await?;
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
