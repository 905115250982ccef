//! The JSON API and the protected resources, as plain axum handlers.

#[cfg(feature = "ssr")]
mod account;
#[cfg(feature = "ssr")]
mod events;
#[cfg(feature = "ssr")]
mod extract;
#[cfg(feature = "ssr")]
mod jwks;
#[cfg(feature = "ssr")]
pub mod openapi;
#[cfg(feature = "ssr")]
mod outbox;
#[cfg(feature = "ssr")]
mod post_text;
#[cfg(feature = "ssr")]
mod posts;
#[cfg(feature = "ssr")]
mod profile;
mod qr_code;
#[cfg(feature = "ssr")]
mod sessions;
#[cfg(feature = "ssr")]
mod tokens;

pub use crate::protocol::json_api as types;
