//! Showing once more who one is: what could lock the person out wants a login that is young, or the
//! password again (ASVS 7.5.1, 7.5.2).

use super::{login, totp};
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
    server::{error::ServiceError, state::AppState},
};
use sea_orm::TransactionTrait;
use std::time::Duration;

/// How long a login, or the password shown again, counts.
pub const GOOD_FOR: Duration = Duration::from_secs(15 * 60);

/// Returns whether this access token comes from a login, or from the password shown again, of the last 15 minutes
/// (ASVS 7.2.4).
///
/// A confirmation counts for the access token that asked for it and for those that a refresh brings after it. So
/// another copy of the session's tokens, issued before, gains nothing by it.
///
/// # Errors
/// `session_revoked` if the session is gone.
pub async fn is_fresh(state: &AppState, who: &Authenticated) -> Result<bool, ServiceError> {
    let (claims, now) = (&who.0, state.clock.now());
    let by_this_token = session::confirmed_by(&state.db, claims.sid, claims.jti).await?;
    let by_this_token = by_this_token.ok_or(ErrorCode::SessionRevoked)?;
    let authenticated = Timestamp(claims.auth_time.saturating_mul(1000));
    let last = by_this_token.map_or(authenticated, |at| at.max(authenticated));
    Ok(now < last.plus(GOOD_FOR))
}

/// Requires a login, or the password shown again, of the last 15 minutes.
///
/// # Errors
/// `confirmation_required`.
pub async fn require(state: &AppState, who: &Authenticated) -> Result<(), ServiceError> {
    if is_fresh(state, who).await? { Ok(()) } else { Err(ErrorCode::ConfirmationRequired.into()) }
}

/// Requires the password of the account, however young the login is: an access token alone, in other hands, must
/// not change how the user logs in (ASVS 7.5.1). An account without a password needs a login of the last 15
/// minutes. `field` is where the password was typed.
///
/// # Errors
/// `validation` of `field`, `confirmation_required`, `rate_limited`.
pub async fn require_password(
    state: &AppState,
    who: &Authenticated,
    user: &UserRow,
    password: Option<Password>,
    field: &'static str,
    device: &Device,
) -> Result<(), ServiceError> {
    if user.password_hash.is_none() {
        return require(state, who).await;
    }
    let Some(password) = password else {
        return Err(AppError::field(field, "Enter your password.").into());
    };
    login::require_password(state, who, user, password, field, device).await
}

/// Shows it with the password, and with the second factor where there is one.
///
/// # Errors
/// `validation` for a wrong password, those of the second factor, `rate_limited`.
pub async fn confirm(
    state: &AppState,
    who: &Authenticated,
    password: Password,
    code: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = person(state, who).await?;
    login::require_password(state, who, &user, password, "password", device).await?;
    // The code counts for this session: guesses elsewhere delay no user here.
    let device = &device.in_session(who.0.sid);
    let shown = totp::look(state, &user, code, device).await?;
    let transaction = state.writer.begin().await?;
    shown.spend(&transaction, state, &user, device).await?;
    session::confirm(&transaction, who.0.sid, who.0.jti, state.clock.now()).await?;
    Ok(transaction.commit().await?)
}

/// The account of who is asking.
///
/// # Errors
/// `session_revoked` where it is gone.
pub async fn person(state: &AppState, who: &Authenticated) -> Result<UserRow, ServiceError> {
    user::find(&state.db, who.0.sub).await?.ok_or_else(|| ErrorCode::SessionRevoked.into())
}

/// The account of who is asking, which has to be one that lasts.
///
/// # Errors
/// `guest_account`.
pub async fn member(state: &AppState, who: &Authenticated) -> Result<UserRow, ServiceError> {
    let user = person(state, who).await?;
    if user.guest { Err(ErrorCode::GuestAccount.into()) } else { Ok(user) }
}
