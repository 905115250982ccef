//! Confirms an e-mail address with a link: the current address of the account, or the new one of an address change.

use super::{
    Accounts,
    email_link::{
        arrival,
        token::{self, Link, Purpose},
    },
    failed_logins,
    hash_queue::Lane,
};
use crate::{
    db::{
        session,
        user::{self, UserRow},
    },
    device::Device,
    error::ServiceError,
    rate_limit,
    sessions::{revocation, security_events},
};
use handstamp_engine::refresh_token::RefreshToken;
use handstamp_protocol::{
    error::{AppError, EndReason, ErrorCode, FieldError},
    security_event::SecurityEvent,
    types::{LinkRequirement, Password},
};
use sea_orm::TransactionTrait;
use uuid::Uuid;

/// The evidence in a request that it was sent by the owner of the account.
#[derive(Debug, Default)]
pub struct Evidence<'a> {
    /// The password.
    pub password: Option<Password>,
    /// The cookie of a browser that requested a link.
    pub browser: Option<&'a str>,
    /// The refresh token of the browser.
    pub refresh_token: Option<RefreshToken>,
}

/// Confirms the address that a link was sent to.
///
/// The reader of the e-mail may not be the user who created the account or entered the address, so the link alone is
/// not sufficient. The request must come from the browser that requested the link or from a browser that is logged in
/// to the account, or contain the password. If the address changes, all sessions are ended except the one that
/// requested the link and the one that used it.
///
/// # Errors
/// `link_invalid`, `link_used`, `link_expired`; `confirmation_required` without evidence, with an error of the field
/// `password` if the account has a password; `validation` if the password is wrong or another account has the address;
/// `rate_limited`.
pub async fn confirm(
    accounts: &Accounts,
    token: &str,
    evidence: Evidence<'_>,
    device: &Device,
) -> Result<(), ServiceError> {
    let purposes = [Purpose::ConfirmEmail, Purpose::ChangeEmail];
    let link = Link::find(accounts, token, &purposes, evidence.browser).await?;
    let user = arrival::account_of(accounts, &link).await?;
    let id = user.id;
    let own_session = own_session(accounts, &evidence, id).await?;
    if !link.is_requesting_browser && own_session.is_none() {
        require_password(accounts, &user, evidence.password, device).await?;
    }
    let (now, reason) = (accounts.clock.now(), EndReason::EndedElsewhere);
    let is_change = link.purpose == Purpose::ChangeEmail;
    if is_change {
        revocation::revoke_surplus(&accounts.sessions, id, own_session, reason).await?;
    }
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        // The account changed after it was read. The next attempt reads it again.
        return Err(ServiceError::try_again());
    }
    link.consume(&transaction, now).await?;
    let mut ended = Vec::new();
    if is_change {
        user::change_email(&transaction, id, &link.email, now).await?;
        token::invalidate_outstanding(&transaction, &user, now).await?;
        let kept = [link.session, own_session];
        ended = revocation::revoke_all_in(&transaction, id, kept, reason, now).await?;
        // Sent to the former address, so that its owner is informed.
        security_events::record(
            &transaction,
            &accounts.mailer,
            &user,
            SecurityEvent::EmailChanged,
            device,
        )
        .await?;
    } else if user.email_key != link.email.key {
        return Err(ErrorCode::LinkInvalid.into());
    } else if user::confirm_email(&transaction, id, &link.email.key, now).await? {
        security_events::record(
            &transaction,
            &accounts.mailer,
            &user,
            SecurityEvent::EmailConfirmed,
            device,
        )
        .await?;
    }
    revocation::commit(&accounts.sessions, transaction, ended, now).await
}

/// Returns what a request with this evidence, except for the password, lacks to confirm the address.
pub async fn requirement(
    accounts: &Accounts,
    link: &Link,
    user: &UserRow,
    evidence: &Evidence<'_>,
) -> Result<Option<LinkRequirement>, ServiceError> {
    if link.is_requesting_browser || own_session(accounts, evidence, user.id).await?.is_some() {
        return Ok(None);
    }
    let has_password = user.password_hash.is_some();
    Ok(Some(if has_password { LinkRequirement::Password } else { LinkRequirement::LogIn }))
}

/// Returns the session of this user in the browser of the request.
async fn own_session(
    accounts: &Accounts,
    evidence: &Evidence<'_>,
    user: Uuid,
) -> Result<Option<Uuid>, ServiceError> {
    match &evidence.refresh_token {
        Some(token) => session_of(accounts, token, user).await,
        None => Ok(None),
    }
}

/// Returns the session of a refresh token, if it is an active session of this user and the token is its current or its
/// previous one.
async fn session_of(
    accounts: &Accounts,
    token: &RefreshToken,
    user: Uuid,
) -> Result<Option<Uuid>, ServiceError> {
    let Some(row) = session::find(&accounts.db.reader, token.session()).await? else {
        return Ok(None);
    };
    let now = accounts.clock.now();
    let is_active = row.revoked_at.is_none()
        && row.expires_at > now
        && row.last_seen_at > accounts.sessions.policy.idle_since(now);
    let stored = row.token_hash.as_deref();
    let is_current = token.hash().matches(stored)
        || token.successor(&accounts.keys).is_ok_and(|next| next.hash().matches(stored));
    Ok((row.user_id == user && is_active && is_current).then_some(row.id))
}

async fn require_password(
    accounts: &Accounts,
    user: &UserRow,
    password: Option<Password>,
    device: &Device,
) -> Result<(), ServiceError> {
    let required = AppError::new(ErrorCode::ConfirmationRequired);
    let Some(hash) = user.password_hash.as_deref() else {
        let detail = "Log in to that account first in this browser, then open the link again.";
        return Err(AppError { detail: detail.into(), ..required }.into());
    };
    let Some(password) = password else {
        let message = "Enter the password of the account, or log in to it first.";
        let error = FieldError { field: "password".into(), message: message.into() };
        return Err(AppError { errors: vec![error], ..required }.into());
    };
    rate_limit::password(&accounts.rate_limiter, &user.username_key, Some(user), device).await?;
    let lane = Lane::of_device(device);
    if !accounts.passwords.verify(password, Some(hash), &lane).await?.is_right() {
        failed_logins::record(accounts, Some(user), device);
        let wrong = format!("Wrong password for {}.", user.username);
        return Err(AppError::field("password", wrong).into());
    }
    rate_limit::password_was_right(&accounts.rate_limiter, user, device).await
}
