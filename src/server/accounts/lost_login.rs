//! Logins whose response was lost.
//!
//! With each login the browser sends an id in a cookie, which expires after ten minutes and which the response clears.
//! The session stores the hash of that id. A retry with the same id is therefore recognised as a repeated login: it
//! ends the session whose tokens the browser never received and starts a new one.

use super::Accounts;
use crate::{
    db::{
        session,
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
};
use handstamp_engine::{clock::Timestamp, refresh_token::TokenHash};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use uuid::Uuid;

/// How long after a login it can be repeated.
pub const TTL: Duration = Duration::from_secs(10 * 60);

/// Returns whether the login id of the request belongs to a session of this user that was never refreshed, and that was
/// started within [`TTL`] and after the second factor was enabled. If so, this browser has completed all steps of a
/// login within that time.
pub async fn is_repeated(
    accounts: &Accounts,
    user: &UserRow,
    device: &Device,
) -> Result<bool, ServiceError> {
    let Some(login) = hashed_login_id(device) else { return Ok(false) };
    let since = since(user, accounts.clock.now());
    Ok(session::has_lost_login(&accounts.db.reader, user.id, &login, since).await?)
}

/// Returns the account that a repeated sign-up created within [`TTL`], if the login id of the request belongs to that
/// account.
pub async fn account_of_sign_up(
    accounts: &Accounts,
    username_key: &str,
    email_key: &str,
    device: &Device,
) -> Result<Option<UserRow>, ServiceError> {
    if device.login.is_none() {
        return Ok(None);
    }
    let found = user::find_by_name_or_email(&accounts.db.reader, username_key).await?;
    let oldest = accounts.clock.now().minus(TTL);
    let is_repeated_sign_up =
        |user: &UserRow| user.email_key == email_key && user.created_at > oldest;
    let Some(user) = found.filter(is_repeated_sign_up) else { return Ok(None) };
    Ok(is_repeated(accounts, &user, device).await?.then_some(user))
}

/// Ends the sessions that [`is_repeated`] finds for the login id of the request. Returns their ids.
pub async fn end(
    db: &impl ConnectionTrait,
    user: &UserRow,
    device: &Device,
    now: Timestamp,
) -> Result<Vec<Uuid>, ServiceError> {
    let Some(login) = hashed_login_id(device) else { return Ok(Vec::new()) };
    Ok(session::revoke_lost_logins(db, user.id, &login, since(user, now), now).await?)
}

fn hashed_login_id(device: &Device) -> Option<TokenHash> {
    device.login.as_deref().map(TokenHash::of)
}

/// Returns the start of the period in which a login can be repeated. A login from before the second factor was enabled
/// is excluded, because it did not verify a code.
fn since(user: &UserRow, now: Timestamp) -> Timestamp {
    let oldest = now.minus(TTL);
    user.totp_since.map_or(oldest, |totp_since| totp_since.max(oldest))
}
