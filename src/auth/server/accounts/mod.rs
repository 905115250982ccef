//! Accounts: sign-up, login, passwords, two-step login, e-mail links, rate limits and security events.

pub mod account_settings;
pub mod code_text;
pub mod device_cookie;
pub mod email_confirmation;
pub mod email_link;
pub mod failed_logins;
pub mod hash_queue;
pub mod identity;
pub mod login;
pub mod lost_login;
mod outdated_hash;
pub mod password;
pub mod password_hash;
pub mod password_strength;
pub mod password_text;
pub mod rate_limit;
pub mod reauthentication;
pub mod recovery_codes;
pub mod security_events;
pub mod sessions;
pub mod totp;
