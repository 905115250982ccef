//! What crosses the wire at the browser door.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A signed access token (a JWT, RFC 9068). Its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccessToken(String);

impl AccessToken {
    /// Takes the text of a token.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the `Authorization` header and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

/// A password on its way to the server. Its `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Takes what a person typed.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, for the hash function and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// A UUID.
    pub id: String,
    /// As the person wrote it.
    pub username: String,
    /// As the person wrote it.
    pub email: String,
}

/// The answer to a login and to a refresh at the browser door.
/// The refresh token is not in it: that travels in the cookie alone (ASVS 3.3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserTokens {
    /// Goes into the `Authorization` header of API calls.
    pub access_token: AccessToken,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// Seconds until the session ends for good.
    pub session_expires_in: u32,
    /// Who is logged in.
    pub user: User,
}
