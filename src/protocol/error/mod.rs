//! The one error that crosses the wire, with its status.
//!
//! Both doors answer with it: `/api` as problem details (RFC 9457), `/auth` as the error of the
//! server function. The body is the same, so one client understands both.

#[cfg(feature = "axum")]
mod axum;
mod code;
#[cfg(feature = "server-fn")]
mod server_fn;
mod wait;

pub use code::{ErrorCode, ErrorInfo};

use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What is wrong with one field of the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldError {
    /// The field's name in the request.
    pub field: Cow<'static, str>,
    /// A sentence for the person.
    pub message: Cow<'static, str>,
}

/// Why a session was ended before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// The person has a new password, and wanted the others to log in with it.
    PasswordChanged,
    /// The account was deleted.
    AccountDeleted,
    /// The account had more running sessions than it can have, and this one was unused for the longest time.
    TooManySessions,
}

impl EndReason {
    /// The word that stands in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::LoggedOut => "logged_out",
            Self::LoggedOutEverywhere => "logged_out_everywhere",
            Self::EndedElsewhere => "ended_elsewhere",
            Self::Reuse => "reuse",
            Self::PasswordChanged => "password_changed",
            Self::AccountDeleted => "account_deleted",
            Self::TooManySessions => "too_many_sessions",
        }
    }

    /// Reads the word that stands in the database.
    pub fn from_word(word: &str) -> Option<Self> {
        [
            Self::LoggedOut,
            Self::LoggedOutEverywhere,
            Self::EndedElsewhere,
            Self::Reuse,
            Self::PasswordChanged,
            Self::AccountDeleted,
            Self::TooManySessions,
        ]
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
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// `urn:handstamp:problem:` and the code.
    #[serde(rename = "type")]
    #[cfg_attr(feature = "openapi", schema(format = "uri"))]
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
    /// For `session_revoked` at a refresh: why. A refused access token has no reason: it is checked without the
    /// database.
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
        let problem_type = format!("urn:handstamp:problem:{}", code.name());
        Self {
            problem_type,
            title: code.info().title,
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
        let ErrorInfo { status, detail, .. } = code.info();
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

    /// `415`: a body of another content type, or with a content coding.
    pub fn unsupported(detail: &'static str) -> Self {
        Self { status: 415, ..Self::bad_request(detail) }
    }

    /// `422` for these fields.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ErrorCode::Validation) }
    }

    /// `422` for one field.
    pub fn field(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::validation(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// The same error, with the seconds after which another try makes sense. If nothing more precise is said
    /// about it, its sentence says so too.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        let is_usual = self.detail == self.code.info().detail;
        let detail = match self.code.before_a_wait().filter(|_| is_usual) {
            Some(what) => format!("{what} Please wait {}.", wait::in_words(seconds)).into(),
            None => self.detail,
        };
        Self { retry_after: Some(seconds), detail, ..self }
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
