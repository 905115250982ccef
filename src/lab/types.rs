//! What crosses the wire between the lab and its server.

use crate::protocol::{error::ErrorCode, types::AccessToken};
use serde::{Deserialize, Serialize};

/// An access token that is over sooner than the one before, and says the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortTicket {
    /// For the `Authorization` header.
    pub access_token: AccessToken,
    /// Seconds until it expires.
    pub expires_in: u32,
}

/// A refresh token that was copied. The copy itself stays on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theft {
    /// The generation of the copy.
    pub generation: u32,
    /// Milliseconds until a refresh with it rotates again: until then the same token is answered.
    pub rotates_in: u32,
    /// The reuse window, in milliseconds.
    pub window: u32,
}

/// What a thief got for the copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Struck {
    /// The generation of the token that the thief showed.
    pub shown: u32,
    /// The generation of the token that the thief holds now; none where it was refused.
    pub holds: Option<u32>,
    /// Why it was refused.
    pub refused: Option<ErrorCode>,
}
