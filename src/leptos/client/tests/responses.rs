//! The responses that tests send to the client.

use crate::client::{platform::Unreachable, replay::ReplayResponse};
use handstamp_protocol::{
    error::{AppError, EndReason, ErrorCode},
    types::{AccessToken, BrowserTokens, User},
};

pub(super) type Response = Result<ReplayResponse, Unreachable>;

/// The tokens of a session of `ada`.
pub(super) fn tokens(token: &str, expires_in: u32) -> BrowserTokens {
    BrowserTokens {
        access_token: AccessToken::new(token.to_owned()),
        token_type: "Bearer".to_owned(),
        expires_in,
        session_id: "s1".to_owned(),
        session_expires_in: 3600,
        user: User {
            id: "1".to_owned(),
            username: "ada".to_owned(),
            email: "ada@example.org".to_owned(),
        },
    }
}

/// The tokens of another user's login in the same browser.
pub(super) fn tokens_of_another(token: &str) -> BrowserTokens {
    let user = User { id: "2".to_owned(), username: "bob".to_owned(), email: String::new() };
    BrowserTokens { session_id: "s2".to_owned(), user, ..tokens(token, 60) }
}

/// 200 with the body `null`.
pub(super) fn ok() -> Response {
    Ok(ReplayResponse { status: 200, body: "null".into(), ..ReplayResponse::default() })
}

/// The response to a refresh "if any" if the browser has no session.
pub(super) fn no_session() -> Response {
    ok()
}

pub(super) fn ok_tokens(token: &str, expires_in: u32) -> Response {
    response_of(&tokens(token, expires_in))
}

pub(super) fn response_of(tokens: &BrowserTokens) -> Response {
    let body = serde_json::to_vec(tokens).unwrap().into();
    Ok(ReplayResponse { status: 200, body, ..ReplayResponse::default() })
}

pub(super) fn problem(code: ErrorCode) -> Response {
    problem_of(&AppError::new(code))
}

pub(super) fn problem_of(error: &AppError) -> Response {
    let body = serde_json::to_vec(error).unwrap().into();
    Ok(ReplayResponse { status: error.status, body, ..ReplayResponse::default() })
}

/// The refusal of an expired token, with a header and no body.
pub(super) fn expired(status: u16) -> Response {
    let challenge = r#"Bearer error="invalid_token", error_description="The access token expired""#;
    Ok(ReplayResponse {
        status,
        challenge: Some(challenge.to_owned()),
        ..ReplayResponse::default()
    })
}

pub(super) fn revoked(reason: EndReason) -> Response {
    problem_of(&AppError { reason: Some(reason), ..AppError::new(ErrorCode::SessionRevoked) })
}
