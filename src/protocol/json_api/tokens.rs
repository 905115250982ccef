//! Logins, refreshes and logouts.

use crate::types::{AccessToken, Password, RefreshTokenText};
use serde::{Deserialize, Serialize};

/// The body of a login.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user name or the e-mail address.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 254))]
    pub username: String,
    /// The password.
    pub password: Password,
    /// If two-step login is on: a code of the authenticator app, or a recovery code.
    pub code: Option<String>,
}

/// The body of a refresh and of a logout.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshTokenBody {
    /// The refresh token that the client holds. `refreshToken` is accepted too.
    #[serde(alias = "refreshToken")]
    #[cfg_attr(feature = "openapi", schema(required = true, nullable = false))]
    pub refresh_token: Option<RefreshTokenText>,
}

/// The response to a login and to a refresh of the JSON API.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NativeTokens {
    /// The access token, for the `Authorization` header of API requests.
    pub access_token: AccessToken,
    /// Always `Bearer` (RFC 6750).
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schemas::TokenType))]
    pub token_type: String,
    /// Seconds until the access token expires.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub expires_in: u32,
    /// The refresh token. It replaces the one that the client has, even if both are the same.
    pub refresh_token: RefreshTokenText,
    /// Seconds until the session expires; a refresh doesn't extend it.
    pub refresh_token_expires_in: u32,
}
