//! The requests and responses of the JSON API, for the server, the pages and the OpenAPI document.

use super::types::{AccessToken, Password, RefreshTokenText};
use serde::{Deserialize, Serialize};
use std::fmt;

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

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Post {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// The author's user name.
    pub author: String,
    /// What it says.
    pub body: String,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub created_at: String,
}

/// A page of posts, newest first.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Posts {
    /// The posts.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub posts: Vec<Post>,
    /// The value of `before` for the next page; null on the last page.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub next: Option<String>,
}

/// A post that is about to be written.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// The text. Spaces around it are removed. Line breaks are allowed, other control characters are not.
    #[cfg_attr(
        feature = "openapi",
        schema(
            min_length = 1,
            max_length = 500,
            pattern = r"^\s*[^\s\x00-\x1f\x7f-\x9f]([^\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f])?\s*$"
        )
    )]
    pub body: String,
}

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

/// An account, as its user sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The e-mail address.
    #[cfg_attr(feature = "openapi", schema(format = Email))]
    pub email: String,
    /// A guest's account lives for a day, and has no settings.
    pub guest: bool,
    /// Whether mail to the address has reached the user.
    pub email_confirmed: bool,
    /// A user without a password logs in with links by mail.
    pub has_password: bool,
    /// Whether two-step login is on.
    pub second_factor: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
    /// Whether this access token may change what could lock the user out: for 15 minutes after a login, or
    /// after the password was shown again with it or before the refresh that brought it.
    pub confirmed: bool,
}

/// A confirmation with the password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The password.
    pub password: Password,
    /// If two-step login is on: what the authenticator app shows, or a recovery code.
    pub code: Option<String>,
}

/// A new password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The current password, if there is one.
    pub current: Option<Password>,
    /// The new one.
    pub password: Password,
    /// Whether the other sessions stay.
    #[serde(default)]
    pub keep_others: bool,
}

/// Another user name.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUsername {
    /// At most 32 letters of any script, digits, dots, hyphens or underscores. Spaces around it are removed.
    #[cfg_attr(
        feature = "openapi",
        schema(
            min_length = 2,
            max_length = 32,
            pattern = r"^\s*[^\s\x00-,/:-@\[-\^`\{-\x9f]+\s*$"
        )
    )]
    pub username: String,
}

/// Another e-mail address.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The address.
    #[cfg_attr(feature = "openapi", schema(format = Email, min_length = 3, max_length = 254))]
    pub email: String,
    /// The password, if there is one.
    pub password: Option<Password>,
}

/// The secret for an authenticator app.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PreparedSecondFactor {
    /// The secret in base32, to type.
    pub key: String,
    /// The same as an `otpauth:` address, to open.
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
    pub address: String,
    /// The same as a picture, to scan.
    pub qr: QrCode,
}

/// The dark squares of a QR code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// How many squares it is wide and high.
    pub width: u32,
    /// The path of an SVG, in squares.
    pub path: String,
}

/// A code of the second factor.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondFactorCode {
    /// Six digits.
    #[cfg_attr(
        feature = "openapi",
        schema(min_length = 6, max_length = 6, pattern = "^[0-9]{6}$")
    )]
    pub code: String,
    /// The password, if the account has one.
    pub password: Option<Password>,
}

/// What proves who asks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The password, if the account has one.
    pub password: Option<Password>,
    /// If two-step login is on, and the request switches it off or makes recovery codes: what the authenticator
    /// app shows, or a recovery code.
    pub code: Option<String>,
}

/// Codes that replace the second factor if it is lost, each good once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten codes.
    #[cfg_attr(feature = "openapi", schema(min_items = 10, max_items = 10))]
    pub recovery_codes: Vec<String>,
}

/// What happened to an account, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Events {
    /// The events, at most 50.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub events: Vec<ListedEvent>,
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedEvent {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "openapi", schema(format = Uuid))]
    pub id: String,
    /// What happened.
    #[cfg_attr(feature = "openapi", schema(value_type = crate::schemas::EventKind))]
    pub kind: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// When.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
    /// The browser and the operating system.
    pub device: Option<String>,
    /// The network of the client, without the host.
    pub network: Option<String>,
}

/// The mail that would have been sent, newest first.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Outbox {
    /// The mails, at most 50.
    #[cfg_attr(feature = "openapi", schema(max_items = 50))]
    pub mails: Vec<OutboxMail>,
}

/// A mail that would have been sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutboxMail {
    /// Who would have got it.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// What it says.
    pub text: String,
    /// What it asks to open.
    pub link: Option<String>,
    /// When it was written.
    #[cfg_attr(feature = "openapi", schema(format = DateTime))]
    pub at: String,
}

/// No secret of a person stands in a log.
macro_rules! redacted {
    ($($name:ident),*) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        })*
    };
}

redacted!(PreparedSecondFactor, QrCode, RecoveryCodes, Outbox, OutboxMail);
