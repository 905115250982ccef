//! The error type of the services.

pub mod transient;

use crate::error::transient::is_transient;
use axum::response::{IntoResponse, Response};
use handstamp_protocol::error::{AppError, ErrorCode};
use sea_orm::DbErr;
use std::{fmt, ops::Deref};

/// The error that a client receives, with its cause for the log.
///
/// The cause is logged once: when the error becomes a response, or an [`AppError`] of a server function.
#[derive(Debug)]
pub struct ServiceError {
    error: AppError,
    cause: Option<anyhow::Error>,
}

impl ServiceError {
    /// Returns an `internal` error, whose cause is logged but not sent to the client.
    pub fn internal(cause: anyhow::Error) -> Self {
        Self { error: ErrorCode::Internal.into(), cause: Some(cause) }
    }

    /// Returns an `unavailable` error with `Retry-After: 1`: a queue is full, or a concurrent request changed the data.
    pub fn try_again() -> Self {
        AppError::new(ErrorCode::Unavailable).retry_after(1).into()
    }

    /// Logs the cause, and returns the error for the client.
    pub fn log(self) -> AppError {
        let Self { error, cause } = self;
        match cause {
            Some(cause) if error.code == ErrorCode::Internal => {
                tracing::error!(
                    event = "request_failed",
                    error = format!("{cause:#}"),
                    "a request failed"
                );
            }
            Some(cause) => {
                tracing::warn!(
                    event = "database_unavailable",
                    error = format!("{cause:#}"),
                    "the database is unavailable"
                );
            }
            None => {}
        }
        error
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            Some(cause) => write!(f, "{cause:#}"),
            None => self.error.fmt(f),
        }
    }
}

impl Deref for ServiceError {
    type Target = AppError;

    fn deref(&self) -> &AppError {
        &self.error
    }
}

impl From<AppError> for ServiceError {
    fn from(error: AppError) -> Self {
        Self { error, cause: None }
    }
}

impl From<ErrorCode> for ServiceError {
    fn from(code: ErrorCode) -> Self {
        AppError::new(code).into()
    }
}

impl From<DbErr> for ServiceError {
    fn from(cause: DbErr) -> Self {
        let is_transient = is_transient(&cause);
        let cause = anyhow::Error::new(cause).context("querying the database");
        if is_transient {
            let error = AppError::new(ErrorCode::Unavailable).retry_after(1);
            return Self { error, cause: Some(cause) };
        }
        Self::internal(cause)
    }
}

impl From<getrandom::Error> for ServiceError {
    fn from(cause: getrandom::Error) -> Self {
        Self::internal(anyhow::Error::new(cause).context("reading random bytes"))
    }
}

impl From<ServiceError> for AppError {
    fn from(error: ServiceError) -> Self {
        error.log()
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        self.log().into_response()
    }
}
