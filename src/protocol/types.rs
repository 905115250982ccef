//! The types of the cookie API, and secret strings.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Declares a secret string type whose `Debug` output omits the value.
macro_rules! secret_text {
    ($(#[$about:meta])* $name:ident) => {
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        $(#[$about])*
        pub struct $name(String);

        impl $name {
            /// Wraps the text.
            pub fn new(text: String) -> Self {
                Self(text)
            }

            /// Returns the text.
            pub fn expose_secret(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

secret_text! {
    /// A signed access token (a JWT, RFC 9068), for the `Authorization` header.
    AccessToken
}

secret_text! {
    /// A refresh token in the JSON API.
    RefreshTokenText
}

secret_text! {
    /// A password: 8 to 256 characters.
    #[cfg_attr(feature = "openapi", schema(format = Password, min_length = 8, max_length = 256))]
    Password
}

secret_text! {
    /// The token of an e-mail link.
    LinkToken
}

/// The strength of a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// The zxcvbn score, from 0 (weak) to 4 (strong).
    pub score: u8,
    /// Whether the password consists of words of the user or of the service.
    #[serde(default)]
    pub is_personal: bool,
    /// A sentence that says why the password is refused; empty if it is accepted.
    pub advice: String,
}

impl Strength {
    /// The minimum score that is accepted.
    pub const ENOUGH: u8 = 2;
}

/// What a valid e-mail link is for. Only its recipient has the token by which the server returns this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkDetails {
    /// The address that the link was sent to.
    pub email: String,
    /// The user name of the account; `None` for a link that logs in.
    pub username: Option<String>,
    /// What the user has to do before the link can be used in this browser.
    pub required: Option<LinkRequirement>,
}

/// What a link that confirms an address requires in a browser that is not logged in to the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkRequirement {
    /// The password of the account.
    Password,
    /// A login, because the account has no password.
    LogIn,
}

/// The user who is logged in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// The user id, a UUID.
    pub id: String,
    /// The user name, as the user typed it.
    pub username: String,
    /// The e-mail address, as the user typed it.
    pub email: String,
}

/// The response to a login and to a refresh of the cookie API, without the refresh token, which is only sent in the
/// cookie (ASVS 3.3.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrowserTokens {
    /// The access token, for the `Authorization` header of API requests.
    pub access_token: AccessToken,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// The session id, by which the tabs of a browser distinguish sessions. It is not a secret.
    pub session_id: String,
    /// Seconds until the session expires.
    pub session_expires_in: u32,
    /// The user who is logged in.
    pub user: User,
}

impl BrowserTokens {
    /// Returns whether a client can use the tokens: the access token has the syntax of the header (RFC 6750 §2.1), and
    /// has not expired.
    pub fn are_usable(&self) -> bool {
        let is_b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        let token = self.access_token.expose_secret();
        !token.is_empty() && token.bytes().all(is_b64token) && self.expires_in > 0
    }
}
