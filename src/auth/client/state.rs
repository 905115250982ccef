//! Where a client stands, and why.

use crate::protocol::{
    error::{AppError, EndReason, ErrorCode},
    types::User,
};
use serde::{Deserialize, Serialize};

/// Where this client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionState {
    /// The first refresh is not answered yet.
    Starting,
    /// Nobody is logged in.
    SignedOut(SignedOutReason),
    /// Somebody is logged in.
    SignedIn,
    /// The session is believed good, and the server can't be used: it is out of reach (`offline`), a proxy asks
    /// for a login (`proxy_login`), or the server answers with trouble of its own (any other code).
    Offline(ErrorCode),
}

/// Why nobody is logged in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignedOutReason {
    /// There was no session to begin with.
    NoSession,
    /// The person logged out here.
    LoggedOut,
    /// The person logged out here, and the server has not heard of it yet.
    LoggedOutUnconfirmed,
    /// The session reached its end.
    Expired,
    /// The browser did not keep the cookie of a login.
    CookieRefused,
    /// The cookie of the session is gone from the browser, or another one has taken its place. The server has
    /// said nothing about the session.
    CookieLost,
    /// The session was ended from elsewhere: another tab, another device, the server.
    Revoked(Option<EndReason>),
}

/// What this page knew of the session when a refresh was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KnownSession {
    /// None: this was the first refresh.
    None,
    /// It began with a login here, and no refresh has shown yet that the browser kept its cookie.
    New,
    /// It had time left.
    Running,
    /// Its time was over.
    Over,
}

impl SignedOutReason {
    /// Reads the server's refusal of a refresh.
    ///
    /// A browser deletes the cookie at the end of its life, or earlier if the user or the browser clears cookies,
    /// and a browser that takes no cookies never had it. The server then gets no token, or one that it does not
    /// know, and only the page knows that there was a session.
    pub fn of(refusal: &AppError, known: KnownSession) -> Self {
        match refusal.code {
            ErrorCode::RefreshTokenMissing => match known {
                KnownSession::None => Self::NoSession,
                KnownSession::New => Self::CookieRefused,
                KnownSession::Running => Self::CookieLost,
                KnownSession::Over => Self::Expired,
            },
            // The server leaves that cookie in place, so this repeats at every page load: no notice.
            ErrorCode::RefreshTokenInvalid if known == KnownSession::None => Self::NoSession,
            ErrorCode::RefreshTokenInvalid if known != KnownSession::Over => Self::CookieLost,
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

/// What a page may know of the session.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Where this client stands.
    pub state: SessionState,
    /// Who is logged in.
    pub user: Option<User>,
    /// The token's generation in this client, and its lifetime; `None` without a token.
    pub token: Option<TokenTimes>,
    /// When the session ends for good, in milliseconds of the monotonic clock; `None` without one.
    pub ends_at: Option<f64>,
    /// Whether the browser keeps the cookies of this site. Where it doesn't, nobody stays logged in.
    pub keeps_cookies: bool,
    /// How many tries in a row have found that the server can't be used.
    pub failures: u32,
}

impl Snapshot {
    /// Nothing is known yet.
    pub const STARTING: Self = Self {
        state: SessionState::Starting,
        user: None,
        token: None,
        ends_at: None,
        keeps_cookies: true,
        failures: 0,
    };
}

/// The times of the held access token, in milliseconds of the monotonic clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TokenTimes {
    /// Counts up with every new token in this client.
    pub generation: u64,
    /// When it came.
    pub held_since: f64,
    /// When it expires.
    pub expires_at: f64,
}

impl TokenTimes {
    /// Those of a token that comes at `now` and lives for so many seconds.
    pub fn new(generation: u64, now: f64, expires_in: u32) -> Self {
        Self { generation, held_since: now, expires_at: now + f64::from(expires_in) * 1000.0 }
    }

    /// Whether the token is in the last tenth of its life (at least two seconds, at most half of it).
    pub fn is_about_to_expire(&self, now: f64) -> bool {
        let life = self.expires_at - self.held_since;
        let margin = (life / 10.0).max(2000.0).min(life / 2.0);
        self.is_good(now) && now >= self.expires_at - margin
    }

    /// Whether the token is not over by this client's reckoning.
    pub fn is_good(&self, now: f64) -> bool {
        now < self.expires_at
    }
}
