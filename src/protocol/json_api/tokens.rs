//! The bodies of login, refresh and profile.

use crate::types::{AccessToken, Password, RefreshTokenText};
use serde::{Deserialize, Serialize};

/// What a login asks for.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user name or the e-mail address.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 254))]
    pub username: String,
    /// The password.
    pub password: Password,
    /// If two-step login is on: what the authenticator app shows, or a recovery code.
    pub code: Option<String>,
}

/// A refresh token on its way to the server.
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
    /// Goes into the `Authorization` header of API calls.
    pub access_token: AccessToken,
    /// Always `Bearer` (RFC 6750).
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schemas::TokenType))]
    pub token_type: String,
    /// Seconds until the access token expires.
    #[cfg_attr(feature = "openapi", schema(minimum = 1))]
    pub expires_in: u32,
    /// Replaces the one that the client holds, also if it is the same.
    pub refresh_token: RefreshTokenText,
    /// Seconds until the session ends for good; a refresh doesn't make it longer.
    pub refresh_token_expires_in: u32,
}

/// Who is logged in, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Profile {
    /// A UUID.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// The user name.
    pub username: String,
    /// The e-mail address.
    #[cfg_attr(feature = "openapi", schema(format = Email))]
    pub email: String,
    /// The sign-up.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// The session behind the access token.
    pub session: ProfileSession,
}

/// The session behind an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileSession {
    /// A UUID.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// The login.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// The end, fixed at the login.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub expires_at: String,
}
