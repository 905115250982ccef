//! What client and server send each other: tokens, errors, the bodies of the JSON API, and the names of the cookies.

pub mod cookie_names;
pub mod error;
pub mod json_api;
#[cfg(feature = "openapi")]
mod schemas;
pub mod security_event;
pub mod types;
