//! The statements on the second factor of an account.

use super::UserRow;
use crate::db::{Db, execute};
use handstamp_engine::clock::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

/// Stores the encrypted secret of a second factor that is not yet required. Returns false if the account already has a
/// second factor.
pub async fn prepare_second_factor(db: &Db, id: Uuid, sealed: Vec<u8>) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_secret = $1 \
               WHERE id = $2 AND totp_since IS NULL AND guest = FALSE";
    Ok(execute(db, sql, [sealed.into(), id.into()]).await? > 0)
}

/// Replaces the encrypted secret of a second factor, unless it has changed since it was read.
pub async fn replace_totp_secret(
    db: &impl ConnectionTrait,
    id: Uuid,
    before: &[u8],
    after: Vec<u8>,
) -> Result<(), DbErr> {
    let sql = "UPDATE users SET totp_secret = $1 WHERE id = $2 AND totp_secret = $3";
    let values: [Value; 3] = [after.into(), id.into(), before.to_vec().into()];
    execute(db, sql, values).await.map(|_| ())
}

/// Requires the second factor from now on, if its secret is still the one that the user's code was checked against.
/// `step` is the time step of that code. Returns whether the secret was unchanged.
pub async fn start_second_factor(
    db: &impl ConnectionTrait,
    user: &UserRow,
    step: i64,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_since = $1, totp_step = $2 \
               WHERE id = $3 AND totp_since IS NULL AND totp_secret = $4 AND guest = FALSE";
    let values: [Value; 4] =
        [now.into(), step.into(), user.id.into(), user.totp_secret.clone().into()];
    Ok(execute(db, sql, values).await? > 0)
}

/// No longer requires a second factor. Returns whether one was required.
pub async fn stop_second_factor(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_secret = NULL, totp_since = NULL \
               WHERE id = $1 AND totp_since IS NOT NULL";
    Ok(execute(db, sql, [id.into()]).await? > 0)
}

/// Removes the second factor, also if its setup was not completed.
pub async fn remove_second_factor(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE users SET totp_secret = NULL, totp_since = NULL WHERE id = $1";
    execute(db, sql, [id.into()]).await.map(|_| ())
}

/// Accepts the code of a time step once (RFC 6238 §5.2). Returns false if this code or a later one was accepted before.
pub async fn take_step(db: &impl ConnectionTrait, id: Uuid, step: i64) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_step = $1 WHERE id = $2 AND totp_step < $1";
    Ok(execute(db, sql, [step.into(), id.into()]).await? > 0)
}
