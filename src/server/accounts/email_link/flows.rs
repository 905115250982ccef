//! Sends e-mail links and logs in with them. Only a POST consumes a link: a GET shows a page with a button, because
//! mail scanners open links.
//!
//! A request for a link looks up no account, so the response and its timing are the same whether or not the account
//! exists (ASVS 6.3.8).

use super::token::{self, Link, Origin, Purpose};
use crate::{
    accounts::{
        Accounts, lost_login,
        start_session::{NewLogin, log_in_as, start_session},
        totp::{self, Proof},
    },
    db::user::{self, NewUser, UserRow},
    device::Device,
    error::ServiceError,
    identity::{Email, Username},
    mail::{self, templates::LinkMail},
    rate_limit,
    sessions::{issued_tokens::IssuedTokens, revocation, security_events},
};
use handstamp_engine::random::random;
use handstamp_protocol::{
    error::{EndReason, ErrorCode},
    security_event::SecurityEvent,
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use uuid::Uuid;

/// The origin of a request for a link.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// The session of the request, if the user is logged in.
    pub session: Option<Uuid>,
    /// The value of the cookie that binds the link to the browser (ASVS 6.6.2).
    pub browser: Option<&'a str>,
}

/// Sends a link to an address that the client provides without a login.
///
/// # Errors
/// `validation` for an invalid address, `rate_limited`.
pub async fn send_to_address(
    accounts: &Accounts,
    purpose: Purpose,
    email: &str,
    browser: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let email = Email::parse(email)?;
    rate_limit::mail(&accounts.rate_limiter, &email.key, device).await?;
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    let by = Asker { browser, ..Asker::default() };
    send(&transaction, accounts, purpose, &email, None, by).await?;
    Ok(transaction.commit().await?)
}

/// Creates a link and enqueues its e-mail, in the transaction of the caller.
///
/// # Errors
/// `validation` for an address that no mail server accepts.
pub async fn send(
    db: &impl ConnectionTrait,
    accounts: &Accounts,
    purpose: Purpose,
    email: &Email,
    user: Option<&UserRow>,
    by: Asker<'_>,
) -> Result<(), ServiceError> {
    let origin =
        Origin { user: user.map(|user| user.id), session: by.session, browser: by.browser };
    let url = token::create(db, accounts, purpose, email, origin).await?;
    let account = user.map(|user| user.username.as_str());
    let at = accounts.clock.now();
    let mail = LinkMail { purpose, account, place: None, link: &url, at };
    let email = accounts.mailer.link(&email.shown, mail)?;
    mail::enqueue(db, &accounts.mailer, email).await
}

/// Logs in with a link. Creates an account if the address has none.
///
/// A user who can read the e-mail owns the address. If the address was never confirmed, someone else may have created
/// the account. In that case the password, the second factor and the recovery codes are removed, the user name is
/// replaced, and all sessions are ended. The posts are kept under the new name.
///
/// # Errors
/// `link_invalid`, `link_used`, `link_expired`, `link_of_another_browser`; `second_factor_required`,
/// `second_factor_invalid` and `rate_limited`, which don't consume the link.
pub async fn log_in(
    accounts: &Accounts,
    token: &str,
    code: Option<&str>,
    browser: Option<&str>,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let link = match Link::find(accounts, token, &[Purpose::LogIn], browser).await {
        Err(error) if error.code == ErrorCode::LinkUsed => {
            return log_in_again(accounts, token, browser, device).await;
        }
        found => found?,
    };
    if !link.is_requesting_browser {
        return Err(ErrorCode::LinkOfAnotherBrowser.into());
    }
    let requester = device.clone();
    let tokens = log_in_with(accounts, &link, code, device).await?;
    // Only after a successful login: otherwise opening a link repeatedly would reset the limit. A failure here does not
    // fail the login.
    if let Err(error) =
        rate_limit::mail_arrived(&accounts.rate_limiter, &link.email.key, &requester).await
    {
        error.log();
    }
    Ok(tokens)
}

/// Logs in with a link that this browser has already used, if the response was lost.
///
/// # Errors
/// `link_used` if the login can't be repeated, `rate_limited`.
async fn log_in_again(
    accounts: &Accounts,
    token: &str,
    browser: Option<&str>,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let since = accounts.clock.now().minus(lost_login::TTL);
    let link = Link::find_used(accounts, token, &[Purpose::LogIn], browser, since).await?;
    let user = user::find_by_name_or_email(&accounts.db.reader, &link.email.key).await?;
    let user = user.filter(|_| link.is_requesting_browser).ok_or(ErrorCode::LinkUsed)?;
    if !lost_login::is_repeated(accounts, &user, &device).await? {
        return Err(ErrorCode::LinkUsed.into());
    }
    rate_limit::link_login(&accounts.rate_limiter, &link.email.key).await?;
    let event = SecurityEvent::LoggedInByLink;
    let login = log_in_as(accounts, user, event, Proof::Repeated, device).await;
    login.map_err(|error| match error.code {
        // The request has no password that could be wrong. The next attempt reads the changed account.
        ErrorCode::InvalidCredentials => ServiceError::try_again(),
        _ => error,
    })
}

async fn log_in_with(
    accounts: &Accounts,
    link: &Link,
    code: Option<&str>,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let Some(user) = user::find_by_name_or_email(&accounts.db.reader, &link.email.key).await?
    else {
        return sign_up(accounts, link, device).await;
    };
    if user.email_confirmed_at.is_none() {
        return take_over(accounts, link, user, device).await;
    }
    let proof = totp::verify(accounts, &user, code, &device).await?;
    let now = accounts.clock.now();
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        // The account changed after it was read. The next attempt reads it again.
        return Err(ServiceError::try_again());
    }
    link.consume(&transaction, now).await?;
    let event = proof.login_event(SecurityEvent::LoggedInByLink);
    proof.consume(&transaction, accounts, &user, &device).await?;
    let login = NewLogin { event, lifetime: accounts.refresh_ttl, device, is_repeat: false };
    let (tokens, ended) = start_session(accounts, &transaction, user, login).await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await?;
    Ok(tokens)
}

/// Logs in to an account whose address was not confirmed before. Removes all credentials and ends all sessions.
async fn take_over(
    accounts: &Accounts,
    link: &Link,
    user: UserRow,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let (now, reason) = (accounts.clock.now(), EndReason::PasswordChanged);
    let username = generate_username(accounts).await?;
    revocation::revoke_surplus(&accounts.sessions, user.id, None, reason).await?;
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        return Err(ServiceError::try_again());
    }
    link.consume(&transaction, now).await?;
    if !user::confirm_email(&transaction, user.id, &link.email.key, now).await? {
        return Err(ServiceError::try_again());
    }
    user::change_password(&transaction, user.id, user.password_hash.as_deref(), None).await?;
    user::change_username(&transaction, &user, &username).await?;
    totp::remove(&transaction, &user).await?;
    token::invalidate_outstanding(&transaction, &user, now).await?;
    let mut ended =
        revocation::revoke_all_in(&transaction, user.id, [None; 2], reason, now).await?;
    if user.password_hash.is_some() {
        security_events::record(
            &transaction,
            &accounts.mailer,
            &user,
            SecurityEvent::PasswordRemoved,
            &device,
        )
        .await?;
    }
    let user = UserRow {
        username: username.shown,
        username_key: username.key,
        email_confirmed_at: Some(now),
        password_hash: None,
        totp_secret: None,
        totp_since: None,
        ..user
    };
    let lifetime = accounts.refresh_ttl;
    let login =
        NewLogin { event: SecurityEvent::LoggedInByLink, lifetime, device, is_repeat: false };
    let (tokens, excess) = start_session(accounts, &transaction, user, login).await?;
    ended.extend(excess);
    revocation::commit(&accounts.sessions, transaction, ended, now).await?;
    Ok(tokens)
}

/// Creates an account for the address of a link and logs in to it.
async fn sign_up(
    accounts: &Accounts,
    link: &Link,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let username = generate_username(accounts).await?;
    let new = NewUser {
        username,
        email: link.email.clone(),
        password_hash: None,
        guest: false,
        email_confirmed: true,
    };
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    link.consume(&transaction, accounts.clock.now()).await?;
    let user = user::insert(&transaction, new, accounts.clock.now()).await;
    // Another link created the account concurrently. The next attempt logs in to it.
    let user = user.map_err(|error| match error.code {
        ErrorCode::Validation => ServiceError::try_again(),
        _ => error,
    })?;
    let lifetime = accounts.refresh_ttl;
    let login = NewLogin { event: SecurityEvent::SignedUp, lifetime, device, is_repeat: false };
    // A new account has no other sessions.
    let (tokens, _) = start_session(accounts, &transaction, user, login).await?;
    transaction.commit().await?;
    Ok(tokens)
}

/// Returns an available user name for an account that is created with a link. It does not depend on the address,
/// because user names are public.
///
/// # Errors
/// `internal` if no available name was found.
async fn generate_username(accounts: &Accounts) -> Result<Username, ServiceError> {
    // Of sixteen million names, the first or the second is almost always available.
    for _ in 0..8 {
        let [a, b, c] = random::<3>()?;
        let name = format!("member-{a:02x}{b:02x}{c:02x}");
        if user::find_by_name_or_email(&accounts.db.reader, &name).await?.is_none() {
            return Ok(Username::generated(&name));
        }
    }
    Err(ServiceError::internal(anyhow::anyhow!("no user name is available")))
}
