//! Logins whose answer was lost on its way.
//!
//! The browser sends an attempt id with a login, as it does with a refresh (`docs/rotation.md`), and keeps it until an
//! answer with a refresh token clears it. The session of the login stores its hash. So the same login, sent again, is
//! recognised: it ends the session that the browser never got, and begins another one.

use super::{device::Device, stamp::Fingerprint};
use crate::{
    db::{
        session,
        user::{self, UserRow},
    },
    error::AppError,
    server::{clock::Timestamp, state::AppState},
};
use sea_orm::ConnectionTrait;
use std::time::Duration;
use uuid::Uuid;

/// For how long a login can be repeated.
pub const TTL: Duration = Duration::from_secs(10 * 60);

/// Whether the attempt id of the request has begun a session of this user within [`TTL`] that was never used.
/// Then this browser has shown within that time all that a login requires.
///
/// # Errors
/// `unavailable` if the database can't be used.
pub async fn is_repeated(
    state: &AppState,
    user: &UserRow,
    device: &Device,
) -> Result<bool, AppError> {
    let Some(attempt) = attempt_of(device) else { return Ok(false) };
    let since = state.clock.now().minus(TTL);
    Ok(session::has_lost_login(&state.db, user.id, &attempt, since).await?)
}

/// Returns the account that a repeated sign-up has made, if the attempt id of the request belongs to it.
///
/// # Errors
/// `unavailable` if the database can't be used.
pub async fn account_of_sign_up(
    state: &AppState,
    username_key: &str,
    email_key: &str,
    device: &Device,
) -> Result<Option<UserRow>, AppError> {
    if device.attempt.is_none() {
        return Ok(None);
    }
    let found = user::find_by_name_or_email(&state.db, username_key).await?;
    let Some(user) = found.filter(|user| user.email_key == email_key) else { return Ok(None) };
    Ok(is_repeated(state, &user, device).await?.then_some(user))
}

/// Ends the sessions that the attempt id of the request has begun within [`TTL`]. Returns which ones.
///
/// # Errors
/// `unavailable` if the database can't be used.
pub async fn end(
    db: &impl ConnectionTrait,
    user: Uuid,
    device: &Device,
    now: Timestamp,
) -> Result<Vec<Uuid>, AppError> {
    let Some(attempt) = attempt_of(device) else { return Ok(Vec::new()) };
    Ok(session::revoke_lost_logins(db, user, &attempt, now.minus(TTL), now).await?)
}

fn attempt_of(device: &Device) -> Option<Fingerprint> {
    device.attempt.as_deref().map(Fingerprint::of)
}
