//! The profile and the sessions of a user.

use serde::{Deserialize, Serialize};

/// The user and the session of an access token.
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
    /// When the user signed up.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// Whether it is a guest account, which lives for a day and has no settings.
    pub guest: bool,
    /// Whether the user name was generated, because the user signed up with an e-mail link.
    pub username_generated: bool,
    /// The session of the access token.
    pub session: ProfileSession,
}

/// The session of an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProfileSession {
    /// A UUID.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// When the user logged in.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// When the session expires. It is set at login and never changes.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub expires_at: String,
}

/// The active sessions of a user, the last used one first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sessions {
    /// The sessions, at most 100.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub sessions: Vec<ListedSession>,
}

/// One session of a user.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedSession {
    /// A UUID.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// Whether it is the session of this access token.
    pub current: bool,
    /// When the user logged in.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// When the session was last refreshed.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub last_seen_at: String,
    /// When the session expires. It is set at login and never changes.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub expires_at: String,
    /// The browser and the operating system.
    pub device: Option<String>,
    /// The `User-Agent` of the login.
    pub user_agent: Option<String>,
    /// The IP address of the login.
    pub ip: Option<String>,
    /// The network of that address, without the host part, as in the security events.
    pub network: Option<String>,
}
