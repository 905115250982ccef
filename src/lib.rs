//! The demo of Handstamp: logins with access tokens and rotating refresh tokens, as a full-stack Leptos application.
//!
//! - [`app`], [`pages`], [`ui`]: the pages and their components.
//! - [`lab`]: shows the token flow, and lets the user interfere with it.
//! - `posts`: a protected resource.
//!
//! The server, with the settings of the environment:
//!
//! ```no_run
//! # #[cfg(feature = "ssr")]
//! # async fn serve() -> anyhow::Result<()> {
//! handstamp::demo::builder().serve().await
//! # }
//! ```
//!
//! What an app of your own takes from here is in crates below: [`handstamp_leptos`] (the client and the server
//! functions), `handstamp_server` (the server), `handstamp_engine` (the tokens) and [`handstamp_protocol`] (what the
//! client and the server send each other).

pub mod app;
#[cfg(feature = "ssr")]
pub mod demo;
pub mod demo_mode;
pub mod lab;
pub mod pages;
#[cfg(feature = "ssr")]
pub mod posts;
pub mod ui;
