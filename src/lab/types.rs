//! The responses of the lab's server functions.

use handstamp_protocol::{error::ErrorCode, types::AccessToken};
use serde::{Deserialize, Serialize};

/// An access token with the same claims as the one before it, and an earlier expiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortenedToken {
    /// For the `Authorization` header.
    pub access_token: AccessToken,
    /// Seconds until it expires.
    pub expires_in: u32,
}

/// Describes a copied refresh token. The copy itself stays on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopiedToken {
    /// The generation of the copy.
    pub generation: u32,
    /// Milliseconds until a refresh with it rotates again; an earlier one returns the same token.
    pub rotates_in: u32,
}

/// The result of the attacker's refresh with the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyResult {
    /// The generation of the token that the attacker sent.
    pub shown: u32,
    /// The generation of the token that the attacker received; `None` if the refresh was refused.
    pub holds: Option<u32>,
    /// The error code of the refusal.
    pub refused: Option<ErrorCode>,
}
