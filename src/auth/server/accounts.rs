//! Signing up, logging in, logging out: what both doors do for a person.

use super::{
    access_token::{Claims, Subject},
    grant::Grant,
    identity::{Email, Registration, Username, fold},
    revocation,
    stamp::RefreshToken,
};
use crate::{
    auth::types::Password,
    db::{
        session::{self, NewSession, SessionRow},
        user::{self, NewUser, UserRow},
    },
    error::{AppError, EndReason, ErrorCode},
    server::state::AppState,
};
use axum::{
    extract::ConnectInfo,
    http::{Extensions, HeaderMap, header},
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::{net::SocketAddr, time::Duration};
use tokio::sync::SemaphorePermit;
use uuid::Uuid;
use zeroize::Zeroizing;

/// How long a guest account lives.
pub const GUEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// Where a login comes from, for the list of sessions.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// What the browser calls itself.
    pub user_agent: Option<String>,
    /// The address of the peer.
    pub ip: Option<String>,
}

impl Device {
    /// What a request says of where it comes from.
    pub fn of(headers: &HeaderMap, extensions: &Extensions) -> Self {
        let agent = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let peer = extensions.get::<ConnectInfo<SocketAddr>>();
        Self {
            user_agent: agent.map(|agent| agent.chars().take(256).collect()),
            ip: peer.map(|ConnectInfo(peer)| peer.ip().to_string()),
        }
    }
}

/// Makes an account and logs in to it.
///
/// # Errors
/// `validation` for a name or an address that is taken, also when two people ask at once.
pub async fn sign_up(
    state: &AppState,
    registration: Registration,
    device: Device,
) -> Result<Grant, AppError> {
    let Registration { username, email, password } = registration;
    // Looked up first to spare the hash; the unique indexes decide when two people ask at once.
    user::refuse_taken(&state.db, &username.key, &email.key).await?;
    let password_hash = Some(state.passwords.hash(password).await?);
    let new = NewUser { username, email, password_hash, guest: false };
    begin_as_new(state, new, state.config.refresh_ttl, device).await
}

/// Makes a guest account of its own and logs in to it. It lives for a day.
///
/// # Errors
/// `not_found` where the demo is off.
pub async fn sign_up_guest(state: &AppState, device: Device) -> Result<Grant, AppError> {
    if !state.config.demo {
        return Err(ErrorCode::NotFound.into());
    }
    let number = u32::from_be_bytes(random::<4>()?);
    let new = NewUser::guest(&format!("guest-{number:08x}"));
    begin_as_new(state, new, state.config.refresh_ttl.min(GUEST_LIFETIME), device).await
}

/// Logs in with a user name or an address, and a password.
///
/// # Errors
/// `invalid_credentials` for an unknown user and for a wrong password alike: same body, same time.
pub async fn log_in(
    state: &AppState,
    name: &str,
    password: Password,
    device: Device,
) -> Result<Grant, AppError> {
    let found = user::find_by_name_or_email(&state.db, &fold(name)).await?;
    let hash = found.as_ref().and_then(|user| user.password_hash.as_deref());
    let right = state.passwords.verify(password, hash).await?;
    match found {
        Some(user) if right => {
            let _turn = turn(state).await?;
            begin(state, &state.writer, user, state.config.refresh_ttl, device).await
        }
        _ => {
            tracing::info!(ip = device.ip, "failed login");
            Err(ErrorCode::InvalidCredentials.into())
        }
    }
}

/// Ends the session of this refresh token, whichever generation it is of.
/// Unknown tokens are no error (RFC 7009 §2.2).
///
/// # Errors
/// The database's.
pub async fn log_out(state: &AppState, refresh_token: &str) -> Result<(), AppError> {
    if let Ok(token) = RefreshToken::parse(&state.keys, refresh_token) {
        revocation::revoke(state, token.session(), EndReason::LoggedOut).await?;
    }
    Ok(())
}

/// Ends every session of a user.
///
/// # Errors
/// The database's.
pub async fn log_out_everywhere(state: &AppState, claims: &Claims) -> Result<(), AppError> {
    revocation::revoke_all(state, claims.sub, None, EndReason::LoggedOutEverywhere).await
}

/// The running sessions of the person who asks, the one used last first, 100 at the most.
///
/// # Errors
/// The database's.
pub async fn sessions(state: &AppState, claims: &Claims) -> Result<Vec<SessionRow>, AppError> {
    Ok(session::list(&state.db, claims.sub, &state.policy, state.clock.now()).await?)
}

/// Ends one session of the person who asks. One that is over already is no error.
///
/// # Errors
/// `not_found` where they have no such session, whoever else may have it.
pub async fn end_session(state: &AppState, claims: &Claims, id: Uuid) -> Result<(), AppError> {
    let row = session::find(&state.db, id).await?.filter(|row| row.user_id == claims.sub);
    if row.is_none() {
        return Err(ErrorCode::NotFound.into());
    }
    let is_own = id == claims.sid;
    let reason = if is_own { EndReason::LoggedOut } else { EndReason::EndedElsewhere };
    revocation::revoke(state, id, reason).await.map(|_| ())
}

/// Ends all sessions of the person who asks but this one.
///
/// # Errors
/// The database's.
pub async fn end_other_sessions(state: &AppState, claims: &Claims) -> Result<(), AppError> {
    revocation::revoke_all(state, claims.sub, Some(claims.sid), EndReason::EndedElsewhere).await
}

/// Makes an account and begins its first session, both or neither.
async fn begin_as_new(
    state: &AppState,
    new: NewUser,
    lifetime: Duration,
    device: Device,
) -> Result<Grant, AppError> {
    let _turn = turn(state).await?;
    let transaction = state.writer.begin().await?;
    let user = user::insert(&transaction, new, state.clock.now()).await?;
    let grant = begin(state, &transaction, user, lifetime, device).await?;
    transaction.commit().await?;
    Ok(grant)
}

/// Begins a session.
async fn begin(
    state: &AppState,
    db: &impl ConnectionTrait,
    user: UserRow,
    lifetime: Duration,
    device: Device,
) -> Result<Grant, AppError> {
    let now = state.clock.now();
    let token = RefreshToken::first(state.keys.newest(), Uuid::new_v4(), Zeroizing::new(random()?));
    let new = NewSession {
        id: token.session(),
        user_id: user.id,
        token_hash: token.hash(),
        created_at: now,
        expires_at: now.plus(lifetime),
        user_agent: device.user_agent,
        ip: device.ip,
    };
    let subject = Subject {
        user: user.id,
        session: new.id,
        authenticated_at: now,
        session_ends_at: new.expires_at,
    };
    session::insert(db, new).await?;
    Grant::new(state, subject, user.into(), token, now)
}

/// A login's turn to write, for as long as it is held.
async fn turn(state: &AppState) -> Result<SemaphorePermit<'_>, AppError> {
    state.logins.acquire().await.map_err(|closed| AppError::internal(closed.into()))
}

/// Bytes from the operating system's CSPRNG.
fn random<const N: usize>() -> Result<[u8; N], AppError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| AppError::internal(anyhow::anyhow!("no random bytes: {error}")))?;
    Ok(bytes)
}

impl NewUser {
    /// A guest, whose address leads nowhere (RFC 2606 §2).
    fn guest(name: &str) -> Self {
        let username = Username { shown: name.to_owned(), key: name.to_owned() };
        let address = format!("{name}@guest.invalid");
        let email = Email { shown: address.clone(), key: address };
        Self { username, email, password_hash: None, guest: true }
    }
}
