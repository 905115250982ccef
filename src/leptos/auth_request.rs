//! What a server function does with its request and the headers of its response.

use axum::http::{HeaderValue, header, request::Parts};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handstamp_engine::{random::random, refresh_token::RefreshToken, session::SessionRow};
use handstamp_protocol::{error::ErrorCode, types::BrowserTokens};
use handstamp_server::{
    accounts::{email_confirmation::Evidence, sessions},
    db::session,
    device::Device,
    error::ServiceError,
    http::{
        cookie::{self, Jar, SentToken},
        guard,
        state::AppState,
    },
    sessions::{current_user::CurrentUser, issued_tokens::IssuedTokens, refresh},
    timing::TIMING,
};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::fmt;

/// The request of a server function, and the headers of its response.
pub struct AuthRequest {
    /// The server's state.
    pub state: AppState,
    parts: Parts,
    response: ResponseOptions,
}

impl fmt::Debug for AuthRequest {
    /// Prints neither the headers, which contain the tokens, nor the query string.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthRequest({} {})", self.parts.method, self.parts.uri.path())
    }
}

impl AuthRequest {
    /// Takes the request from the context of a server function.
    ///
    /// # Errors
    /// `internal` outside of a server function, which is a bug.
    pub fn from_context() -> Result<Self, ServiceError> {
        match (use_context(), use_context(), use_context()) {
            (Some(state), Some(parts), Some(response)) => Ok(Self { state, parts, response }),
            _ => Err(ServiceError::internal(anyhow::anyhow!(
                "a server function ran outside of a request"
            ))),
        }
    }

    /// Returns the cookies of the request.
    pub fn jar(&self) -> Jar<'_> {
        self.state.cookies.read(&self.parts.headers)
    }

    /// Verifies the access token of the request.
    ///
    /// # Errors
    /// As [`guard::authenticate`].
    pub fn authenticated(&self) -> Result<CurrentUser, ServiceError> {
        Ok(guard::authenticate(&self.state, &self.parts.headers)?)
    }

    /// Returns the user agent and the address of the client.
    pub fn device(&self) -> Device {
        let Parts { headers, extensions, .. } = &self.parts;
        Device::of(headers, extensions, self.state.config.proxies, &self.state.cookies)
    }

    /// Returns the random id that binds an e-mail link to this browser, and stores it in a cookie for a day.
    ///
    /// # Errors
    /// `internal` if the operating system has no random bytes.
    pub fn bind_to_browser(&self) -> Result<String, ServiceError> {
        let browser = match self.jar().link_request() {
            Some(browser) => browser.to_owned(),
            None => URL_SAFE_NO_PAD.encode(random::<16>()?),
        };
        self.append_cookie(self.state.cookies.link_request(&browser));
        Ok(browser)
    }

    /// Returns the evidence of this browser, without a password, that it may use a link that confirms an address.
    pub fn link_evidence(&self) -> Evidence<'_> {
        let (browser, session) = (self.jar().link_request(), self.jar().session());
        // A page of a sibling domain can plant a refresh token, but not the cookie with its session id.
        let own = self.refresh_token().ok().filter(|token| session == Some(token.session()));
        Evidence { password: None, browser, refresh_token: own }
    }

    /// Returns the refresh token of this browser's session, of any generation.
    ///
    /// # Errors
    /// `refresh_token_missing`, or `refresh_token_invalid` if this server did not issue the token or it belongs to
    /// another session than the session cookie.
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
        let verify = tracing::trace_span!(target: TIMING, "verify");
        verify.in_scope(|| self.jar().refresh_token(&self.state.keys))
    }

    /// Like [`Self::refresh_token`], but also returns a token of another session if the session of the session cookie
    /// has ended: a node of a version without that cookie may have started the other one.
    async fn token_to_refresh(&self) -> Result<RefreshToken, ServiceError> {
        let (token, own) = match self.sent_token() {
            SentToken::Genuine(token) => return Ok(token),
            SentToken::OfAnotherSession(token, own) => (token, own),
            SentToken::Foreign => return Err(ErrorCode::RefreshTokenInvalid.into()),
            SentToken::Missing => return Err(ErrorCode::RefreshTokenMissing.into()),
        };
        let (row, now) = (session::find(&self.state.db.reader, own).await?, self.state.clock.now());
        let is_active = |row: SessionRow| row.revoked_at.is_none() && row.expires_at > now;
        if row.is_some_and(is_active) {
            return Err(ErrorCode::RefreshTokenInvalid.into());
        }
        Ok(token)
    }

    /// Refreshes with the refresh token of the cookie. If the session of that token has ended, the cookie is cleared.
    /// A token that this server did not issue is kept: it may belong to another server on the same host.
    ///
    /// # Errors
    /// `refresh_token_missing`, `refresh_token_invalid`, and the codes of the state table.
    pub async fn refresh(&self) -> Result<IssuedTokens, ServiceError> {
        let jar = self.jar();
        if jar.has_planted_token() {
            self.append_cookie(self.state.cookies.clear_planted());
        }
        let token = self.token_to_refresh().await?;
        let refreshed = refresh::refresh_parsed(&self.state.sessions, token, jar.attempt()).await;
        refreshed.inspect_err(|error| {
            if has_ended(error.code) {
                self.clear_session();
            }
        })
    }

    /// Ends the session of every refresh token in the request, and clears the cookies if there was one. Tokens that
    /// this server did not issue are kept.
    ///
    /// # Errors
    /// `unavailable` if the database can't be used. The cookies are kept then.
    pub async fn log_out(&self) -> Result<(), ServiceError> {
        let tokens = self.jar().genuine_refresh_tokens(&self.state.keys);
        sessions::log_out_all(&self.state.accounts, &tokens).await?;
        if !tokens.is_empty() {
            self.clear_session();
        }
        Ok(())
    }

    /// Responds with tokens: the refresh token goes into the cookie, the rest into the body.
    pub fn respond_with_tokens(&self, tokens: IssuedTokens) -> BrowserTokens {
        let cookies = &self.state.cookies;
        if tokens.rotated {
            for value in cookies.store(&tokens) {
                self.append_cookie(value);
            }
            if self.jar().has_former_attempt() {
                self.append_cookie(cookies.clear_former_attempt());
            }
        } else if self.jar().session() != Some(tokens.session) {
            self.append_cookie(cookies.store_session(&tokens));
        }
        BrowserTokens {
            session_expires_in: tokens.session_expires_in(),
            access_token: tokens.access_token,
            token_type: "Bearer".to_owned(),
            expires_in: tokens.expires_in,
            session_id: tokens.session.to_string(),
            user: tokens.user,
        }
    }

    /// Responds to a login with its tokens, and ends the session that this browser had before (ASVS 7.2.4): the
    /// response overwrites its refresh token, so that the browser could not end it later.
    pub async fn start_session(&self, tokens: IssuedTokens) -> BrowserTokens {
        let replaced = self.jar().genuine_refresh_tokens(&self.state.keys);
        // The login succeeds even if this fails.
        if let Err(error) = sessions::log_out_all(&self.state.accounts, &replaced).await {
            error.log();
        }
        let device_cookie = tokens.device_cookie.clone();
        let body = self.respond_with_tokens(tokens);
        if let Some(value) = device_cookie {
            self.append_cookie(self.state.cookies.device(&value));
        }
        self.clear_pending_logout();
        self.append_cookie(self.state.cookies.clear_login_id());
        body
    }

    /// Unlocks the outbox of a demo for this browser.
    ///
    /// # Errors
    /// `outbox_locked` for a wrong key, `not_found` without an outbox.
    pub fn open_outbox(&self, key: &str) -> Result<(), ServiceError> {
        if !self.state.mailer.shows_outbox() {
            return Err(ErrorCode::NotFound.into());
        }
        let value = self.state.outbox.open(key).ok_or(ErrorCode::OutboxLocked)?;
        self.append_cookie(self.state.cookies.outbox(value));
        Ok(())
    }

    fn append_cookie(&self, value: HeaderValue) {
        self.response.append_header(cookie::SET, value);
    }

    /// Clears the cookie of a pending logout.
    pub fn clear_pending_logout(&self) {
        self.append_cookie(self.state.cookies.clear_pending_logout());
    }

    /// Clears the cookies of the refresh token and of its session.
    pub fn clear_session(&self) {
        for value in self.state.cookies.clear() {
            self.append_cookie(value);
        }
        if self.jar().has_planted_token() {
            self.append_cookie(self.state.cookies.clear_planted());
        }
    }

    /// Sends `Clear-Site-Data`, so that the browser deletes the storage of this origin (OWASP, ASVS 14.3.1).
    pub fn clear_site_data(&self) {
        let name = header::HeaderName::from_static("clear-site-data");
        self.response.insert_header(name, HeaderValue::from_static(r#""storage""#));
    }
}

/// Returns whether a refresh failed because the session of a genuine token has ended.
fn has_ended(code: ErrorCode) -> bool {
    use ErrorCode::{RefreshTokenReused, SessionExpired, SessionRevoked};
    matches!(code, RefreshTokenReused | SessionExpired | SessionRevoked)
}
