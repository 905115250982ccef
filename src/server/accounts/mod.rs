//! Accounts: sign-up, login, passwords, two-step login, e-mail links, rate limits and security events.

pub mod account_settings;
pub mod code_text;
pub mod email_change;
pub mod email_confirmation;
pub mod email_link;
pub mod failed_logins;
pub mod guest_registration;
pub mod hash_queue;
pub mod login;
pub mod lost_login;
mod outdated_hash;
pub mod password;
pub mod password_hash;
pub mod password_strength;
pub mod reauthentication;
pub mod recovery_codes;
pub mod sessions;
pub mod sign_up;
mod start_session;
pub mod totp;
pub mod user_data;

use crate::{db::Database, mail::Mailer, rate_limit::RateLimiter, sessions::Sessions};
use failed_logins::FailedLogins;
use handstamp_engine::{clock::Clock, keys::KeyRing};
use password::Passwords;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;
use url::Url;
use user_data::UserData;

/// Account operations: sign-up, login, settings, re-authentication and deletion. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Accounts {
    /// The database.
    pub db: Database,
    /// The source of the current time.
    pub clock: Clock,
    /// The keys of the device cookies and of the encrypted TOTP secrets.
    pub keys: Arc<KeyRing>,
    /// Starts and ends the sessions.
    pub sessions: Sessions,
    /// Sends links and security notices.
    pub mailer: Mailer,
    /// Limits password guesses, outgoing mail and expensive requests.
    pub rate_limiter: RateLimiter,
    /// Hashes and verifies passwords.
    pub passwords: Arc<Passwords>,
    /// Limits concurrent measurements of password strength.
    pub strength_permits: Arc<Semaphore>,
    /// Words related to this service, which must not make up a password (ASVS 6.2.11).
    pub service_words: Vec<String>,
    /// Failed logins that are not yet written to the database.
    pub failed_logins: Arc<FailedLogins>,
    /// Deletes the application's data when an account is deleted.
    pub user_data: Arc<dyn UserData>,
    /// The lifetime of a session.
    pub refresh_ttl: Duration,
    /// The URL of this server, for the links in e-mails.
    pub public_url: Url,
    /// Whether guest accounts can be created.
    pub allows_guests: bool,
}
