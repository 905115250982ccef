//! Finds accounts whose address was never confirmed, and that are no longer used.

use super::{Entity, UserRow};
use crate::db::{Db, statement};
use handstamp_engine::clock::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, EntityTrait, Value};
use uuid::Uuid;

/// The address is unconfirmed, the account is older than `$1`, no login is newer than `$1`, and no session is active at
/// `$2`.
///
/// With `NOT` instead of `= FALSE`, SQLite uses the index `users_unconfirmed`.
const CONDITION: &str = "users.email_confirmed_at IS NULL AND users.created_at < $1 \
     AND NOT users.guest \
     AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id \
                     AND sessions.revoked_at IS NULL AND sessions.expires_at > $2) \
     AND NOT EXISTS (SELECT 1 FROM events WHERE events.user_id = users.id \
                     AND events.kind IN ('logged_in', 'logged_in_by_link') AND events.at >= $1)";

/// Returns abandoned accounts, oldest first, at most `limit`: the address was never confirmed, the sign-up and the
/// last login are from before `before`, and no session is active at `now`.
pub async fn abandoned(
    db: &Db,
    before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<UserRow>, DbErr> {
    let sql =
        format!("SELECT users.* FROM users WHERE {CONDITION} ORDER BY users.created_at LIMIT $3");
    let values: [Value; 3] = [before.into(), now.into(), limit.into()];
    Entity::find().from_raw_sql(statement(db, &sql, values)).all(db).await
}

/// Returns whether an account meets the conditions of [`abandoned`].
pub async fn is_abandoned(
    db: &impl ConnectionTrait,
    id: Uuid,
    before: Timestamp,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = format!("SELECT users.id FROM users WHERE {CONDITION} AND users.id = $3");
    let values: [Value; 3] = [before.into(), now.into(), id.into()];
    Ok(db.query_one_raw(statement(db, &sql, values)).await?.is_some())
}
