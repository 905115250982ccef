//! Sessions: token issuance, rotation of refresh tokens, and revocation.

pub mod batcher;
pub mod current_user;
pub mod issued_tokens;
pub mod refresh;
pub mod revocation;
pub mod security_events;

use crate::{db::Database, mail::Mailer};
use batcher::Batcher;
use handstamp_engine::{
    access_token::AccessTokens, clock::Clock, keys::KeyRing, revoked_sessions::RevokedSessions,
    rotation::Policy,
};
use std::sync::Arc;

/// Issues, rotates and revokes the tokens of sessions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sessions {
    /// The database.
    pub db: Database,
    /// The source of the current time.
    pub clock: Clock,
    /// The keys of the refresh tokens.
    pub keys: Arc<KeyRing>,
    /// Issues and verifies access tokens.
    pub access_tokens: Arc<AccessTokens>,
    /// The settings of the state table.
    pub policy: Policy,
    /// Writes the rotations of concurrent refreshes in batches.
    pub batcher: Batcher,
    /// The sessions whose access tokens are refused.
    pub revoked: Arc<RevokedSessions>,
    /// Sends the notice about a reused refresh token.
    pub mailer: Mailer,
}
