//! The statements that change an account. None of them brings a deleted one back: it is a guest by then.

use super::taken;
use crate::{db::execute, error::ServiceError, identity::Email};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::error::ErrorCode;
use sea_orm::{ConnectionTrait, DbErr, Value};
use uuid::Uuid;

/// Replaces the password, if it is still the one of `before` and the account is not deleted. Returns whether it
/// was replaced: of two changes at once, one is.
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

/// Notes that mail to this address of the account reaches the person. Answers whether that is news.
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

/// Gives the account another address, which is confirmed.
///
/// # Errors
/// `validation` if another account has the address, `session_revoked` if this one was deleted.
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

/// A change of one row: it fails if the name or the address is taken, or if the account was deleted.
pub(super) fn of_existing(changed: Result<u64, DbErr>) -> Result<(), ServiceError> {
    match changed {
        Ok(0) => Err(ErrorCode::SessionRevoked.into()),
        Ok(_) => Ok(()),
        Err(error) => Err(taken(&error).map_or_else(|| error.into(), Into::into)),
    }
}

/// Empties an account: no name, no address, no way in. Housekeeping deletes its events, of which there
/// may be very many, within a minute, and the row with the guests of today; until then its sessions say on every
/// node that they are over.
pub async fn anonymize(db: &impl ConnectionTrait, id: Uuid, now: Timestamp) -> Result<(), DbErr> {
    execute(db, "DELETE FROM recovery_codes WHERE user_id = $1", [id.into()]).await?;
    execute(db, "DELETE FROM links WHERE user_id = $1", [id.into()]).await?;
    let emptied = format!("deleted-{id}");
    let sql = "UPDATE users SET username = $1, username_key = $1, username_skeleton = NULL, email = $1, email_key = $1, \
               password_hash = NULL, totp_secret = NULL, totp_since = NULL, email_confirmed_at = NULL, \
               guest = $2, created_at = $3 WHERE id = $4";
    execute(db, sql, [emptied.into(), true.into(), now.into(), id.into()]).await.map(|_| ())
}
