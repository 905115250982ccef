//! Rate limits on requested e-mails, per client and per recipient.

use super::{
    Counter, Limit, RateLimiter, Step, apply, by_place, consume, hashed_key, passwords::RIGHT,
    valid_device_cookie,
};
use crate::{
    db::user::{self, UserRow},
    device::Device,
    error::ServiceError,
};

/// Mail to one e-mail address, requested from one client address.
const MAIL_TO_PER_CLIENT: Limit = Limit::new(5, 30, 60 * 60, 6);
/// Mail to one e-mail address, which other clients can increase, and mail that one recognised browser requests from any
/// address.
const MAIL_TO: Limit = Limit::new(12, 5, 2 * 60, 1);
/// Mail requested from one client address.
const MAIL_FROM: Limit = Limit::new(60, 1, 5 * 60, 1);

/// Links whose pages are opened from one client address. Guessing a token is hopeless; this limits the load.
const LINK_CHECKS: Limit = Limit::new(60, 1, 60, 1);

/// Records the opening of the page of a link.
///
/// # Errors
/// `rate_limited`.
pub async fn link_check(limiter: &RateLimiter, device: &Device) -> Result<(), ServiceError> {
    consume(limiter, by_place(&["link check"], device, LINK_CHECKS)).await
}

/// Records an e-mail to a normalized address that was requested without a login. A browser in which the user of that
/// address has logged in before has its own counter. The account is looked up only for a request with a device cookie:
/// without one, the request does the same work for every address.
///
/// # Errors
/// `rate_limited`.
pub async fn mail(limiter: &RateLimiter, to: &str, device: &Device) -> Result<(), ServiceError> {
    let user = match device.cookie {
        Some(_) => user::find_by_name_or_email(&limiter.db.reader, to).await?,
        None => None,
    };
    let cookie = user.as_ref().and_then(|user| valid_device_cookie(limiter, user, device));
    let recipient = match cookie {
        Some(cookie) => (hashed_key(&["mail", to, "known", cookie]), MAIL_TO),
        None => (hashed_key(&["mail", to]), MAIL_TO),
    };
    consume(limiter, [client_counters(to, device), vec![recipient]].concat()).await
}

/// Records an e-mail that a logged-in user requested. The user can enter any address, so the limit of the recipient
/// applies unless it is the confirmed address of the account.
///
/// # Errors
/// `rate_limited`.
pub async fn mail_for_user(
    limiter: &RateLimiter,
    user: &UserRow,
    to: &str,
    device: &Device,
) -> Result<(), ServiceError> {
    let mut counters = client_counters(to, device);
    if user.email_confirmed_at.is_none() || user.email_key != to {
        counters.push((hashed_key(&["mail", to]), MAIL_TO));
    }
    consume(limiter, counters).await
}

/// Resets the counters of mail to an address after a login with a link, so that a user who always logs in with links is
/// not delayed. The number of resets is limited like that of correct passwords: otherwise an attacker could send any
/// amount of mail to their own address.
///
/// # Errors
/// `rate_limited` after too many logins with links.
pub async fn mail_arrived(
    limiter: &RateLimiter,
    to: &str,
    device: &Device,
) -> Result<(), ServiceError> {
    link_login(limiter, to).await?;
    let mut steps = vec![(hashed_key(&["mail", to]), Step::Reset)];
    for (counter, _) in by_place(&["mail", to], device, MAIL_TO_PER_CLIENT) {
        steps.push((counter, Step::Reset));
    }
    if let Some(cookie) = &device.cookie {
        steps.push((hashed_key(&["mail", to, "known", cookie]), Step::Reset));
    }
    for (counter, limit) in by_place(&["mail from"], device, MAIL_FROM) {
        steps.push((counter, Step::Decrement(limit)));
    }
    apply(limiter, steps).await
}

/// Records a login with a link that was sent to this normalized address.
///
/// # Errors
/// `rate_limited`.
pub async fn link_login(limiter: &RateLimiter, to: &str) -> Result<(), ServiceError> {
    consume(limiter, vec![(hashed_key(&["link login", to]), RIGHT)]).await
}

fn client_counters(to: &str, device: &Device) -> Vec<Counter> {
    let mut counters = by_place(&["mail", to], device, MAIL_TO_PER_CLIENT);
    counters.extend(by_place(&["mail from"], device, MAIL_FROM));
    counters
}
