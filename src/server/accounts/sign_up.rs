//! Sign-up, for the cookie API and the JSON API.

use super::{
    Accounts,
    email_link::{
        flows::{self, Asker},
        token::Purpose,
    },
    failed_logins,
    hash_queue::Lane,
    lost_login, password_strength,
    start_session::{NewLogin, log_in_as, start_session},
    totp::Proof,
};
use crate::{
    db::user::{self, NewUser},
    device::Device,
    error::ServiceError,
    identity::{Email, Registration, Username},
    rate_limit::{self},
    sessions::issued_tokens::IssuedTokens,
};
use handstamp_engine::random::random;
use handstamp_protocol::{error::ErrorCode, security_event::SecurityEvent};
use sea_orm::TransactionTrait;
use std::time::Duration;

/// The lifetime of a guest account.
pub const GUEST_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// Creates an account, starts its first session and sends a link that confirms the address, bound to `browser`. If the
/// sign-up is retried because its response was lost, the retry logs in to the account that was created.
///
/// # Errors
/// `validation` for a name or an address that is taken, also by a concurrent sign-up, and for a password that is easy
/// to guess; `rate_limited`.
pub async fn sign_up(
    accounts: &Accounts,
    registration: Registration,
    browser: &str,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let Registration { username, email, password } = registration;
    let lost = lost_login::account_of_sign_up(accounts, &username.key, &email.key, &device).await?;
    if let Some(user) = lost {
        rate_limit::password(&accounts.rate_limiter, &user.username_key, Some(&user), &device)
            .await?;
        let hash = user.password_hash.as_deref();
        if accounts
            .passwords
            .verify(password.clone(), hash, &Lane::of_device(&device))
            .await?
            .is_right()
        {
            rate_limit::password_was_right(&accounts.rate_limiter, &user, &device).await?;
            return log_in_as(accounts, user, SecurityEvent::LoggedIn, Proof::Repeated, device)
                .await;
        }
        failed_logins::record(accounts, Some(&user), &device);
    }
    rate_limit::sign_up(&accounts.rate_limiter, &device).await?;
    // Checked first to avoid the cost of a hash; the unique indexes resolve races between concurrent sign-ups.
    user::refuse_taken(&accounts.db.reader, &username, &email.key).await?;
    let lane = Lane::of_device(&device);
    password_strength::require(accounts, &password, &[&username.shown, &email.shown], &lane)
        .await?;
    rate_limit::mail(&accounts.rate_limiter, &email.key, &device).await?;
    let password_hash = Some(accounts.passwords.hash(password, &lane).await?);
    let new = NewUser { username, email, password_hash, guest: false, email_confirmed: false };
    start_first_session(accounts, new, Some(browser), accounts.refresh_ttl, device).await
}

/// Creates a guest account and starts its session. The account is deleted after a day.
///
/// # Errors
/// `not_found` if guest accounts are disabled; `rate_limited`.
pub async fn sign_up_guest(
    accounts: &Accounts,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    if !accounts.allows_guests {
        return Err(ErrorCode::NotFound.into());
    }
    rate_limit::guest(&accounts.rate_limiter, &device).await?;
    let number = u32::from_be_bytes(random::<4>()?);
    let new = NewUser::guest(&format!("guest-{number:08x}"));
    start_first_session(accounts, new, None, accounts.refresh_ttl.min(GUEST_TTL), device).await
}

/// Creates an account and starts its first session, in one transaction.
async fn start_first_session(
    accounts: &Accounts,
    new: NewUser,
    browser: Option<&str>,
    lifetime: Duration,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let email = (!new.guest).then(|| new.email.clone());
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    let user = user::insert(&transaction, new, accounts.clock.now()).await?;
    if let Some(email) = email {
        let purpose = Purpose::ConfirmEmail;
        let by = Asker { browser, ..Asker::default() };
        flows::send(&transaction, accounts, purpose, &email, Some(&user), by).await?;
    }
    let login = NewLogin { event: SecurityEvent::SignedUp, lifetime, device, is_repeat: false };
    let (tokens, _) = start_session(accounts, &transaction, user, login).await?;
    transaction.commit().await?;
    Ok(tokens)
}

impl NewUser {
    /// Returns a guest account. Its address can't receive mail (RFC 2606 §2).
    fn guest(name: &str) -> Self {
        let username = Username::generated(name);
        let address = format!("{name}@guest.invalid");
        let email = Email { shown: address.clone(), key: address };
        Self { username, email, password_hash: None, guest: true, email_confirmed: false }
    }
}
