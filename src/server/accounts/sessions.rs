//! Lists and ends the sessions of a user. Includes logout.

use super::{Accounts, email_link::token, reauthentication};
use crate::{
    db::{session, user},
    device::Device,
    error::ServiceError,
    sessions::{current_user::CurrentUser, revocation, security_events},
};
use handstamp_engine::{refresh_token::RefreshToken, session::SessionRow};
use handstamp_protocol::{
    error::{EndReason, ErrorCode},
    security_event::SecurityEvent,
};
use sea_orm::TransactionTrait;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Ends the session of a refresh token of any generation. An invalid token is not an error (RFC 7009 §2.2).
pub async fn log_out(accounts: &Accounts, refresh_token: &str) -> Result<(), ServiceError> {
    match RefreshToken::parse(&accounts.keys, refresh_token) {
        Ok(token) => log_out_all(accounts, &[token]).await,
        Err(_) => Ok(()),
    }
}

/// Ends the sessions of refresh tokens of any generation.
///
/// # Errors
/// `unavailable` if the database is unavailable; some of the sessions may still be active.
pub async fn log_out_all(accounts: &Accounts, tokens: &[RefreshToken]) -> Result<(), ServiceError> {
    let sessions: BTreeSet<Uuid> = tokens.iter().map(RefreshToken::session).collect();
    for session in sessions {
        revocation::revoke(&accounts.sessions, session, EndReason::LoggedOut).await?;
    }
    Ok(())
}

/// Ends every session of a user.
pub async fn log_out_everywhere(
    accounts: &Accounts,
    current: &CurrentUser,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = reauthentication::account_of(accounts, current).await?;
    let (now, reason) = (accounts.clock.now(), EndReason::LoggedOutEverywhere);
    revocation::revoke_surplus(&accounts.sessions, user.id, Some(current.session_id()), reason)
        .await?;
    let transaction = accounts.db.writer.begin().await?;
    // The row lock orders this before or after each concurrent login, so that no session is missed.
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    let ended = revocation::revoke_all_in(&transaction, user.id, [None; 2], reason, now).await?;
    token::invalidate_outstanding(&transaction, &user, now).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::LoggedOutEverywhere,
        device,
    )
    .await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}

/// Returns at most 100 active sessions of the user, the most recently used first.
pub async fn list(
    accounts: &Accounts,
    current: &CurrentUser,
) -> Result<Vec<SessionRow>, ServiceError> {
    Ok(session::list(
        &accounts.db.reader,
        current.user_id(),
        &accounts.sessions.policy,
        accounts.clock.now(),
    )
    .await?)
}

/// Ends one session of the user. Has no effect if the session has already ended.
///
/// # Errors
/// `not_found` if the user has no session with this id; `confirmation_required` if it is not the session of the
/// request.
pub async fn end(
    accounts: &Accounts,
    current: &CurrentUser,
    id: Uuid,
    device: &Device,
) -> Result<(), ServiceError> {
    let row = session::find(&accounts.db.reader, id)
        .await?
        .filter(|row| row.user_id == current.user_id());
    if row.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    if id == current.session_id() {
        return revocation::revoke(&accounts.sessions, id, EndReason::LoggedOut).await.map(|_| ());
    }
    reauthentication::require(accounts, current).await?;
    let user = reauthentication::account_of(accounts, current).await?;
    if revocation::revoke(&accounts.sessions, id, EndReason::EndedElsewhere).await? {
        security_events::record(
            &accounts.db.writer,
            &accounts.mailer,
            &user,
            SecurityEvent::SessionEnded,
            device,
        )
        .await?;
    }
    Ok(())
}

/// Ends all sessions of the user except the session of the request.
///
/// # Errors
/// `confirmation_required`.
pub async fn end_others(
    accounts: &Accounts,
    current: &CurrentUser,
    device: &Device,
) -> Result<(), ServiceError> {
    reauthentication::require(accounts, current).await?;
    let user = reauthentication::account_of(accounts, current).await?;
    let (now, own, reason) =
        (accounts.clock.now(), Some(current.session_id()), EndReason::EndedElsewhere);
    revocation::revoke_surplus(&accounts.sessions, user.id, own, reason).await?;
    let transaction = accounts.db.writer.begin().await?;
    // The row lock orders this before or after each concurrent login, so that no session is missed.
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    let ended = revocation::revoke_all_in(&transaction, user.id, [own, None], reason, now).await?;
    token::invalidate_outstanding(&transaction, &user, now).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::OthersEnded,
        device,
    )
    .await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}
