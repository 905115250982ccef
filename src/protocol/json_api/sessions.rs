//! The bodies of the session list.

use serde::{Deserialize, Serialize};

/// The running sessions of a user, the one used last first.
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
    /// The login.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
    /// The last refresh.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub last_seen_at: String,
    /// The end, fixed at the login.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub expires_at: String,
    /// The browser and the operating system.
    pub device: Option<String>,
    /// The `User-Agent` of the login.
    pub user_agent: Option<String>,
    /// The IP address of the login.
    pub ip: Option<String>,
}
