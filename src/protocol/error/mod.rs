//! The error type of both APIs.
//!
//! `/api` returns it as problem details (RFC 9457), and `/auth` as the error of a server function. Both have the same
//! body.

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
    /// The name of the field in the request.
    pub field: Cow<'static, str>,
    /// A sentence for the user.
    pub message: Cow<'static, str>,
}

/// The error of the field `email` at a sign-up with the address of another account. The page offers to log in.
pub const EMAIL_TAKEN: &str = "That email already has an account.";

/// Why a session was ended before it expired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The user logged out.
    LoggedOut,
    /// The user logged out everywhere.
    LoggedOutEverywhere,
    /// The user ended it from another session.
    EndedElsewhere,
    /// A rotated refresh token was presented again.
    Reuse,
    /// The user changed the password and ended the other sessions.
    PasswordChanged,
    /// The account was deleted.
    AccountDeleted,
    /// The account had too many active sessions, and this one was unused for the longest time.
    TooManySessions,
}

impl EndReason {
    /// Returns the value that is stored in the database.
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

    /// Parses a value from the database.
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

/// The error of both APIs, serialised as problem details (RFC 9457 §3.1).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{detail}")]
#[serde(into = "Problem")]
pub struct AppError {
    /// The HTTP status of the response.
    pub status: u16,
    /// A sentence for the user.
    pub detail: Cow<'static, str>,
    /// The code that programs rely on.
    pub code: ErrorCode,
    /// For `validation`: the fields, in the order of the request.
    #[serde(default)]
    pub errors: Vec<FieldError>,
    /// For `session_revoked`: why the session was ended.
    #[serde(default)]
    pub reason: Option<EndReason>,
    /// Seconds to wait before the next attempt; also sent as `Retry-After`.
    #[serde(default)]
    pub retry_after: Option<u32>,
    /// Identifies the request in the server's log.
    #[serde(default)]
    pub request_id: Option<String>,
}

/// An error, as problem details (RFC 9457). Members without a value are absent.
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
    /// A sentence for the user.
    detail: Cow<'static, str>,
    /// The code that programs rely on.
    code: ErrorCode,
    /// For `validation`: the invalid fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// For `session_revoked` at a refresh: why the session was ended. Absent if an access token was refused, because it
    /// is verified without the database.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<EndReason>,
    /// Seconds to wait before the next attempt; also sent as `Retry-After`.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    /// For 5xx: identifies the request in the server's log.
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
    /// Creates an error with the default detail of its code.
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

    /// Creates a `400` error. `detail` describes what could not be parsed.
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self { detail: detail.into(), ..Self::new(ErrorCode::BadRequest) }
    }

    /// Creates a `413` error for a body that exceeds the size limit.
    pub fn too_large() -> Self {
        Self { status: 413, ..Self::bad_request("The body may hold 64 KiB at most.") }
    }

    /// Creates a `415` error for a body with an unsupported content type or a content coding.
    pub fn unsupported(detail: &'static str) -> Self {
        Self { status: 415, ..Self::bad_request(detail) }
    }

    /// Creates a `422` error for invalid fields.
    pub fn validation(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(ErrorCode::Validation) }
    }

    /// Creates a `422` error for one invalid field.
    pub fn field(field: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self::validation(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// Sets the seconds to wait before the next attempt, and adds them to the default detail if the error has no other
    /// one.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        let is_usual = self.detail == self.code.info().detail;
        let detail = match self.code.detail_with_wait(seconds).filter(|_| is_usual) {
            Some(detail) => detail.into(),
            None => self.detail,
        };
        Self { retry_after: Some(seconds), detail, ..self }
    }

    /// Changes the seconds to wait, as time passes. Keeps a detail that says more than how long to wait.
    pub fn wait_for(&mut self, seconds: u32) {
        let former = self.retry_after.and_then(|before| self.code.detail_with_wait(before));
        if former.is_some_and(|former| self.detail == former) {
            self.detail = match self.code.detail_with_wait(seconds) {
                Some(detail) if seconds > 0 => detail.into(),
                _ => "You can try again now.".into(),
            };
        }
        self.retry_after = Some(seconds).filter(|seconds| *seconds > 0);
    }

    /// Returns the message for a field, if the error contains one.
    pub fn message_of(&self, field: &str) -> Option<String> {
        self.errors.iter().find(|error| error.field == field).map(|error| error.message.to_string())
    }
}

impl From<ErrorCode> for AppError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}
