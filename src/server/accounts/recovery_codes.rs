//! Recovery codes: each can be used once in place of a TOTP code.
//!
//! A code has 120 bits of entropy, so its SHA-256 in the database can't be reversed by brute force (ASVS 6.5.2 requires
//! 112 bits). Codes of earlier versions have 80 bits. They are hashed in the same way and stay valid.

use super::{Accounts, totp};
use crate::{
    db::{
        recovery_code,
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
    sessions::{current_user::CurrentUser, security_events},
};
use handstamp_engine::{random::random, refresh_token::TokenHash};
use handstamp_protocol::{error::AppError, security_event::SecurityEvent};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::fmt;
use totp_rs::Secret;

/// The number of codes of an account.
const COUNT: usize = 10;

/// 120 bits, which are 24 characters of base32.
const BYTES: usize = 15;

/// New recovery codes. The database has only their hashes.
pub struct RecoveryCodes(pub Vec<String>);

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

/// Replaces all recovery codes with new ones. Requires a code of the second factor.
///
/// # Errors
/// `validation` without a second factor; `second_factor_required`, `second_factor_invalid`, `rate_limited`;
/// `unavailable` if the account changes concurrently.
pub async fn renew(
    accounts: &Accounts,
    user: &UserRow,
    code: Option<&str>,
    device: &Device,
) -> Result<RecoveryCodes, ServiceError> {
    if user.totp_since.is_none() {
        return Err(AppError::field("code", "Two-step login is off.").into());
    }
    let proof = totp::verify(accounts, user, code, device).await?;
    let transaction = accounts.db.writer.begin().await?;
    // Locks the row, so that of two concurrent requests the second replaces the codes of the first.
    if !user::lock_if_unchanged(&transaction, user).await? {
        return Err(ServiceError::try_again());
    }
    proof.consume(&transaction, accounts, user, device).await?;
    let codes = replace(&transaction, user).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        user,
        SecurityEvent::RecoveryCodesMade,
        device,
    )
    .await?;
    transaction.commit().await?;
    Ok(codes)
}

/// Returns the number of unused recovery codes.
pub async fn left(accounts: &Accounts, current: &CurrentUser) -> Result<u32, ServiceError> {
    let left = recovery_code::left(&accounts.db.reader, current.user_id()).await?;
    Ok(u32::try_from(left).unwrap_or(0))
}

/// Replaces all recovery codes of an account. The transaction `db` must have locked the row of the account.
pub async fn replace(
    db: &impl ConnectionTrait,
    user: &UserRow,
) -> Result<RecoveryCodes, ServiceError> {
    let mut codes = Vec::with_capacity(COUNT);
    for _ in 0..COUNT {
        codes.push(recovery_code(random()?));
    }
    let hashes: Vec<TokenHash> = codes.iter().map(|code| hash(user, code)).collect();
    recovery_code::replace(db, user.id, &hashes).await?;
    Ok(RecoveryCodes(codes))
}

/// Returns the hash of a code. Hyphens, spaces and case are ignored.
pub fn hash(user: &UserRow, code: &str) -> TokenHash {
    let letters: String = code.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    TokenHash::of(&format!("{} {}", user.id, letters.to_lowercase()))
}

/// Returns six groups of four letters and digits, without characters that look alike.
fn recovery_code(random: [u8; BYTES]) -> String {
    let text = Secret::new(Box::from(random.as_slice())).to_base32().to_lowercase();
    let groups: Vec<&str> = [0, 4, 8, 12, 16, 20].map(|from| &text[from..from + 4]).into();
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovery_code_is_easy_to_type_and_has_120_bits() {
        assert_eq!(recovery_code([0; 15]), "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa");
        assert_eq!(recovery_code([255; 15]), "7777-7777-7777-7777-7777-7777");
    }
}
