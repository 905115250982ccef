//! Listing and ending the sessions of a user, and logging out.

use super::{email_link::token, reauthentication, security_events};
use crate::{
    auth::server::{
        http::{device::Device, guard::Authenticated},
        sessions::revocation,
    },
    db::{session, user},
    engine::{access_token::Claims, refresh_token::RefreshToken, session::SessionRow},
    protocol::{
        error::{EndReason, ErrorCode},
        security_event::SecurityEvent,
    },
    server::{error::ServiceError, state::AppState},
};
use sea_orm::TransactionTrait;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Ends the session of this refresh token, of any generation.
/// Unknown tokens are no error (RFC 7009 §2.2).
pub async fn log_out(state: &AppState, refresh_token: &str) -> Result<(), ServiceError> {
    match RefreshToken::parse(&state.keys, refresh_token) {
        Ok(token) => log_out_all(state, &[token]).await,
        Err(_) => Ok(()),
    }
}

/// Ends the sessions of these refresh tokens, of any generation.
///
/// # Errors
/// `unavailable` if the database can't be used. Some of the sessions may still be active then.
pub async fn log_out_all(state: &AppState, tokens: &[RefreshToken]) -> Result<(), ServiceError> {
    let sessions: BTreeSet<Uuid> = tokens.iter().map(RefreshToken::session).collect();
    for session in sessions {
        revocation::revoke(state, session, EndReason::LoggedOut).await?;
    }
    Ok(())
}

/// Ends every session of a user.
pub async fn log_out_everywhere(
    state: &AppState,
    who: &Authenticated,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = reauthentication::person(state, who).await?;
    let (now, reason) = (state.clock.now(), EndReason::LoggedOutEverywhere);
    revocation::revoke_surplus(state, user.id, Some(who.0.sid), reason).await?;
    let transaction = state.writer.begin().await?;
    // Like everything else that ends all sessions: of logins at the same time, each is before it or after it.
    if !user::hold(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    let ended = revocation::revoke_all_in(&transaction, user.id, [None; 2], reason, now).await?;
    token::invalidate_outstanding(&transaction, &user, now).await?;
    security_events::record(&transaction, state, &user, SecurityEvent::LoggedOutEverywhere, device)
        .await?;
    revocation::commit(state, transaction, ended, now).await
}

/// Returns at most 100 active sessions of the user, the last used first.
pub async fn list(state: &AppState, claims: &Claims) -> Result<Vec<SessionRow>, ServiceError> {
    Ok(session::list(&state.db, claims.sub, &state.policy, state.clock.now()).await?)
}

/// Ends one session of the user. Does nothing if the session has ended already.
///
/// # Errors
/// `not_found` if the user has no session with this id; `confirmation_required` for another session than that of the
/// request.
pub async fn end(
    state: &AppState,
    who: &Authenticated,
    id: Uuid,
    device: &Device,
) -> Result<(), ServiceError> {
    let row = session::find(&state.db, id).await?.filter(|row| row.user_id == who.0.sub);
    if row.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    if id == who.0.sid {
        return revocation::revoke(state, id, EndReason::LoggedOut).await.map(|_| ());
    }
    reauthentication::require(state, who).await?;
    let user = reauthentication::person(state, who).await?;
    if revocation::revoke(state, id, EndReason::EndedElsewhere).await? {
        security_events::record(&state.writer, state, &user, SecurityEvent::SessionEnded, device)
            .await?;
    }
    Ok(())
}

/// Ends all sessions of the user except that of the request.
///
/// # Errors
/// `confirmation_required`.
pub async fn end_others(
    state: &AppState,
    who: &Authenticated,
    device: &Device,
) -> Result<(), ServiceError> {
    reauthentication::require(state, who).await?;
    let user = reauthentication::person(state, who).await?;
    let (now, own, reason) = (state.clock.now(), Some(who.0.sid), EndReason::EndedElsewhere);
    revocation::revoke_surplus(state, user.id, own, reason).await?;
    let transaction = state.writer.begin().await?;
    // Like everything else that ends all sessions: of logins at the same time, each is before it or after it.
    if !user::hold(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    let ended = revocation::revoke_all_in(&transaction, user.id, [own, None], reason, now).await?;
    token::invalidate_outstanding(&transaction, &user, now).await?;
    security_events::record(&transaction, state, &user, SecurityEvent::OthersEnded, device).await?;
    revocation::commit(state, transaction, ended, now).await
}
