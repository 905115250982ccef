//! Logins with access tokens and rotating refresh tokens, as a service for axum.
//!
//! Each folder uses only those above it in this list (`tests/proof/imports.rs`):
//!
//! - [`error`], [`encryption`], [`public_url`], [`device`], [`identity`]: the basis of all others.
//! - [`db`]: the SQL statements, one file per table.
//! - [`mail`]: the queue of e-mails, and their delivery.
//! - [`rate_limit`]: limits on guesses, e-mails and expensive work.
//! - [`sessions`]: issues, rotates and revokes tokens.
//! - [`accounts`]: sign-up, login, passwords, two-step login, e-mail links.
//! - [`config`], [`cluster`]: the settings, and the nodes of one database.
//! - [`http`]: cookies, CSRF checks, headers, errors, and the state that handlers share.
//! - [`json_api`]: the JSON API and its OpenAPI document.
//! - [`router`], [`housekeeping`], [`serve`]: the routes, the background tasks and the listener.

pub mod accounts;
pub mod cluster;
pub mod config;
mod connections;
pub mod db;
pub mod device;
pub mod encryption;
pub mod error;
pub mod health_check;
pub mod housekeeping;
pub mod http;
pub mod identity;
pub mod json_api;
pub mod mail;
pub mod public_url;
pub mod rate_limit;
pub mod router;
pub mod secret;
pub mod serve;
pub mod sessions;
pub mod timing;
pub mod tls;

/// The time type of [`UserData`](accounts::user_data::UserData).
pub use handstamp_engine::clock;
pub use http::state::AppState;
/// The version of sea-orm that [`db`] uses.
pub use sea_orm;
