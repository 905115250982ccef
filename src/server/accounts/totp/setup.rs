//! Sets up the second factor.

use super::{step_of, totp};
use crate::{
    accounts::{
        Accounts, code_text,
        email_link::token::{self, Origin, Purpose},
        recovery_codes,
    },
    db::user::{self, UserRow},
    device::Device,
    encryption,
    error::ServiceError,
    identity::Email,
    rate_limit,
    sessions::security_events,
};
use anyhow::Context;
use handstamp_engine::random::random;
use handstamp_protocol::error::AppError;
use sea_orm::TransactionTrait;
use std::fmt;
use totp_rs::Secret;
use zeroize::Zeroizing;

/// 160 bits, as recommended by RFC 4226 §4, R6.
const SECRET_BYTES: usize = 20;

/// The secret that the server and the authenticator app share (RFC 6238). It is returned only once.
pub struct SharedSecret {
    /// The secret in base32, for manual entry.
    pub base32: String,
    /// The secret as an `otpauth:` URL.
    pub url: String,
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

/// Creates the secret for the user's authenticator app. Logins require a code only after [`enable`].
///
/// # Errors
/// `validation` if the address is unconfirmed or a second factor is already enabled; `rate_limited`.
pub async fn prepare(accounts: &Accounts, user: &UserRow) -> Result<SharedSecret, ServiceError> {
    if user.email_confirmed_at.is_none() {
        return Err(AppError::field("code", "Confirm your email before turning this on.").into());
    }
    rate_limit::change(&accounts.rate_limiter, user.id).await?;
    let secret = Zeroizing::new(random::<SECRET_BYTES>()?);
    let encrypted =
        encryption::encrypt(accounts.keys.newest(), user.id.as_bytes(), secret.as_slice())?;
    if !user::prepare_second_factor(&accounts.db.writer, user.id, encrypted).await? {
        return Err(already_on());
    }
    let totp = totp(secret.as_slice(), accounts, &user.username)?;
    let url = totp.to_url().context("formatting an otpauth URL").map_err(ServiceError::internal)?;
    let base32 = Secret::new(Box::from(secret.as_slice())).to_base32();
    Ok(SharedSecret { base32, url })
}

/// Enables the second factor if a code proves that the app has the secret. Returns the recovery codes, which can't be
/// read again later.
///
/// # Errors
/// `validation` for a wrong code, or if a second factor is already enabled; `rate_limited`.
pub async fn enable(
    accounts: &Accounts,
    user: &UserRow,
    code: &str,
    device: &Device,
) -> Result<recovery_codes::RecoveryCodes, ServiceError> {
    if user.totp_since.is_some() {
        return Err(already_on());
    }
    rate_limit::code(&accounts.rate_limiter, user, device).await?;
    let Some(step) = step_of(accounts, user, &code_text::read(code))? else {
        return Err(AppError::field("code", "That code didn't match. Try the current one.").into());
    };
    let transaction = accounts.db.writer.begin().await?;
    if !user::start_second_factor(&transaction, user, step, accounts.clock.now()).await? {
        return Err(
            AppError::field("code", "Setup was restarted elsewhere. Please start again.").into()
        );
    }
    let codes = recovery_codes::replace(&transaction, user).await?;
    token::consume_undo(&transaction, user.id, accounts.clock.now()).await?;
    let email = Email { shown: user.email.clone(), key: user.email_key.clone() };
    let origin = Origin { user: Some(user.id), ..Origin::default() };
    let undo =
        token::create(&transaction, accounts, Purpose::EndSecondFactor, &email, origin).await?;
    security_events::record_second_factor_on(&transaction, &accounts.mailer, user, &undo, device)
        .await?;
    rate_limit::code_was_right(&transaction, &accounts.rate_limiter, user, device).await?;
    transaction.commit().await?;
    Ok(codes)
}

fn already_on() -> ServiceError {
    AppError::field("code", "Two-step login is already on.").into()
}
