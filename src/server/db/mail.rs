//! The statements on `mails`, the queue of outgoing e-mail. Only `mail` and housekeeping call them.

use super::{BATCH, Db, execute, statement};
use handstamp_engine::clock::{Timestamp, millis};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, FromQueryResult, Value};
use std::time::Duration;
use uuid::Uuid;

/// An e-mail in the queue.
#[derive(Debug, Clone, FromQueryResult)]
pub struct MailRow {
    /// Time-ordered (UUID version 7).
    pub id: Uuid,
    /// The encrypted message.
    pub content: Vec<u8>,
    /// The number of delivery attempts, including the current one.
    pub tries: i64,
    /// When it was enqueued.
    pub created_at: Timestamp,
}

/// An e-mail to enqueue.
#[derive(Debug)]
pub struct NewMail {
    /// Time-ordered (UUID version 7).
    pub id: Uuid,
    /// The encrypted message.
    pub content: Vec<u8>,
    /// Whether it is a security notice.
    pub is_notice: bool,
    /// The time after which it is no longer sent.
    pub expires_at: Timestamp,
}

/// The e-mails that a worker takes from the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Security notices only.
    Notices,
    /// All e-mails.
    All,
}

/// Enqueues an e-mail, which is due immediately.
pub async fn insert(db: &impl ConnectionTrait, mail: NewMail, now: Timestamp) -> Result<(), DbErr> {
    let sql = "INSERT INTO mails (id, content, is_notice, next_try_at, created_at, expires_at) \
               VALUES ($1, $2, $3, $4, $4, $5)";
    let NewMail { id, content, is_notice, expires_at } = mail;
    let values = [id.into(), content.into(), is_notice.into(), now.into(), expires_at.into()];
    execute(db, sql, values).await.map(|_| ())
}

/// Leases the e-mail that has been due for the longest time. No other worker takes it within `lease`. If this worker
/// stops before it has sent the e-mail, another one takes it after the lease.
pub async fn take_due(
    db: &Db,
    kind: Kind,
    now: Timestamp,
    lease: Duration,
) -> Result<Option<MailRow>, DbErr> {
    // Two nodes that read concurrently take different e-mails. SQLite has a single writer and no such clause.
    let skip = match db.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let only = match kind {
        Kind::Notices => " AND is_notice",
        Kind::All => "",
    };
    let sql = format!(
        "UPDATE mails SET tries = tries + 1, next_try_at = $1 + $2 \
         WHERE id = (SELECT id FROM mails WHERE next_try_at <= $1 AND expires_at > $1{only} \
                     ORDER BY next_try_at, id LIMIT 1{skip}) AND next_try_at <= $1 \
         RETURNING id, content, tries, created_at"
    );
    // `query_all_raw`, although there is at most one row: see `fetch_all` in `db::session`.
    let rows = db.query_all_raw(statement(db, &sql, [now.into(), millis(lease).into()])).await?;
    rows.first().map(|row| MailRow::from_query_result(row, "")).transpose()
}

/// Sets the time of the next delivery attempt. With `None`, there is no further attempt.
pub async fn reschedule(db: &Db, id: Uuid, until: Option<Timestamp>) -> Result<(), DbErr> {
    let sql = "UPDATE mails SET next_try_at = $1 WHERE id = $2";
    let until: Value = until.map(|until| until.0).into();
    execute(db, sql, [until, id.into()]).await.map(|_| ())
}

/// Removes an e-mail that was sent.
pub async fn remove(db: &Db, id: Uuid) -> Result<(), DbErr> {
    execute(db, "DELETE FROM mails WHERE id = $1", [id.into()]).await.map(|_| ())
}

/// Returns the e-mails in the queue, newest first, at most 50.
pub async fn list(db: &Db) -> Result<Vec<MailRow>, DbErr> {
    let sql = "SELECT id, content, tries, created_at FROM mails ORDER BY id DESC LIMIT 50";
    let rows = db.query_all_raw(statement(db, sql, [])).await?;
    rows.iter().map(|row| MailRow::from_query_result(row, "")).collect()
}

/// Deletes at most [`BATCH`] e-mails that expired before `before`. Returns how many.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM mails WHERE id IN \
               (SELECT id FROM mails WHERE expires_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}
