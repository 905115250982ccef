//! Black box: everything here but `engine.rs` goes through the real router, on a real database, with a
//! clock that the test turns. One binary, one file a behaviour.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

// What the documents say.
mod documents;
mod ended_by_operator;
mod factor_after_reset;
mod password_fields;
mod standards;

mod account;
mod accounts;
mod bad_input;
mod browser_door;
mod cookies;
mod engine;
mod events;
mod files;
mod forgotten;
mod guard;
mod headers;
mod helpers;
mod housekeeping;
mod lab;
mod links;
mod log_out_form;
mod mail;
mod native_door;
mod planted_cookies;
mod posts;
mod process;
mod races;
mod request_targets;
mod revocation;
mod rotation;
mod second_factor;
mod sessions;
mod tls;
mod tries;
mod trouble;
