//! Checks a link when its page is opened, so that the user learns at once if it can't be used. Does not consume it.

use super::{
    password_reset,
    token::{Link, Purpose},
};
use crate::{
    accounts::{
        Accounts,
        email_confirmation::{self, Evidence},
    },
    db::user::{self, UserRow},
    device::Device,
    error::ServiceError,
    rate_limit,
};
use handstamp_protocol::{error::ErrorCode, types::LinkDetails};

const PURPOSES: [Purpose; 5] = [
    Purpose::LogIn,
    Purpose::ConfirmEmail,
    Purpose::ChangeEmail,
    Purpose::ResetPassword,
    Purpose::EndSecondFactor,
];

/// Returns what a link is for. `page` is the first path segment of the page that it was opened on. The response depends
/// only on the token, which the recipient alone has, so it reveals no address to anyone else.
///
/// # Errors
/// The errors that the use of the link would have: `link_invalid`, `link_used`, `link_expired`,
/// `link_of_another_browser`; `rate_limited`.
pub async fn check(
    accounts: &Accounts,
    page: &str,
    token: &str,
    evidence: Evidence<'_>,
    device: &Device,
) -> Result<LinkDetails, ServiceError> {
    rate_limit::link_check(&accounts.rate_limiter, device).await?;
    let of_page = |purpose: &Purpose| purpose.page() == page;
    let purposes: Vec<Purpose> = PURPOSES.into_iter().filter(of_page).collect();
    let link = Link::find(accounts, token, &purposes, evidence.browser).await?;
    let email = link.email.shown.clone();
    let (user, required) = match link.purpose {
        Purpose::LogIn if !link.is_requesting_browser => {
            return Err(ErrorCode::LinkOfAnotherBrowser.into());
        }
        Purpose::LogIn => return Ok(LinkDetails { email, username: None, required: None }),
        Purpose::ConfirmEmail | Purpose::ChangeEmail => {
            let user = account_of(accounts, &link).await?;
            if link.purpose == Purpose::ConfirmEmail && user.email_key != link.email.key {
                return Err(ErrorCode::LinkInvalid.into());
            }
            let required =
                email_confirmation::requirement(accounts, &link, &user, &evidence).await?;
            (user, required)
        }
        Purpose::ResetPassword => (password_reset::account_of(accounts, &link).await?, None),
        Purpose::EndSecondFactor => (account_of(accounts, &link).await?, None),
    };
    Ok(LinkDetails { email, username: Some(user.username), required })
}

/// Returns the account that a link is bound to.
///
/// # Errors
/// `link_invalid` if there is none.
pub async fn account_of(accounts: &Accounts, link: &Link) -> Result<UserRow, ServiceError> {
    let id = link.user.ok_or(ErrorCode::LinkInvalid)?;
    let user = user::find(&accounts.db.reader, id).await?.filter(|user| !user.guest);
    Ok(user.ok_or(ErrorCode::LinkInvalid)?)
}
