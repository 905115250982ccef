//! Account settings: changes the password and the user name, confirms the e-mail address, and deletes the account.

use super::{
    Accounts,
    email_link::{
        flows::{self, Asker},
        password_reset::{conflict, new_hash},
        token::{self, Purpose},
    },
    reauthentication::{self, require_registered},
    totp,
};
use crate::{
    db::user,
    device::Device,
    error::ServiceError,
    identity::{Email, Username},
    rate_limit,
    sessions::{current_user::CurrentUser, revocation, security_events},
};
use handstamp_protocol::{error::EndReason, security_event::SecurityEvent, types::Password};
use sea_orm::TransactionTrait;

/// A request to change the password.
#[derive(Debug)]
pub struct PasswordChange {
    /// The former password, if the account has one.
    pub former: Option<Password>,
    /// The new password.
    pub password: Password,
    /// Whether the other sessions of the user stay active.
    pub keep_others: bool,
}

/// Sets a new password. Requires the current password or, without one, a recent login. Ends the other sessions unless
/// the user keeps them (ASVS 7.4.3).
///
/// # Errors
/// `validation`, `confirmation_required`, `guest_account`, `rate_limited`.
pub async fn change_password(
    accounts: &Accounts,
    current: &CurrentUser,
    change: PasswordChange,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = require_registered(accounts, current).await?;
    reauthentication::require_password(accounts, current, &user, change.former, "current", device)
        .await?;
    let hash = new_hash(accounts, &user, change.password).await?;
    let now = accounts.clock.now();
    let (own, reason) = (Some(current.session_id()), EndReason::PasswordChanged);
    if !change.keep_others {
        revocation::revoke_surplus(&accounts.sessions, user.id, own, reason).await?;
    }
    let transaction = accounts.db.writer.begin().await?;
    let before = user.password_hash.as_deref();
    if !user::change_password(&transaction, user.id, before, Some(&hash)).await? {
        return Err(conflict());
    }
    let mut ended = Vec::new();
    if !change.keep_others {
        ended = revocation::revoke_all_in(&transaction, user.id, [own, None], reason, now).await?;
    }
    token::invalidate_outstanding(&transaction, &user, now).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::PasswordChanged,
        device,
    )
    .await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}

/// Changes the user name, which is the public name of the account and is valid for logins.
///
/// # Errors
/// `validation`, `confirmation_required`, `guest_account`, `rate_limited`.
pub async fn change_username(
    accounts: &Accounts,
    current: &CurrentUser,
    username: &str,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = require_registered(accounts, current).await?;
    reauthentication::require(accounts, current).await?;
    let username = Username::parse(username, Some(&user.username))?;
    rate_limit::change(&accounts.rate_limiter, user.id).await?;
    let transaction = accounts.db.writer.begin().await?;
    user::change_username(&transaction, &user, &username).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::UsernameChanged,
        device,
    )
    .await?;
    Ok(transaction.commit().await?)
}

/// Sends another link that confirms the address of the account.
///
/// # Errors
/// `guest_account`, `rate_limited`.
pub async fn send_confirmation(
    accounts: &Accounts,
    current: &CurrentUser,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = require_registered(accounts, current).await?;
    if user.email_confirmed_at.is_some() {
        return Ok(());
    }
    rate_limit::mail_for_user(&accounts.rate_limiter, &user, &user.email_key, device).await?;
    let email = Email { shown: user.email.clone(), key: user.email_key.clone() };
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    let by = Asker { session: Some(current.session_id()), ..Asker::default() };
    flows::send(&transaction, accounts, Purpose::ConfirmEmail, &email, Some(&user), by).await?;
    Ok(transaction.commit().await?)
}

/// Deletes the account and its data, and ends its sessions. Requires the password, or a recent login if the account has
/// none, and a code if two-step login is on. A guest account has no credentials.
///
/// # Errors
/// `validation` of `password`, `confirmation_required`, `second_factor_required`, `second_factor_invalid`,
/// `rate_limited`.
pub async fn delete(
    accounts: &Accounts,
    current: &CurrentUser,
    password: Option<Password>,
    code: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = reauthentication::account_of(accounts, current).await?;
    let device = &device.in_session(current.session_id());
    if !user.guest {
        reauthentication::require_password(accounts, current, &user, password, "password", device)
            .await?;
    }
    let proof = totp::verify(accounts, &user, code, device).await?;
    let (now, reason) = (accounts.clock.now(), EndReason::AccountDeleted);
    // The session of the request stays active until the account is deleted, so that the request can be retried.
    revocation::revoke_surplus(&accounts.sessions, user.id, Some(current.session_id()), reason)
        .await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    proof.consume(&transaction, accounts, &user, device).await?;
    let ended = revocation::revoke_all_in(&transaction, user.id, [None; 2], reason, now).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::AccountDeleted,
        device,
    )
    .await?;
    accounts.user_data.delete(&transaction, user.id).await?;
    user::anonymize(&transaction, user.id, now).await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}
