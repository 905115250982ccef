//! The statements on `links`. Only `accounts::email_link::token` and housekeeping call them.

use super::{BATCH, Db, execute, statement};
use handstamp_engine::{clock::Timestamp, refresh_token::TokenHash};
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult, Value};
use uuid::Uuid;

/// An e-mail link, without its token.
#[derive(Debug, Clone, FromQueryResult)]
pub struct LinkRow {
    /// The name of a `Purpose`.
    pub purpose: String,
    /// The address that it was sent to.
    pub email: String,
    /// The normalized address.
    pub email_key: String,
    /// The account, if the link was issued for one.
    pub user_id: Option<Uuid>,
    /// The session that requested it, if the user was logged in.
    pub session_id: Option<Uuid>,
    /// SHA-256 of the cookie of the requesting browser, if only that browser may open the link.
    pub browser_hash: Option<Vec<u8>>,
    /// When it expires.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
}

impl LinkRow {
    /// Returns whether the link was withdrawn, and not used. A used link expires after its use.
    pub fn was_withdrawn(&self) -> bool {
        self.used_at.is_some_and(|used_at| used_at >= self.expires_at)
    }
}

pub async fn insert(
    db: &impl ConnectionTrait,
    token: &TokenHash,
    row: LinkRow,
) -> Result<(), DbErr> {
    let sql = "INSERT INTO links (token_hash, purpose, email, email_key, user_id, session_id, \
               browser_hash, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values: [Value; 8] = [
        token.to_vec().into(),
        row.purpose.into(),
        row.email.into(),
        row.email_key.into(),
        row.user_id.into(),
        row.session_id.into(),
        row.browser_hash.into(),
        row.expires_at.into(),
    ];
    execute(db, sql, values).await.map(|_| ())
}

pub async fn find(db: &Db, token: &TokenHash) -> Result<Option<LinkRow>, DbErr> {
    let sql = "SELECT purpose, email, email_key, user_id, session_id, browser_hash, expires_at, used_at \
               FROM links WHERE token_hash = $1";
    let row = db.query_one_raw(statement(db, sql, [token.to_vec().into()])).await?;
    row.map(|row| LinkRow::from_query_result(&row, "")).transpose()
}

/// Consumes a link. Returns whether it was still valid. Of two concurrent calls, one returns true.
pub async fn consume(
    db: &impl ConnectionTrait,
    token: &TokenHash,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = "UPDATE links SET used_at = $1 \
               WHERE token_hash = $2 AND used_at IS NULL AND expires_at > $1";
    Ok(execute(db, sql, [now.into(), token.to_vec().into()]).await? > 0)
}

/// Withdraws all links of a purpose that were sent to an address: they expire when they are consumed
/// ([`LinkRow::was_withdrawn`]).
pub async fn consume_all_for_email(
    db: &impl ConnectionTrait,
    purpose: &str,
    email_key: &str,
    now: Timestamp,
) -> Result<(), DbErr> {
    let sql = "UPDATE links SET used_at = $1, expires_at = $1 \
               WHERE purpose = $2 AND email_key = $3 AND used_at IS NULL";
    execute(db, sql, [now.into(), purpose.into(), email_key.into()]).await.map(|_| ())
}

/// Returns the link of a purpose that was issued last for an account, if it is still valid.
pub async fn newest_of_user(
    db: &Db,
    purpose: &str,
    user_id: Uuid,
    now: Timestamp,
) -> Result<Option<LinkRow>, DbErr> {
    let sql = "SELECT purpose, email, email_key, user_id, session_id, browser_hash, expires_at, used_at \
               FROM links WHERE purpose = $1 AND user_id = $2 AND used_at IS NULL AND expires_at > $3 \
               ORDER BY expires_at DESC LIMIT 1";
    let values: [Value; 3] = [purpose.into(), user_id.into(), now.into()];
    let row = db.query_one_raw(statement(db, sql, values)).await?;
    row.map(|row| LinkRow::from_query_result(&row, "")).transpose()
}

/// Withdraws all links of a purpose that belong to an account. Returns how many were unused.
pub async fn consume_all_for_user(
    db: &impl ConnectionTrait,
    purpose: &str,
    user_id: Uuid,
    now: Timestamp,
) -> Result<u64, DbErr> {
    let sql = "UPDATE links SET used_at = $1, expires_at = $1 \
               WHERE purpose = $2 AND user_id = $3 AND used_at IS NULL";
    execute(db, sql, [now.into(), purpose.into(), user_id.into()]).await
}

/// Deletes at most [`BATCH`] links that expired before `before`. Returns how many.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM links WHERE token_hash IN \
               (SELECT token_hash FROM links WHERE expires_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}
