//! The browser door: what a request passes before a server function, and what one needs inside.

use super::{
    accounts,
    cookie::{self, Jar},
    cross_site,
    device::Device,
    grant::Grant,
    guard::{self, Authenticated},
    random::random,
    rotation,
};
use crate::{
    auth::types::BrowserTokens,
    error::{AppError, ErrorCode},
    server::{body, state::AppState},
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
        && !cross_site::is_allowed(request.headers(), &state.config.public_url)
    {
        return AppError::new(ErrorCode::CrossSite).into_response();
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
pub struct Door {
    /// The server's state.
    pub state: AppState,
    parts: Parts,
    answer: ResponseOptions,
}

impl fmt::Debug for Door {
    /// Without the headers, which hold the tokens, and without the query of the address.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({} {})", self.parts.method, self.parts.uri.path())
    }
}

impl Door {
    /// Opens the door from the context of a server function.
    ///
    /// # Errors
    /// Only outside of a server function, which is a bug.
    pub fn open() -> Result<Self, AppError> {
        match (use_context(), use_context(), use_context()) {
            (Some(state), Some(parts), Some(answer)) => Ok(Self { state, parts, answer }),
            _ => Err(AppError::internal(anyhow::anyhow!(
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
    pub fn authenticated(&self) -> Result<Authenticated, AppError> {
        guard::authenticate(&self.state, &self.parts.headers)
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
    pub fn mark_browser(&self) -> Result<String, AppError> {
        let mark = match self.jar().asked() {
            Some(mark) => mark.to_owned(),
            None => URL_SAFE_NO_PAD.encode(random::<16>()?),
        };
        self.answer.append_header(cookie::SET, self.state.cookies.asked(&mark));
        Ok(mark)
    }

    /// Refreshes with the refresh token of the cookie. If the session of a genuine token is over, the
    /// cookie is cleared. A token of unknown origin stays: on a shared host it may be another server's.
    ///
    /// # Errors
    /// Those of the state table.
    pub async fn refresh(&self) -> Result<Grant, AppError> {
        let jar = self.jar();
        let refreshed = match jar.refresh_token() {
            Some(token) => rotation::refresh(&self.state, token, jar.attempt()).await,
            None => Err(ErrorCode::RefreshTokenMissing.into()),
        };
        refreshed.inspect_err(|error| {
            if is_over(error.code) {
                self.clear_session();
            }
        })
    }

    /// Answers with a grant: the refresh token goes into the cookie, the rest into the body.
    pub fn grant(&self, grant: Grant) -> BrowserTokens {
        if grant.replaces {
            let token = &grant.refresh_token;
            let cookies = &self.state.cookies;
            for value in cookies.store(token, grant.session_ends_at, grant.granted_at) {
                self.answer.append_header(cookie::SET, value);
            }
        }
        grant.into_browser_tokens()
    }

    /// Answers with the grant of a login. The session that this browser had before is ended: its token
    /// is about to be overwritten, and nobody could end it any more (ASVS 7.2.4).
    pub async fn begin(&self, grant: Grant) -> BrowserTokens {
        if let Some(token) = self.jar().refresh_token() {
            // The login counts whether or not this works; the failure is in the log.
            let _ = accounts::log_out(&self.state, token).await;
        }
        let known_by = grant.known_by.clone();
        let tokens = self.grant(grant);
        if let Some(mark) = known_by {
            self.answer.append_header(cookie::SET, self.state.cookies.known(&mark));
        }
        self.forget_logout();
        tokens
    }

    /// Answers that no logout is left to be told to the server.
    pub fn forget_logout(&self) {
        self.answer.append_header(cookie::SET, self.state.cookies.forget_logout());
    }

    /// Answers with the end of a session: the refresh token's cookie is cleared.
    pub fn clear_session(&self) {
        self.answer.append_header(cookie::SET, self.state.cookies.clear());
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
