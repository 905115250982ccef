//! Black box: everything here but `engine.rs` goes through the real router, on a real database, with a
//! clock that the test turns. One binary, one file a behaviour.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

mod account;
mod accounts;
mod bad_input;
mod browser_door;
mod confirmation;
mod cookies;
mod engine;
mod events;
mod failed_logins;
mod forgotten;
mod guard;
mod headers;
mod helpers;
mod housekeeping;
mod lab;
mod links;
mod log_out_form;
mod mail;
mod many_sessions;
mod native_door;
mod posts;
mod process;
mod races;
mod revocation;
mod rotation;
mod second_factor;
mod second_factor_proof;
mod secret_change;
mod sessions;
mod takeover;
mod tls;
mod tries;
mod trouble;
