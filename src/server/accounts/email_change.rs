//! Changes of the e-mail address, which wait until the user opens the link that is sent to the new address.

use super::{
    Accounts,
    email_link::{
        flows::{self, Asker},
        token::{self, Purpose},
    },
    reauthentication::{self, require_registered},
};
use crate::{
    db::{
        link::{self, LinkRow},
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
    identity::Email,
    rate_limit,
    sessions::{current_user::CurrentUser, security_events},
};
use handstamp_protocol::{error::ErrorCode, security_event::SecurityEvent, types::Password};
use sea_orm::{ConnectionTrait, TransactionTrait};

/// Requests a change of the e-mail address, which takes effect when the user confirms it with the link that is sent to
/// the new address. Requires the password if the account has one, because the owner of the address controls the
/// account.
///
/// # Errors
/// `validation`, `confirmation_required`, `guest_account`, `rate_limited`. An address of another account is refused
/// only when the link is used: the request must not reveal that the address is taken.
pub async fn request(
    accounts: &Accounts,
    current: &CurrentUser,
    email: &str,
    password: Option<Password>,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = require_registered(accounts, current).await?;
    let email = Email::parse(email)?;
    reauthentication::require_password(accounts, current, &user, password, "password", device)
        .await?;
    rate_limit::mail_for_user(&accounts.rate_limiter, &user, &email.key, device).await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        // The account was changed or deleted after it was read. The next attempt reads it again.
        return Err(ServiceError::try_again());
    }
    token::invalidate_outstanding(&transaction, &user, accounts.clock.now()).await?;
    let by = Asker { session: Some(current.session_id()), ..Asker::default() };
    flows::send(&transaction, accounts, Purpose::ChangeEmail, &email, Some(&user), by).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::EmailChangeAsked,
        device,
    )
    .await?;
    Ok(transaction.commit().await?)
}

/// Returns the link of the change that waits for the confirmation of the new address, if there is one.
pub async fn pending(accounts: &Accounts, user: &UserRow) -> Result<Option<LinkRow>, ServiceError> {
    let purpose = Purpose::ChangeEmail.word();
    Ok(link::newest_of_user(&accounts.db.reader, purpose, user.id, accounts.clock.now()).await?)
}

/// Sends another link for the pending change. The previous link stops working. Requires no password: only the address
/// that was entered with the password gets a link.
///
/// # Errors
/// `not_found` if no change is pending; `guest_account`, `rate_limited`.
pub async fn resend(
    accounts: &Accounts,
    current: &CurrentUser,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = require_registered(accounts, current).await?;
    let row = pending(accounts, &user).await?.ok_or(ErrorCode::NotFound)?;
    let email = Email { shown: row.email, key: row.email_key };
    rate_limit::mail_for_user(&accounts.rate_limiter, &user, &email.key, device).await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await?
        || !withdraw(&transaction, accounts, &user).await?
    {
        // The account was changed, or the change was cancelled or confirmed, after they were read.
        return Err(ServiceError::try_again());
    }
    let by = Asker { session: row.session_id, ..Asker::default() };
    flows::send(&transaction, accounts, Purpose::ChangeEmail, &email, Some(&user), by).await?;
    Ok(transaction.commit().await?)
}

/// Cancels the pending change. Its link stops working. Has no effect if no change is pending.
///
/// # Errors
/// `guest_account`.
pub async fn cancel(
    accounts: &Accounts,
    current: &CurrentUser,
    device: &Device,
) -> Result<(), ServiceError> {
    let user = require_registered(accounts, current).await?;
    let transaction = accounts.db.writer.begin().await?;
    if withdraw(&transaction, accounts, &user).await? {
        security_events::record(
            &transaction,
            &accounts.mailer,
            &user,
            SecurityEvent::EmailChangeCancelled,
            device,
        )
        .await?;
    }
    Ok(transaction.commit().await?)
}

/// Invalidates the links of pending changes. Returns whether there were any.
async fn withdraw(
    db: &impl ConnectionTrait,
    accounts: &Accounts,
    user: &UserRow,
) -> Result<bool, ServiceError> {
    let purpose = Purpose::ChangeEmail.word();
    Ok(link::consume_all_for_user(db, purpose, user.id, accounts.clock.now()).await? > 0)
}
