//! The statements on the second factor of an account.

use super::UserRow;
use crate::db::{Db, execute};
use handstamp_engine::clock::Timestamp;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

/// Keeps the secret of a second factor that is not asked for yet. Answers whether there was none before.
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

/// Asks for the second factor from now on, if its secret is still the one that a code has shown to be in the
/// app. `step` is that of the code. Answers whether it is.
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

/// Asks for no second factor any more. Answers whether one was asked for.
pub async fn stop_second_factor(db: &impl ConnectionTrait, id: Uuid) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_secret = NULL, totp_since = NULL \
               WHERE id = $1 AND totp_since IS NOT NULL";
    Ok(execute(db, sql, [id.into()]).await? > 0)
}

/// Removes the second factor and what was prepared of one.
pub async fn remove_second_factor(db: &impl ConnectionTrait, id: Uuid) -> Result<(), DbErr> {
    let sql = "UPDATE users SET totp_secret = NULL, totp_since = NULL WHERE id = $1";
    execute(db, sql, [id.into()]).await.map(|_| ())
}

/// Takes the code of a time step, once (RFC 6238 §5.2). Answers whether it was still to be taken.
pub async fn take_step(db: &impl ConnectionTrait, id: Uuid, step: i64) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET totp_step = $1 WHERE id = $2 AND totp_step < $1";
    Ok(execute(db, sql, [step.into(), id.into()]).await? > 0)
}
