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
mod code_limits;
mod confirmation;
mod connections;
mod cookies;
mod device_cookie;
mod engine;
mod events;
mod failed_logins;
mod files;
mod flood;
mod forgotten;
mod forwarded;
mod guard;
mod headers;
mod helpers;
mod housekeeping;
mod identity;
mod jwks;
mod lab;
mod links;
mod log_out_form;
mod lost_logins;
mod mail;
mod mail_form;
mod mail_limits;
mod mail_server;
mod mail_tls;
mod many_sessions;
mod migrated_accounts;
mod native_door;
mod native_form;
mod openapi;
mod planted_cookies;
mod posts;
mod process;
mod races;
mod request_targets;
mod revocation;
mod right_passwords;
mod rotation;
mod second_factor;
mod second_factor_proof;
mod secret_change;
mod sessions;
mod sign_up_limits;
mod takeover;
mod thread_log;
mod tls;
mod tokens_in_paths;
mod tries;
mod trouble;
mod typed_text;
