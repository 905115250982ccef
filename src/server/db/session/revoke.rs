//! Revokes sessions: one, all of an account, or those beyond the limit.

use crate::db::{Db, execute, statement};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::error::EndReason;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

/// The maximum number of active sessions of an account (ASVS 7.1.2).
pub const MAX_RUNNING: i64 = 100;

/// The maximum number of sessions that one statement revokes. Only accounts that are older than [`MAX_RUNNING`] can
/// have so many.
const BATCH: i64 = 5_000;

// The outer conditions below use `COALESCE`: for `IS NULL`, SQLite would choose the index on `revoked_at`, and read
// every active session of every account.

/// The number of active sessions that [`revoke_oldest`] leaves to [`revoke_all`].
const LEFT: i64 = 1_000;

/// Revokes a session and deletes the hash of its refresh token. Returns whether it was not yet revoked.
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

/// Revokes every session of a user except those in `except`. Returns their ids.
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

/// If a user has more than 1,000 sessions, revokes those that expire first, at most 5,000, except the session `except`.
/// Returns their ids. When it returns none, [`revoke_all`] has at most 1,000 sessions to revoke.
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

/// Revokes the sessions of a user beyond [`MAX_RUNNING`], least recently used first, at most 5,000, and never the
/// session
/// `new`, which has just been started. Returns their ids.
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

/// Runs a statement that returns the ids of the sessions that it revoked.
pub(super) async fn ended(
    db: &impl ConnectionTrait,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<Uuid>, DbErr> {
    let rows = db.query_all_raw(statement(db, sql, values)).await?;
    rows.iter().map(|row| row.try_get("", "id")).collect()
}
