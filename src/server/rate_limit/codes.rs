//! Rate limits on codes of the second factor. They slow down an attacker who knows the password. Such an attacker can't
//! delay the user in a recognised browser or in an active session.

use super::{
    Counter, Limit, RateLimiter, Step, apply_steps, by_place, consume, hashed_key,
    passwords::right_password, valid_device_cookie,
};
use crate::{db::user::UserRow, device::Device, error::ServiceError};
use sea_orm::ConnectionTrait;

/// Codes for one account from one client address, in one recognised browser or in one session.
const PER_CLIENT: Limit = Limit::new(5, 2, 15 * 60, 24);
/// Codes for one account from all addresses, which an attacker with the password can increase, and codes from one
/// recognised browser at any address.
const ACCOUNT: Limit = Limit::new(20, 1, 30, 24);

/// Records an attempt to enter a code.
///
/// # Errors
/// `rate_limited`.
pub async fn code(
    limiter: &RateLimiter,
    user: &UserRow,
    device: &Device,
) -> Result<(), ServiceError> {
    let Counters { own, shared } = counters(limiter, user, device);
    consume(limiter, [own, shared].concat()).await
}

/// After a correct code, resets the counters of this client and decrements the shared ones. Also decrements the counter
/// of correct passwords, because the password and the code belong to one login.
pub async fn code_was_right(
    db: &impl ConnectionTrait,
    limiter: &RateLimiter,
    user: &UserRow,
    device: &Device,
) -> Result<(), ServiceError> {
    if !limiter.enabled {
        return Ok(());
    }
    let Counters { own, mut shared } = counters(limiter, user, device);
    shared.push(right_password(limiter, user, device));
    let own = own.into_iter().map(|(key, _)| (key, Step::Reset));
    let shared = shared.into_iter().map(|(key, limit)| (key, Step::Decrement(limit)));
    apply_steps(db, own.chain(shared).collect(), limiter.clock.now()).await?;
    Ok(())
}

struct Counters {
    own: Vec<Counter>,
    shared: Vec<Counter>,
}

fn counters(limiter: &RateLimiter, user: &UserRow, device: &Device) -> Counters {
    let id = user.id.to_string();
    if let Some(session) = device.session {
        let own = vec![(hashed_key(&["code again", &session.to_string()]), PER_CLIENT)];
        return Counters { own, shared: Vec::new() };
    }
    if let Some(cookie) = valid_device_cookie(limiter, user, device) {
        let place = device.places().near;
        let own = vec![
            (hashed_key(&["known code", &id, cookie, &place]), PER_CLIENT),
            (hashed_key(&["known code", &id, cookie]), ACCOUNT),
        ];
        return Counters { own, shared: Vec::new() };
    }
    let own = by_place(&["code", &id], device, PER_CLIENT);
    Counters { own, shared: vec![(hashed_key(&["code", &id]), ACCOUNT)] }
}
