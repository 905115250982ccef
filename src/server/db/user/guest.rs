//! Turns a guest into a registered user.

use super::{UserRow, changes::of_existing};
use crate::{
    db::execute,
    error::ServiceError,
    identity::{Email, Username},
};
use sea_orm::{ConnectionTrait, Value};

/// Gives a guest account a user name, an unconfirmed address and a password. Returns the changed account.
///
/// # Errors
/// Fails with `validation` if another account has the name or the address, with `session_revoked` if this one was
/// changed or deleted since it was read.
pub async fn register_guest(
    db: &impl ConnectionTrait,
    guest: UserRow,
    username: &Username,
    email: &Email,
    password_hash: String,
) -> Result<UserRow, ServiceError> {
    // A deleted account is a guest too, and has another key.
    let sql = "UPDATE users SET username = $1, username_key = $2, username_skeleton = $3, email = $4, email_key = $5, \
               password_hash = $6, guest = FALSE WHERE id = $7 AND guest = TRUE AND username_key = $8";
    let row = UserRow {
        username: username.shown.clone(),
        username_key: username.key.clone(),
        username_skeleton: Some(username.skeleton.clone()),
        email: email.shown.clone(),
        email_key: email.key.clone(),
        password_hash: Some(password_hash),
        guest: false,
        ..guest.clone()
    };
    let values: [Value; 8] = [
        row.username.as_str().into(),
        row.username_key.as_str().into(),
        row.username_skeleton.as_deref().into(),
        row.email.as_str().into(),
        row.email_key.as_str().into(),
        row.password_hash.as_deref().into(),
        row.id.into(),
        guest.username_key.into(),
    ];
    of_existing(execute(db, sql, values).await)?;
    Ok(row)
}
