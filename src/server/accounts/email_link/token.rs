//! The links that go out by mail: used once, good for a while, and known to the database by their
//! SHA-256 alone (ASVS 6.5.1, 6.5.5).

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
use handstamp_protocol::error::ErrorCode;
use sea_orm::ConnectionTrait;
use url::Url;
use uuid::Uuid;

/// 256 bits.
const BYTES: usize = 32;

/// What a link belongs to; everything that is unknown stays `None`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Origin<'a> {
    /// The account.
    pub user: Option<Uuid>,
    /// The session that asks for the link.
    pub session: Option<Uuid>,
    /// What the browser holds that asks for it, so that it is recognised (ASVS 6.6.2).
    pub browser: Option<&'a str>,
}

/// Makes a link; returns its address, which is nowhere else.
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

/// A link that may be used now.
#[derive(Debug)]
pub struct Link {
    token: TokenHash,
    /// What it does.
    pub purpose: Purpose,
    /// The address that it was sent to. A user who has the link can read e-mails there.
    pub email: Email,
    /// Whose it is, where that counts.
    pub user: Option<Uuid>,
    /// The session that asked for it, if one did.
    pub session: Option<Uuid>,
    /// Whether it is used in the browser that asked for it.
    pub is_requesting_browser: bool,
}

impl Link {
    /// Looks up the link of a token, for one of these purposes. Uses nothing up.
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
        if row.used_at.is_some() {
            return Err(ErrorCode::LinkUsed.into());
        }
        if row.expires_at <= accounts.clock.now() {
            return Err(ErrorCode::LinkExpired.into());
        }
        Ok(link)
    }

    /// Looks up a link that was used after `since`, for one of these purposes.
    ///
    /// # Errors
    /// `link_invalid`; `link_used` if it was used before, or not at all.
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
        let is_whole = token.strip_prefix(PREFIX).is_some_and(|rest| {
            rest.len() == 43
                && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
        let token = TokenHash::of(token);
        let row = if is_whole { link::find(&accounts.db.reader, &token).await? } else { None };
        let row = row.ok_or(ErrorCode::LinkInvalid)?;
        let purpose = purposes.iter().find(|purpose| purpose.word() == row.purpose);
        let purpose = *purpose.ok_or(ErrorCode::LinkInvalid)?;
        let is_requesting_browser = browser
            .is_some_and(|browser| TokenHash::of(browser).matches(row.browser_hash.as_deref()));
        let email = Email { shown: row.email.clone(), key: row.email_key.clone() };
        let (user, session) = (row.user_id, row.session_id);
        Ok((Self { token, purpose, email, user, session, is_requesting_browser }, row))
    }

    /// Uses it up.
    ///
    /// # Errors
    /// `link_used` for all but one of those who try at once.
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

/// Uses up the links that could still move an account away from its person: those that set a new password
/// by its address, and those that give it another address.
pub async fn invalidate_outstanding(
    db: &impl ConnectionTrait,
    user: &UserRow,
    now: Timestamp,
) -> Result<(), ServiceError> {
    link::consume_all_for_email(db, Purpose::ResetPassword.word(), &user.email_key, now).await?;
    Ok(link::consume_all_for_user(db, Purpose::ChangeEmail.word(), user.id, now).await?)
}

/// Uses up the links that switch off the second factor of an account: each is for the one that its letter is about.
pub async fn consume_undo(
    db: &impl ConnectionTrait,
    user: Uuid,
    now: Timestamp,
) -> Result<(), ServiceError> {
    Ok(link::consume_all_for_user(db, Purpose::EndSecondFactor.word(), user, now).await?)
}
