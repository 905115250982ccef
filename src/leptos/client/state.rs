//! The state of a session in the client.

use handstamp_protocol::{
    error::{AppError, EndReason, ErrorCode},
    types::User,
};
use serde::{Deserialize, Serialize};

/// Whether a user is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// The first refresh has no response yet.
    Starting,
    /// No user is logged in.
    LoggedOut(LogoutReason),
    /// A user is logged in.
    LoggedIn,
    /// The session is assumed to be valid, but the server can't be used: it is unreachable (`offline`), a proxy
    /// requires a login (`proxy_login`), or the server responds with an error (any other code).
    Offline(ErrorCode),
}

/// Why no user is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogoutReason {
    /// There was no session when the page was loaded.
    NoSession,
    /// The user logged out here.
    LoggedOut,
    /// The user logged out here, and the server has not confirmed it yet.
    LoggedOutUnconfirmed,
    /// The session reached its end.
    Expired,
    /// The browser did not store the cookie of a login.
    CookieRefused,
    /// The browser no longer has the cookie of the session, or has another one. The session itself may still be
    /// active.
    CookieLost,
    /// The session was ended by another tab, another device or the server.
    Revoked(Option<EndReason>),
}

/// What this page knew of the session when a refresh was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionHint {
    /// No session: this was the first refresh.
    None,
    /// It started with a login here, and no refresh has shown yet that the browser stored its cookie.
    Unconfirmed,
    /// It had not expired.
    Active,
    /// It had expired.
    Expired,
}

impl LogoutReason {
    /// Returns the reason for the server's refusal of a refresh.
    ///
    /// A browser deletes the cookie at the end of its life, or earlier if the user or the browser clears cookies,
    /// and a browser that stores no cookies never had it. The server then gets no token, or an unknown one, and only
    /// the page knows that there was a session.
    pub fn of(refusal: &AppError, hint: SessionHint) -> Self {
        match refusal.code {
            ErrorCode::RefreshTokenMissing => match hint {
                SessionHint::None => Self::NoSession,
                SessionHint::Unconfirmed => Self::CookieRefused,
                SessionHint::Active => Self::CookieLost,
                SessionHint::Expired => Self::Expired,
            },
            // The server does not clear that cookie, so this recurs at every page load and needs no notice.
            ErrorCode::RefreshTokenInvalid if hint == SessionHint::None => Self::NoSession,
            ErrorCode::RefreshTokenInvalid if hint != SessionHint::Expired => Self::CookieLost,
            ErrorCode::SessionRevoked => Self::Revoked(refusal.reason),
            ErrorCode::RefreshTokenReused => Self::Revoked(Some(EndReason::Reuse)),
            _ => Self::Expired,
        }
    }

    /// The same reason, as the other tabs of the browser see it.
    #[must_use]
    pub fn seen_from_elsewhere(self) -> Self {
        match self {
            Self::LoggedOut | Self::LoggedOutUnconfirmed => {
                Self::Revoked(Some(EndReason::LoggedOut))
            }
            other => other,
        }
    }
}

/// The session as the page sees it, without the token.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Whether a user is logged in.
    pub state: SessionState,
    /// The user who is logged in.
    pub user: Option<User>,
    /// The generation and lifetime of the access token, if there is one.
    pub token: Option<TokenTimes>,
    /// When the session expires, in milliseconds of the monotonic clock; `None` without a session.
    pub ends_at: Option<f64>,
    /// Whether the browser stores the cookies of this site. If not, no user stays logged in.
    pub keeps_cookies: bool,
    /// How many refreshes in a row have failed because the server can't be used.
    pub failures: u32,
}

impl Snapshot {
    /// The state before the first refresh.
    pub const STARTING: Self = Self {
        state: SessionState::Starting,
        user: None,
        token: None,
        ends_at: None,
        keeps_cookies: true,
        failures: 0,
    };
}

/// The generation and lifetime of the access token. Times are in milliseconds of the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenTimes {
    /// The number of the token in this client.
    pub generation: u64,
    /// When it was received.
    pub held_since: f64,
    /// When it expires.
    pub expires_at: f64,
}

impl TokenTimes {
    /// Returns the times of a token that is received at `now` and valid for `expires_in` seconds.
    pub fn new(generation: u64, now: f64, expires_in: u32) -> Self {
        Self { generation, held_since: now, expires_at: now + f64::from(expires_in) * 1000.0 }
    }

    /// Whether the token is in the last tenth of its lifetime (at least two seconds, at most half of it).
    pub fn is_about_to_expire(&self, now: f64) -> bool {
        let lifetime = self.expires_at - self.held_since;
        let margin = (lifetime / 10.0).max(2000.0).min(lifetime / 2.0);
        self.is_valid(now) && now >= self.expires_at - margin
    }

    /// Whether the token has not expired by the client's clock.
    pub fn is_valid(&self, now: f64) -> bool {
        now < self.expires_at
    }
}
