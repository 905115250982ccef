//! The statements on `sessions`.
//!
//! They are SQL, so that each condition can be compared with the state table in `docs/rotation.md`. The same text runs
//! on SQLite and PostgreSQL.

mod lost_login;
mod purge;
mod revoke;

pub use lost_login::{has_lost_login, revoke_lost_logins};
pub use purge::{KEPT_AFTER_END, purge, purge_unused};
pub use revoke::{MAX_RUNNING, revoke, revoke_all, revoke_excess, revoke_oldest};

use super::{Db, execute, statement};
use handstamp_engine::{
    clock::Timestamp,
    refresh_token::TokenHash,
    rotation::{MAX_REISSUES, Policy, Presented},
    session::SessionRow,
};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

/// A session to start.
#[derive(Debug)]
pub struct NewSession {
    /// The session id.
    pub id: Uuid,
    /// The user of the session.
    pub user_id: Uuid,
    /// SHA-256 of its first refresh token.
    pub token_hash: TokenHash,
    /// SHA-256 of the id that the browser sent with the login, if any.
    pub login: Option<TokenHash>,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// When the session expires, regardless of its use.
    pub expires_at: Timestamp,
    /// The `User-Agent` header of the login.
    pub user_agent: Option<String>,
    /// The IP address of the client.
    pub ip: Option<String>,
}

const COLUMNS: &str = "sessions.id, sessions.user_id, sessions.generation, sessions.token_hash, \
     sessions.attempt_hash, sessions.previous_attempt_hash, sessions.created_at, sessions.rotated_at, \
     sessions.expires_at, sessions.last_seen_at, sessions.repeats, sessions.revoked_at, sessions.revoked_reason, \
     sessions.confirmed_at, \
     sessions.user_agent, sessions.ip, \
     (SELECT username FROM users WHERE users.id = sessions.user_id) AS username, \
     (SELECT email FROM users WHERE users.id = sessions.user_id) AS email";

/// Starts a session.
pub async fn insert(db: &impl ConnectionTrait, new: NewSession) -> Result<(), DbErr> {
    let sql = "INSERT INTO sessions (id, user_id, generation, token_hash, created_at, expires_at, \
               last_seen_at, user_agent, ip, login_hash) VALUES ($1, $2, 0, $3, $4, $5, $4, $6, $7, $8)";
    let values: [Value; 8] = [
        new.id.into(),
        new.user_id.into(),
        new.token_hash.to_vec().into(),
        new.created_at.into(),
        new.expires_at.into(),
        new.user_agent.into(),
        new.ip.into(),
        new.login.map(TokenHash::to_vec).into(),
    ];
    execute(db, sql, values).await.map(|_| ())
}

pub async fn find(db: &Db, id: Uuid) -> Result<Option<SessionRow>, DbErr> {
    fetch(db, &format!("SELECT {COLUMNS} FROM sessions WHERE id = $1"), [id.into()]).await
}

/// Row 4 of the state table: rotates each presented token that is current and past the minimum rotation interval. Takes
/// at most one token of each session. Returns the new rows of the rotated sessions; the others are unchanged. An
/// attempt id that also made the previous generation is stored as null, because it is no longer proof of possession.
///
/// # Errors
/// Fails if the database fails. Then no token was rotated, unless only the response of the database was lost.
pub async fn rotate(
    db: &Db,
    presented: &[Presented],
    now: Timestamp,
    policy: &Policy,
) -> Result<Vec<SessionRow>, DbErr> {
    const FIELDS: usize = 5;
    let asked: Vec<String> = (0..presented.len())
        .map(|row| {
            let field = |n: usize| 4 + FIELDS * row + n;
            let [id, generation, token, successor, attempt] = [0, 1, 2, 3, 4].map(field);
            format!("(${id}, ${generation}, ${token}, ${successor}, ${attempt})")
        })
        .collect();
    let sql = format!(
        "WITH asked (id, generation, token, successor, attempt) AS (VALUES {asked}) \
         UPDATE sessions SET generation = sessions.generation + 1, token_hash = asked.successor, \
         previous_attempt_hash = sessions.attempt_hash, \
         attempt_hash = NULLIF(asked.attempt, sessions.attempt_hash), \
         rotated_at = $1, last_seen_at = $1, repeats = 0 FROM asked \
         WHERE sessions.id = asked.id AND sessions.generation = asked.generation \
         AND sessions.token_hash = asked.token AND sessions.revoked_at IS NULL \
         AND sessions.expires_at > $1 AND sessions.last_seen_at > $2 \
         AND (sessions.rotated_at IS NULL OR sessions.last_seen_at <= $3) \
         RETURNING {COLUMNS}",
        asked = asked.join(", ")
    );
    let mut values: Vec<Value> = Vec::with_capacity(3 + FIELDS * presented.len());
    values.push(now.into());
    values.push(policy.idle_since(now).into());
    values.push(now.minus(policy.min_rotation_interval()).into());
    for presented in presented {
        values.push(presented.session.into());
        values.push(i64::from(presented.generation).into());
        values.push(presented.token.to_vec().into());
        values.push(presented.successor.to_vec().into());
        values.push(presented.attempt.map(TokenHash::to_vec).into());
    }
    fetch_all(db, &sql, values).await
}

/// Row 9: a genuine token is newer than the database. Makes the successor of the token the current one. `seen` is the
/// generation that the decision is based on. Returns `None` if the session has changed since it was read.
pub async fn resume_from_token(
    db: &Db,
    presented: &Presented,
    seen: i64,
    now: Timestamp,
) -> Result<Option<SessionRow>, DbErr> {
    let sql = format!(
        "UPDATE sessions SET generation = $1, token_hash = $2, previous_attempt_hash = attempt_hash, \
         attempt_hash = NULLIF($3, attempt_hash), rotated_at = $4, last_seen_at = $4, repeats = 0 \
         WHERE id = $5 AND generation = $6 AND revoked_at IS NULL AND expires_at > $4 RETURNING {COLUMNS}"
    );
    let values: [Value; 6] = [
        i64::from(presented.generation.saturating_add(1)).into(),
        presented.successor.to_vec().into(),
        presented.attempt.map(TokenHash::to_vec).into(),
        now.into(),
        presented.session.into(),
        seen.into(),
    ];
    fetch(db, &sql, values).await
}

/// Row 6: counts the reissue and restarts the minimum rotation interval, at most [`MAX_REISSUES`] times. The reuse
/// window is not restarted. Returns `None` if the session has rotated since it was read.
pub async fn reissue(
    db: &Db,
    presented: &Presented,
    now: Timestamp,
) -> Result<Option<SessionRow>, DbErr> {
    let sql = format!(
        "UPDATE sessions SET repeats = repeats + 1, last_seen_at = CASE \
         WHEN repeats < {MAX_REISSUES} AND last_seen_at < $1 THEN $1 ELSE last_seen_at END \
         WHERE id = $2 AND token_hash = $3 AND revoked_at IS NULL AND expires_at > $1 RETURNING {COLUMNS}"
    );
    let values: [Value; 3] =
        [now.into(), presented.session.into(), presented.successor.to_vec().into()];
    fetch(db, &sql, values).await
}

/// Returns the active sessions of a user, most recently used first, at most 100.
pub async fn list(
    db: &Db,
    user_id: Uuid,
    policy: &Policy,
    now: Timestamp,
) -> Result<Vec<SessionRow>, DbErr> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE user_id = $1 AND revoked_at IS NULL \
         AND expires_at > $2 AND last_seen_at > $3 ORDER BY last_seen_at DESC, id LIMIT 100"
    );
    fetch_all(db, &sql, [user_id.into(), now.into(), policy.idle_since(now).into()]).await
}

/// Returns when the user last re-authenticated in this session, if that was with the access token `jti`. The outer
/// option is `None` if there is no such session.
pub async fn confirmed_by(
    db: &Db,
    id: Uuid,
    jti: Uuid,
) -> Result<Option<Option<Timestamp>>, DbErr> {
    let sql = "SELECT CASE WHEN confirmed_jti = $2 THEN confirmed_at END AS confirmed_at \
               FROM sessions WHERE id = $1";
    let row = db.query_one_raw(statement(db, sql, [id.into(), jti.into()])).await?;
    row.map(|row| row.try_get("", "confirmed_at")).transpose()
}

/// Records that the user has re-authenticated with the access token `jti`.
pub async fn confirm(
    db: &impl ConnectionTrait,
    id: Uuid,
    jti: Uuid,
    now: Timestamp,
) -> Result<(), DbErr> {
    let sql = "UPDATE sessions SET confirmed_at = $1, confirmed_jti = $2 \
               WHERE id = $3 AND revoked_at IS NULL";
    execute(db, sql, [now.into(), jti.into(), id.into()]).await.map(|_| ())
}

/// Returns the sessions that were revoked after `since`, with the time of the revocation.
pub async fn revoked_since(db: &Db, since: Timestamp) -> Result<Vec<(Uuid, Timestamp)>, DbErr> {
    let sql = "SELECT id, revoked_at FROM sessions WHERE revoked_at > $1";
    let rows = db.query_all_raw(statement(db, sql, [since.into()])).await?;
    rows.iter().map(|row| Ok((row.try_get("", "id")?, row.try_get("", "revoked_at")?))).collect()
}

async fn fetch<const N: usize>(
    db: &Db,
    sql: &str,
    values: [Value; N],
) -> Result<Option<SessionRow>, DbErr> {
    Ok(fetch_all(db, sql, values).await?.pop())
}

/// Reads all rows, also for statements that return at most one: reading only one would stop before SQLite has
/// committed, and a failed commit would be ignored.
async fn fetch_all(
    db: &Db,
    sql: &str,
    values: impl IntoIterator<Item = Value>,
) -> Result<Vec<SessionRow>, DbErr> {
    let rows = db.query_all_raw(statement(db, sql, values)).await?;
    rows.iter().map(|row| SessionRow::from_query_result(row, "")).collect()
}
