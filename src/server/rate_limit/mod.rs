//! Rate limits for guessable secrets, outgoing mail and expensive work. The first attempts have no delay, and each
//! further one doubles the delay (ASVS 6.3.1).
//!
//! A counter that other clients can increase for a user has a short maximum delay. A browser in which that user has
//! logged in before has its own counters, and so does an active session. An attacker can therefore delay a user but not
//! lock the user out. Clients are counted by IP address; for IPv6 by the /64 and, with a higher limit, by the /48. The
//! counters are stored in the database, so that all nodes share them. Refreshes are not limited, because a limit would
//! log users out.

mod codes;
pub mod device_cookie;
mod mail;
mod passwords;
mod work;

pub use codes::{code, code_was_right};
pub use mail::{link_check, link_login, mail, mail_arrived, mail_for_user};
pub use passwords::{password, password_was_right, reauthentication, reauthentication_succeeded};
pub use work::{change, guest, new_password, post, sign_up};

use crate::{
    db::{
        Database,
        rate_limit::{self, Limit},
        user::UserRow,
    },
    device::Device,
    error::ServiceError,
};
use handstamp_engine::{
    clock::{Clock, Timestamp},
    keys::KeyRing,
    refresh_token::TokenHash,
};
use handstamp_protocol::error::{AppError, ErrorCode};
use sea_orm::{ConnectionTrait, DbErr, TransactionTrait};
use std::{sync::Arc, time::Duration};

/// Counts attempts and refuses them while a delay applies. Cheap to clone.
#[derive(Debug, Clone)]
pub struct RateLimiter {
    /// The database with the counters.
    pub db: Database,
    /// The source of the current time.
    pub clock: Clock,
    /// The keys of the device cookies.
    pub keys: Arc<KeyRing>,
    /// Whether rate limits are enabled.
    pub enabled: bool,
    /// The number of sign-ups from one address without a delay.
    pub sign_up_limit: i64,
}

/// How long counters are stored: longer than any `reset_after`.
pub const RETENTION: Duration = Duration::from_secs(48 * 60 * 60);

type Counter = (TokenHash, Limit);

/// A change to a counter.
#[derive(Debug, Clone, Copy)]
enum Step {
    /// Adds an attempt.
    Consume(Limit),
    /// Subtracts one attempt.
    Decrement(Limit),
    /// Removes all attempts.
    Reset,
}

/// Returns the counters of `parts` for the address of a device and, for IPv6, for its /48.
fn by_place(parts: &[&str], device: &Device, limit: Limit) -> Vec<Counter> {
    let places = device.places();
    let mut counters = vec![(hashed_key(&[parts, &[places.near.as_str()]].concat()), limit)];
    if let Some(wide) = &places.wide {
        counters.push((hashed_key(&[parts, &[wide.as_str()]].concat()), limit.wide()));
    }
    counters
}

/// Adds an attempt to all counters, or to none if a delay applies to one of them.
///
/// # Errors
/// `rate_limited`.
async fn consume(limiter: &RateLimiter, counters: Vec<Counter>) -> Result<(), ServiceError> {
    consume_unless(limiter, counters, &[]).await
}

/// Like [`consume`], but also fails if a delay applies to one of `others`, which are only read.
async fn consume_unless(
    limiter: &RateLimiter,
    counters: Vec<Counter>,
    others: &[Counter],
) -> Result<(), ServiceError> {
    if !limiter.enabled {
        return Ok(());
    }
    // A refused request costs one read and no write permit.
    let now = limiter.clock.now();
    let all: Vec<TokenHash> = counters.iter().chain(others).map(|(key, _)| *key).collect();
    let next_at = rate_limit::next_at(&limiter.db.reader, &all).await?;
    if next_at.is_some_and(|next_at| next_at > now) {
        return Err(rate_limited(next_at, now));
    }
    let _permit = limiter.db.write_permit().await?;
    let transaction = limiter.db.writer.begin().await?;
    for (key, limit) in sorted(counters) {
        if !rate_limit::count(&transaction, &key, &limit, now).await? {
            transaction.rollback().await?;
            return Err(rate_limited(rate_limit::next_at(&limiter.db.reader, &[key]).await?, now));
        }
    }
    Ok(transaction.commit().await?)
}

/// Applies all steps, even if one of them adds an attempt to a counter to which a delay applies.
///
/// # Errors
/// `rate_limited` if there is such a counter.
async fn apply(limiter: &RateLimiter, steps: Vec<(TokenHash, Step)>) -> Result<(), ServiceError> {
    if !limiter.enabled {
        return Ok(());
    }
    let now = limiter.clock.now();
    let _permit = limiter.db.write_permit().await?;
    let transaction = limiter.db.writer.begin().await?;
    let refused = apply_steps(&transaction, steps, now).await?;
    transaction.commit().await?;
    match refused {
        Some(key) => Err(rate_limited(rate_limit::next_at(&limiter.db.reader, &[key]).await?, now)),
        None => Ok(()),
    }
}

/// Applies all steps in a transaction. Returns a counter to which a delay applies, if there is one.
async fn apply_steps(
    db: &impl ConnectionTrait,
    steps: Vec<(TokenHash, Step)>,
    now: Timestamp,
) -> Result<Option<TokenHash>, DbErr> {
    let mut refused = None;
    for (key, step) in sorted(steps) {
        match step {
            Step::Consume(limit) => {
                if !rate_limit::count(db, &key, &limit, now).await? {
                    refused = Some(key);
                }
            }
            Step::Decrement(limit) => rate_limit::decrement(db, &key, &limit).await?,
            Step::Reset => rate_limit::reset(db, &key).await?,
        }
    }
    Ok(refused)
}

/// Sorts by key, so that all transactions lock rows in the same order and can't deadlock.
fn sorted<T>(mut steps: Vec<(TokenHash, T)>) -> Vec<(TokenHash, T)> {
    steps.sort_by_key(|(key, _)| key.to_vec());
    steps
}

fn rate_limited(next_at: Option<Timestamp>, now: Timestamp) -> ServiceError {
    let wait = next_at.map_or(Duration::ZERO, |next_at| next_at.since(now)).as_millis();
    let seconds = u32::try_from(wait.div_ceil(1000)).unwrap_or(u32::MAX).max(1);
    AppError::new(ErrorCode::RateLimited).retry_after(seconds).into()
}

/// Returns the device cookie, if it is valid for the current state of this account.
fn valid_device_cookie<'a>(
    limiter: &RateLimiter,
    user: &UserRow,
    device: &'a Device,
) -> Option<&'a str> {
    device.cookie.as_deref().filter(|cookie| device_cookie::verify(&limiter.keys, cookie, user))
}

/// Returns the key of a counter, hashed so that the table contains no names or addresses. Length prefixes delimit the
/// parts.
fn hashed_key(parts: &[&str]) -> TokenHash {
    let parts: Vec<String> = parts.iter().map(|part| format!("{}:{part}", part.len())).collect();
    TokenHash::of(&parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ipv6_is_counted_by_two_networks_and_ipv4_by_its_address() {
        let counters = |ip: &str| {
            let device = Device { ip: ip.parse().ok(), ..Device::default() };
            by_place(&["x"], &device, Limit::new(5, 1, 1, 1))
        };
        let shared = |one: &str, other: &str| {
            let others: Vec<_> = counters(other).iter().map(|(key, _)| key.to_vec()).collect();
            let own = counters(one).into_iter().filter(|(key, _)| others.contains(&key.to_vec()));
            own.map(|(_, limit)| limit.free).collect::<Vec<_>>()
        };
        assert_eq!(shared("192.0.2.1", "192.0.2.1"), [5]);
        assert!(shared("192.0.2.1", "192.0.2.2").is_empty());
        assert_eq!(shared("2001:db8:1:2::1", "2001:db8:1:2::2"), [5, 40]);
        assert_eq!(shared("2001:db8:1:2::1", "2001:db8:1:3::1"), [40]);
        assert!(shared("2001:db8:1::1", "2001:db8:2::1").is_empty());
    }
}
