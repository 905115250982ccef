//! Password login, for the cookie API and the JSON API.

use super::{
    Accounts, failed_logins,
    hash_queue::Lane,
    lost_login, outdated_hash,
    password_hash::Verified,
    start_session::log_in_as,
    totp::{self, Proof},
};
use crate::{
    db::user::{self},
    device::Device,
    error::ServiceError,
    identity::LoginName,
    rate_limit::{self},
    sessions::issued_tokens::IssuedTokens,
};
use handstamp_protocol::{error::ErrorCode, security_event::SecurityEvent, types::Password};

/// Logs in with a user name or an e-mail address, a password and, if the account has a second factor, a code.
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
        failed_logins::record(accounts, found.as_ref(), &device);
        return Err(ErrorCode::InvalidCredentials.into());
    };
    rate_limit::password_was_right(&accounts.rate_limiter, &user, &device).await?;
    let proof = if lost_login::is_repeated(accounts, &user, &device).await? {
        // The code was already verified and consumed by the login that this request repeats.
        Proof::Repeated
    } else {
        totp::verify(accounts, &user, code, &device).await?
    };
    let user = match verified {
        Verified::RightButOutdated => {
            outdated_hash::replace(accounts, user, password, &Lane::of_device(&device)).await?
        }
        Verified::Right | Verified::Wrong => user,
    };
    log_in_as(accounts, user, SecurityEvent::LoggedIn, proof, device).await
}
