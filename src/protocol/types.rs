//! What crosses the wire at the browser door.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A text that opens something. Its `Debug` shows nothing of it.
macro_rules! secret_text {
    ($(#[$about:meta])* $name:ident) => {
        #[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(transparent)]
        $(#[$about])*
        pub struct $name(String);

        impl $name {
            /// Takes the text.
            pub fn new(text: String) -> Self {
                Self(text)
            }

            /// The text, for the one place that it is meant for and nothing else.
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
    /// The token of a link that came by mail.
    LinkToken
}

/// How hard a password is to guess.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strength {
    /// From 0, which anybody guesses, to 4.
    pub score: u8,
    /// Why it is refused, in a sentence; empty where it isn't.
    pub advice: String,
}

impl Strength {
    /// The least that an account wants.
    pub const ENOUGH: u8 = 2;
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
    /// Names the session, and opens nothing: what the tabs of a browser tell sessions apart by.
    pub session_id: String,
    /// Seconds until the session ends for good.
    pub session_expires_in: u32,
    /// Who is logged in.
    pub user: User,
}

impl BrowserTokens {
    /// Whether a client can use them: the access token is one that a header can carry (RFC 6750 §2.1),
    /// and it is not over already.
    pub fn are_usable(&self) -> bool {
        let is_b64token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
        let token = self.access_token.expose_secret();
        !token.is_empty() && token.bytes().all(is_b64token) && self.expires_in > 0
    }
}
