//! Requests and responses as plain data, so that a request can be sent more than once.
//!
//! The request of `server_fn`'s own browser client can't: it is not `Clone`, and converting it aborts
//! it. From ours every attempt builds a fresh fetch.

use crate::protocol::error::{AppError, ErrorCode};
use bytes::Bytes;
use futures::Stream;
use http::Method;
use leptos::server_fn::{
    error::{FromServerFnError, IntoAppError, ServerFnErrorErr},
    request::ClientReq,
    response::ClientRes,
};
use serde::de::IgnoredAny;

/// A request that can be sent again.
#[derive(Clone, PartialEq, Eq)]
pub struct ReplayRequest {
    /// `GET`, `POST`, …
    pub method: Method,
    /// The path on our own origin, with the query.
    pub path: String,
    /// The type of the body, if there is one.
    pub content_type: Option<String>,
    /// What the caller can read.
    pub accept: String,
    /// The body.
    pub body: Option<Bytes>,
    /// Whether the browser finishes it after the page is gone.
    pub keepalive: bool,
}

impl std::fmt::Debug for ReplayRequest {
    /// Without the query and the body, which may hold what a log must not.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplayRequest({} {})", self.method, self.bare_path())
    }
}

impl ReplayRequest {
    /// A request for JSON, without a body.
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

    /// The same request with a JSON body.
    #[must_use]
    pub fn with_json(self, body: Vec<u8>) -> Self {
        Self { content_type: Some("application/json".to_owned()), body: Some(body.into()), ..self }
    }

    /// Whether it stays on our own origin: a path, and nothing that browsers read as another host. The access
    /// token goes nowhere else.
    pub fn is_to_our_own(&self) -> bool {
        let mut start = self.path.bytes();
        start.next() == Some(b'/')
            && !matches!(start.next(), Some(b'/' | b'\\'))
            // Browsers skip tabs and line breaks.
            && !self.path.bytes().any(|byte| byte.is_ascii_control())
    }

    /// Whether the caller reads JSON and nothing else.
    pub fn wants_json(&self) -> bool {
        self.accept == "application/json"
    }

    /// The path without the query.
    pub fn bare_path(&self) -> &str {
        self.path.split('?').next().unwrap_or_default()
    }

    fn server_fn(
        path: String,
        content_type: &str,
        accept: &str,
        body: Option<Bytes>,
        method: Method,
    ) -> Self {
        let content_type = body.as_ref().map(|_| content_type.to_owned());
        Self { method, path, content_type, accept: accept.to_owned(), body, keepalive: false }
    }
}

fn not_replayable<T, E: FromServerFnError>() -> Result<T, E> {
    let why =
        "form data and streams can't be sent twice; send JSON or bytes, or use another client";
    Err(ServerFnErrorErr::Args(why.to_owned()).into_app_error())
}

impl<E: FromServerFnError> ClientReq<E> for ReplayRequest {
    type FormData = leptos::server_fn::request::browser::BrowserFormData;

    fn try_new_req_query(
        path: &str,
        content_type: &str,
        accepts: &str,
        query: &str,
        method: Method,
    ) -> Result<Self, E> {
        Ok(Self::server_fn(format!("{path}?{query}"), content_type, accepts, None, method))
    }

    fn try_new_req_text(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: String,
        method: Method,
    ) -> Result<Self, E> {
        Ok(Self::server_fn(path.to_owned(), content_type, accepts, Some(body.into()), method))
    }

    fn try_new_req_bytes(
        path: &str,
        content_type: &str,
        accepts: &str,
        body: Bytes,
        method: Method,
    ) -> Result<Self, E> {
        Ok(Self::server_fn(path.to_owned(), content_type, accepts, Some(body), method))
    }

    fn try_new_req_form_data(
        _: &str,
        _: &str,
        _: &str,
        _: Self::FormData,
        _: Method,
    ) -> Result<Self, E> {
        not_replayable()
    }

    fn try_new_req_multipart(_: &str, _: &str, _: Self::FormData, _: Method) -> Result<Self, E> {
        not_replayable()
    }

    fn try_new_req_streaming(
        _: &str,
        _: &str,
        _: &str,
        _: impl Stream<Item = Bytes> + Send + 'static,
        _: Method,
    ) -> Result<Self, E> {
        not_replayable()
    }
}

/// A response, read to its end.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ReplayResponse {
    /// The HTTP status; 0 for a redirect, which is not followed.
    pub status: u16,
    /// The words behind the status.
    pub status_text: String,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// `Location`.
    pub location: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u32>,
    /// `Server-Timing`.
    pub server_timing: Option<String>,
    /// Whether the server function asks for a redirect.
    pub redirects: bool,
    /// The body.
    pub body: Bytes,
}

impl std::fmt::Debug for ReplayResponse {
    /// Without the body, which may hold a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReplayResponse({})", self.status)
    }
}

impl ReplayResponse {
    /// Whether the server refuses the access token, and not what was asked with it.
    ///
    /// The header says so (RFC 6750 §3.1); where something on the way took it off, our own code in
    /// the body does.
    pub fn refuses_token(&self) -> bool {
        let by_header =
            self.challenge.as_ref().is_some_and(|c| c.contains(r#"error="invalid_token""#));
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

    /// Whether a server in front of this one asks for a password (RFC 7617). The challenges of this server are
    /// `Bearer`, and its answers are problem details.
    fn asks_for_password(&self) -> bool {
        let scheme = self.challenge.as_deref().and_then(|challenge| challenge.split(' ').next());
        let is_foreign = scheme.is_some_and(|scheme| !scheme.eq_ignore_ascii_case("bearer"));
        self.status == 401 && is_foreign && self.problem().is_none()
    }

    /// The error for a request that was answered by a proxy that asks for a login of its own.
    fn proxy_login(&self) -> Option<AppError> {
        let error = AppError::new(ErrorCode::ProxyLogin);
        if self.is_redirect() {
            return Some(error);
        }
        let detail = "A server in front of this site asks for a password.";
        self.asks_for_password().then(|| AppError { detail: detail.into(), ..error })
    }

    /// Our error in the body, if there is one.
    pub fn problem(&self) -> Option<AppError> {
        serde_json::from_slice(&self.body).ok()
    }

    /// Returns this answer, unless a proxy gave it: a demand for a login, or a page where JSON was asked for.
    ///
    /// # Errors
    /// `proxy_login`, `unavailable`.
    pub fn in_our_words(self, wants_json: bool) -> Result<Self, AppError> {
        if let Some(error) = self.proxy_login() {
            return Err(error);
        }
        let is_fine = (200..300).contains(&self.status);
        if wants_json && is_fine && serde_json::from_slice::<IgnoredAny>(&self.body).is_err() {
            return Err(ErrorCode::Unavailable.into());
        }
        Ok(self)
    }

    /// The error that this answer stands for.
    pub fn into_error(self) -> AppError {
        let foreign = || self.proxy_login().unwrap_or_else(|| ErrorCode::Unavailable.into());
        let error = self.problem().unwrap_or_else(foreign);
        match (error.retry_after, self.retry_after) {
            (None, Some(seconds)) => error.retry_after(seconds),
            _ => error,
        }
    }
}

impl<E: FromServerFnError> ClientRes<E> for ReplayResponse {
    async fn try_into_string(self) -> Result<String, E> {
        String::from_utf8(self.body.into())
            .map_err(|error| ServerFnErrorErr::Deserialization(error.to_string()).into_app_error())
    }

    async fn try_into_bytes(self) -> Result<Bytes, E> {
        Ok(self.body)
    }

    /// The whole body as one piece.
    fn try_into_stream(
        self,
    ) -> Result<impl Stream<Item = Result<Bytes, Bytes>> + Send + Sync + 'static, E> {
        Ok(futures::stream::iter([Ok(self.body)]))
    }

    fn status(&self) -> u16 {
        self.status
    }

    fn status_text(&self) -> String {
        self.status_text.clone()
    }

    fn location(&self) -> String {
        self.location.clone().unwrap_or_default()
    }

    fn has_redirect(&self) -> bool {
        self.redirects
    }
}
