//! The protocol between client and server: tokens, errors, the bodies of the JSON API, and cookie names.
//!
//! Both APIs report errors as an [`AppError`](error::AppError), which is serialised as problem details (RFC 9457):
//!
//! ```
//! use handstamp_protocol::error::{AppError, ErrorCode};
//!
//! let body = serde_json::to_string(&AppError::new(ErrorCode::RateLimited).retry_after(30))?;
//! let error: AppError = serde_json::from_str(&body)?;
//! assert_eq!((error.status, error.code), (429, ErrorCode::RateLimited));
//! assert_eq!(error.retry_after, Some(30));
//! # Ok::<_, serde_json::Error>(())
//! ```

pub mod cookie_header;
pub mod cookie_names;
pub mod error;
pub mod json_api;
pub mod paths;
#[cfg(feature = "openapi")]
mod schemas;
pub mod security_event;
#[cfg(feature = "strict-json")]
pub mod strict_json;
pub mod types;
