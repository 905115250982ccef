//! The statements that check and change user names.

use super::{
    Column, Entity, UserRow, changes::of_existing, email_taken, username_looks_taken,
    username_taken,
};
use crate::{
    db::{Db, execute},
    error::ServiceError,
    identity::{Username, skeleton},
};
use handstamp_protocol::error::AppError;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Value};

/// Checks that a user name and an address are free, and that no existing name looks like this one.
///
/// # Errors
/// Fails with `validation`, with every field that is taken.
pub async fn refuse_taken(
    db: &Db,
    username: &Username,
    email_key: &str,
) -> Result<(), ServiceError> {
    let is_any = Condition::any()
        .add(Column::UsernameKey.eq(&username.key))
        .add(Column::UsernameSkeleton.eq(&username.skeleton))
        .add(Column::EmailKey.eq(email_key));
    let others = Entity::find().filter(is_any).all(db).await?;
    let mut errors = Vec::new();
    if others.iter().any(|other| other.username_key == username.key) {
        errors.push(username_taken());
    } else if others
        .iter()
        .any(|other| other.username_skeleton.as_ref() == Some(&username.skeleton))
    {
        errors.push(username_looks_taken());
    }
    if others.iter().any(|other| other.email_key == email_key) {
        errors.push(email_taken());
    }
    if errors.is_empty() { Ok(()) } else { Err(AppError::validation(errors).into()) }
}

/// Sets the user name of an account.
///
/// # Errors
/// Fails with `validation` if the name is taken or looks like an existing one, and with `session_revoked` if the
/// account was deleted.
pub async fn change_username(
    db: &impl ConnectionTrait,
    user: &UserRow,
    username: &Username,
) -> Result<(), ServiceError> {
    let sql = "UPDATE users SET username = $1, username_key = $2, username_skeleton = $3 \
               WHERE id = $4 AND guest = FALSE";
    // If the skeleton is unchanged, a missing one stays missing: the name may look like that of another account.
    let skeleton = if skeleton(&user.username) == username.skeleton {
        user.username_skeleton.as_deref()
    } else {
        Some(username.skeleton.as_str())
    };
    let values: [Value; 4] = [
        username.shown.as_str().into(),
        username.key.as_str().into(),
        skeleton.into(),
        user.id.into(),
    ];
    of_existing(execute(db, sql, values).await)
}
