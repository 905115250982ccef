//! The cookies of `/auth`. Only this module writes them; their names come from [`CookieNames`].
//!
//! `Path=/auth` keeps the refresh token off every API call. That rules out the `__Host-` prefix,
//! which demands `Path=/`: a documented deviation from ASVS 3.3.3 (`docs/security.md`).

use super::{access_token::seconds_left, stamp::RefreshToken};
use crate::{auth::cookie_names::CookieNames, server::clock::Timestamp};
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use std::fmt;
use url::Url;

/// The lifetime of the `asked` cookie: that of the longest-lived e-mail link, in seconds.
const ASKED_TTL: u32 = 86_400;

/// The lifetime of the `known` cookie, counted from the last login, in seconds.
const KNOWN_TTL: u32 = 31_536_000;

/// Reads and writes the cookies of one public URL.
#[derive(Debug)]
pub struct Cookies(CookieNames);

impl Cookies {
    /// Takes names and attributes from the public URL, never from a request: behind a proxy only the
    /// public URL has the scheme that the browser sees.
    pub fn new(public_url: &Url) -> Self {
        Self(CookieNames::of_origin(&public_url.origin().ascii_serialization()))
    }

    /// Reads the `Cookie` headers. Cookies with other names, such as those of a server at another port,
    /// are ignored.
    pub fn read(&self, headers: &HeaderMap) -> Jar<'_> {
        Jar { sent: CookieJar::from_headers(headers), names: &self.0 }
    }

    /// The headers that store a refresh token until the session's end, and clear the attempt id that got it.
    pub fn store(
        &self,
        token: &RefreshToken,
        session_ends_at: Timestamp,
        now: Timestamp,
    ) -> [HeaderValue; 2] {
        let lifetime = seconds_left(session_ends_at, now);
        let clear_attempt = Cookie::build((self.0.attempt.as_str(), "")).path("/").build();
        [self.http_only(&self.0.refresh, token.reveal(), lifetime), self.header(clear_attempt, 0)]
    }

    /// The header that clears the refresh token: the same attributes with `Max-Age=0`.
    pub fn clear(&self) -> HeaderValue {
        self.http_only(&self.0.refresh, "", 0)
    }

    /// The header that clears a pending logout: the server has received it, or a login has ended that
    /// session.
    pub fn forget_logout(&self) -> HeaderValue {
        self.header(Cookie::build((self.0.logout.as_str(), "")).path("/").build(), 0)
    }

    /// The header that stores which browser requested an e-mail link.
    pub fn asked(&self, mark: &str) -> HeaderValue {
        self.http_only(&self.0.asked, mark, ASKED_TTL)
    }

    /// The header that stores that the user has logged in with this browser.
    pub fn known(&self, mark: &str) -> HeaderValue {
        self.http_only(&self.0.known, mark, KNOWN_TTL)
    }

    /// A cookie that no script can read, and that browsers send to `/auth` alone.
    fn http_only(&self, name: &str, value: &str, seconds: u32) -> HeaderValue {
        self.header(Cookie::build((name, value)).path("/auth").http_only(true).build(), seconds)
    }

    fn header(&self, mut cookie: Cookie<'_>, seconds: u32) -> HeaderValue {
        cookie.set_secure(self.0.is_secure);
        cookie.set_same_site(SameSite::Strict);
        cookie.set_max_age(time::Duration::seconds(i64::from(seconds)));
        let mut value = HeaderValue::from_str(&cookie.to_string())
            .expect("a token is base64url, and the attributes are ASCII");
        value.set_sensitive(true);
        value
    }
}

/// The cookies that the browser sent.
pub struct Jar<'a> {
    sent: CookieJar,
    names: &'a CookieNames,
}

impl fmt::Debug for Jar<'_> {
    /// Prints the names alone: the values are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.sent.iter().map(Cookie::name)).finish()
    }
}

impl Jar<'_> {
    /// The refresh token's text, if there is one.
    pub fn refresh_token(&self) -> Option<&str> {
        self.sent.get(&self.names.refresh).map(Cookie::value).filter(|value| !value.is_empty())
    }

    /// The attempt id, if there is a well-formed one.
    pub fn attempt(&self) -> Option<&str> {
        self.bits(&self.names.attempt)
    }

    /// The mark of a browser that requested an e-mail link, if there is a well-formed one.
    pub fn asked(&self) -> Option<&str> {
        self.bits(&self.names.asked)
    }

    /// The mark of a browser in which the user has logged in before, if there is a well-formed one.
    pub fn known(&self) -> Option<&str> {
        self.bits(&self.names.known)
    }

    /// 128 bits as base64url.
    fn bits(&self, name: &str) -> Option<&str> {
        let is_whole = |text: &&str| {
            text.len() == 22
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        self.sent.get(name).map(Cookie::value).filter(is_whole)
    }
}

/// Where the answers carry the cookies.
pub const SET: header::HeaderName = header::SET_COOKIE;
