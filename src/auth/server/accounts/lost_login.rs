//! Logins whose answer was lost on its way.
//!
//! The browser sends an id with a login, in a cookie that it keeps for ten minutes or until the answer clears it. The
//! session of the login stores its hash. So the same login, sent again, is recognised: it ends the session that the
//! browser never got, and begins another one.

use crate::server::error::ServiceError;
use crate::{
    auth::server::http::device::Device,
    db::{
        session,
        user::{self, UserRow},
    },
    engine::{clock::Timestamp, refresh_token::TokenHash},
    server::state::AppState,
};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use uuid::Uuid;

/// For how long a login can be repeated.
pub const TTL: Duration = Duration::from_secs(10 * 60);

/// Whether the login id of the request has begun a session of this user within [`TTL`], and since the second factor was
/// switched on, that was never refreshed. Then this browser has shown within that time all that a login requires.
///
/// # Errors
/// `unavailable` if the database can't be used.
pub async fn is_repeated(
    state: &AppState,
    user: &UserRow,
    device: &Device,
) -> Result<bool, ServiceError> {
    let Some(login) = id_of(device) else { return Ok(false) };
    let since = since(user, state.clock.now());
    Ok(session::has_lost_login(&state.db, user.id, &login, since).await?)
}

/// Returns the account that a repeated sign-up has made within [`TTL`], if the login id of the request belongs to it.
///
/// # Errors
/// `unavailable` if the database can't be used.
pub async fn account_of_sign_up(
    state: &AppState,
    username_key: &str,
    email_key: &str,
    device: &Device,
) -> Result<Option<UserRow>, ServiceError> {
    if device.login.is_none() {
        return Ok(None);
    }
    let found = user::find_by_name_or_email(&state.db, username_key).await?;
    let oldest = state.clock.now().minus(TTL);
    let is_it = |user: &UserRow| user.email_key == email_key && user.created_at > oldest;
    let Some(user) = found.filter(is_it) else { return Ok(None) };
    Ok(is_repeated(state, &user, device).await?.then_some(user))
}

/// Ends the sessions that the login id of the request has begun, as for [`is_repeated`]. Returns which ones.
///
/// # Errors
/// `unavailable` if the database can't be used.
pub async fn end(
    db: &impl ConnectionTrait,
    user: &UserRow,
    device: &Device,
    now: Timestamp,
) -> Result<Vec<Uuid>, ServiceError> {
    let Some(login) = id_of(device) else { return Ok(Vec::new()) };
    Ok(session::revoke_lost_logins(db, user.id, &login, since(user, now), now).await?)
}

fn id_of(device: &Device) -> Option<TokenHash> {
    device.login.as_deref().map(TokenHash::of)
}

/// A login from before the second factor has not shown it.
fn since(user: &UserRow, now: Timestamp) -> Timestamp {
    let oldest = now.minus(TTL);
    user.totp_since.map_or(oldest, |totp_since| totp_since.max(oldest))
}
