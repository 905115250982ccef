//! The lab's side of the server. It exists in a demo alone, and touches only the session of whoever asks.

use super::types::{ShortTicket, Struck, Theft};
use crate::{
    auth::server::http::{cookie_api::AuthRequest, guard::Authenticated},
    auth::server::sessions::refresh,
    db::session,
    engine::refresh_token::RefreshToken,
    protocol::error::{AppError, ErrorCode},
    server::{error::ServiceError, state::AppState},
};
use quick_cache::sync::Cache;
use std::{fmt, time::Duration};
use uuid::Uuid;

/// How many copies are kept; the oldest go first.
const MOST_COPIES: usize = 1000;

/// The longest life of a ticket that was cut, in seconds.
const LONGEST_TICKET: u32 = 300;

/// The copies of refresh tokens that the lab's thieves hold, by session; in memory, and gone with it.
pub struct Thieves(Cache<Uuid, RefreshToken>);

impl Default for Thieves {
    fn default() -> Self {
        Self(Cache::new(MOST_COPIES))
    }
}

impl fmt::Debug for Thieves {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thieves").field("copies", &self.0.len()).finish()
    }
}

/// Opens the door of the lab.
///
/// # Errors
/// `not_found` where there is no demo.
pub fn open() -> Result<AuthRequest, ServiceError> {
    let door = AuthRequest::open()?;
    if door.state.config.demo { Ok(door) } else { Err(ErrorCode::NotFound.into()) }
}

/// Issues an access token that is over after this many seconds, or with the one that was shown.
///
/// # Errors
/// `validation` for none or too many seconds.
pub fn cut_ticket(
    state: &AppState,
    Authenticated(claims): &Authenticated,
    seconds: u32,
) -> Result<ShortTicket, ServiceError> {
    if !(1..=LONGEST_TICKET).contains(&seconds) {
        return Err(AppError::field("seconds", "Choose 1 to 300 seconds.").into());
    }
    let lifetime = Duration::from_secs(seconds.into());
    let (access_token, expires_in) = state
        .access_tokens
        .shorten(claims, lifetime, state.clock.now())
        .map_err(ServiceError::internal)?;
    Ok(ShortTicket { access_token, expires_in })
}

/// Copies the refresh token of whoever asks, as malware on their device would.
///
/// # Errors
/// `refresh_token_missing`, `refresh_token_invalid`; `session_expired` where there is no such session any
/// more, `session_revoked` where it was ended.
pub async fn steal(door: &AuthRequest) -> Result<Theft, ServiceError> {
    let (state, token) = (&door.state, door.refresh_token()?);
    let row = session::find(&state.db, token.session()).await?;
    let row = row.ok_or(ErrorCode::SessionExpired)?;
    if let Some(reason) = row.end_reason() {
        return Err(AppError { reason: Some(reason), ..ErrorCode::SessionRevoked.into() }.into());
    }
    let policy = &state.policy;
    let held_until = row.rotated_at.map(|_| row.last_seen_at.plus(policy.min_rotation_interval()));
    let theft = Theft {
        generation: token.generation(),
        rotates_in: held_until.map_or(0, |until| millis(until.since(state.clock.now()))),
        window: millis(policy.window),
    };
    state.thieves.0.insert(token.session(), token);
    Ok(theft)
}

/// Refreshes with the copy, as a thief would: from elsewhere, and without the attempt id.
///
/// # Errors
/// `not_found` where nothing was stolen, and trouble with the database.
pub async fn strike(door: &AuthRequest) -> Result<Struck, ServiceError> {
    let (state, session) = (&door.state, door.refresh_token()?.session());
    let (_, copy) = state.thieves.0.remove(&session).ok_or(ErrorCode::NotFound)?;
    let shown = copy.generation();
    match refresh::refresh(state, copy.expose_secret(), None).await {
        Ok(grant) => {
            let holds = Some(grant.refresh_token.generation());
            state.thieves.0.insert(session, grant.refresh_token);
            Ok(Struck { shown, holds, refused: None })
        }
        Err(error) if matches!(error.status, 401 | 409) => {
            Ok(Struck { shown, holds: None, refused: Some(error.code) })
        }
        Err(error) => {
            state.thieves.0.insert(session, copy);
            Err(error)
        }
    }
}

fn millis(span: Duration) -> u32 {
    u32::try_from(span.as_millis()).unwrap_or(u32::MAX)
}
