//! Black box: everything here but `engine.rs` goes through the real router, on a real database, with a
//! clock that the test turns. One binary, one file a behaviour.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

mod account;
mod accounts;
mod bad_input;
mod browser_door;
mod cookies;
mod engine;
mod events;
mod forgotten;
mod guard;
mod headers;
mod helpers;
mod housekeeping;
mod jwks;
mod lab;
mod links;
mod log_out_form;
mod mail;
mod native_door;
mod openapi;
mod posts;
mod process;
mod races;
mod revocation;
mod rotation;
mod second_factor;
mod sessions;
mod tls;
mod tries;
mod trouble;
