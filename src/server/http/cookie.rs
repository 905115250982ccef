//! The cookies of `/auth`. Only this module writes them; their names come from [`CookieNames`].

use crate::sessions::issued_tokens::IssuedTokens;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use handstamp_engine::{access_token::seconds_left, keys::KeyRing, refresh_token::RefreshToken};
use handstamp_protocol::{
    cookie_header,
    cookie_names::{CookieNames, FORMER_ATTEMPT},
};
use std::fmt;
use url::Url;
use uuid::Uuid;

/// The lifetime of the `asked` cookie: that of the longest-lived e-mail link, in seconds.
const ASKED_TTL: u32 = 86_400;

/// The lifetime of the `known` cookie, counted from the last login, in seconds.
const KNOWN_TTL: u32 = 31_536_000;

/// The lifetime of the cookie that opens the outbox, in seconds.
const OUTBOX_TTL: u32 = 2_592_000;

/// The path of the refresh token: it keeps the token off every API call.
const AUTH: &str = "/auth";

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
    pub fn read<'a>(&'a self, headers: &'a HeaderMap) -> Jar<'a> {
        Jar { headers, names: &self.0 }
    }

    /// Returns the headers that store a refresh token and the id of its session until the session's end, and clear
    /// the attempt id of the request.
    pub fn store(&self, tokens: &IssuedTokens) -> [HeaderValue; 3] {
        let lifetime = seconds_left(tokens.session_ends_at, tokens.issued_at);
        [
            self.http_only(&self.0.refresh, tokens.refresh_token.expose_secret(), AUTH, lifetime),
            self.store_session(tokens),
            self.header(Cookie::new(self.0.attempt.as_str(), ""), "/", 0),
        ]
    }

    /// Returns the header that stores the id of a session until its end.
    pub fn store_session(&self, tokens: &IssuedTokens) -> HeaderValue {
        let lifetime = seconds_left(tokens.session_ends_at, tokens.issued_at);
        self.http_only(&self.0.session, &tokens.session.to_string(), "/", lifetime)
    }

    /// Returns the headers that clear the refresh token and the id of its session.
    pub fn clear(&self) -> [HeaderValue; 2] {
        [self.http_only(&self.0.refresh, "", AUTH, 0), self.http_only(&self.0.session, "", "/", 0)]
    }

    /// Returns the header that clears a refresh cookie with `Path=/`, which another page of the domain must have set:
    /// the server sets none with this path.
    pub fn clear_planted(&self) -> HeaderValue {
        self.http_only(&self.0.refresh, "", "/", 0)
    }

    /// Returns the header that clears the attempt id of a page of an older version.
    pub fn clear_former_attempt(&self) -> HeaderValue {
        self.header(Cookie::new(FORMER_ATTEMPT, ""), "/", 0)
    }

    /// Returns the header that clears the id of a login, for the response to that login.
    pub fn clear_login_id(&self) -> HeaderValue {
        self.header(Cookie::new(self.0.login.as_str(), ""), "/", 0)
    }

    /// Returns the header that clears a pending logout: the server has received it, or a login has ended that
    /// session.
    pub fn clear_pending_logout(&self) -> HeaderValue {
        self.header(Cookie::new(self.0.logout.as_str(), ""), "/", 0)
    }

    /// Returns the header that identifies the browser that requested an e-mail link.
    pub fn link_request(&self, value: &str) -> HeaderValue {
        self.http_only(&self.0.asked, value, "/", ASKED_TTL)
    }

    /// Returns the header that identifies a browser in which the user has logged in.
    pub fn device(&self, value: &str) -> HeaderValue {
        self.http_only(&self.0.known, value, "/", KNOWN_TTL)
    }

    /// Returns the header that unlocks the outbox of a demo for this browser.
    pub fn outbox(&self, value: &str) -> HeaderValue {
        self.http_only(&self.0.outbox, value, "/", OUTBOX_TTL)
    }

    /// Builds an `HttpOnly` cookie.
    fn http_only(&self, name: &str, value: &str, path: &str, seconds: u32) -> HeaderValue {
        self.header(Cookie::build((name, value)).http_only(true).build(), path, seconds)
    }

    fn header<'a>(&self, mut cookie: Cookie<'a>, path: &'a str, seconds: u32) -> HeaderValue {
        cookie.set_path(path);
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
    headers: &'a HeaderMap,
    names: &'a CookieNames,
}

impl fmt::Debug for Jar<'_> {
    /// Prints no values: they are secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Jar").finish_non_exhaustive()
    }
}

/// The refresh token of a request.
#[derive(Debug)]
pub enum SentToken {
    /// The request has no cookie with a refresh token.
    Missing,
    /// This server issued none of the tokens.
    Foreign,
    /// The tokens belong to other sessions than the one of the session cookie. Contains the newest token of the first
    /// such session, and the session id of the cookie.
    OfAnotherSession(RefreshToken, Uuid),
    /// The token of this browser's session.
    Genuine(RefreshToken),
}

impl<'a> Jar<'a> {
    /// Returns whether the request has a refresh token, genuine or not.
    pub fn has_refresh_token(&self) -> bool {
        self.refresh_texts().next().is_some()
    }

    /// Returns the refresh token of this browser's session.
    ///
    /// A page of a sibling domain, or of another port, can add a cookie with this name. If there are several tokens,
    /// the one of the session cookie's session is used; without a session cookie, the first that this server issued.
    /// Of several tokens of one session, the newest is used.
    pub fn refresh_token(&self, keys: &KeyRing) -> SentToken {
        if !self.has_refresh_token() {
            return SentToken::Missing;
        }
        let genuine = self.genuine_refresh_tokens(keys);
        let Some(first) = genuine.first().map(RefreshToken::session) else {
            return SentToken::Foreign;
        };
        let own = self.session().unwrap_or(first);
        let newest_of = |session| {
            let tokens = genuine.iter().filter(|token| token.session() == session);
            tokens.max_by_key(|token| token.generation()).cloned()
        };
        match (newest_of(own), newest_of(first)) {
            (Some(token), _) => SentToken::Genuine(token),
            (None, Some(token)) => SentToken::OfAnotherSession(token, own),
            (None, None) => SentToken::Foreign,
        }
    }

    /// Returns all refresh tokens that this server issued, in the order of the request.
    pub fn genuine_refresh_tokens(&self, keys: &KeyRing) -> Vec<RefreshToken> {
        let parsed = self.refresh_texts().map(|text| RefreshToken::parse(keys, text));
        parsed.filter_map(Result::ok).collect()
    }

    /// Returns whether more than one cookie has the refresh token's name. The server sets one.
    pub fn has_planted_token(&self) -> bool {
        cookie_header::values(self.headers, &self.names.refresh).nth(1).is_some()
    }

    /// Returns the id of the session that this browser is logged in to, if it is well-formed.
    pub fn session(&self) -> Option<Uuid> {
        let mut values = cookie_header::values(self.headers, &self.names.session);
        values.find_map(|value| Uuid::try_parse(value).ok())
    }

    /// Returns the attempt id, if there is a well-formed one.
    pub fn attempt(&self) -> Option<&'a str> {
        self.bits(&self.names.attempt).or_else(|| self.former_attempt())
    }

    /// Returns whether a page of an older version has stored an attempt id.
    pub fn has_former_attempt(&self) -> bool {
        self.former_attempt().is_some()
    }

    fn former_attempt(&self) -> Option<&'a str> {
        self.names.is_secure.then(|| self.bits(FORMER_ATTEMPT)).flatten()
    }

    /// Returns the id that the browser sends with a login, if there is a well-formed one.
    pub fn login(&self) -> Option<&'a str> {
        self.bits(&self.names.login)
    }

    /// Returns the id of a browser that requested an e-mail link, if there is a well-formed one.
    pub fn link_request(&self) -> Option<&'a str> {
        self.bits(&self.names.asked)
    }

    /// Returns the device cookie of a browser in which the user has logged in before, if it is well-formed.
    pub fn device(&self) -> Option<&'a str> {
        self.bits(&self.names.known)
    }

    /// Returns the value that unlocks the outbox of a demo.
    pub fn outbox(&self) -> Option<&'a str> {
        cookie_header::values(self.headers, &self.names.outbox).next()
    }

    fn refresh_texts(&self) -> impl Iterator<Item = &'a str> {
        let values = cookie_header::values(self.headers, &self.names.refresh);
        values.filter(|value| !value.is_empty())
    }

    /// Returns the first cookie with this name that has the form of 128 bits in base64url.
    fn bits(&self, name: &'a str) -> Option<&'a str> {
        let is_well_formed = |text: &&str| {
            text.len() == 22
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        cookie_header::values(self.headers, name).find(is_well_formed)
    }
}

/// The header that sets a cookie.
pub const SET: header::HeaderName = header::SET_COOKIE;
