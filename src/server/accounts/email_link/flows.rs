//! What the links of letters do: log in, confirm an address, set a new password. A link is only ever
//! used by a POST: a GET shows a page with a button, because mail scanners open links.
//!
//! Asking for a link looks up no account. So the answer and the time that it takes are the same whether or
//! not there is one (ASVS 6.3.8).

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

/// Who asks for a link.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asker<'a> {
    /// The session that asks, if the user is logged in.
    pub session: Option<Uuid>,
    /// What the browser holds, so that it is recognised (ASVS 6.6.2).
    pub browser: Option<&'a str>,
}

/// Sends a link to an address that anybody may have typed.
///
/// # Errors
/// `validation` for what is no address, `rate_limited`.
pub async fn send_to_address(
    accounts: &Accounts,
    purpose: Purpose,
    email: &str,
    browser: Option<&str>,
    device: &Device,
) -> Result<(), ServiceError> {
    let email = Email::parse(email)?;
    rate_limit::mail(&accounts.rate_limiter, &email.key, device).await?;
    let _turn = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    let by = Asker { browser, ..Asker::default() };
    send(&transaction, accounts, purpose, &email, None, by).await?;
    Ok(transaction.commit().await?)
}

/// Sends a link, in the transaction of what it belongs to.
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

/// Logs in with a link. An address without an account gets one.
///
/// The person who reads the mail owns the address. If it was never confirmed, someone else may have made the
/// account: the password, the second factor, the user name and the recovery codes are removed, and the sessions
/// end. The posts stay, under the new name.
///
/// # Errors
/// Those of the link, and of the second factor: then the link can still be used.
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
    let place = device.clone();
    let grant = use_to_log_in(accounts, &link, code, device).await?;
    // Only after the login: otherwise opening a link repeatedly would reset the limit. The login succeeds even if this
    // fails.
    if let Err(error) =
        rate_limit::mail_arrived(&accounts.rate_limiter, &link.email.key, &place).await
    {
        error.log();
    }
    Ok(grant)
}

/// Logs in with a link that this browser has used, if the answer to that was lost.
///
/// # Errors
/// `link_used` if it was used otherwise, `rate_limited`.
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
        // There is no password here, and the next try sees the account as it is.
        ErrorCode::InvalidCredentials => ServiceError::try_again(),
        _ => error,
    })
}

async fn use_to_log_in(
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
    let _turn = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::lock_if_unchanged(&transaction, &user).await? {
        // It changed while we looked: the next try sees it as it is.
        return Err(ServiceError::try_again());
    }
    link.consume(&transaction, now).await?;
    proof.consume(&transaction, accounts, &user, &device).await?;
    let lifetime = accounts.refresh_ttl;
    let login =
        NewLogin { event: SecurityEvent::LoggedInByLink, lifetime, device, is_repeat: false };
    let (grant, ended) = start_session(accounts, &transaction, user, login).await?;
    revocation::commit(&accounts.sessions, transaction, ended, now).await?;
    Ok(grant)
}

/// Logs in to an account whose address was not confirmed before: nothing stays of what lets another person in.
async fn take_over(
    accounts: &Accounts,
    link: &Link,
    user: UserRow,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let (now, reason) = (accounts.clock.now(), EndReason::PasswordChanged);
    let username = free_username(accounts).await?;
    revocation::revoke_surplus(&accounts.sessions, user.id, None, reason).await?;
    let _turn = accounts.db.write_permit().await?;
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
    let (grant, excess) = start_session(accounts, &transaction, user, login).await?;
    ended.extend(excess);
    revocation::commit(&accounts.sessions, transaction, ended, now).await?;
    Ok(grant)
}

/// Makes the account of an address that has none.
async fn sign_up(
    accounts: &Accounts,
    link: &Link,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let username = free_username(accounts).await?;
    let new = NewUser {
        username,
        email: link.email.clone(),
        password_hash: None,
        guest: false,
        email_confirmed: true,
    };
    let _turn = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    link.consume(&transaction, accounts.clock.now()).await?;
    let user = user::insert(&transaction, new, accounts.clock.now()).await;
    // Another link has created the account concurrently: the next attempt logs in to it.
    let user = user.map_err(|error| match error.code {
        ErrorCode::Validation => ServiceError::try_again(),
        _ => error,
    })?;
    let lifetime = accounts.refresh_ttl;
    let login = NewLogin { event: SecurityEvent::SignedUp, lifetime, device, is_repeat: false };
    // A new account has no other sessions.
    let (grant, _) = start_session(accounts, &transaction, user, login).await?;
    transaction.commit().await?;
    Ok(grant)
}

/// Returns a name that is free, for an account made with a link. It is independent of the address, because all
/// users see it.
///
/// # Errors
/// `internal` if no free name was found; errors of the database.
async fn free_username(accounts: &Accounts) -> Result<Username, ServiceError> {
    // Sixteen million names: the first one is free, or the second.
    for _ in 0..8 {
        let [a, b, c] = random::<3>()?;
        let name = format!("member-{a:02x}{b:02x}{c:02x}");
        if user::find_by_name_or_email(&accounts.db.reader, &name).await?.is_none() {
            return Ok(Username::generated(&name));
        }
    }
    Err(ServiceError::internal(anyhow::anyhow!("no user name is free")))
}
