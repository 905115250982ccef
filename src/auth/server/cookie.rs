//! The cookies of `/auth`. Only this module writes them.
//!
//! `Path=/auth` keeps the refresh token off every API call. That rules out the `__Host-` prefix,
//! which demands `Path=/`: a documented deviation from ASVS 3.3.3 (`docs/security.md`).

use super::{access_token::seconds_left, stamp::RefreshToken};
use crate::{auth::client, server::clock::Timestamp};
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use std::fmt;

/// Holds the refresh token.
pub const REFRESH: &str = "__Secure-handstamp_refresh";

/// Holds the attempt id, which the client writes.
pub const ATTEMPT: &str = client::cookies::ATTEMPT;

/// Tells the browser that asked for a link from all others.
pub const ASKED: &str = "__Secure-handstamp_asked";

/// As long as any link is good, in seconds.
const ASKED_FOR: u32 = 86_400;

/// Tells that the person has logged in with this browser before.
pub const KNOWN: &str = "__Secure-handstamp_known";

/// How long a browser is known after a login, in seconds.
const KNOWN_FOR: u32 = 31_536_000;

/// What the browser sent.
#[derive(Default)]
pub struct Jar(CookieJar);

impl fmt::Debug for Jar {
    /// The names alone: the values are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(Cookie::name)).finish()
    }
}

impl Jar {
    /// Reads the `Cookie` headers.
    pub fn read(headers: &HeaderMap) -> Self {
        Self(CookieJar::from_headers(headers))
    }

    /// The refresh token's text, if there is one.
    pub fn refresh_token(&self) -> Option<&str> {
        self.0.get(REFRESH).map(Cookie::value).filter(|value| !value.is_empty())
    }

    /// The attempt id, if there is a well-formed one.
    pub fn attempt(&self) -> Option<&str> {
        self.bits(ATTEMPT)
    }

    /// What tells the browser that asked for a link from all others, if there is something well-formed.
    pub fn asked(&self) -> Option<&str> {
        self.bits(ASKED)
    }

    /// What tells that the person has logged in with this browser before, if there is something well-formed.
    pub fn known(&self) -> Option<&str> {
        self.bits(KNOWN)
    }

    /// 128 bits as base64url.
    fn bits(&self, name: &str) -> Option<&str> {
        let is_whole = |text: &&str| {
            text.len() == 22
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        self.0.get(name).map(Cookie::value).filter(is_whole)
    }
}

/// The headers that store a refresh token until the session's end, and clear the attempt id that got it.
pub fn store(token: &RefreshToken, session_ends_at: Timestamp, now: Timestamp) -> [HeaderValue; 2] {
    [refresh(token.reveal(), seconds_left(session_ends_at, now)), clear_attempt()]
}

/// The header that clears the refresh token: the same attributes with `Max-Age=0`.
pub fn clear() -> HeaderValue {
    refresh("", 0)
}

/// The header that forgets a logout that the server had yet to hear of: it has, or a login has ended that session.
pub fn forget_logout() -> HeaderValue {
    header(Cookie::build((client::cookies::LOGOUT_DUE, "")).path("/").build(), 0)
}

/// The header that lets the browser show that it asked for a link.
pub fn asked(mark: &str) -> HeaderValue {
    hidden(ASKED, mark, ASKED_FOR)
}

/// The header that lets the browser be known from now on.
pub fn known(mark: &str) -> HeaderValue {
    hidden(KNOWN, mark, KNOWN_FOR)
}

fn refresh(value: &str, seconds: u32) -> HeaderValue {
    hidden(REFRESH, value, seconds)
}

/// A cookie that no script reads, and that goes to `/auth` alone.
fn hidden(name: &str, value: &str, seconds: u32) -> HeaderValue {
    header(Cookie::build((name, value)).path("/auth").http_only(true).build(), seconds)
}

fn clear_attempt() -> HeaderValue {
    header(Cookie::build((ATTEMPT, "")).path("/").build(), 0)
}

fn header(mut cookie: Cookie<'_>, seconds: u32) -> HeaderValue {
    cookie.set_secure(true);
    cookie.set_same_site(SameSite::Strict);
    cookie.set_max_age(time::Duration::seconds(i64::from(seconds)));
    let mut value = HeaderValue::from_str(&cookie.to_string())
        .expect("a token is base64url, and the attributes are ASCII");
    value.set_sensitive(true);
    value
}

/// Where the answers carry the cookies.
pub const SET: header::HeaderName = header::SET_COOKIE;
