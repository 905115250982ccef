//! Showing once more who one is: what could lock the person out wants a login that is young, or the
//! password again (ASVS 7.5.1, 7.5.2).

use super::{accounts, device::Device, guard::Authenticated, second_factor};
use crate::{
    auth::types::Password,
    db::{
        session,
        user::{self, UserRow},
    },
    error::{AppError, ErrorCode},
    server::state::AppState,
};
use sea_orm::TransactionTrait;
use std::time::Duration;

/// How long a login, or the password shown again, counts.
pub const GOOD_FOR: Duration = Duration::from_secs(15 * 60);

/// Whether the person has shown who they are a short while ago.
///
/// # Errors
/// `session_revoked` where the session is gone.
pub async fn is_fresh(state: &AppState, who: &Authenticated) -> Result<bool, AppError> {
    let at = session::confirmed_at(&state.db, who.0.sid).await?;
    let at = at.ok_or(ErrorCode::SessionRevoked)?;
    Ok(state.clock.now() < at.plus(GOOD_FOR))
}

/// Lets only those through who have shown a short while ago who they are.
///
/// # Errors
/// `confirmation_required`.
pub async fn require(state: &AppState, who: &Authenticated) -> Result<(), AppError> {
    if is_fresh(state, who).await? { Ok(()) } else { Err(ErrorCode::ConfirmationRequired.into()) }
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
) -> Result<(), AppError> {
    let user = person(state, who).await?;
    accounts::require_password(state, who, &user, password, "password", device).await?;
    // The code counts for this session: guesses elsewhere delay no user here.
    let device = &device.in_session(who.0.sid);
    let shown = second_factor::look(state, &user, code, device).await?;
    let transaction = state.writer.begin().await?;
    shown.spend(&transaction, state, &user, device).await?;
    session::confirm(&transaction, who.0.sid, state.clock.now()).await?;
    Ok(transaction.commit().await?)
}

/// The account of who is asking.
///
/// # Errors
/// `session_revoked` where it is gone.
pub async fn person(state: &AppState, who: &Authenticated) -> Result<UserRow, AppError> {
    user::find(&state.db, who.0.sub).await?.ok_or_else(|| ErrorCode::SessionRevoked.into())
}

/// The account of who is asking, which has to be one that lasts.
///
/// # Errors
/// `guest_account`.
pub async fn member(state: &AppState, who: &Authenticated) -> Result<UserRow, AppError> {
    let user = person(state, who).await?;
    if user.guest { Err(ErrorCode::GuestAccount.into()) } else { Ok(user) }
}
