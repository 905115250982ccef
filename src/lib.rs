//! Handstamp: short tickets, one stamp. The access-token / refresh-token login system as a full-stack
//! Leptos application.
//!
//! # Layout
//!
//! - [`auth`]: the feature. Both halves of it side by side: `auth::server` issues, rotates and revokes
//!   tokens, [`auth::client`] holds the access token and keeps it fresh.
//! - [`app`], [`pages`], [`ui`]: what a person sees.
//! - [`lab`]: the flow to watch and to break.
//! - `api`: the native JSON door and the protected resources.
//! - `db`: the statements, one file a table.
//! - `server`: settings, routing, headers, log: what any server needs.
//! - [`error`]: the one error that crosses the wire.

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
