//! What crosses the wire at the native door, for the server, the pages and the OpenAPI document.

use crate::auth::types::{AccessToken, Password, RefreshTokenText};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a login asks for.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Login {
    /// The user name or the e-mail address.
    pub username: String,
    /// The password.
    pub password: Password,
    /// Where two-step login is on: what the authenticator app shows, or a recovery code.
    pub code: Option<String>,
}

/// A refresh token on its way to the server.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RefreshTokenBody {
    /// The refresh token that the client holds. `refreshToken` is accepted too.
    #[serde(alias = "refreshToken")]
    #[cfg_attr(feature = "ssr", schema(required = true, nullable = false))]
    pub refresh_token: Option<RefreshTokenText>,
}

/// The answer to a login and to a refresh at the native door.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Profile {
    /// A UUID.
    #[cfg_attr(feature = "ssr", schema(format = Uuid))]
    pub id: String,
    /// The user name.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// The sign-up.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub created_at: String,
    /// The session behind the access token.
    pub session: ProfileSession,
}

/// The session behind an access token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ProfileSession {
    /// A UUID.
    #[cfg_attr(feature = "ssr", schema(format = Uuid))]
    pub id: String,
    /// The login.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub created_at: String,
    /// The end, fixed at the login.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub expires_at: String,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Post {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "ssr", schema(format = Uuid))]
    pub id: String,
    /// The author's user name.
    pub author: String,
    /// What it says.
    pub body: String,
    /// When it was written.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub created_at: String,
}

/// A page of posts, newest first.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Posts {
    /// The posts.
    pub posts: Vec<Post>,
    /// What to ask for as `before` to get the next page; null at the end.
    pub next: Option<String>,
}

/// A post that is about to be written.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPost {
    /// What it says.
    #[cfg_attr(feature = "ssr", schema(min_length = 1, max_length = 500))]
    pub body: String,
}

/// The running sessions of a person, the one used last first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Sessions {
    /// The sessions, 100 at the most.
    pub sessions: Vec<ListedSession>,
}

/// One of a person's sessions.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ListedSession {
    /// A UUID.
    #[cfg_attr(feature = "ssr", schema(format = Uuid))]
    pub id: String,
    /// Whether it is the one that asks.
    pub current: bool,
    /// The login.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub created_at: String,
    /// The last refresh.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub last_seen_at: String,
    /// The end, fixed at the login.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub expires_at: String,
    /// The browser and the system, as people call them.
    pub device: Option<String>,
    /// What the client called itself at the login.
    pub user_agent: Option<String>,
    /// The address that the login came from.
    pub ip: Option<String>,
}

/// An account, as its person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Account {
    /// The user name.
    pub username: String,
    /// The e-mail address.
    pub email: String,
    /// A guest's account lives for a day, and has no settings.
    pub guest: bool,
    /// Whether mail to the address has reached the person.
    pub email_confirmed: bool,
    /// Who has none logs in with links alone.
    pub has_password: bool,
    /// Whether two-step login is on.
    pub second_factor: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: u32,
    /// Whether this access token may change what could lock the user out: for 15 minutes after a login, or
    /// after the password was shown again with it or before the refresh that brought it.
    pub confirmed: bool,
}

/// Who one is, shown once more.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// The password.
    pub password: Password,
    /// Where two-step login is on: what the authenticator app shows, or a recovery code.
    pub code: Option<String>,
}

/// A new password.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The password so far, where there is one.
    pub current: Option<Password>,
    /// The new one.
    pub password: Password,
    /// Whether the other sessions go on.
    #[serde(default)]
    pub keep_others: bool,
}

/// Another user name.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewUsername {
    /// 3 to 32 letters, digits, dots, hyphens or underscores.
    pub username: String,
}

/// Another e-mail address.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewEmail {
    /// The address.
    pub email: String,
    /// The password, where there is one.
    pub password: Option<Password>,
}

/// What a person puts into their authenticator app.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct PreparedSecondFactor {
    /// The secret in base32, to type.
    pub key: String,
    /// The same as an `otpauth:` address, to open.
    pub address: String,
    /// The same as a picture, to scan.
    pub qr: QrCode,
}

/// The dark squares of a QR code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct QrCode {
    /// How many squares it is wide and high.
    pub width: u32,
    /// The path of an SVG, in squares.
    pub path: String,
}

/// A code of the second factor.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SecondFactorCode {
    /// Six digits.
    pub code: String,
    /// The password, if the account has one.
    pub password: Option<Password>,
}

/// What proves who asks.
#[derive(Debug, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The password, if the account has one.
    pub password: Option<Password>,
    /// If two-step login is on, and the request switches it off or makes recovery codes: what the authenticator
    /// app shows, or a recovery code.
    pub code: Option<String>,
}

/// The codes for who has lost the second factor, each good once.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct RecoveryCodes {
    /// Ten of them.
    pub recovery_codes: Vec<String>,
}

/// What happened to an account, newest first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Events {
    /// The events, 50 at the most.
    pub events: Vec<ListedEvent>,
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct ListedEvent {
    /// A UUID, time-ordered.
    #[cfg_attr(feature = "ssr", schema(format = Uuid))]
    pub id: String,
    /// What happened, as a word.
    pub kind: String,
    /// What happened, as a sentence.
    pub sentence: String,
    /// When.
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
    pub at: String,
    /// The browser and the system, as people call them.
    pub device: Option<String>,
    /// The network that it came from, without the host.
    pub network: Option<String>,
}

/// The mail that would have been sent, newest first.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
pub struct Outbox {
    /// The mails, 50 at the most.
    pub mails: Vec<OutboxMail>,
}

/// A mail that would have been sent.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(utoipa::ToSchema))]
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
    #[cfg_attr(feature = "ssr", schema(format = DateTime))]
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
