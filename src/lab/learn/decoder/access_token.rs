//! The access token of this page: its unsigned part, and requests with a forged one.

use super::forgery::{Forgery, Unsigned};
use futures::future::{Either, select};
use handstamp_leptos::client::{
    page_client, platform::Platform, replay::ReplayRequest, transport::REQUEST_TIMEOUT,
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    types::AccessToken,
};
use http::Method;

/// The endpoint that a forged token is sent to.
pub const PATH: &str = "/api/profile";

/// The response to a forged token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The reason phrase; empty with HTTP/2.
    pub status_text: String,
    /// `WWW-Authenticate`.
    pub challenge: Option<String>,
    /// The code of the problem in the body.
    pub code: Option<ErrorCode>,
}

/// Returns header and payload of the current access token.
pub fn unsigned() -> Option<Unsigned> {
    let held = page_client().session.held()?;
    Unsigned::of(held.token.expose_secret())
}

/// Calls the API with a forged token. The request goes around the interceptor and the transport of the client, so it
/// causes no refresh, changes no session and is in no trace.
///
/// # Errors
/// `access_token_missing` without a session, `offline` without a response, `proxy_login` for a redirect.
pub async fn send(forgery: Forgery) -> Result<Answer, AppError> {
    let client = page_client();
    let held = client.session.held().ok_or(ErrorCode::AccessTokenMissing)?;
    let forged = forgery.forge(held.token.expose_secret()).map(AccessToken::new);
    let forged = forged.ok_or(ErrorCode::AccessTokenInvalid)?;
    let request = ReplayRequest::new(Method::GET, PATH);
    let response = client.platform.fetch(&request, Some(&forged));
    let response = match select(response, client.platform.sleep(REQUEST_TIMEOUT)).await {
        Either::Left((response, _)) => response.map_err(|_| ErrorCode::Offline)?,
        Either::Right(_) => return Err(ErrorCode::Offline.into()),
    };
    if response.is_redirect() {
        return Err(response.into_error());
    }
    Ok(Answer {
        status: response.status,
        code: response.problem().map(|problem| problem.code),
        status_text: response.status_text,
        challenge: response.challenge,
    })
}
