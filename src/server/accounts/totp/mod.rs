//! The optional second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes (`recovery_codes.rs`)
//! for users who have lost the app. Enforced by the cookie API and the JSON API.

mod removal;
mod setup;

pub use removal::{disable, remove, undo};
pub use setup::{SharedSecret, enable, prepare};

use super::{Accounts, code_text, failed_logins, recovery_codes};
use crate::{
    db::{
        recovery_code,
        user::{self, UserRow},
    },
    device::Device,
    encryption,
    error::ServiceError,
    rate_limit,
    sessions::security_events,
};
use anyhow::Context;
use handstamp_engine::refresh_token::TokenHash;
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    security_event::SecurityEvent,
};
use sea_orm::ConnectionTrait;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// A proof of the second factor. It is consumed in the transaction of the login or of the change, so that a failed
/// request does not consume it.
#[derive(Debug)]
pub enum Proof {
    /// No proof is required.
    NotRequired,
    /// The code was verified at the login that this one repeats (`lost_login.rs`).
    Repeated,
    /// The time step of a valid TOTP code.
    Code(i64),
    /// The hash of a possible recovery code, which is verified when it is consumed.
    Recovery(TokenHash),
}

/// Verifies the code of a user whose password or e-mail link is already verified.
///
/// # Errors
/// `second_factor_required` without a code, `second_factor_invalid` for a wrong code, `rate_limited`.
pub async fn verify(
    accounts: &Accounts,
    user: &UserRow,
    code: Option<&str>,
    device: &Device,
) -> Result<Proof, ServiceError> {
    if user.totp_since.is_none() {
        return Ok(Proof::NotRequired);
    }
    let code = code_text::read(code.unwrap_or_default());
    if code.is_empty() {
        return Err(ErrorCode::SecondFactorRequired.into());
    }
    rate_limit::code(&accounts.rate_limiter, user, device).await?;
    if code.len() != 6 {
        return Ok(Proof::Recovery(recovery_codes::hash(user, &code)));
    }
    match step_of(accounts, user, &code)? {
        Some(step) => Ok(Proof::Code(step)),
        None => Err(refuse(accounts, user, device, ErrorCode::SecondFactorInvalid.into())),
    }
}

impl Proof {
    /// Returns the event of a login with this proof: `usual`, unless it is a recovery code.
    pub fn login_event(&self, usual: SecurityEvent) -> SecurityEvent {
        match self {
            Self::Recovery(_) => SecurityEvent::LoggedInByRecoveryCode,
            Self::NotRequired | Self::Repeated | Self::Code(_) => usual,
        }
    }

    /// Consumes the code, so that it can't be replayed.
    ///
    /// # Errors
    /// `second_factor_invalid` if the code was already used, or is not a recovery code of the account.
    pub async fn consume(
        self,
        db: &impl ConnectionTrait,
        accounts: &Accounts,
        user: &UserRow,
        device: &Device,
    ) -> Result<(), ServiceError> {
        let is_right = match self {
            Self::NotRequired | Self::Repeated => return Ok(()),
            Self::Code(step) => user::take_step(db, user.id, step).await?,
            Self::Recovery(code) => recovery_code::consume(db, user.id, &code).await?,
        };
        if !is_right {
            let error = match self {
                Self::Recovery(_) => wrong_recovery_code(),
                _ => ErrorCode::SecondFactorInvalid.into(),
            };
            return Err(refuse(accounts, user, device, error));
        }
        // A login with a recovery code is an event of its own ([`Self::login_event`]).
        if matches!(self, Self::Recovery(_)) && device.session.is_some() {
            security_events::record(
                db,
                &accounts.mailer,
                user,
                SecurityEvent::RecoveryCodeUsed,
                device,
            )
            .await?;
        }
        re_encrypt(db, accounts, user).await?;
        rate_limit::code_was_right(db, &accounts.rate_limiter, user, device).await
    }
}

fn wrong_recovery_code() -> AppError {
    let detail = "That recovery code is wrong or already used.";
    AppError { detail: detail.into(), ..ErrorCode::SecondFactorInvalid.into() }
}

fn refuse(accounts: &Accounts, user: &UserRow, device: &Device, error: AppError) -> ServiceError {
    // Codes of a session have their own rate limit, so the device says whether it was a login.
    if device.session.is_some() {
        failed_logins::record_in_session(accounts, user, device);
    } else {
        failed_logins::record(accounts, Some(user), device);
    }
    error.into()
}

/// Re-encrypts the TOTP secret with the newest key, so that the old server secret can be removed.
async fn re_encrypt(
    db: &impl ConnectionTrait,
    accounts: &Accounts,
    user: &UserRow,
) -> Result<(), ServiceError> {
    let Some(encrypted) = user.totp_secret.as_deref() else { return Ok(()) };
    if encryption::is_newest(&accounts.keys, encrypted) {
        return Ok(());
    }
    let Some(secret) = decrypt(accounts, user, encrypted) else { return Ok(()) };
    let re_encrypted = encryption::encrypt(accounts.keys.newest(), user.id.as_bytes(), &secret)?;
    Ok(user::replace_totp_secret(db, user.id, encrypted, re_encrypted).await?)
}

/// Returns the time step of a code, if it is valid: the current step, the previous one or the next one (RFC 6238 §5.2).
fn step_of(accounts: &Accounts, user: &UserRow, code: &str) -> Result<Option<i64>, ServiceError> {
    let Some(encrypted) = &user.totp_secret else { return Ok(None) };
    let Some(secret) = decrypt(accounts, user, encrypted) else { return Ok(None) };
    let now = u64::try_from(accounts.clock.now().seconds()).unwrap_or(0);
    let step = totp(&secret, accounts, &user.username)?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Decrypts the TOTP secret. Returns `None` if the server secret that encrypted it was removed; in that case only
/// recovery codes are valid.
fn decrypt(accounts: &Accounts, user: &UserRow, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    encryption::decrypt(&accounts.keys, user.id.as_bytes(), encrypted).ok().map(Zeroizing::new)
}

fn totp(secret: &[u8], accounts: &Accounts, account: &str) -> Result<Totp, ServiceError> {
    // An IPv6 address contains colons, which delimit the issuer in the Key URI format.
    let host = accounts.public_url.host_str().unwrap_or("Handstamp").replace(':', "-");
    Builder::new()
        .with_secret(Secret::new(Box::from(secret)))
        .with_issuer(Some(format!("Handstamp ({host})")))
        .with_account_name(account)
        .build()
        .context("creating a TOTP generator")
        .map_err(ServiceError::internal)
}
