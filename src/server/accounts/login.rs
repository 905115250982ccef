//! Signing up and logging in, for the cookie API and the JSON API.

use super::Accounts;
use super::{
    email_link::{
        flows::{self, Asker},
        token::Purpose,
    },
    failed_logins,
    hash_queue::Lane,
    lost_login, outdated_hash,
    password_hash::Verified,
    password_strength,
    totp::{self, Shown},
};
use crate::{
    db::{
        session::{self, NewSession},
        user::{self, NewUser, UserRow},
    },
    device::Device,
    error::ServiceError,
    identity::{Email, LoginName, Registration, Username},
    rate_limit::{self, device_cookie},
    sessions::{
        current_user::CurrentUser, issued_tokens::IssuedTokens, revocation, security_events,
    },
    timing,
};
use handstamp_engine::{
    access_token::Subject,
    random::random,
    refresh_token::{RefreshToken, TokenHash},
};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    security_event::SecurityEvent,
    types::Password,
};
use sea_orm::{ConnectionTrait, TransactionTrait};
use std::time::Duration;
use uuid::Uuid;
use zeroize::Zeroizing;

/// The lifetime of a guest account.
pub const GUEST_LIFETIME: Duration = Duration::from_secs(24 * 60 * 60);

/// The data of a new session.
#[derive(Debug)]
pub struct Login {
    /// The security event to record.
    pub event: SecurityEvent,
    /// The lifetime of the session.
    pub lifetime: Duration,
    /// The device of the request.
    pub device: Device,
    /// Whether it repeats a login whose response was lost. Such a login skips the code.
    pub is_repeat: bool,
}

/// Creates an account and logs in to it. An e-mail has a link to confirm the address, which is bound to `browser`. A
/// sign-up that is repeated because its response was lost logs in to the account that it created.
///
/// # Errors
/// `validation` for a name or an address that is taken, also by a concurrent sign-up, and for a password that is easy
/// to guess; `rate_limited`.
pub async fn sign_up(
    accounts: &Accounts,
    registration: Registration,
    browser: &str,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let Registration { username, email, password } = registration;
    let lost = lost_login::account_of_sign_up(accounts, &username.key, &email.key, &device).await?;
    if let Some(user) = lost {
        rate_limit::password(&accounts.rate_limiter, &user.username_key, Some(&user), &device)
            .await?;
        let hash = user.password_hash.as_deref();
        if accounts
            .passwords
            .verify(password.clone(), hash, &Lane::of_device(&device))
            .await?
            .is_right()
        {
            rate_limit::password_was_right(&accounts.rate_limiter, &user, &device).await?;
            return log_in_as(accounts, user, SecurityEvent::LoggedIn, Shown::Repeated, device)
                .await;
        }
        failed_logins::note(accounts, Some(&user), &device);
    }
    rate_limit::sign_up(&accounts.rate_limiter, &device).await?;
    // Checked first to save the hash; the unique indexes decide between concurrent sign-ups.
    user::refuse_taken(&accounts.db.reader, &username, &email.key).await?;
    let lane = Lane::of_device(&device);
    password_strength::require(accounts, &password, &[&username.shown, &email.shown], &lane)
        .await?;
    rate_limit::mail(&accounts.rate_limiter, &email.key, &device).await?;
    let password_hash = Some(accounts.passwords.hash(password, &lane).await?);
    let new = NewUser { username, email, password_hash, guest: false, email_confirmed: false };
    start_first_session(accounts, new, Some(browser), accounts.refresh_ttl, device).await
}

/// Creates a guest account and logs in to it. The account is deleted after a day.
///
/// # Errors
/// `not_found` if the demo is off; `rate_limited`.
pub async fn sign_up_guest(
    accounts: &Accounts,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    if !accounts.allows_guests {
        return Err(ErrorCode::NotFound.into());
    }
    rate_limit::guest(&accounts.rate_limiter, &device).await?;
    let number = u32::from_be_bytes(random::<4>()?);
    let new = NewUser::guest(&format!("guest-{number:08x}"));
    start_first_session(accounts, new, None, accounts.refresh_ttl.min(GUEST_LIFETIME), device).await
}

/// Logs in with a user name or an address, a password, and a code if the account has a second factor.
///
/// # Errors
/// `invalid_credentials` for an unknown user and for a wrong password, with the same body and after the same time;
/// `second_factor_required` and `second_factor_invalid`, only with the correct password; `rate_limited`.
pub async fn log_in(
    accounts: &Accounts,
    name: &str,
    password: Password,
    code: Option<&str>,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let name = LoginName::read(name);
    let (found, is_former) = user::find_for_login(&accounts.db.reader, &name).await?;
    rate_limit::password(
        &accounts.rate_limiter,
        name.rate_limit_key(is_former),
        found.as_ref(),
        &device,
    )
    .await?;
    let hash = found.as_ref().and_then(|user| user.password_hash.as_deref());
    let verified =
        accounts.passwords.verify(password.clone(), hash, &Lane::of_device(&device)).await?;
    let Some(user) = found.clone().filter(|_| verified.is_right()) else {
        failed_logins::note(accounts, found.as_ref(), &device);
        return Err(ErrorCode::InvalidCredentials.into());
    };
    rate_limit::password_was_right(&accounts.rate_limiter, &user, &device).await?;
    let shown = if lost_login::is_repeated(accounts, &user, &device).await? {
        // The code was verified and consumed by the login that is repeated.
        Shown::Repeated
    } else {
        totp::look(accounts, &user, code, &device).await?
    };
    let user = match verified {
        Verified::RightButOutdated => {
            outdated_hash::replace(accounts, user, password, &Lane::of_device(&device)).await?
        }
        Verified::Right | Verified::Wrong => user,
    };
    log_in_as(accounts, user, SecurityEvent::LoggedIn, shown, device).await
}

/// Starts a session for an authenticated user.
///
/// # Errors
/// `invalid_credentials` if the account has changed since it was read, for instance by a new password;
/// `second_factor_invalid` if the code was already used.
pub(super) async fn log_in_as(
    accounts: &Accounts,
    user: UserRow,
    event: SecurityEvent,
    shown: Shown,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    if !user::hold(&transaction, &user).await? {
        return Err(ErrorCode::InvalidCredentials.into());
    }
    let is_repeat = matches!(shown, Shown::Repeated);
    shown.spend(&transaction, accounts, &user, &device).await?;
    let lifetime = accounts.refresh_ttl;
    let login = Login { event, lifetime, device, is_repeat };
    let (tokens, ended) = begin(accounts, &transaction, user, login).await?;
    revocation::commit(&accounts.sessions, transaction, ended, accounts.clock.now()).await?;
    Ok(tokens)
}

/// Requires the password of the account that the user is logged in to. `field` is the form field of the password.
///
/// # Errors
/// `validation` of `field`; `rate_limited`.
pub async fn require_password(
    accounts: &Accounts,
    current: &CurrentUser,
    user: &UserRow,
    password: Password,
    field: &'static str,
    device: &Device,
) -> Result<(), ServiceError> {
    let Some(hash) = user.password_hash.as_deref() else {
        let way = "This account has no password. Log in again with a link instead.";
        return Err(AppError::field(field, way).into());
    };
    rate_limit::reauthentication(&accounts.rate_limiter, current.session_id()).await?;
    if accounts.passwords.verify(password, Some(hash), &Lane::of_device(device)).await?.is_right() {
        return rate_limit::reauthentication_succeeded(
            &accounts.rate_limiter,
            current.session_id(),
        )
        .await;
    }
    failed_logins::note(accounts, Some(user), device);
    Err(AppError::field(field, "This is not your password.").into())
}

/// Creates an account and starts its first session, in one transaction.
async fn start_first_session(
    accounts: &Accounts,
    new: NewUser,
    browser: Option<&str>,
    lifetime: Duration,
    device: Device,
) -> Result<IssuedTokens, ServiceError> {
    let email = (!new.guest).then(|| new.email.clone());
    let _permit = accounts.db.write_permit().await?;
    let transaction = accounts.db.writer.begin().await?;
    let user = user::insert(&transaction, new, accounts.clock.now()).await?;
    if let Some(email) = email {
        let purpose = Purpose::ConfirmEmail;
        let by = Asker { browser, ..Asker::default() };
        flows::send(&transaction, accounts, purpose, &email, Some(&user), by).await?;
    }
    let login = Login { event: SecurityEvent::SignedUp, lifetime, device, is_repeat: false };
    let (tokens, _) = begin(accounts, &transaction, user, login).await?;
    transaction.commit().await?;
    Ok(tokens)
}

/// Starts a session. If the account then has too many, the one that was unused for the longest time is ended. Returns
/// the tokens, and the ended sessions for [`revocation::commit`].
pub async fn begin(
    accounts: &Accounts,
    db: &impl ConnectionTrait,
    user: UserRow,
    Login { event, lifetime, device, is_repeat }: Login,
) -> Result<(IssuedTokens, Vec<Uuid>), ServiceError> {
    let now = accounts.clock.now();
    let token =
        RefreshToken::first(accounts.keys.newest(), Uuid::new_v4(), Zeroizing::new(random()?));
    let subject = Subject {
        user: user.id,
        session: token.session(),
        authenticated_at: now,
        session_ends_at: now.plus(lifetime),
    };
    security_events::record(db, &accounts.mailer, &user, event, &device).await?;
    let lost = lost_login::end(db, &user, &device, now).await?;
    if is_repeat && lost.is_empty() {
        // The session of the repeated login was ended concurrently. The next attempt needs the code.
        return Err(ServiceError::try_again());
    }
    // Otherwise a chain of repeated logins would extend the validity of one code indefinitely.
    let can_be_repeated = !is_repeat || user.totp_since.is_none();
    let new = NewSession {
        id: token.session(),
        user_id: user.id,
        token_hash: token.hash(),
        login: device.login.as_deref().filter(|_| can_be_repeated).map(TokenHash::of),
        created_at: now,
        expires_at: subject.session_ends_at,
        user_agent: device.user_agent.clone(),
        ip: device.ip.map(|ip| ip.to_string()),
    };
    session::insert(db, new).await?;
    let mut ended = session::revoke_excess(db, user.id, token.session(), now).await?;
    if !ended.is_empty() {
        security_events::record(
            db,
            &accounts.mailer,
            &user,
            SecurityEvent::TooManySessions,
            &device,
        )
        .await?;
    }
    ended.extend(lost);
    let shown = device.known.as_deref();
    let known_by =
        user.email_confirmed_at.map(|_| device_cookie::mark(&accounts.keys, &user, shown));
    let known_by = known_by.transpose()?;
    timing::record_rotation(token.generation(), "pressed");
    let tokens = IssuedTokens::new(&accounts.sessions, subject, user.into(), token, now)?;
    Ok((IssuedTokens { known_by, ..tokens }, ended))
}

impl NewUser {
    /// A guest. The address can't receive mail (RFC 2606 §2).
    fn guest(name: &str) -> Self {
        let username = Username::generated(name);
        let address = format!("{name}@guest.invalid");
        let email = Email { shown: address.clone(), key: address };
        Self { username, email, password_hash: None, guest: true, email_confirmed: false }
    }
}
