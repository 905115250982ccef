//! Handstamp: logins with access tokens and rotating refresh tokens, as a full-stack Leptos application.
//!
//! # Layout
//!
//! - [`auth`]: `auth::server` issues, rotates and revokes tokens; [`auth::client`] holds the access token and
//!   refreshes it.
//! - [`app`], [`pages`], [`ui`]: the pages and their components.
//! - [`lab`]: shows the token flow, and lets the user interfere with it.
//! - `api`: the JSON API and the protected resources.
//! - `db`: the SQL statements, one file per table.
//! - `server`: settings, routing, headers and logging.
//! - `engine`, [`protocol`]: crates of their own, re-exported: the token engine, and what client and server exchange.
//! - [`error`]: the error type of both APIs.

pub mod api;
#[cfg(any(feature = "ssr", feature = "page"))]
pub mod app;
pub mod auth;
#[cfg(feature = "ssr")]
pub mod db;
#[cfg(any(feature = "ssr", feature = "page"))]
pub mod lab;
#[cfg(any(feature = "ssr", feature = "page"))]
pub mod pages;
pub mod paths;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

#[cfg(feature = "ssr")]
pub use handstamp_engine as engine;
pub use handstamp_protocol as protocol;
pub use protocol::error;
