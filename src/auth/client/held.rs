//! The access token that a client holds, and the one that another tab hands over.

use super::state::TokenTimes;
use crate::protocol::types::AccessToken;

/// The token to send, with the generation that a refusal is measured against.
#[derive(Debug, Clone)]
pub struct HeldToken {
    /// The access token.
    pub token: AccessToken,
    /// Which login it belongs to.
    pub epoch: u64,
    /// Its times.
    pub times: TokenTimes,
}

impl HeldToken {
    /// Whether this token took the place of `other` in the same session. A token of another login is
    /// no replacement: it may be another person's.
    pub fn replaces(&self, other: &Self) -> bool {
        self.epoch == other.epoch && self.times.generation > other.times.generation
    }
}

/// What became of an access token that another tab handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenUpdate {
    /// It is held now, as this generation.
    Taken(u64),
    /// It is older than the one that is held, or its session was ended here.
    Ignored,
    /// It belongs to another session than this tab's: only the server knows which one is left.
    OfAnother,
}
