//! Removes the second factor.

use super::{Proof, verify};
use crate::{
    accounts::{
        Accounts,
        email_link::token::{self, Link, Purpose},
        reauthentication, recovery_codes,
    },
    db::{
        recovery_code,
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
    sessions::{current_user::CurrentUser, revocation, security_events},
};
use handstamp_protocol::{
    error::{EndReason, ErrorCode},
    security_event::SecurityEvent,
};
use sea_orm::{ConnectionTrait, TransactionTrait};

/// Disables the second factor. Requires a code, so that the password and an access token are not enough. If no recovery
/// codes are left, a login within the last 15 minutes is sufficient, because the user may have logged in with the last
/// one.
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
    let proof = match code {
        None if !has_codes && reauthentication::is_fresh(accounts, current).await? => {
            Proof::NotRequired
        }
        _ => verify(accounts, user, code, device).await?,
    };
    let transaction = accounts.db.writer.begin().await?;
    proof.consume(&transaction, accounts, user, device).await?;
    if user::stop_second_factor(&transaction, user.id).await? {
        recovery_code::replace(&transaction, user.id, &[]).await?;
        token::consume_undo(&transaction, user.id, accounts.clock.now()).await?;
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

/// Disables the second factor with the link in the notice about its activation. Ends all sessions, because someone
/// other than the user enabled it.
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
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    link.consume(&transaction, now).await?;
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

/// Removes the second factor, even if it is not enabled yet, and the recovery codes. Used when the owner of the address
/// did not set them up.
pub async fn remove(db: &impl ConnectionTrait, user: &UserRow) -> Result<(), ServiceError> {
    user::remove_second_factor(db, user.id).await?;
    Ok(recovery_code::replace(db, user.id, &[]).await?)
}
