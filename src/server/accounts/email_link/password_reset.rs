//! Resets the password with an e-mail link.

use super::token::{self, Link, Purpose};
use crate::{
    accounts::{Accounts, hash_queue::Lane, password_strength, totp},
    db::user::{self, UserRow},
    device::Device,
    error::ServiceError,
    identity, rate_limit,
    sessions::{revocation, security_events},
};
use handstamp_protocol::{
    error::{AppError, EndReason, ErrorCode},
    security_event::SecurityEvent,
    types::Password,
};
use sea_orm::TransactionTrait;

/// Sets a new password for the account whose address the link was sent to, and ends its sessions.
///
/// # Errors
/// `link_invalid`, also if the address has no account; `link_used`, `link_expired`; `validation` for an invalid password
/// and `rate_limited`, which don't consume the link.
pub async fn reset_password(
    accounts: &Accounts,
    token: &str,
    password: Password,
    device: &Device,
) -> Result<(), ServiceError> {
    let link = Link::find(accounts, token, &[Purpose::ResetPassword], None).await?;
    let user = account_of(accounts, &link).await?;
    let hash = new_hash(accounts, &user, password).await?;
    let (now, reason) = (accounts.clock.now(), EndReason::PasswordChanged);
    revocation::revoke_surplus(&accounts.sessions, user.id, None, reason).await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(conflict());
    }
    link.consume(&transaction, now).await?;
    token::invalidate_outstanding(&transaction, &user, now).await?;
    if user::confirm_email(&transaction, user.id, &link.email.key, now).await? {
        // Someone else may have created the account.
        totp::remove(&transaction, &user).await?;
    }
    let before = user.password_hash.as_deref();
    if !user::change_password(&transaction, user.id, before, Some(&hash)).await? {
        return Err(conflict());
    }
    let ended = revocation::revoke_all_in(&transaction, user.id, [None; 2], reason, now).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::PasswordReset,
        device,
    )
    .await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}

/// Returns the account whose address a link was sent to.
///
/// # Errors
/// `link_invalid` if the address has no account.
pub async fn account_of(accounts: &Accounts, link: &Link) -> Result<UserRow, ServiceError> {
    let user = user::find_by_name_or_email(&accounts.db.reader, &link.email.key).await?;
    user.filter(|user| !user.guest).ok_or_else(unknown_address)
}

/// Checks the length and strength of a new password and hashes it.
///
/// # Errors
/// `validation` of the field `password`; `rate_limited`.
pub async fn new_hash(
    accounts: &Accounts,
    user: &UserRow,
    password: Password,
) -> Result<String, ServiceError> {
    identity::check_password(&password).map_err(|message| AppError::field("password", message))?;
    rate_limit::new_password(&accounts.rate_limiter, user.id).await?;
    let lane = Lane::of(&user.id.to_string());
    password_strength::require(accounts, &password, &[&user.username, &user.email], &lane).await?;
    accounts.passwords.hash(password, &lane).await
}

/// Returns the error for a password that was changed concurrently.
pub fn conflict() -> ServiceError {
    AppError::field("password", "Your password was just changed in another session.").into()
}

fn unknown_address() -> ServiceError {
    let detail = "There is no account with this email. You can sign up with it.";
    AppError { detail: detail.into(), ..ErrorCode::LinkInvalid.into() }.into()
}
