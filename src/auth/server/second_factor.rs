//! The second factor: codes of an authenticator app (TOTP, RFC 6238), and recovery codes for who has
//! lost it. Off until a person switches it on; asked for at both doors.

use super::{
    device::Device,
    events::{self, Event},
    guard::Authenticated,
    random::random,
    seal,
    stamp::Fingerprint,
    tries,
};
use crate::{
    api::types::{PreparedSecondFactor, QrCode, RecoveryCodes},
    db::{
        recovery_code,
        user::{self, UserRow},
    },
    error::{AppError, ErrorCode},
    server::state::AppState,
};
use anyhow::Context;
use qrcode::{Color, EcLevel};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::fmt::Write as _;
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

/// RFC 4226 §4, R6: 160 bits.
const SECRET_BYTES: usize = 20;

/// How many recovery codes there are, each of 80 bits.
const RECOVERY_CODES: usize = 10;
const RECOVERY_BYTES: usize = 10;

/// What somebody showed as the second factor. It is used up in the transaction of what it is for, so that
/// nothing is lost where that fails.
#[derive(Debug)]
pub enum Shown {
    /// None is asked for.
    NotAsked,
    /// The code of a time step.
    Code(i64),
    /// What may be a recovery code.
    Recovery(Fingerprint),
}

/// Looks at the code of somebody whose password or link is right already.
///
/// # Errors
/// `second_factor_required` without a code, `second_factor_invalid` for a wrong one, `rate_limited`.
pub async fn look(
    state: &AppState,
    user: &UserRow,
    code: Option<&str>,
    device: &Device,
) -> Result<Shown, AppError> {
    if user.totp_since.is_none() {
        return Ok(Shown::NotAsked);
    }
    let code = without_spaces(code.unwrap_or_default());
    if code.is_empty() {
        return Err(ErrorCode::SecondFactorRequired.into());
    }
    tries::code(state, user, device).await?;
    if code.len() != 6 {
        return Ok(Shown::Recovery(fingerprint(user, &code)));
    }
    match step_of(state, user, &code)? {
        Some(step) => Ok(Shown::Code(step)),
        None => Err(refuse(state, user, device)),
    }
}

impl Shown {
    /// Uses it up.
    ///
    /// # Errors
    /// `second_factor_invalid` for what was used already, and for what is no recovery code.
    pub async fn spend(
        self,
        db: &impl ConnectionTrait,
        state: &AppState,
        user: &UserRow,
        device: &Device,
    ) -> Result<(), AppError> {
        let is_right = match self {
            Self::NotAsked => return Ok(()),
            Self::Code(step) => user::take_step(db, user.id, step).await?,
            Self::Recovery(code) => recovery_code::spend(db, user.id, &code).await?,
        };
        if !is_right {
            return Err(refuse(state, user, device));
        }
        if let Self::Recovery(_) = self {
            events::note(db, state, user, Event::RecoveryCodeUsed, device).await?;
        }
        seal_anew(db, state, user).await?;
        tries::code_was_right(db, state, user, device).await
    }
}

fn refuse(state: &AppState, user: &UserRow, device: &Device) -> AppError {
    events::note_failure(state, Some(user.clone()), device);
    ErrorCode::SecondFactorInvalid.into()
}

/// Whoever is here while the old server secret is still there keeps the second factor when it goes.
async fn seal_anew(
    db: &impl ConnectionTrait,
    state: &AppState,
    user: &UserRow,
) -> Result<(), AppError> {
    let Some(sealed) = user.totp_secret.as_deref() else { return Ok(()) };
    if seal::is_newest(&state.keys, sealed) {
        return Ok(());
    }
    let Some(secret) = open(state, user, sealed) else { return Ok(()) };
    let resealed = seal::seal(state.keys.newest(), user.id.as_bytes(), &secret)?;
    Ok(user::reseal_second_factor(db, user.id, sealed, resealed).await?)
}

/// Makes the secret that the person puts into their app. Nothing is asked for until [`enable`].
///
/// # Errors
/// `validation` where the address is unconfirmed or a second factor is there already; `rate_limited`.
pub async fn prepare(state: &AppState, user: &UserRow) -> Result<PreparedSecondFactor, AppError> {
    if user.email_confirmed_at.is_none() {
        return Err(AppError::field("code", "Confirm your e-mail address first."));
    }
    tries::change(state, user.id).await?;
    let secret = Zeroizing::new(random::<SECRET_BYTES>()?);
    let sealed = seal::seal(state.keys.newest(), user.id.as_bytes(), secret.as_slice())?;
    if !user::prepare_second_factor(&state.writer, user.id, sealed).await? {
        return Err(already_on());
    }
    let totp = totp(secret.as_slice(), state, &user.username)?;
    let address =
        totp.to_url().context("writing an otpauth address").map_err(AppError::internal)?;
    let key = Secret::new(Box::from(secret.as_slice())).to_base32();
    Ok(PreparedSecondFactor { key, qr: qr(&address)?, address })
}

/// Asks for the second factor from now on, once a code shows that the app has the secret. Answers the
/// recovery codes, which are shown this once.
///
/// # Errors
/// `validation` for a wrong code; `rate_limited`.
pub async fn enable(
    state: &AppState,
    user: &UserRow,
    code: &str,
    device: &Device,
) -> Result<RecoveryCodes, AppError> {
    if user.totp_since.is_some() {
        return Err(already_on());
    }
    tries::code(state, user, device).await?;
    let Some(step) = step_of(state, user, &without_spaces(code))? else {
        return Err(AppError::field("code", "This is not the code that the app shows now."));
    };
    let transaction = state.writer.begin().await?;
    if !user::start_second_factor(&transaction, user, step, state.clock.now()).await? {
        return Err(AppError::field("code", "This was set up anew meanwhile. Please begin again."));
    }
    let codes = replace_codes(&transaction, user).await?;
    events::note(&transaction, state, user, Event::SecondFactorOn, device).await?;
    tries::code_was_right(&transaction, state, user, device).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Asks for no second factor any more.
///
/// # Errors
/// The database's.
pub async fn disable(state: &AppState, user: &UserRow, device: &Device) -> Result<(), AppError> {
    let transaction = state.writer.begin().await?;
    if user::stop_second_factor(&transaction, user.id).await? {
        recovery_code::replace(&transaction, user.id, &[]).await?;
        events::note(&transaction, state, user, Event::SecondFactorOff, device).await?;
    }
    Ok(transaction.commit().await?)
}

/// Makes new recovery codes in the place of the former ones.
///
/// # Errors
/// `validation` where there is no second factor to recover from; `rate_limited`.
pub async fn renew_codes(
    state: &AppState,
    user: &UserRow,
    device: &Device,
) -> Result<RecoveryCodes, AppError> {
    if user.totp_since.is_none() {
        return Err(AppError::field("code", "Two-step login is not switched on."));
    }
    tries::change(state, user.id).await?;
    let transaction = state.writer.begin().await?;
    let codes = replace_codes(&transaction, user).await?;
    events::note(&transaction, state, user, Event::RecoveryCodesMade, device).await?;
    transaction.commit().await?;
    Ok(codes)
}

/// How many recovery codes the person has left.
///
/// # Errors
/// The database's.
pub async fn codes_left(state: &AppState, who: &Authenticated) -> Result<u32, AppError> {
    let left = recovery_code::left(&state.db, who.0.sub).await?;
    Ok(u32::try_from(left).unwrap_or(0))
}

/// The time step whose code this is: that of now, or the one before or after (RFC 6238 §5.2).
fn step_of(state: &AppState, user: &UserRow, code: &str) -> Result<Option<i64>, AppError> {
    let Some(sealed) = &user.totp_secret else { return Ok(None) };
    let Some(secret) = open(state, user, sealed) else { return Ok(None) };
    let now = u64::try_from(state.clock.now().seconds()).unwrap_or(0);
    let step = totp(&secret, state, &user.username)?.check(code, now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// The secret, unless the server secret that sealed it is gone: then no code is right any more, and the
/// recovery codes are what is left.
fn open(state: &AppState, user: &UserRow, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    seal::open(&state.keys, user.id.as_bytes(), sealed).ok().map(Zeroizing::new)
}

/// Apps show codes in two groups, and people type what they see.
fn without_spaces(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

fn totp(secret: &[u8], state: &AppState, account: &str) -> Result<Totp, AppError> {
    // An address of IPv6 has colons, which end the name in the app (Key URI format).
    let host = state.config.public_url.host_str().unwrap_or("Handstamp").replace(':', "-");
    Builder::new()
        .with_secret(Secret::new(Box::from(secret)))
        .with_issuer(Some(format!("Handstamp ({host})")))
        .with_account_name(account)
        .build()
        .context("making a second factor")
        .map_err(AppError::internal)
}

async fn replace_codes(
    db: &impl ConnectionTrait,
    user: &UserRow,
) -> Result<RecoveryCodes, AppError> {
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    for _ in 0..RECOVERY_CODES {
        codes.push(recovery_code(random()?));
    }
    let hashes: Vec<Fingerprint> = codes.iter().map(|code| fingerprint(user, code)).collect();
    recovery_code::replace(db, user.id, &hashes).await?;
    Ok(RecoveryCodes { recovery_codes: codes })
}

/// Four groups of four letters and digits, none of which looks like another.
fn recovery_code(random: [u8; RECOVERY_BYTES]) -> String {
    let text = Secret::new(Box::from(random.as_slice())).to_base32().to_lowercase();
    let groups: Vec<&str> = [0, 4, 8, 12].map(|from| &text[from..from + 4]).into();
    groups.join("-")
}

/// Hyphens, spaces and capitals make no difference.
fn fingerprint(user: &UserRow, code: &str) -> Fingerprint {
    let letters: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    Fingerprint::of(&format!("{} {}", user.id, letters.to_lowercase()))
}

/// The dark squares of a QR code as the path of an SVG.
fn qr(address: &str) -> Result<QrCode, AppError> {
    let code = qrcode::QrCode::with_error_correction_level(address, EcLevel::M)
        .context("drawing a QR code")
        .map_err(AppError::internal)?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", place % width, place / width);
        }
    }
    Ok(QrCode { width: u32::try_from(width).unwrap_or(0), path })
}

fn already_on() -> AppError {
    AppError::field("code", "Two-step login is switched on already.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_easy_to_type_and_has_80_bits() {
        assert_eq!(recovery_code([0; 10]), "aaaa-aaaa-aaaa-aaaa");
        assert_eq!(recovery_code([255; 10]), "7777-7777-7777-7777");
    }
}
