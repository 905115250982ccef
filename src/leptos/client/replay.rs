//! Requests and responses as plain data, so that a request can be sent more than once.
//!
//! The request of `server_fn`'s own browser client is not `Clone`, and its conversion aborts it. From these, every
//! attempt builds a new fetch.

use bytes::Bytes;
use handstamp_protocol::error::{AppError, ErrorCode};
use http::Method;
use serde::de::IgnoredAny;

/// A request that can be sent more than once.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplayRequest {
    /// `GET`, `POST`, …
    pub method: Method,
    /// The path on our own origin, with the query.
    pub path: String,
    /// `Content-Type`, if there is a body.
    pub content_type: Option<String>,
    /// `Accept`.
    pub accept: String,
    /// The body.
    pub body: Option<Bytes>,
    /// Whether the browser completes the request after the page is closed.
    pub keepalive: bool,
}

impl std::fmt::Debug for ReplayRequest {
    /// Omits the query and the body, which may contain secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplayRequest({} {})", self.method, self.bare_path())
    }
}

impl ReplayRequest {
    /// Returns a request for JSON, without a body.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            content_type: None,
            accept: "application/json".to_owned(),
            body: None,
            keepalive: false,
        }
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn with_json(self, body: Vec<u8>) -> Self {
        Self { content_type: Some("application/json".to_owned()), body: Some(body.into()), ..self }
    }

    /// Whether the address is a path of our own origin that browsers do not parse as another host. The access token
    /// is sent only there.
    pub fn is_same_origin(&self) -> bool {
        let mut start = self.path.bytes();
        start.next() == Some(b'/')
            && !matches!(start.next(), Some(b'/' | b'\\'))
            // Browsers ignore tabs and line breaks.
            && !self.path.bytes().any(|byte| byte.is_ascii_control())
    }

    /// Returns what body the caller can parse.
    pub fn expected_body(&self) -> ExpectedBody {
        if self.accept == "application/json" { ExpectedBody::Json } else { ExpectedBody::Any }
    }

    /// The path without the query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }
}

/// What body the caller of a request can parse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedBody {
    /// Only JSON.
    Json,
    /// Other types too.
    Any,
}

/// A response with its whole body.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ReplayResponse {
    /// The HTTP status; 0 for a redirect, which is not followed.
    pub status: u16,
    /// The reason phrase.
    pub status_text: String,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `Server-Timing`.
    pub server_timing: Option<String>,
    /// Whether the server function requests a redirect.
    pub redirects: bool,
    /// The body.
    pub body: Bytes,
}

impl std::fmt::Debug for ReplayResponse {
    /// Omits the body, which may contain a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplayResponse({})", self.status)
    }
}

impl ReplayResponse {
    /// Whether the server refuses the access token, as opposed to the request.
    ///
    /// The `WWW-Authenticate` header shows it (RFC 6750 §3.1), or the error code in the body if an intermediary has
    /// removed the header.
    pub fn refuses_token(&self) -> bool {
        let by_header = self
            .challenge
            .as_ref()
            .is_some_and(|challenge| challenge.contains(r#"error="invalid_token""#));
        let by_body = || {
            let codes = [
                ErrorCode::AccessTokenInvalid,
                ErrorCode::AccessTokenExpired,
                ErrorCode::SessionRevoked,
            ];
            self.problem().is_some_and(|problem| codes.contains(&problem.code))
        };
        matches!(self.status, 401 | 403) && (by_header || by_body())
    }

    /// Whether this is a redirect. The server redirects no request of the client, so it comes from a proxy.
    pub fn is_redirect(&self) -> bool {
        self.status == 0
    }

    /// Whether a server in front of this one requires a password (RFC 7617). The challenges of this server are
    /// `Bearer`, and its errors are problem details.
    fn requires_password(&self) -> bool {
        let scheme = self.challenge.as_deref().and_then(|challenge| challenge.split(' ').next());
        let is_foreign = scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case("bearer"));
        self.status == 401 && is_foreign && self.problem().is_none()
    }

    /// Returns the error for the response of a proxy that requires a login of its own.
    fn proxy_login(&self) -> Option<AppError> {
        let error = AppError::new(ErrorCode::ProxyLogin);
        if self.is_redirect() {
            return Some(error);
        }
        let detail = "A server in front of this site asks for a password.";
        self.requires_password().then(|| AppError { detail: detail.into(), ..error })
    }

    /// Returns the problem details in the body.
    pub fn problem(&self) -> Option<AppError> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Rejects a response that a proxy sent in place of the server.
    ///
    /// # Errors
    /// `proxy_login` if the proxy requires a login; `unavailable` if a 2xx is not the JSON that was requested, for
    /// example from a captive portal.
    pub fn reject_proxy_response(self, expected: ExpectedBody) -> Result<Self, AppError> {
        if let Some(error) = self.proxy_login() {
            return Err(error);
        }
        let must_be_json = expected == ExpectedBody::Json && (200..300).contains(&self.status);
        if must_be_json && serde_json::from_slice::<IgnoredAny>(&self.body).is_err() {
            return Err(ErrorCode::Unavailable.into());
        }
        Ok(self)
    }

    /// Returns the error that this response represents.
    pub fn into_error(self) -> AppError {
        let foreign = || self.proxy_login().unwrap_or_else(|| ErrorCode::Unavailable.into());
        let error = self.problem().unwrap_or_else(foreign);
        match (error.retry_after, self.retry_after) {
            (None, Some(seconds)) => error.retry_after(seconds),
            _ => error,
        }
    }
}
