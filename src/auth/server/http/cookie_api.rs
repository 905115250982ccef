//! The browser door: what a request passes before a server function, and what one needs inside.

use super::{
    cookie::{self, Jar, SentToken},
    csrf,
    device::Device,
    guard::{self, Authenticated},
};
use crate::{
    auth::server::sessions::refresh,
    auth::server::{accounts::sessions, sessions::issued_tokens::IssuedTokens},
    db::session,
    engine::{random::random, refresh_token::RefreshToken, session::SessionRow},
    protocol::{error::ErrorCode, types::BrowserTokens},
    server::{
        body,
        error::ServiceError,
        mail,
        state::AppState,
        timing::{self, Part},
    },
};
use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Method, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::fmt;

/// Keeps the door of `/auth`: nothing from other sites, no body over the limit, and no answer in the
/// manner of HTML forms, which would put errors into addresses.
pub async fn keep(state: &AppState, request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/auth/") {
        return next.run(request).await;
    }
    if request.method() == Method::POST
        && let Err(refused) = csrf::check(request.headers(), state.config.urls())
    {
        return refused.into_response();
    }
    let (mut parts, body) = request.into_parts();
    let body = match body::read(body).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    if !body.is_empty()
        && let Err(refused) = body::require_json(&parts.headers)
    {
        return refused.into_response();
    }
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    let mut response = next.run(Request::from_parts(parts, Body::from(body))).await;
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// What a server function sees of its request.
pub struct AuthRequest {
    /// The server's state.
    pub state: AppState,
    parts: Parts,
    answer: ResponseOptions,
}

impl fmt::Debug for AuthRequest {
    /// Without the headers, which hold the tokens, and without the query of the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthRequest({} {})", self.parts.method, self.parts.uri.path())
    }
}

impl AuthRequest {
    /// Opens the door from the context of a server function.
    ///
    /// # Errors
    /// Only outside of a server function, which is a bug.
    pub fn open() -> Result<Self, ServiceError> {
        match (use_context(), use_context(), use_context()) {
            (Some(state), Some(parts), Some(answer)) => Ok(Self { state, parts, answer }),
            _ => Err(ServiceError::internal(anyhow::anyhow!(
                "a server function ran outside of a request"
            ))),
        }
    }

    /// The cookies of the request.
    pub fn jar(&self) -> Jar<'_> {
        self.state.cookies.read(&self.parts.headers)
    }

    /// Who is asking, by their access token.
    ///
    /// # Errors
    /// As [`guard::authenticate`].
    pub fn authenticated(&self) -> Result<Authenticated, ServiceError> {
        Ok(guard::authenticate(&self.state, &self.parts.headers)?)
    }

    /// Where the request comes from.
    pub fn device(&self) -> Device {
        let Parts { headers, extensions, .. } = &self.parts;
        Device::of(headers, extensions, self.state.config.proxies, &self.state.cookies)
    }

    /// What tells this browser from all others while a link is good; it keeps it for a day.
    ///
    /// # Errors
    /// `internal` where there are no random bytes.
    pub fn bind_to_browser(&self) -> Result<String, ServiceError> {
        let mark = match self.jar().asked() {
            Some(mark) => mark.to_owned(),
            None => URL_SAFE_NO_PAD.encode(random::<16>()?),
        };
        self.append_cookie(self.state.cookies.asked(&mark));
        Ok(mark)
    }

    /// The refresh token of this browser's session, whichever generation it is of.
    ///
    /// # Errors
    /// `refresh_token_missing`, or `refresh_token_invalid` for what is no token of this server or of another session.
    pub fn refresh_token(&self) -> Result<RefreshToken, ServiceError> {
        match self.sent_token() {
            SentToken::Genuine(token) => Ok(token),
            SentToken::Foreign | SentToken::OfAnotherSession(..) => {
                Err(ErrorCode::RefreshTokenInvalid.into())
            }
            SentToken::Missing => Err(ErrorCode::RefreshTokenMissing.into()),
        }
    }

    fn sent_token(&self) -> SentToken {
        timing::within(Part::Verify, || self.jar().refresh_token(&self.state.keys))
    }

    /// As [`Self::refresh_token`]. A session cookie whose session is over does not keep another one from being
    /// refreshed: a node of a version without that cookie may have begun it.
    async fn token_to_refresh(&self) -> Result<RefreshToken, ServiceError> {
        let (token, own) = match self.sent_token() {
            SentToken::Genuine(token) => return Ok(token),
            SentToken::OfAnotherSession(token, own) => (token, own),
            SentToken::Foreign => return Err(ErrorCode::RefreshTokenInvalid.into()),
            SentToken::Missing => return Err(ErrorCode::RefreshTokenMissing.into()),
        };
        let (row, now) = (session::find(&self.state.db, own).await?, self.state.clock.now());
        let is_running = |row: SessionRow| row.revoked_at.is_none() && row.expires_at > now;
        if row.is_some_and(is_running) {
            return Err(ErrorCode::RefreshTokenInvalid.into());
        }
        Ok(token)
    }

    /// Refreshes with the refresh token of the cookie. If the session of that token is over, the cookie is
    /// cleared. A token of unknown origin stays: on a shared host it may be another server's.
    ///
    /// # Errors
    /// `refresh_token_missing`, `refresh_token_invalid`, or those of the state table.
    pub async fn refresh(&self) -> Result<IssuedTokens, ServiceError> {
        let jar = self.jar();
        if jar.has_planted_token() {
            self.append_cookie(self.state.cookies.clear_planted());
        }
        let token = self.token_to_refresh().await?;
        let refreshed = refresh::refresh_parsed(&self.state, token, jar.attempt()).await;
        refreshed.inspect_err(|error| {
            if is_over(error.code) {
                self.clear_session();
            }
        })
    }

    /// Ends every session whose refresh token came, and clears the cookies if there was one. What is not a token of
    /// this server stays.
    ///
    /// # Errors
    /// `unavailable` if the database can't be used. The cookies are kept then.
    pub async fn log_out(&self) -> Result<(), ServiceError> {
        let tokens = self.jar().genuine_refresh_tokens(&self.state.keys);
        sessions::log_out_all(&self.state, &tokens).await?;
        if !tokens.is_empty() {
            self.clear_session();
        }
        Ok(())
    }

    /// Responds with issued tokens: the refresh token is set as a cookie, the rest is the body.
    pub fn grant(&self, grant: IssuedTokens) -> BrowserTokens {
        let cookies = &self.state.cookies;
        if grant.replaces {
            for value in cookies.store(&grant) {
                self.append_cookie(value);
            }
            if self.jar().has_former_attempt() {
                self.append_cookie(cookies.clear_former_attempt());
            }
        } else if self.jar().session() != Some(grant.session) {
            self.append_cookie(cookies.store_session(&grant));
        }
        grant.into_browser_tokens()
    }

    /// Responds to a login. The previous session of this browser is revoked: its token is overwritten, so that it could
    /// not be ended later (ASVS 7.2.4).
    pub async fn begin(&self, grant: IssuedTokens) -> BrowserTokens {
        let tokens = self.jar().genuine_refresh_tokens(&self.state.keys);
        // The login succeeds even if this fails.
        if let Err(error) = sessions::log_out_all(&self.state, &tokens).await {
            error.log();
        }
        let known_by = grant.known_by.clone();
        let tokens = self.grant(grant);
        if let Some(mark) = known_by {
            self.append_cookie(self.state.cookies.known(&mark));
        }
        self.forget_logout();
        self.append_cookie(self.state.cookies.forget_login());
        tokens
    }

    /// Opens the outbox of a demo for this browser.
    ///
    /// # Errors
    /// `outbox_locked` for a wrong key, `not_found` without an outbox.
    pub fn open_outbox(&self, key: &str) -> Result<(), ServiceError> {
        if !mail::shows_outbox(&self.state) {
            return Err(ErrorCode::NotFound.into());
        }
        let value = self.state.outbox.open(key).ok_or(ErrorCode::OutboxLocked)?;
        self.append_cookie(self.state.cookies.outbox(value));
        Ok(())
    }

    fn append_cookie(&self, value: HeaderValue) {
        self.answer.append_header(cookie::SET, value);
    }

    /// Clears the cookie of a pending logout.
    pub fn forget_logout(&self) {
        self.append_cookie(self.state.cookies.forget_logout());
    }

    /// Clears the cookies of the session.
    pub fn clear_session(&self) {
        for value in self.state.cookies.clear() {
            self.append_cookie(value);
        }
        if self.jar().has_planted_token() {
            self.append_cookie(self.state.cookies.clear_planted());
        }
    }

    /// Asks the browser to drop what pages of this origin may have stored (OWASP, ASVS 14.3.1).
    pub fn clear_site_data(&self) {
        let name = header::HeaderName::from_static("clear-site-data");
        self.answer.insert_header(name, HeaderValue::from_static(r#""storage""#));
    }
}

/// Whether a refresh failed because the session of a genuine token has ended.
fn is_over(code: ErrorCode) -> bool {
    use ErrorCode::{RefreshTokenReused, SessionExpired, SessionRevoked};
    matches!(code, RefreshTokenReused | SessionExpired | SessionRevoked)
}
