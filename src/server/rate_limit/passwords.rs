//! Rate limits on passwords. Wrong passwords are limited because they may be guesses, correct ones because each costs a
//! hash and starts a session.

use super::{
    Counter, Limit, RateLimiter, Step, TokenHash, apply, by_place, consume_unless, hashed_key,
    valid_device_cookie,
};
use crate::{db::user::UserRow, device::Device, error::ServiceError};
use uuid::Uuid;

/// Passwords for one account from one client address.
const ACCOUNT_PER_CLIENT: Limit = Limit::new(5, 2, 15 * 60, 6);
/// Passwords for one account from all addresses, which other clients can increase, and passwords from one recognised
/// browser at any address.
const ACCOUNT: Limit = Limit::new(20, 1, 30, 1);
/// Passwords from one client address, for any account. Other clients at the address can increase this counter.
const ADDRESS: Limit = Limit::new(60, 1, 60, 1);
/// Correct passwords for one account.
pub(super) const RIGHT: Limit = Limit::new(60, 1, 30, 1);
/// Correct passwords from one client address, for any account.
const RIGHT_PER_CLIENT: Limit = Limit::new(600, 1, 30, 1);

/// Records a password attempt for a normalized name or address, whether or not the account exists. A browser in which
/// the user has logged in before has its own counters, so that other clients can't delay the user there.
///
/// # Errors
/// `rate_limited`.
pub async fn password(
    limiter: &RateLimiter,
    name: &str,
    user: Option<&UserRow>,
    device: &Device,
) -> Result<(), ServiceError> {
    // Also read for an unknown name: the response time must not reveal whether the account exists.
    let right = match user {
        Some(user) => right_passwords(limiter, user, device),
        None => with_address(hashed_key(&["right password", name]), device),
    };
    let known = user.and_then(|user| Some((user, valid_device_cookie(limiter, user, device)?)));
    let counters = match known {
        Some((user, cookie)) => recognised_browser(user, cookie, device),
        None => {
            let mut counters = by_place(&["password", name], device, ACCOUNT_PER_CLIENT);
            counters.extend(by_place(&["password from"], device, ADDRESS));
            counters.push((hashed_key(&["password", name]), ACCOUNT));
            counters
        }
    };
    consume_unless(limiter, counters, &right).await
}

/// After a correct password, resets the counters of the account for its name and its address, decrements the counters
/// that all accounts share, and records a correct password.
///
/// # Errors
/// `rate_limited` after too many correct passwords.
pub async fn password_was_right(
    limiter: &RateLimiter,
    user: &UserRow,
    device: &Device,
) -> Result<(), ServiceError> {
    let mut steps = Vec::new();
    if let Some(cookie) = valid_device_cookie(limiter, user, device) {
        // The attempts of other clients still count.
        reset(&mut steps, recognised_browser(user, cookie, device));
    } else {
        for name in [&user.username_key, &user.email_key] {
            reset(&mut steps, by_place(&["password", name], device, ACCOUNT_PER_CLIENT));
            steps.push((hashed_key(&["password", name]), Step::Reset));
        }
        let shared = by_place(&["password from"], device, ADDRESS).into_iter();
        steps.extend(shared.map(|(key, limit)| (key, Step::Decrement(limit))));
    }
    let right = right_passwords(limiter, user, device).into_iter();
    steps.extend(right.map(|(key, limit)| (key, Step::Consume(limit))));
    apply(limiter, steps).await
}

/// Records a re-authentication attempt. It counts only for this session, so that other clients can't delay the user.
///
/// # Errors
/// `rate_limited`.
pub async fn reauthentication(limiter: &RateLimiter, session: Uuid) -> Result<(), ServiceError> {
    consume_unless(
        limiter,
        vec![reauthentication_attempts(session)],
        &[reauthentication_successes(session)],
    )
    .await
}

/// Resets the counter after a successful re-authentication, and records a correct password.
///
/// # Errors
/// `rate_limited` after too many successful re-authentications.
pub async fn reauthentication_succeeded(
    limiter: &RateLimiter,
    session: Uuid,
) -> Result<(), ServiceError> {
    let (right, limit) = reauthentication_successes(session);
    let steps =
        vec![(reauthentication_attempts(session).0, Step::Reset), (right, Step::Consume(limit))];
    apply(limiter, steps).await
}

/// Returns the counter of correct passwords for this device.
pub(super) fn right_password(limiter: &RateLimiter, user: &UserRow, device: &Device) -> Counter {
    let id = user.id.to_string();
    match (device.session, valid_device_cookie(limiter, user, device)) {
        (Some(session), _) => reauthentication_successes(session),
        (None, Some(cookie)) => (hashed_key(&["right password", &id, cookie]), RIGHT),
        (None, None) => (hashed_key(&["right password", &id]), RIGHT),
    }
}

/// Returns all counters of correct passwords for this device. Those of a recognised browser are not shared with other
/// clients.
fn right_passwords(limiter: &RateLimiter, user: &UserRow, device: &Device) -> Vec<Counter> {
    match valid_device_cookie(limiter, user, device) {
        Some(_) => vec![right_password(limiter, user, device)],
        None => with_address(right_password(limiter, user, device).0, device),
    }
}

fn with_address(account: TokenHash, device: &Device) -> Vec<Counter> {
    let mut counters = by_place(&["right password from"], device, RIGHT_PER_CLIENT);
    counters.push((account, RIGHT));
    counters
}

fn recognised_browser(user: &UserRow, cookie: &str, device: &Device) -> Vec<Counter> {
    let id = user.id.to_string();
    let place = device.places().near;
    vec![
        (hashed_key(&["known password", &id, cookie, &place]), ACCOUNT_PER_CLIENT),
        (hashed_key(&["known password", &id, cookie]), ACCOUNT),
    ]
}

fn reauthentication_attempts(session: Uuid) -> Counter {
    (hashed_key(&["password again", &session.to_string()]), ACCOUNT_PER_CLIENT)
}

fn reauthentication_successes(session: Uuid) -> Counter {
    (hashed_key(&["right password again", &session.to_string()]), RIGHT)
}

fn reset(steps: &mut Vec<(TokenHash, Step)>, counters: Vec<Counter>) {
    steps.extend(counters.into_iter().map(|(key, _)| (key, Step::Reset)));
}
