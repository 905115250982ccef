//! The server under test, its database and clock, and the clients that send requests to it.

mod account;
mod app;
mod binary;
mod browser;
mod database;
mod mail;
mod requests;
mod response;

pub(crate) use app::TestApp;
pub(crate) use binary::{BINARY, output_of, run_to_end, start_server};
pub(crate) use browser::Browser;
pub(crate) use response::Answer;

use std::time::Duration;

/// The names of the cookies at the default public URL, `http://localhost:3000`.
pub(crate) const REFRESH_COOKIE: &str = "handstamp_refresh_3000";
pub(crate) const ATTEMPT_COOKIE: &str = "handstamp_attempt_3000";

pub(crate) const PASSWORD: &str = "correct horse battery";

/// Maximum wait for something that happens within a second on a machine that is not busy.
pub(crate) const TEST_TIMEOUT: Duration = Duration::from_secs(30);
