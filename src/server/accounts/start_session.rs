//! Starts the session of a successful login.

use super::{Accounts, lost_login, totp::Proof};
use crate::{
    db::{
        session::{self, NewSession},
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
    rate_limit::device_cookie,
    sessions::{issued_tokens::IssuedTokens, revocation, security_events},
    timing::TIMING,
};
use handstamp_engine::{
    access_token::Subject,
    random::random,
    refresh_token::{RefreshToken, TokenHash},
};
use handstamp_protocol::{error::ErrorCode, security_event::SecurityEvent};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The data of a new session.
#[derive(Debug)]
pub(super) struct NewLogin {
    /// The security event to record.
    pub event: SecurityEvent,
    /// The lifetime of the session.
    pub lifetime: Duration,
    /// The device that sent the request.
    pub device: Device,
    /// Whether it repeats a login whose response was lost. Such a login does not require a code.
    pub is_repeat: bool,
}

/// Starts a session for an authenticated user.
///
/// # Errors
/// `invalid_credentials` if the account has changed since it was read, for example because of a new password;
/// `second_factor_invalid` if the code was already used.
pub(super) async fn log_in_as(
    accounts: &Accounts,
    user: UserRow,
    event: SecurityEvent,
    proof: Proof,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ErrorCode::InvalidCredentials.into());
    }
    let is_repeat = matches!(proof, Proof::Repeated);
    let event = proof.login_event(event);
    proof.consume(&transaction, accounts, &user, &device).await?;
    let lifetime = accounts.refresh_ttl;
    let login = NewLogin { event, lifetime, device, is_repeat };
    let (tokens, ended) = start_session(accounts, &transaction, user, login).await?;
    revocation::commit(&accounts.sessions, transaction, ended, accounts.clock.now()).await?;
    Ok(tokens)
}

/// Starts a session. If the account then exceeds the maximum number of sessions, the least recently used one is ended.
/// Returns the tokens and the ended sessions, which the caller passes to [`revocation::commit`].
pub(super) async fn start_session(
    accounts: &Accounts,
    db: &impl ConnectionTrait,
    user: UserRow,
    NewLogin { event, lifetime, device, is_repeat }: NewLogin,
) -> Result<(IssuedTokens, Vec<Uuid>), ServiceError> {
    let now = accounts.clock.now();
    let token =
        RefreshToken::generate(accounts.keys.newest(), Uuid::new_v4(), Zeroizing::new(random()?));
    let subject = Subject {
        user: user.id,
        session: token.session(),
        authenticated_at: now,
        session_ends_at: now.plus(lifetime),
    };
    security_events::record(db, &accounts.mailer, &user, event, &device).await?;
    let lost = lost_login::end(db, &user, &device, now).await?;
    if is_repeat && lost.is_empty() {
        // The session of the repeated login was ended concurrently, so the next attempt must include the code.
        return Err(ServiceError::try_again());
    }
    // Without this, a chain of repeated logins would extend the validity of one code indefinitely.
    let can_be_repeated = !is_repeat || user.totp_since.is_none();
    let new = NewSession {
        id: token.session(),
        user_id: user.id,
        token_hash: token.hash(),
        login: device.login.as_deref().filter(|_| can_be_repeated).map(TokenHash::of),
        created_at: now,
        expires_at: subject.session_ends_at,
        user_agent: device.user_agent.clone(),
        ip: device.ip.map(|ip| ip.to_string()),
    };
    session::insert(db, new).await?;
    let mut ended = session::revoke_excess(db, user.id, token.session(), now).await?;
    if !ended.is_empty() {
        security_events::record(
            db,
            &accounts.mailer,
            &user,
            SecurityEvent::TooManySessions,
            &device,
        )
        .await?;
    }
    ended.extend(lost);
    let presented = device.cookie.as_deref();
    let device_cookie =
        user.email_confirmed_at.map(|_| device_cookie::issue(&accounts.keys, &user, presented));
    let device_cookie = device_cookie.transpose()?;
    let generation = token.generation();
    tracing::trace!(name: "refresh_token", target: TIMING, generation, outcome = "issued");
    let tokens = IssuedTokens::new(&accounts.sessions, subject, user.into(), token, now)?;
    Ok((IssuedTokens { device_cookie, ..tokens }, ended))
}
