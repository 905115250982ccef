//! The tokens of e-mail links. A token can be used once and expires. The database stores only its SHA-256 (ASVS 6.5.1,
//! 6.5.5).

pub use crate::mail::link_purpose::{PREFIX, Purpose};
use crate::{
    accounts::Accounts,
    db::{
        link::{self, LinkRow},
        user::UserRow,
    },
    error::ServiceError,
    identity::Email,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use handstamp_engine::{clock::Timestamp, random::random, refresh_token::TokenHash};
use handstamp_protocol::{
    error::{AppError, ErrorCode},
    json_api::LinkState,
};
use sea_orm::ConnectionTrait;
use url::Url;
use uuid::Uuid;

/// The length of a token: 256 bits.
const BYTES: usize = 32;

/// The account, session and browser that a link is bound to, if they are known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// The account.
    pub user: Option<Uuid>,
    /// The session of the request for the link.
    pub session: Option<Uuid>,
    /// The value of the cookie that binds the link to the requesting browser (ASVS 6.6.2).
    pub browser: Option<&'a str>,
}

/// Creates a link and returns its URL, which is not stored.
pub async fn create(
    db: &impl ConnectionTrait,
    accounts: &Accounts,
    purpose: Purpose,
    email: &Email,
    origin: Origin<'_>,
) -> Result<Url, ServiceError> {
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(random::<BYTES>()?));
    let row = LinkRow {
        purpose: purpose.word().to_owned(),
        email: email.shown.clone(),
        email_key: email.key.clone(),
        user_id: origin.user,
        session_id: origin.session,
        browser_hash: origin.browser.map(|browser| TokenHash::of(browser).to_vec()),
        expires_at: accounts.clock.now().plus(purpose.lifetime()),
        used_at: None,
    };
    link::insert(db, &TokenHash::of(&token), row).await?;
    let mut url = accounts.public_url.clone();
    url.set_path(&format!("/{}/{token}", purpose.page()));
    Ok(url)
}

/// Returns whether the link with this URL still works. A link that was deleted after it expired has expired too.
pub async fn link_state(accounts: &Accounts, url: &str) -> Result<LinkState, ServiceError> {
    let token = TokenHash::of(url.rsplit('/').next().unwrap_or_default());
    let row = link::find(&accounts.db.reader, &token).await?;
    Ok(match row {
        Some(LinkRow { used_at: Some(_), .. }) => LinkState::Used,
        Some(row) if row.expires_at > accounts.clock.now() => LinkState::Valid,
        _ => LinkState::Expired,
    })
}

/// A link that was looked up by its token.
#[derive(Debug)]
pub struct Link {
    token: TokenHash,
    /// The purpose of the link.
    pub purpose: Purpose,
    /// The address that the link was sent to. A user who has the link can read e-mails there.
    pub email: Email,
    /// The account that the link is bound to, if it is bound to one.
    pub user: Option<Uuid>,
    /// The session that requested the link, if the user was logged in.
    pub session: Option<Uuid>,
    /// Whether the request comes from the browser that requested the link.
    pub is_requesting_browser: bool,
}

impl Link {
    /// Looks up a valid link of one of these purposes by its token. Does not consume it.
    ///
    /// # Errors
    /// `link_invalid`, `link_used`, `link_expired`.
    pub async fn find(
        accounts: &Accounts,
        token: &str,
        purposes: &[Purpose],
        browser: Option<&str>,
    ) -> Result<Self, ServiceError> {
        let (link, row) = Self::read(accounts, token, purposes, browser).await?;
        if row.was_withdrawn() {
            let detail = "This link is no longer valid. Request a new one.";
            return Err(AppError { detail: detail.into(), ..ErrorCode::LinkUsed.into() }.into());
        }
        if row.used_at.is_some() {
            return Err(ErrorCode::LinkUsed.into());
        }
        if row.expires_at <= accounts.clock.now() {
            return Err(ErrorCode::LinkExpired.into());
        }
        Ok(link)
    }

    /// Looks up a link of one of these purposes that was used after `since`.
    ///
    /// # Errors
    /// `link_invalid`; `link_used` if it was used earlier, or was not used.
    pub async fn find_used(
        accounts: &Accounts,
        token: &str,
        purposes: &[Purpose],
        browser: Option<&str>,
        since: Timestamp,
    ) -> Result<Self, ServiceError> {
        let (link, row) = Self::read(accounts, token, purposes, browser).await?;
        let is_recent = row.used_at.is_some_and(|used_at| used_at > since);
        if is_recent { Ok(link) } else { Err(ErrorCode::LinkUsed.into()) }
    }

    async fn read(
        accounts: &Accounts,
        token: &str,
        purposes: &[Purpose],
        browser: Option<&str>,
    ) -> Result<(Self, LinkRow), ServiceError> {
        let is_well_formed = token.strip_prefix(PREFIX).is_some_and(|rest| {
            rest.len() == 43
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
        let token = TokenHash::of(token);
        let row =
            if is_well_formed { link::find(&accounts.db.reader, &token).await? } else { None };
        let row = row.ok_or(ErrorCode::LinkInvalid)?;
        let purpose = purposes.iter().find(|purpose| purpose.word() == row.purpose);
        let purpose = *purpose.ok_or(ErrorCode::LinkInvalid)?;
        let is_requesting_browser = browser
            .is_some_and(|browser| TokenHash::of(browser).matches(row.browser_hash.as_deref()));
        let email = Email { shown: row.email.clone(), key: row.email_key.clone() };
        let (user, session) = (row.user_id, row.session_id);
        Ok((Self { token, purpose, email, user, session, is_requesting_browser }, row))
    }

    /// Marks the link as used.
    ///
    /// # Errors
    /// `link_used` if the link was already used. Of concurrent requests, only one succeeds.
    pub async fn consume(
        &self,
        db: &impl ConnectionTrait,
        now: Timestamp,
    ) -> Result<(), ServiceError> {
        if link::consume(db, &self.token, now).await? {
            Ok(())
        } else {
            Err(ErrorCode::LinkUsed.into())
        }
    }
}

/// Invalidates the outstanding links that could give an attacker the account: those that reset the password and those
/// that change the address.
pub async fn invalidate_outstanding(
    db: &impl ConnectionTrait,
    user: &UserRow,
    now: Timestamp,
) -> Result<(), ServiceError> {
    link::consume_all_for_email(db, Purpose::ResetPassword.word(), &user.email_key, now).await?;
    link::consume_all_for_user(db, Purpose::ChangeEmail.word(), user.id, now).await?;
    Ok(())
}

/// Invalidates the links that disable the second factor of an account. Each is valid only for the activation that its
/// e-mail reports.
pub async fn consume_undo(
    db: &impl ConnectionTrait,
    user: Uuid,
    now: Timestamp,
) -> Result<(), ServiceError> {
    link::consume_all_for_user(db, Purpose::EndSecondFactor.word(), user, now).await?;
    Ok(())
}
