//! Black box: everything here but `engine.rs` goes through the real router, on a real database, with a
//! clock that the test turns. One binary, one file a behaviour.

#![expect(clippy::unwrap_used, reason = "a test that meets the unexpected has to fail")]

// What the documents say.
mod documents;
mod ended_by_operator;
mod password_fields;
mod standards;
mod totp_after_reset;

mod account;
mod accounts;
mod bad_input;
mod binary;
mod code_limits;
mod connections;
mod cookie_api;
mod cookies;
mod database_errors;
mod device_cookie;
mod email_links;
mod engine;
mod failed_logins;
mod files;
mod flood;
mod forwarded;
mod guard;
mod headers;
mod helpers;
mod housekeeping;
mod html_forms;
mod identity;
mod json_api;
mod jwks;
mod lab;
mod log_out_form;
mod lost_logins;
mod mail;
mod mail_form;
mod mail_limits;
mod mail_server;
mod mail_tls;
mod many_sessions;
mod migrated_accounts;
mod openapi;
mod planted_cookies;
mod posts;
mod races;
mod rate_limits;
mod reauthentication;
mod recovery_codes;
mod request_targets;
mod revocation;
mod right_passwords;
mod rotation;
mod rotation_recovery;
mod rotation_reuse;
mod rotation_storage;
mod secret_change;
mod security_events;
mod sessions;
mod sign_up_limits;
mod takeover;
mod thread_log;
mod tls;
mod tls_certificates;
mod tokens_in_paths;
mod totp;
mod totp_login;
mod totp_proof;
mod typed_text;
mod unguarded_endpoints;
