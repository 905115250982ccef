//! Turns a guest account into an account that stays.

use super::{
    Accounts,
    email_link::{
        flows::{self, Asker},
        token::Purpose,
    },
    hash_queue::Lane,
    password_strength,
    reauthentication::account_of,
};
use crate::{
    db::user,
    device::Device,
    error::ServiceError,
    identity::Registration,
    rate_limit,
    sessions::{current_user::CurrentUser, security_events},
};
use handstamp_protocol::{error::AppError, security_event::SecurityEvent};
use sea_orm::TransactionTrait;

/// Gives the guest account of the current user a user name, an e-mail address and a password, and sends a link that
/// confirms the address. The data of the account is kept, and the session goes on until its end. `browser` is the
/// value of the cookie that binds the link to the browser.
///
/// # Errors
/// `validation` for a name or an address that is taken and for a password that is easy to guess; `bad_request` if the
/// account is no guest account; `rate_limited`, as a sign-up.
pub async fn register(
    accounts: &Accounts,
    current: &CurrentUser,
    registration: Registration,
    browser: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let guest = account_of(accounts, current).await?;
    if !guest.guest {
        return Err(AppError::bad_request("This account is no guest account.").into());
    }
    let Registration { username, email, password } = registration;
    rate_limit::sign_up(&accounts.rate_limiter, device).await?;
    // Checked first to avoid the cost of a hash; the unique indexes resolve races.
    user::refuse_taken(&accounts.db.reader, &username, &email.key).await?;
    let lane = Lane::of_device(device);
    password_strength::require(accounts, &password, &[&username.shown, &email.shown], &lane)
        .await?;
    rate_limit::mail(&accounts.rate_limiter, &email.key, device).await?;
    let hash = accounts.passwords.hash(password, &lane).await?;
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    let user = user::register_guest(&transaction, guest, &username, &email, hash).await?;
    let by = Asker { session: Some(current.session_id()), browser };
    flows::send(&transaction, accounts, Purpose::ConfirmEmail, &email, Some(&user), by).await?;
    security_events::record(
        &transaction,
        &accounts.mailer,
        &user,
        SecurityEvent::GuestRegistered,
        device,
    )
    .await?;
    Ok(transaction.commit().await?)
}
