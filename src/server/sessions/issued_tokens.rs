//! The tokens that a login or a refresh issues.

use super::Sessions;
use crate::{error::ServiceError, timing::TIMING};
use handstamp_engine::{
    access_token::{Subject, seconds_left},
    clock::Timestamp,
    refresh_token::RefreshToken,
    session::SessionRow,
};
use handstamp_protocol::types::{AccessToken, User};
use uuid::Uuid;

/// The tokens that a login or a refresh issues.
#[derive(Debug)]
pub struct IssuedTokens {
    /// The access token.
    pub access_token: AccessToken,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// The refresh token that the client must store.
    pub refresh_token: RefreshToken,
    /// Whether the refresh token differs from the one that the client presented.
    pub rotated: bool,
    /// The id of the session.
    pub session: Uuid,
    /// The end of the session.
    pub session_ends_at: Timestamp,
    /// When the tokens were issued.
    pub issued_at: Timestamp,
    /// The logged-in user.
    pub user: User,
    /// The device cookie for this browser; `None` before the address is confirmed.
    pub device_cookie: Option<String>,
}

impl IssuedTokens {
    /// Issues an access token for an active session.
    ///
    /// # Errors
    /// `internal` if the token can't be signed, which is a bug.
    pub fn for_session(
        sessions: &Sessions,
        row: &SessionRow,
        refresh_token: RefreshToken,
        rotated: bool,
        now: Timestamp,
    ) -> Result<Self, ServiceError> {
        let subject = Subject {
            user: row.user_id,
            session: row.id,
            // A re-authentication applies to the tokens that are issued after it.
            authenticated_at: row.confirmed_at.unwrap_or(row.created_at),
            session_ends_at: row.expires_at,
        };
        let user = User {
            id: row.user_id.to_string(),
            username: row.username.clone(),
            email: row.email.clone(),
        };
        let tokens = Self::new(sessions, subject, user, refresh_token, now)?;
        Ok(Self { rotated, ..tokens })
    }

    pub(crate) fn new(
        sessions: &Sessions,
        subject: Subject,
        user: User,
        refresh_token: RefreshToken,
        now: Timestamp,
    ) -> Result<Self, ServiceError> {
        let issued = tracing::trace_span!(target: TIMING, "sign")
            .in_scope(|| sessions.access_tokens.issue(subject, now));
        let (access_token, expires_in) = issued.map_err(ServiceError::internal)?;
        let session_ends_at = subject.session_ends_at;
        Ok(Self {
            access_token,
            expires_in,
            refresh_token,
            rotated: true,
            session: subject.session,
            session_ends_at,
            issued_at: now,
            user,
            device_cookie: None,
        })
    }

    /// Returns the seconds until the session ends.
    pub fn session_expires_in(&self) -> u32 {
        seconds_left(self.session_ends_at, self.issued_at)
    }
}
