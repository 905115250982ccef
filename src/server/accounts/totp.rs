//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes
//! (`recovery_codes.rs`) for users who have lost it. Optional, and enforced by the cookie API and the JSON API.

use super::Accounts;
use super::{
    code_text,
    email_link::token::{self, Link, Origin, Purpose},
    failed_logins, reauthentication, recovery_codes,
};
use crate::{
    db::{
        recovery_code,
        user::{self, UserRow},
    },
    device::Device,
    encryption,
    error::ServiceError,
    identity::Email,
    rate_limit,
    sessions::{current_user::CurrentUser, revocation, security_events},
};
use anyhow::Context;
use handstamp_engine::{random::random, refresh_token::TokenHash};
use handstamp_protocol::{
    error::{AppError, EndReason, ErrorCode},
    security_event::SecurityEvent,
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::fmt;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// RFC 4226 §4, R6: 160 bits.
const SECRET_BYTES: usize = 20;

/// The secret that the server and the authenticator app share (RFC 6238). It is returned only once.
pub struct SharedSecret {
    /// In base32, for typing.
    pub base32: String,
    /// As an `otpauth:` URL.
    pub url: String,
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(…)")
    }
}

/// The proof of the second factor. It is consumed in the transaction of the login or change that it is for, so that a
/// failure consumes nothing.
#[derive(Debug)]
pub enum Shown {
    /// None is required.
    NotAsked,
    /// It was verified at the login that this one repeats (`lost_login.rs`).
    Repeated,
    /// A TOTP code, as its time step.
    Code(i64),
    /// The hash of a text that may be a recovery code.
    Recovery(TokenHash),
}

/// Verifies the code of a user whose password or link is already verified.
///
/// # Errors
/// `second_factor_required` without a code, `second_factor_invalid` for a wrong one, `rate_limited`.
pub async fn look(
    accounts: &Accounts,
    user: &UserRow,
    code: Option<&str>,
    device: &Device,
) -> Result<Shown, ServiceError> {
    if user.totp_since.is_none() {
        return Ok(Shown::NotAsked);
    }
    let code = code_text::read(code.unwrap_or_default());
    if code.is_empty() {
        return Err(ErrorCode::SecondFactorRequired.into());
    }
    rate_limit::code(&accounts.rate_limiter, user, device).await?;
    if code.len() != 6 {
        return Ok(Shown::Recovery(recovery_codes::fingerprint(user, &code)));
    }
    match step_of(accounts, user, &code)? {
        Some(step) => Ok(Shown::Code(step)),
        None => Err(refuse(accounts, user, device)),
    }
}

impl Shown {
    /// Consumes the code, so that it can't be replayed.
    ///
    /// # Errors
    /// `second_factor_invalid` if the code was used already, or is no recovery code of the account.
    pub async fn spend(
        self,
        db: &impl ConnectionTrait,
        accounts: &Accounts,
        user: &UserRow,
        device: &Device,
    ) -> Result<(), ServiceError> {
        let is_right = match self {
            Self::NotAsked | Self::Repeated => return Ok(()),
            Self::Code(step) => user::take_step(db, user.id, step).await?,
            Self::Recovery(code) => recovery_code::spend(db, user.id, &code).await?,
        };
        if !is_right {
            return Err(refuse(accounts, user, device));
        }
        if let Self::Recovery(_) = self {
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

fn refuse(accounts: &Accounts, user: &UserRow, device: &Device) -> ServiceError {
    failed_logins::note(accounts, Some(user), device);
    ErrorCode::SecondFactorInvalid.into()
}

/// Encrypts the secret with the newest key, so that it stays readable when the old server secret is removed.
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
    let re_encrypted = encryption::seal(accounts.keys.newest(), user.id.as_bytes(), &secret)?;
    Ok(user::reseal_second_factor(db, user.id, encrypted, re_encrypted).await?)
}

/// Creates the secret for the user's authenticator app. Codes are required only after [`enable`].
///
/// # Errors
/// `validation` if the address is unconfirmed or a second factor is enabled already; `rate_limited`.
pub async fn prepare(accounts: &Accounts, user: &UserRow) -> Result<SharedSecret, ServiceError> {
    if user.email_confirmed_at.is_none() {
        return Err(AppError::field("code", "Confirm your e-mail address first.").into());
    }
    rate_limit::change(&accounts.rate_limiter, user.id).await?;
    let secret = Zeroizing::new(random::<SECRET_BYTES>()?);
    let encrypted =
        encryption::seal(accounts.keys.newest(), user.id.as_bytes(), secret.as_slice())?;
    if !user::prepare_second_factor(&accounts.db.writer, user.id, encrypted).await? {
        return Err(already_on());
    }
    let totp = totp(secret.as_slice(), accounts, &user.username)?;
    let url =
        totp.to_url().context("writing an otpauth address").map_err(ServiceError::internal)?;
    let base32 = Secret::new(Box::from(secret.as_slice())).to_base32();
    Ok(SharedSecret { base32, url })
}

/// Enables the second factor, if a code proves that the app has the secret. Returns the recovery codes, which can't be
/// read again.
///
/// # Errors
/// `validation` for a wrong code, or if a second factor is enabled already; `rate_limited`.
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
        return Err(AppError::field("code", "This is not the code that the app shows now.").into());
    };
    let transaction = accounts.db.writer.begin().await?;
    if !user::start_second_factor(&transaction, user, step, accounts.clock.now()).await? {
        return Err(AppError::field(
            "code",
            "This was set up again in another window. Please begin again.",
        )
        .into());
    }
    let codes = recovery_codes::replace(&transaction, user).await?;
    token::spend_undo(&transaction, user.id, accounts.clock.now()).await?;
    let email = Email { shown: user.email.clone(), key: user.email_key.clone() };
    let origin = Origin { user: Some(user.id), ..Origin::default() };
    let undo =
        token::make(&transaction, accounts, Purpose::EndSecondFactor, &email, origin).await?;
    security_events::record_second_factor_on(&transaction, &accounts.mailer, user, &undo, device)
        .await?;
    rate_limit::code_was_right(&transaction, &accounts.rate_limiter, user, device).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Disables the second factor. Requires a code, so that an attacker with the password and an access token can't do it.
/// A user whose last recovery code was used to log in has no code left, and needs a login within the last 15 minutes
/// instead.
///
/// # Errors
/// `second_factor_required` without a code, `second_factor_invalid`, `rate_limited`.
pub async fn disable(
    accounts: &Accounts,
    current: &CurrentUser,
    user: &UserRow,
    code: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let has_codes = recovery_codes::left(accounts, current).await? > 0;
    let shown = match code {
        None if !has_codes && reauthentication::is_fresh(accounts, current).await? => {
            Shown::NotAsked
        }
        _ => look(accounts, user, code, device).await?,
    };
    let transaction = accounts.db.writer.begin().await?;
    shown.spend(&transaction, accounts, user, device).await?;
    if user::stop_second_factor(&transaction, user.id).await? {
        recovery_code::replace(&transaction, user.id, &[]).await?;
        token::spend_undo(&transaction, user.id, accounts.clock.now()).await?;
        security_events::record(
            &transaction,
            &accounts.mailer,
            user,
            SecurityEvent::SecondFactorOff,
            device,
        )
        .await?;
    }
    Ok(transaction.commit().await?)
}

/// Disables the second factor with the link of the notice about it, and ends all sessions, because the user did not
/// enable it.
///
/// # Errors
/// `link_invalid` and the other errors of [`Link::find`]; `unavailable` if the account changes concurrently.
pub async fn undo(accounts: &Accounts, token: &str, device: &Device) -> Result<(), ServiceError> {
    let link = Link::find(accounts, token, &[Purpose::EndSecondFactor], None).await?;
    let id = link.user.ok_or(ErrorCode::LinkInvalid)?;
    let user = user::find(&accounts.db.reader, id).await?.filter(|user| !user.guest);
    let user = user.ok_or(ErrorCode::LinkInvalid)?;
    let (now, reason) = (accounts.clock.now(), EndReason::EndedElsewhere);
    revocation::revoke_surplus(&accounts.sessions, id, None, reason).await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::hold(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    link.spend(&transaction, now).await?;
    if user::stop_second_factor(&transaction, id).await? {
        recovery_code::replace(&transaction, id, &[]).await?;
        security_events::record(
            &transaction,
            &accounts.mailer,
            &user,
            SecurityEvent::SecondFactorOff,
            device,
        )
        .await?;
    }
    token::invalidate_outstanding(&transaction, &user, now).await?;
    let ended = revocation::revoke_all_in(&transaction, id, [None; 2], reason, now).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::LoggedOutEverywhere,
        device,
    )
    .await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}

/// Removes the second factor, also a prepared one, and the recovery codes, because the owner of the address did not set
/// them up.
pub async fn forget(db: &impl ConnectionTrait, user: &UserRow) -> Result<(), ServiceError> {
    user::forget_second_factor(db, user.id).await?;
    Ok(recovery_code::replace(db, user.id, &[]).await?)
}

/// Returns the time step of a code: the current one, the one before or the one after (RFC 6238 §5.2).
fn step_of(accounts: &Accounts, user: &UserRow, code: &str) -> Result<Option<i64>, ServiceError> {
    let Some(encrypted) = &user.totp_secret else { return Ok(None) };
    let Some(secret) = decrypt(accounts, user, encrypted) else { return Ok(None) };
    let now = u64::try_from(accounts.clock.now().seconds()).unwrap_or(0);
    let step = totp(&secret, accounts, &user.username)?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// Decrypts the TOTP secret. Returns `None` if the server secret that encrypted it was removed; only recovery codes are
/// valid then.
fn decrypt(accounts: &Accounts, user: &UserRow, encrypted: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    encryption::open(&accounts.keys, user.id.as_bytes(), encrypted).ok().map(Zeroizing::new)
}

fn totp(secret: &[u8], accounts: &Accounts, account: &str) -> Result<Totp, ServiceError> {
    // An IPv6 address has colons, which end the name in the app (Key URI format).
    let host = accounts.public_url.host_str().unwrap_or("Handstamp").replace(':', "-");
    Builder::new()
        .with_secret(Secret::new(Box::from(secret)))
        .with_issuer(Some(format!("Handstamp ({host})")))
        .with_account_name(account)
        .build()
        .context("making a second factor")
        .map_err(ServiceError::internal)
}

fn already_on() -> ServiceError {
    AppError::field("code", "Two-step login is switched on already.").into()
}
