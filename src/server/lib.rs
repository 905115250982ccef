//! Logins with access tokens and rotating refresh tokens, as a service for axum.
//!
//! A handler that takes [`CurrentUser`](sessions::current_user::CurrentUser) requires an access token:
//!
//! ```
//! use axum::{Router, routing::get};
//! use handstamp_server::{
//!     AppState, clock::Clock, config::Config,
//!     router::{AppRoutes, router}, sessions::current_user::CurrentUser,
//! };
//!
//! async fn app(settings: impl Fn(&str) -> Option<String>) -> anyhow::Result<Router> {
//!     let state = AppState::new(Config::read(settings)?, Clock::system(), Default::default()).await?;
//!     let hello = get(async |user: CurrentUser| format!("Hello, {}", user.user_id()));
//!     let routes = AppRoutes { routes: Router::new().route("/api/hello", hello), ..Default::default() };
//!     Ok(router(routes, state))
//! }
//! ```
//!
//! [`serve`] listens and runs the background tasks. Each module uses only those above it in this list (a test of the
//! repository, `imports.rs`, checks it):
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
