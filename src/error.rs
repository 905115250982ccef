//! The one error that crosses the wire, with its status.
//!
//! Both doors answer with it: `/api` as problem details (RFC 9457), `/auth` as the error of the
//! server function. The body is the same, so one client understands both.

use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use utoipa::ToSchema;

/// What went wrong, as a word that programs can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// `401`: the request carries no access token.
    AccessTokenMissing,
    /// `401`: the access token is malformed, forged, of another type or for another audience.
    AccessTokenInvalid,
    /// `401` (or `403` where the server is set so): the access token was good, and is over.
    AccessTokenExpired,
    /// `401`: the session behind a token was ended.
    SessionRevoked,
    /// `401`: unknown user or wrong password, which look alike.
    InvalidCredentials,
    /// `401`: there is no refresh token.
    RefreshTokenMissing,
    /// `401`: the refresh token is not one of ours.
    RefreshTokenInvalid,
    /// `401`: a spent refresh token came back; its session is over.
    RefreshTokenReused,
    /// `401`: the session reached its end.
    SessionExpired,
    /// `409`: another refresh was faster twice in a row; try again with the token you hold now.
    RefreshConflict,
    /// `409`: a straggler's token; newer ones are on their way to you.
    RefreshSuperseded,
    /// `400`: a token stood in the query string.
    TokenInQuery,
    /// `422`: fields that say what is wrong with them.
    Validation,
    /// `400`: the body can't be read (`413` where it is larger than 64 KiB).
    BadRequest,
    /// `429`: too many tries; says when to come back.
    RateLimited,
    /// `403`: another site's page sent this.
    CrossSite,
    /// `404`.
    NotFound,
    /// `405`.
    MethodNotAllowed,
    /// `500`: details stand in the server's log under the request id.
    Internal,
    /// `503`: the server can't answer now; says when to come back.
    Unavailable,
    /// Made by the client: the server could not be reached.
    Offline,
}

impl ErrorCode {
    /// The HTTP status; `0` for what never was an HTTP answer.
    pub fn status(self) -> u16 {
        self.answer().0
    }

    /// The status, the title, and what is said where there is nothing better to say.
    fn answer(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::AccessTokenMissing => {
                (401, "Access token missing", "Send an access token in the Authorization header.")
            }
            Self::AccessTokenInvalid => {
                (401, "Access token invalid", "The access token is invalid.")
            }
            Self::AccessTokenExpired => (401, "Access token expired", "The access token expired."),
            Self::SessionRevoked => (401, "Session ended", "This session was ended."),
            Self::InvalidCredentials => {
                (401, "Wrong user name or password", "The user name or the password is wrong.")
            }
            Self::RefreshTokenMissing => (401, "Refresh token missing", "You are not logged in."),
            Self::RefreshTokenInvalid => {
                (401, "Refresh token invalid", "The refresh token is invalid. Please log in again.")
            }
            Self::RefreshTokenReused => (
                401,
                "Refresh token used again",
                "We ended this session because an old refresh token was used again.",
            ),
            Self::SessionExpired => {
                (401, "Session expired", "Your session reached its end. Please log in again.")
            }
            Self::RefreshConflict => (
                409,
                "Refresh conflict",
                "Another refresh was faster. Try again with your newest token.",
            ),
            Self::RefreshSuperseded => (
                409,
                "Refresh superseded",
                "A newer token was issued. Try again with your newest token.",
            ),
            Self::TokenInQuery => (
                400,
                "Token in the address",
                "Tokens never go into an address. This one should be revoked.",
            ),
            Self::Validation => {
                (422, "Some fields need attention", "Please correct the marked fields.")
            }
            Self::BadRequest => (400, "Bad request", "The request could not be understood."),
            Self::RateLimited => (429, "Too many tries", "Too many tries. Please wait a moment."),
            Self::CrossSite => {
                (403, "Cross-site request", "Requests from other sites are refused here.")
            }
            Self::NotFound => (404, "Not found", "There is nothing at this address."),
            Self::MethodNotAllowed => {
                (405, "Method not allowed", "This address does not answer to that method.")
            }
            Self::Internal => (500, "Server error", "Something went wrong on the server."),
            Self::Unavailable => {
                (503, "Unavailable", "The server can't answer right now. Please try again.")
            }
            Self::Offline => (0, "Offline", "The server is out of reach."),
        }
    }
}

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldError {
    /// The field's name in the request.
    pub field: Cow<'static, str>,
    /// A sentence for the person.
    pub message: Cow<'static, str>,
}

/// Why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The person logged out.
    LoggedOut,
    /// The person logged out everywhere.
    LoggedOutEverywhere,
    /// The person ended it from another session.
    EndedElsewhere,
    /// A spent refresh token came back.
    Reuse,
}

impl EndReason {
    /// The word that stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::LoggedOutEverywhere => "logged_out_everywhere",
            Self::EndedElsewhere => "ended_elsewhere",
            Self::Reuse => "reuse",
        }
    }

    /// Reads the word that stands in the database.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::LoggedOut, Self::LoggedOutEverywhere, Self::EndedElsewhere, Self::Reuse]
            .into_iter()
            .find(|reason| reason.as_str() == word)
    }
}

/// The error of both doors. On the wire it has the shape of problem details (RFC 9457 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{detail}")]
#[serde(into = "Problem")]
pub struct AppError {
    /// The HTTP status of the answer.
    pub status: u16,
    /// A sentence for the person.
    pub detail: Cow<'static, str>,
    /// What programs go by.
    pub code: ErrorCode,
    /// For `validation`: the fields, in the order of the request.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// For `session_revoked`: why.
    #[serde(default)]
    pub reason: Option<EndReason>,
    /// Seconds to wait before the next try; also sent as `Retry-After`.
    #[serde(default)]
    pub retry_after: Option<u32>,
    /// Names the request in the server's log.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// The error as it is written (RFC 9457): with its type and its title, and without what it doesn't have.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:handstamp:problem:` and the code.
    #[serde(rename = "type")]
    problem_type: String,
    /// The kind of problem in a few words.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// A sentence for the person.
    detail: Cow<'static, str>,
    /// What programs go by.
    code: ErrorCode,
    /// For `validation`: the fields that are wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// For `session_revoked`: why.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<EndReason>,
    /// Seconds to wait before the next try; also sent as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// For 5xx: names the request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let AppError { status, detail, code, errors, reason, retry_after, request_id } = error;
        let problem_type = format!("urn:handstamp:problem:{}", word(code));
        Self {
            problem_type,
            title: code.answer().1,
            status,
            detail,
            code,
            errors,
            reason,
            retry_after,
            request_id,
        }
    }
}

impl AppError {
    /// An error with the usual sentence of its code.
    pub fn new(code: ErrorCode) -> Self {
        let (status, _, detail) = code.answer();
        Self {
            status,
            detail: detail.into(),
            code,
            errors: Vec::new(),
            reason: None,
            retry_after: None,
            request_id: None,
        }
    }

    /// `400` with a sentence that says what could not be read.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::new(ErrorCode::BadRequest) }
    }

    /// `413`: a body over the limit.
    pub fn too_large() -> Self {
        Self { status: 413, ..Self::bad_request("The body may hold 64 KiB at most.") }
    }

    /// `422` for these fields.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ErrorCode::Validation) }
    }

    /// `422` for one field.
    pub fn field(field: &'static str, message: &'static str) -> Self {
        Self::validation(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// The same error, with the seconds after which another try makes sense.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        Self { retry_after: Some(seconds), ..self }
    }

    /// The message of one field, if it has one.
    pub fn message_of(&self, field: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.to_string())
    }
}

impl From<ErrorCode> for AppError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

fn word(code: ErrorCode) -> String {
    serde_json::to_value(code)
        .ok()
        .and_then(|word| word.as_str().map(str::to_owned))
        .unwrap_or_default()
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => ErrorCode::Offline.into(),
            ServerFnErrorErr::Deserialization(detail) | ServerFnErrorErr::Args(detail) => {
                Self::bad_request(detail)
            }
            ServerFnErrorErr::UnsupportedRequestMethod(detail) => Self::bad_request(detail),
            // A bug, and nothing of it is for the person: the server logs every 500 with its request.
            _ => ErrorCode::Internal.into(),
        }
    }

    /// An error answer that isn't ours comes from something between us and the server.
    fn de(data: bytes::Bytes) -> Self {
        serde_json::from_slice(&data).unwrap_or_else(|_| ErrorCode::Unavailable.into())
    }
}
