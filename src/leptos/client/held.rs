//! The access token that a client holds, and the outcome of a token from another tab.

use super::state::TokenTimes;
use handstamp_protocol::types::AccessToken;

/// The token to send.
#[derive(Debug, Clone)]
pub struct HeldToken {
    /// The access token.
    pub token: AccessToken,
    /// The epoch of its session.
    pub epoch: u64,
    /// Its generation and lifetime.
    pub times: TokenTimes,
}

impl HeldToken {
    /// Whether this token replaced `other` in the same session. A token of another login does not, because it may
    /// belong to another user.
    pub fn replaces(&self, other: &Self) -> bool {
        self.epoch == other.epoch && self.times.generation > other.times.generation
    }
}

/// The outcome of an access token from another tab.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUpdate {
    /// It is held now, with this generation.
    Stored(u64),
    /// It is older than the one that is held, or its session was ended here.
    Ignored,
    /// It belongs to another session than this tab's. Only the server knows which one the cookie belongs to.
    OtherSession,
}
