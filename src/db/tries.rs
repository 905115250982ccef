//! The statements on `tries`. Only `auth/server/tries.rs` calls them.

use super::{BATCH, Db, execute, statement};
use crate::{
    auth::server::{stamp::Fingerprint, tries::Allowance},
    server::clock::{Timestamp, millis},
};
use sea_orm::{ConnectionTrait, DbErr, Value};

/// Counts a try, and says when the next one may come, in one statement: of many at once, no more are
/// let through than the allowance has. Answers whether this one is.
///
/// # Errors
/// The database's.
pub async fn count(
    db: &impl ConnectionTrait,
    what: &Fingerprint,
    allowance: &Allowance,
    now: Timestamp,
) -> Result<bool, DbErr> {
    // The count that this try makes, and the delay behind it: none for the first ones, then twice as
    // long each time.
    let sql = "INSERT INTO tries (what, count, first_at, next_at) VALUES ($1, 1, $2, $2) \
               ON CONFLICT (what) DO UPDATE SET \
                 count = CASE WHEN tries.first_at < $3 THEN 1 ELSE tries.count + 1 END, \
                 first_at = CASE WHEN tries.first_at < $3 THEN $2 ELSE tries.first_at END, \
                 next_at = $2 + CASE \
                   WHEN tries.first_at < $3 OR tries.count + 1 < $4 THEN 0 \
                   WHEN tries.count + 1 - $4 >= $5 THEN $6 \
                   ELSE $7 * (CAST(1 AS BIGINT) << CAST(tries.count + 1 - $4 AS INTEGER)) END \
               WHERE tries.next_at <= $2";
    let (first, longest) = (millis(allowance.first_delay), millis(allowance.longest_delay));
    let values: [Value; 7] = [
        what.to_vec().into(),
        now.into(),
        now.minus(allowance.forgotten_after).into(),
        allowance.free.into(),
        allowance.doublings().into(),
        longest.into(),
        first.into(),
    ];
    Ok(execute(db, sql, values).await? > 0)
}

/// When the next try may come.
///
/// # Errors
/// The database's.
pub async fn next_at(db: &Db, what: &Fingerprint) -> Result<Option<Timestamp>, DbErr> {
    let sql = "SELECT next_at FROM tries WHERE what = $1";
    let row = db.query_one_raw(statement(db, sql, [what.to_vec().into()])).await?;
    row.map(|row| row.try_get("", "next_at")).transpose()
}

/// Forgets all tries.
///
/// # Errors
/// The database's.
pub async fn forget(db: &impl ConnectionTrait, what: &Fingerprint) -> Result<(), DbErr> {
    execute(db, "DELETE FROM tries WHERE what = $1", [what.to_vec().into()]).await.map(|_| ())
}

/// Takes one try back.
///
/// # Errors
/// The database's.
pub async fn take_back(db: &impl ConnectionTrait, what: &Fingerprint) -> Result<(), DbErr> {
    let sql =
        "UPDATE tries SET count = count - 1, next_at = first_at WHERE what = $1 AND count > 0";
    execute(db, sql, [what.to_vec().into()]).await.map(|_| ())
}

/// Deletes what was first tried before `before`, [`BATCH`] at the most. Answers how many went.
///
/// # Errors
/// The database's.
pub async fn purge(db: &Db, before: Timestamp) -> Result<u64, DbErr> {
    let sql = "DELETE FROM tries WHERE what IN \
               (SELECT what FROM tries WHERE first_at < $1 LIMIT $2)";
    execute(db, sql, [before.into(), BATCH.into()]).await
}
