//! Step-up authentication: changes that could lock the user out require a recent login or the password (ASVS 7.5.1,
//! 7.5.2).

use super::{Accounts, failed_logins, hash_queue::Lane, totp};
use crate::{
    db::{
        session,
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
    rate_limit,
    sessions::current_user::CurrentUser,
};
use handstamp_engine::clock::Timestamp;
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::Password,
};
use sea_orm::TransactionTrait;
use std::time::Duration;

/// How long a login or a re-authentication counts as recent.
pub const MAX_AGE: Duration = Duration::from_secs(15 * 60);

/// Returns whether this access token is based on a login or a re-authentication within the last 15 minutes (ASVS
/// 7.2.4).
///
/// A re-authentication applies to the access token of its request and to the tokens that later refreshes issue. It does
/// not apply to tokens that were issued earlier.
///
/// # Errors
/// `session_revoked` if the session no longer exists.
pub async fn is_fresh(accounts: &Accounts, current: &CurrentUser) -> Result<bool, ServiceError> {
    let (claims, now) = (current.claims(), accounts.clock.now());
    let by_this_token = session::confirmed_by(&accounts.db.reader, claims.sid, claims.jti).await?;
    let by_this_token = by_this_token.ok_or(ErrorCode::SessionRevoked)?;
    let authenticated = Timestamp(claims.auth_time.saturating_mul(1000));
    let last = by_this_token.map_or(authenticated, |at| at.max(authenticated));
    Ok(now < last.plus(MAX_AGE))
}

/// Requires a login or a re-authentication within the last 15 minutes.
///
/// # Errors
/// `confirmation_required`.
pub async fn require(accounts: &Accounts, current: &CurrentUser) -> Result<(), ServiceError> {
    if is_fresh(accounts, current).await? {
        Ok(())
    } else {
        Err(ErrorCode::ConfirmationRequired.into())
    }
}

/// Requires the password of the account even after a recent login, because an attacker who has only an access token
/// must not be able to change how the user logs in (ASVS 7.5.1). An account without a password requires a login within
/// the last 15 minutes instead. `field` is the form field of the password.
///
/// # Errors
/// `validation` of `field`, `confirmation_required`, `rate_limited`.
pub async fn require_password(
    accounts: &Accounts,
    current: &CurrentUser,
    user: &UserRow,
    password: Option<Password>,
    field: &'static str,
    device: &Device,
) -> Result<(), ServiceError> {
    if user.password_hash.is_none() {
        return require(accounts, current).await;
    }
    let Some(password) = password else {
        return Err(AppError::field(field, "Enter your password.").into());
    };
    verify_password(accounts, current, user, password, field, device).await
}

/// Re-authenticates with the password and, if the account has a second factor, a code.
///
/// # Errors
/// `validation` for a wrong password; `second_factor_required`, `second_factor_invalid`, `rate_limited`;
/// `session_revoked` if the account no longer exists.
pub async fn confirm(
    accounts: &Accounts,
    current: &CurrentUser,
    password: Password,
    code: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = account_of(accounts, current).await?;
    verify_password(accounts, current, &user, password, "password", device).await?;
    // The limit on codes is per session here, so that other clients can't delay the user.
    let device = &device.in_session(current.session_id());
    let proof = totp::verify(accounts, &user, code, device).await?;
    let transaction = accounts.db.writer.begin().await?;
    proof.consume(&transaction, accounts, &user, device).await?;
    session::confirm(&transaction, current.session_id(), current.token_id(), accounts.clock.now())
        .await?;
    Ok(transaction.commit().await?)
}

/// Verifies the password of the current user. `field` is the form field of the password.
///
/// # Errors
/// `validation` of `field`; `rate_limited`.
async fn verify_password(
    accounts: &Accounts,
    current: &CurrentUser,
    user: &UserRow,
    password: Password,
    field: &'static str,
    device: &Device,
) -> Result<(), ServiceError> {
    let Some(hash) = user.password_hash.as_deref() else {
        let way = "This account has no password. Log in again with a link instead.";
        return Err(AppError::field(field, way).into());
    };
    rate_limit::reauthentication(&accounts.rate_limiter, current.session_id()).await?;
    if accounts.passwords.verify(password, Some(hash), &Lane::of_device(device)).await?.is_right() {
        return rate_limit::reauthentication_succeeded(
            &accounts.rate_limiter,
            current.session_id(),
        )
        .await;
    }
    failed_logins::record_in_session(accounts, user, device);
    Err(AppError::field(field, "Wrong password.").into())
}

/// Returns the account of the current user.
///
/// # Errors
/// `session_revoked` if the account no longer exists.
pub async fn account_of(
    accounts: &Accounts,
    current: &CurrentUser,
) -> Result<UserRow, ServiceError> {
    user::find(&accounts.db.reader, current.user_id())
        .await?
        .ok_or_else(|| ErrorCode::SessionRevoked.into())
}

/// Returns the account of the current user, which must not be a guest account.
///
/// # Errors
/// `guest_account`; `session_revoked` if the account no longer exists.
pub async fn require_registered(
    accounts: &Accounts,
    current: &CurrentUser,
) -> Result<UserRow, ServiceError> {
    let user = account_of(accounts, current).await?;
    if user.guest { Err(ErrorCode::GuestAccount.into()) } else { Ok(user) }
}
