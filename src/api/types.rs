//! What crosses the wire at the native door, for the server, the pages and the OpenAPI document.

use crate::auth::types::{AccessToken, Password, RefreshTokenText};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a login asks for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user name or the e-mail address.
    pub username: String,
    /// The password.
    pub password: Password,
}

/// A refresh token on its way to the server.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshTokenBody {
    /// The refresh token that the client holds. `refreshToken` is accepted too.
    #[serde(alias = "refreshToken")]
    #[schema(required = true, nullable = false)]
    pub refresh_token: Option<RefreshTokenText>,
}

/// The answer to a login and to a refresh at the native door.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct NativeTokens {
    /// Goes into the `Authorization` header of API calls.
    pub access_token: AccessToken,
    /// Always `Bearer` (RFC 6750).
    pub token_type: String,
    /// Seconds until the access token expires.
    pub expires_in: u32,
    /// To be kept in the place of the one held so far, also where it is the same.
    pub refresh_token: RefreshTokenText,
    /// Seconds until the session ends for good; a refresh doesn't make it longer.
    pub refresh_token_expires_in: u32,
}

/// Who is logged in, and since when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Profile {
    /// A UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// The user name.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// The sign-up.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The session behind the access token.
    pub session: ProfileSession,
}

/// The session behind an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProfileSession {
    /// A UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// The login.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The end, fixed at the login.
    #[schema(format = DateTime)]
    pub expires_at: String,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Post {
    /// A UUID, time-ordered.
    #[schema(format = Uuid)]
    pub id: String,
    /// The author's user name.
    pub author: String,
    /// What it says.
    pub body: String,
    /// When it was written.
    #[schema(format = DateTime)]
    pub created_at: String,
}

/// A page of posts, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Posts {
    /// The posts.
    pub posts: Vec<Post>,
    /// What to ask for as `before` to get the next page; null at the end.
    pub next: Option<String>,
}

/// A post that is about to be written.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// What it says.
    #[schema(min_length = 1, max_length = 500)]
    pub body: String,
}

/// The running sessions of a person, the one used last first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Sessions {
    /// The sessions, 100 at the most.
    pub sessions: Vec<ListedSession>,
}

/// One of a person's sessions.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct ListedSession {
    /// A UUID.
    #[schema(format = Uuid)]
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// The login.
    #[schema(format = DateTime)]
    pub created_at: String,
    /// The last refresh.
    #[schema(format = DateTime)]
    pub last_seen_at: String,
    /// The end, fixed at the login.
    #[schema(format = DateTime)]
    pub expires_at: String,
    /// What the client called itself at the login.
    pub user_agent: Option<String>,
    /// The address that the login came from.
    pub ip: Option<String>,
}
