//! Sessions of logins whose response did not reach the browser: they have never been refreshed, and the browser still
//! has the id that it sent with the login.

use crate::db::{Db, statement};
use handstamp_engine::{clock::Timestamp, refresh_token::TokenHash};
use handstamp_protocol::error::EndReason;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

const CONDITION: &str = "user_id = $1 AND generation = 0 AND login_hash = $2 AND created_at > $3 \
     AND revoked_at IS NULL";

/// Returns whether a user has an active session that was started with this login id after `since`.
pub async fn has_lost_login(
    db: &Db,
    user_id: Uuid,
    login: &TokenHash,
    since: Timestamp,
) -> Result<bool, DbErr> {
    let sql = format!("SELECT id FROM sessions WHERE {CONDITION} LIMIT 1");
    let values: [Value; 3] = [user_id.into(), login.to_vec().into(), since.into()];
    Ok(db.query_one_raw(statement(db, &sql, values)).await?.is_some())
}

/// Revokes the sessions of a user that were started with this login id after `since`. Returns their ids.
pub async fn revoke_lost_logins(
    db: &impl ConnectionTrait,
    user_id: Uuid,
    login: &TokenHash,
    since: Timestamp,
    now: Timestamp,
) -> Result<Vec<Uuid>, DbErr> {
    let sql = format!(
        "UPDATE sessions SET revoked_at = $4, revoked_reason = $5, token_hash = NULL \
         WHERE {CONDITION} RETURNING id"
    );
    let reason = EndReason::LoggedOut.as_str();
    let values: [Value; 5] =
        [user_id.into(), login.to_vec().into(), since.into(), now.into(), reason.into()];
    super::revoke::ended(db, &sql, values).await
}
