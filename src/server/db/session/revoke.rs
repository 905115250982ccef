//! Ending sessions: one, all of an account, or those beyond the limit.

use crate::db::{Db, execute, statement};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::error::EndReason;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

/// How many running sessions an account can have (ASVS 7.1.2).
pub const MAX_RUNNING: i64 = 100;

/// How many sessions one statement ends. Accounts reach that only with rows from before there was a limit.
const BATCH: i64 = 5_000;

// `COALESCE` in the outer condition of the statements below: with `IS NULL`, SQLite would look it up in the index
// of revocations, and read every running session of every account.

/// How many running sessions are left to [`revoke_all`].
const LEFT: i64 = 1_000;

/// Ends one session and deletes its refresh token. Returns whether it was still running.
pub async fn revoke(
    db: &impl ConnectionTrait,
    id: Uuid,
    reason: EndReason,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1, revoked_reason = $2, token_hash = NULL \
               WHERE id = $3 AND revoked_at IS NULL";
    Ok(execute(db, sql, [now.into(), reason.as_str().into(), id.into()]).await? > 0)
}

/// Ends every running session of a user, but not the sessions in `except`. Returns which ones.
pub async fn revoke_all(
    db: &impl ConnectionTrait,
    user_id: Uuid,
    except: [Option<Uuid>; 2],
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<Uuid>, DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1, revoked_reason = $2, token_hash = NULL \
               WHERE user_id = $3 AND revoked_at IS NULL AND id <> $4 AND id <> $5 RETURNING id";
    let [one, two] = except.map(Option::unwrap_or_default);
    ended(db, sql, [now.into(), reason.as_str().into(), user_id.into(), one.into(), two.into()])
        .await
}

/// Ends the sessions of a user that end first, at most 5,000, if there are more than 1,000, but not the session
/// `except`. Returns which ones; if there are none, [`revoke_all`] takes bounded time.
pub async fn revoke_oldest(
    db: &Db,
    user_id: Uuid,
    except: Option<Uuid>,
    reason: EndReason,
    now: Timestamp,
) -> Result<Vec<Uuid>, DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1, revoked_reason = $2, token_hash = NULL \
               WHERE COALESCE(revoked_at, 0) = 0 AND id IN (SELECT id FROM sessions \
                 WHERE user_id = $3 AND revoked_at IS NULL AND id <> $4 \
                 ORDER BY expires_at DESC LIMIT $5 OFFSET $6) RETURNING id";
    let values: [Value; 6] = [
        now.into(),
        reason.as_str().into(),
        user_id.into(),
        except.unwrap_or_default().into(),
        BATCH.into(),
        LEFT.into(),
    ];
    ended(db, sql, values).await
}

/// Ends the sessions of a user beyond [`MAX_RUNNING`], those first that were not used for the longest time, at
/// most 5,000; never the session `new`, which has just begun. Returns which ones.
pub async fn revoke_excess(
    db: &impl ConnectionTrait,
    user_id: Uuid,
    new: Uuid,
    now: Timestamp,
) -> Result<Vec<Uuid>, DbErr> {
    let sql = "UPDATE sessions SET revoked_at = $1, revoked_reason = $2, token_hash = NULL \
               WHERE COALESCE(revoked_at, 0) = 0 AND id IN (SELECT id FROM sessions \
                 WHERE user_id = $3 AND revoked_at IS NULL AND expires_at > $1 AND id <> $4 \
                 ORDER BY last_seen_at DESC, id LIMIT $5 OFFSET $6) RETURNING id";
    let values: [Value; 6] = [
        now.into(),
        EndReason::TooManySessions.as_str().into(),
        user_id.into(),
        new.into(),
        BATCH.into(),
        (MAX_RUNNING - 1).into(),
    ];
    ended(db, sql, values).await
}

/// Runs a statement that returns the ids of the sessions that it ended.
pub(super) async fn ended(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<Uuid>, DbErr> {
    let rows = db.query_all_raw(statement(db, sql, values)).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}
