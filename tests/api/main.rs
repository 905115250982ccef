//! Black box: everything here but `engine.rs` goes through the real router, on a real database, with a
//! clock that the test turns. One binary, one file a behaviour.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

mod account;
mod accounts;
mod bad_input;
mod browser_door;
mod code_limits;
mod cookies;
mod device_cookie;
mod engine;
mod events;
mod flood;
mod forgotten;
mod forwarded;
mod guard;
mod headers;
mod helpers;
mod housekeeping;
mod lab;
mod links;
mod log_out_form;
mod mail;
mod mail_limits;
mod native_door;
mod posts;
mod process;
mod races;
mod revocation;
mod right_passwords;
mod rotation;
mod second_factor;
mod sessions;
mod sign_up_limits;
mod tls;
mod tokens_in_paths;
mod tries;
mod trouble;
