//! Replaces outdated password hashes at login (ASVS 11.2.2).

use super::{Accounts, hash_queue::Lane};
use crate::{
    db::user::{self, UserRow},
    error::ServiceError,
};
use handstamp_protocol::{error::ErrorCode, types::Password};

/// Replaces the outdated hash of a password that was just verified. Returns the account with its new hash, which a
/// concurrent login may have written.
///
/// # Errors
/// `invalid_credentials` if the password was changed concurrently.
pub(super) async fn replace(
    accounts: &Accounts,
    user: UserRow,
    password: Password,
    lane: &Lane,
) -> Result<UserRow, ServiceError> {
    let new = accounts.passwords.hash(password.clone(), lane).await?;
    let former = user.password_hash.as_deref();
    {
        let _permit = accounts.db.write_permit().await?;
        if user::change_password(&accounts.db.writer, user.id, former, Some(&new)).await? {
            return Ok(UserRow { password_hash: Some(new), ..user });
        }
    }
    let changed =
        user::find(&accounts.db.reader, user.id).await?.ok_or(ErrorCode::InvalidCredentials)?;
    let hash = changed.password_hash.as_deref();
    let verified = accounts.passwords.verify(password, hash, lane).await?;
    if verified.is_right() { Ok(changed) } else { Err(ErrorCode::InvalidCredentials.into()) }
}
