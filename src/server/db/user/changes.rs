//! The statements that change an account. Deletion makes an account a guest, and the condition `guest = FALSE` prevents
//! a concurrent change from restoring it.

use super::taken;
use crate::{db::execute, error::ServiceError, identity::Email};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::error::ErrorCode;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

/// Replaces the hash of the password, if it is still `before` and the account is not deleted. Returns whether it was
/// replaced. Of two concurrent changes, one succeeds.
pub async fn change_password(
    db: &impl ConnectionTrait,
    id: Uuid,
    before: Option<&str>,
    hash: Option<&str>,
) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET password_hash = $1 \
               WHERE id = $2 AND COALESCE(password_hash, '') = $3 AND guest = FALSE";
    let values: [Value; 3] = [hash.into(), id.into(), before.unwrap_or_default().into()];
    Ok(execute(db, sql, values).await? > 0)
}

/// Marks the address of the account as confirmed. Returns whether it was not yet confirmed.
pub async fn confirm_email(
    db: &impl ConnectionTrait,
    id: Uuid,
    email_key: &str,
    now: Timestamp,
) -> Result<bool, DbErr> {
    let sql = "UPDATE users SET email_confirmed_at = $1 \
               WHERE id = $2 AND email_key = $3 AND email_confirmed_at IS NULL AND guest = FALSE";
    Ok(execute(db, sql, [now.into(), id.into(), email_key.into()]).await? > 0)
}

/// Sets the address of the account, as confirmed.
///
/// # Errors
/// Fails with `validation` if another account has the address, with `session_revoked` if this one was deleted.
pub async fn change_email(
    db: &impl ConnectionTrait,
    id: Uuid,
    email: &Email,
    now: Timestamp,
) -> Result<(), ServiceError> {
    let sql = "UPDATE users SET email = $1, email_key = $2, email_confirmed_at = $3 \
               WHERE id = $4 AND guest = FALSE";
    let values: [Value; 4] =
        [email.shown.as_str().into(), email.key.as_str().into(), now.into(), id.into()];
    of_existing(execute(db, sql, values).await)
}

/// Maps the result of a change of one row: it fails if the name or the address is taken, or if the account was deleted.
pub(super) fn of_existing(changed: Result<u64, DbErr>) -> Result<(), ServiceError> {
    match changed {
        Ok(0) => Err(ErrorCode::SessionRevoked.into()),
        Ok(_) => Ok(()),
        Err(error) => Err(taken(&error).map_or_else(|| error.into(), Into::into)),
    }
}

/// Removes the name, the address and all credentials of an account, and makes it a guest. Housekeeping deletes its
/// events, of which there may be very many, within a minute, and the row together with the guests of the same day. The
/// row is kept until then, so that every node can report why its sessions ended.
pub async fn anonymize(db: &impl ConnectionTrait, id: Uuid, now: Timestamp) -> Result<(), DbErr> {
    execute(db, "DELETE FROM recovery_codes WHERE user_id = $1", [id.into()]).await?;
    execute(db, "DELETE FROM links WHERE user_id = $1", [id.into()]).await?;
    let placeholder = format!("deleted-{id}");
    let sql = "UPDATE users SET username = $1, username_key = $1, username_skeleton = NULL, email = $1, email_key = $1, \
               password_hash = NULL, totp_secret = NULL, totp_since = NULL, email_confirmed_at = NULL, \
               guest = $2, created_at = $3 WHERE id = $4";
    execute(db, sql, [placeholder.into(), true.into(), now.into(), id.into()]).await.map(|_| ())
}
