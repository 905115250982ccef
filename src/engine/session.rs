//! The row of a session.

use super::clock::Timestamp;
use handstamp_protocol::error::EndReason;
use uuid::Uuid;

/// A session with the name and the address of its user.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "sea-orm", derive(sea_orm::FromQueryResult))]
pub struct SessionRow {
    /// The session id.
    pub id: Uuid,
    /// The user.
    pub user_id: Uuid,
    /// How often the session has rotated.
    pub generation: i64,
    /// SHA-256 of the current refresh token; `None` after a revocation.
    pub token_hash: Option<Vec<u8>>,
    /// SHA-256 of the idempotency key of the last rotation.
    pub attempt_hash: Option<Vec<u8>>,
    /// SHA-256 of the idempotency key of the rotation before.
    pub previous_attempt_hash: Option<Vec<u8>>,
    /// When the user logged in.
    pub created_at: Timestamp,
    /// The last rotation. The reuse window starts here.
    pub rotated_at: Option<Timestamp>,
    /// When the session expires. It is set at login and never changes.
    pub expires_at: Timestamp,
    /// When the current token was last issued. The minimum rotation interval and the idle lifetime start here.
    pub last_seen_at: Timestamp,
    /// How often the current token was issued again (row 6 of the state table).
    pub repeats: i64,
    /// When the session was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When the user last entered the password in this session.
    pub confirmed_at: Option<Timestamp>,
    /// Why the session was revoked.
    pub revoked_reason: Option<String>,
    /// The `User-Agent` of the login.
    pub user_agent: Option<String>,
    /// The IP address of the login.
    pub ip: Option<String>,
    /// The user name.
    pub username: String,
    /// The e-mail address of the user.
    pub email: String,
}

impl SessionRow {
    /// Returns why the session was revoked, if it was.
    pub fn end_reason(&self) -> Option<EndReason> {
        self.revoked_reason.as_deref().and_then(EndReason::from_word)
    }
}
