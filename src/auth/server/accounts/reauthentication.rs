//! Step-up authentication: changes that could lock the user out require a recent login or the password (ASVS 7.5.1,
//! 7.5.2).

use super::{login, totp};
use crate::auth::server::accounts::Accounts;
use crate::{
    auth::server::http::{device::Device, guard::Authenticated},
    db::{
        session,
        user::{self, UserRow},
    },
    engine::clock::Timestamp,
    protocol::{
        error::{AppError, ErrorCode},
        types::Password,
    },
    server::error::ServiceError,
};
use sea_orm::TransactionTrait;
use std::time::Duration;

/// How long a login or a re-authentication is recent.
pub const GOOD_FOR: Duration = Duration::from_secs(15 * 60);

/// Returns whether this access token comes from a login or a re-authentication within the last 15 minutes (ASVS 7.2.4).
///
/// A re-authentication counts for the access token of its request and for those that are issued by later refreshes. It
/// does not count for copies of tokens that were issued before.
///
/// # Errors
/// `session_revoked` if the session does not exist any more.
pub async fn is_fresh(accounts: &Accounts, who: &Authenticated) -> Result<bool, ServiceError> {
    let (claims, now) = (&who.0, accounts.clock.now());
    let by_this_token = session::confirmed_by(&accounts.db.reader, claims.sid, claims.jti).await?;
    let by_this_token = by_this_token.ok_or(ErrorCode::SessionRevoked)?;
    let authenticated = Timestamp(claims.auth_time.saturating_mul(1000));
    let last = by_this_token.map_or(authenticated, |at| at.max(authenticated));
    Ok(now < last.plus(GOOD_FOR))
}

/// Requires a login or a re-authentication within the last 15 minutes.
///
/// # Errors
/// `confirmation_required`.
pub async fn require(accounts: &Accounts, who: &Authenticated) -> Result<(), ServiceError> {
    if is_fresh(accounts, who).await? {
        Ok(())
    } else {
        Err(ErrorCode::ConfirmationRequired.into())
    }
}

/// Requires the password of the account, also after a recent login: an attacker with only an access token must not be
/// able to change how the user logs in (ASVS 7.5.1). For an account without a password, requires a login within the
/// last 15 minutes. `field` is the form field of the password.
///
/// # Errors
/// `validation` of `field`, `confirmation_required`, `rate_limited`.
pub async fn require_password(
    accounts: &Accounts,
    who: &Authenticated,
    user: &UserRow,
    password: Option<Password>,
    field: &'static str,
    device: &Device,
) -> Result<(), ServiceError> {
    if user.password_hash.is_none() {
        return require(accounts, who).await;
    }
    let Some(password) = password else {
        return Err(AppError::field(field, "Enter your password.").into());
    };
    login::require_password(accounts, who, user, password, field, device).await
}

/// Re-authenticates with the password, and with a code if the account has a second factor.
///
/// # Errors
/// `validation` for a wrong password; `second_factor_required`, `second_factor_invalid`, `rate_limited`;
/// `session_revoked` if the account does not exist any more.
pub async fn confirm(
    accounts: &Accounts,
    who: &Authenticated,
    password: Password,
    code: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = person(accounts, who).await?;
    login::require_password(accounts, who, &user, password, "password", device).await?;
    // Codes are limited per session here, so that guesses of other clients can't delay the user.
    let device = &device.in_session(who.0.sid);
    let shown = totp::look(accounts, &user, code, device).await?;
    let transaction = accounts.db.writer.begin().await?;
    shown.spend(&transaction, accounts, &user, device).await?;
    session::confirm(&transaction, who.0.sid, who.0.jti, accounts.clock.now()).await?;
    Ok(transaction.commit().await?)
}

/// Returns the account of the current user.
///
/// # Errors
/// `session_revoked` if the account does not exist any more.
pub async fn person(accounts: &Accounts, who: &Authenticated) -> Result<UserRow, ServiceError> {
    user::find(&accounts.db.reader, who.0.sub)
        .await?
        .ok_or_else(|| ErrorCode::SessionRevoked.into())
}

/// Returns the account of the current user, which must not be a guest account.
///
/// # Errors
/// `guest_account`; `session_revoked` if the account does not exist any more.
pub async fn member(accounts: &Accounts, who: &Authenticated) -> Result<UserRow, ServiceError> {
    let user = person(accounts, who).await?;
    if user.guest { Err(ErrorCode::GuestAccount.into()) } else { Ok(user) }
}
